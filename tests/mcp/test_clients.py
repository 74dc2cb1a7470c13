"""A client's configuration gets one entry and loses it again; what else is there stays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from repo_mhm.errors import ConfigError
from repo_mhm.mcp.clients import CLIENTS, Client
from tests.conftest import MakeRepo
from tests.patience import PATIENCE

JSON_CLIENTS = [client for client in CLIENTS.values() if client.file.suffix == ".json"]


@pytest.mark.parametrize("client", JSON_CLIENTS, ids=lambda client: client.title)
def test_an_entry_is_added_once_and_removed(client: Client) -> None:
    before = json.dumps({client.section: {"other": {"command": "x"}}, "ä": 1}, indent=2) + "\n"
    added = client.added(before)
    assert json.loads(added)[client.section]["repo-mhm"] == dict(client.entry)
    assert client.added(added) == added
    assert json.loads(client.removed(added)) == json.loads(before)
    assert json.loads(client.removed(client.added(""))) == {}


def test_comments_of_toml_stay() -> None:
    before = '# mine\nmodel = "x"  # here\n'
    added = CLIENTS["codex"].added(before)
    assert added.startswith(before)
    assert 'args = ["mcp"]' in added
    assert CLIENTS["codex"].removed(added).strip() == before.strip()


@pytest.mark.parametrize("text", ["{", "[]", '{"mcpServers": 7}', "[" * 100_000])
def test_what_cannot_be_read_is_not_changed(text: str) -> None:
    with pytest.raises(ConfigError):
        CLIENTS["cursor"].added(text)


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("repo-mhm"), "mcp", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=PATIENCE)


@pytest.mark.slow
def test_install_asks_and_uninstall_undoes(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": ""})
    file = repo.root / ".cursor" / "mcp.json"
    where = ("cursor", "--repo", str(repo.root))
    assert run("install", *where, stdin="n\n").returncode == 1
    assert not file.exists()
    assert run("install", *where, stdin="y\n").returncode == 0
    assert "repo-mhm" in json.loads(file.read_text())["mcpServers"]
    assert run("uninstall", *where, "--yes").returncode == 0
    assert json.loads(file.read_text()) == {}

    assert '"repo-mhm"' in run("install", "zed").stdout
    assert run("install", "emacs").returncode == 2
    assert run("--http", "8765").returncode == 2
