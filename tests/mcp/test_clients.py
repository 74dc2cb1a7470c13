"""A client's configuration gets one entry and loses it again; what else is there stays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from repo_mhm.errors import ConfigError
from repo_mhm.mcp.clients import CLIENTS, Client
from tests.conftest import MakeRepo
from tests.patience import PATIENCE

JSON_CLIENTS = [client for client in CLIENTS.values() if client.files[0].suffix == ".json"]


def entry_in(client: Client, text: str) -> Any:
    value = json.loads(text)
    for key in client.section:
        value = value[key]
    return value["repo-mhm"]


@pytest.mark.parametrize("client", JSON_CLIENTS, ids=lambda client: client.title)
def test_an_entry_is_added_once_and_removed(client: Client) -> None:
    servers: dict[str, Any] = {"other": {"command": "x"}}
    for key in reversed(client.section):
        servers = {key: servers}
    before = json.dumps({**servers, "ä": 1}, indent=2) + "\n"
    added = client.added(before)
    assert entry_in(client, added) == dict(client.entry)
    assert client.added(added) == added
    assert client.removed(added) == before
    assert json.loads(client.removed(client.added(""))) == {}


def test_comments_stay() -> None:
    before = '// mine\n{\n  "theme": "x", // here\n  "context_servers": {},\n}\n'
    added = CLIENTS["zed"].added(before)
    assert "// mine" in added and "// here" in added and '"repo-mhm": {' in added
    assert CLIENTS["zed"].removed(added).count("//") == 2


def test_comments_of_toml_stay() -> None:
    before = '# mine\nmodel = "x"  # here\n'
    added = CLIENTS["codex"].added(before)
    assert added.startswith(before)
    assert '[mcp_servers.repo-mhm]\ncommand = "repo-mhm"\nargs = ["mcp"]' in added
    assert CLIENTS["codex"].added(added) == added
    assert CLIENTS["codex"].removed(added).strip() == before.strip()


def test_other_servers_of_toml_stay() -> None:
    before = '[mcp_servers.other]\ncommand = "o" # theirs\n\n[tui]\ntheme = "x"\n'
    added = CLIENTS["codex"].added(before)
    parsed = tomlkit.parse(added).unwrap()
    assert parsed["mcp_servers"]["repo-mhm"] == {"command": "repo-mhm", "args": ["mcp"]}
    assert parsed["mcp_servers"]["other"] == {"command": "o"} and parsed["tui"] == {"theme": "x"}
    assert CLIENTS["codex"].removed(added).strip() == before.strip()


def test_servers_stay_where_an_earlier_opencode_has_them() -> None:
    opencode = CLIENTS["opencode"]
    before = '{"mcp": {"other": {"type": "local", "command": ["o"]}}}'
    added = opencode.added(before)
    assert set(json.loads(added)["mcp"]) == {"other", "repo-mhm"}
    assert json.loads(opencode.removed(added)) == json.loads(before)
    assert "servers" in json.loads(opencode.added('{"mcp": {"timeout": 5}}'))["mcp"]


@pytest.mark.parametrize("name", ["cursor", "codex"])
@pytest.mark.parametrize("text", ["{", "[]", '{"mcpServers": 7}', "mcp_servers = 7", "[" * 10_000])
def test_what_cannot_be_read_is_not_changed(name: str, text: str) -> None:
    if (name, text) == ("codex", "[]"):
        text = "x ="
    with pytest.raises(ConfigError):
        CLIENTS[name].added(text)


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [Path(sys.executable).with_name("repo-mhm"), "mcp", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=PATIENCE)


@pytest.mark.slow
def test_install_asks_and_uninstall_undoes(make_repo: MakeRepo, isolated: Path) -> None:
    repo = make_repo({"a.py": ""})
    file = repo.root / ".cursor" / "mcp.json"
    where = ("cursor", "--repo", str(repo.root))
    assert run("install", *where, stdin="n\n").returncode == 1
    assert not file.exists()
    assert run("install", *where, stdin="y\n").returncode == 0
    assert "repo-mhm" in json.loads(file.read_text())["mcpServers"]
    assert run("uninstall", *where, "--yes").returncode == 0
    assert json.loads(file.read_text()) == {}

    home = isolated / ".config" / "zed" / "settings.json"
    home.parent.mkdir(parents=True)
    home.write_text('{"a": 1} // mine\n')
    assert run("install", "--client", "zed", "-y").returncode == 0
    assert "// mine" in home.read_text() and '"repo-mhm"' in home.read_text()
    assert '"repo-mhm"' in run("install", "zed", "--print").stdout
    assert run("install").stdout.count("repo-mhm") >= 6
    assert run("install", "emacs").returncode == 2
    assert run("--http", "8765").returncode == 2
