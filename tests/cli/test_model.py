"""`repo-mhm model` as a person and a script use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from repo_mhm.cli import model as cli_model
from repo_mhm.models.manifest import shipped_manifest
from repo_mhm.models.suitability import Recommendation, Suitability
from tests.conftest import MakeRepo
from tests.engine.fake_server import fake_server
from tests.models.tiny import MODEL, sha
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The installed command, beside the Python that runs the tests."""
    return subprocess.run(
        [Path(sys.executable).with_name("repo-mhm"), "model", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.gguf"
    path.write_bytes(MODEL)
    return path


def test_added_model_can_be_used_listed_and_verified(own: Path, isolated: Path) -> None:
    added = json.loads(run("add", str(own), "--json").stdout)
    assert (added["schema"], added["name"], added["model_id"]) == (1, "own", sha(MODEL))
    assert run("use", "own").returncode == 0
    listed = json.loads(run("list", "--json").stdout)
    assert listed["used"] == "own"
    assert {"name": "own", "state": "ready", "path": str(own)}.items() <= listed["models"][
        -1
    ].items()
    table = run("list").stdout
    assert "* " in table
    where_they_lie = table.partition("used where they lie: ")[2]
    assert f"own in {own.parent}." in where_they_lie
    assert sha(MODEL) in run("verify").stdout
    assert (isolated / "config" / "repo-mhm" / "config.toml").read_text() == 'model = "own"\n'


def test_pull_without_a_name_explains_its_choice_and_asks_no_server(
    isolated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    speeds = isolated / "cache" / "repo-mhm" / "prefill.json"
    speeds.parent.mkdir(parents=True)
    key = f"{shipped_manifest().role('default').sha256} on CPU (threads: 2), prompts: 1"
    speeds.write_text(json.dumps({key: [[1000, 0, 0.2]]}))
    listed = json.loads(run("list", "--json").stdout)["models"]
    assert listed[0]["tokens_per_second"] == 5000
    assert listed[0]["memory"] > listed[0]["size"]

    failed = run("pull")
    assert failed.returncode == 1
    assert "suits this machine best" in failed.stderr
    if all(model["fits"] for model in listed[:3]):
        assert "--source huggingface.co" in failed.stderr
    assert "could not be pulled" in failed.stderr


def test_pull_of_a_model_that_is_there_fetches_nothing(own: Path) -> None:
    assert run("use", str(own)).returncode == 0
    pulled = run("pull", "--json")
    assert json.loads(pulled.stdout)["path"] == str(own)


def test_changed_model_fails_verification_on_stderr_only(own: Path) -> None:
    run("add", str(own))
    own.write_bytes(MODEL[:-1] + b"\7")
    failed = run("verify", "own")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "has changed" in failed.stderr
    assert "hint: " in failed.stderr


def test_unknown_model_exits_1_with_the_nearest_name() -> None:
    failed = run("pull", "qwen2.5-coder-1.5b")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "Did you mean qwen2.5-coder-1.5b-instruct?" in failed.stderr


LIST_AND_SHOW_MODULES = """
import sys
sys.argv = ["repo-mhm", "model", "list"]
import repo_mhm.cli
try:
    repo_mhm.cli.main()
finally:
    slow = {"llama_cpp.llama_cpp", "textual", "tree_sitter", "numpy"}
    print(sorted(slow & sys.modules.keys()))
"""


def test_list_needs_neither_llama_nor_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("XDG_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "")
    command = [sys.executable, "-c", LIST_AND_SHOW_MODULES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout.endswith("[]\n"), done.stderr
    assert "qwen2.5-coder-1.5b-instruct" in done.stdout


def test_a_servers_model_is_added_used_asked_and_removed(
    isolated: Path, make_repo: MakeRepo
) -> None:
    """A server's model from its name to an answer, by the installed command."""
    with fake_server() as server:
        add = ("add", "big", "--server", server.url, "--model", "big")
        assert "--context" in run(*add).stderr
        added = json.loads(run(*add, "--context", "4096", "--parallel", "2", "--json").stdout)
        assert (added["url"], added["context"]) == (server.url, 4096)
        assert run("use", "big").returncode == 0
        assert json.loads(run("list", "--json").stdout)["servers"]["big"]["model"] == "big"

        repository = make_repo({"a.py": "def close_door(door):\n    door.shut = True\n"})
        server.chats.clear()
        server.behaviour = lambda exchange: exchange.stream(["`close_door` shuts ", "it (a.py:1)."])
        command = [Path(sys.executable).with_name("repo-mhm"), "ask", "how is a door shut?"]
        asked = subprocess.run(
            [*command, "--repo", str(repository.root)],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert "shuts it" in asked.stdout, asked.stderr
        assert "sent there" not in asked.stderr
        assert "door.shut = True" in server.chats[-1]["messages"][-1]["content"]
    assert "no server answers" in run("add", "b", "--server", server.url, "--model", "b").stderr
    removed = run("remove", "big")
    assert removed.returncode == 0
    assert "still the one in use" in removed.stderr


def test_one_model_makes_notes_and_another_answers(isolated: Path, make_repo: MakeRepo) -> None:
    """Each gets its own prompts; a change of the one that answers reads nothing again."""
    repository = make_repo({"a.py": "def close_door(door):\n    door.shut = True\n" * 9})
    command = Path(sys.executable).with_name("repo-mhm")

    def run_in_repository(*arguments: str) -> str:
        done = subprocess.run(
            [command, *arguments],
            cwd=repository.root,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    with fake_server() as small, fake_server() as large:
        for name, server in (("small", small), ("large", large)):
            run("add", name, "--server", server.url, "--model", "big", "--context", "4096")
            server.chats.clear()
        small.behaviour = lambda exchange: exchange.stream(["1. shuts a door ", "for good\n"])
        assert run("use", "small", "--for", "notes").returncode == 0
        assert "small" in run("use", "large").stderr  # it makes no notes, and that is said

        run_in_repository("index", "--all")
        assert small.chats and not large.chats
        small.chats.clear()

        run_in_repository("ask", "how is a door shut when it is open?")
        assert large.chats and not small.chats
        run_in_repository("index", "--all")
        assert not small.chats

        status = json.loads(run_in_repository("status", "--json"))
        assert (status["notes_model"], status["answer_model"]) == ("small", "large")
        checks = json.loads(run_in_repository("doctor", "--json"))["checks"]
        assert {"notes model", "answer model"} <= {check["name"] for check in checks}


def test_a_server_elsewhere_is_not_contacted_without_consent(isolated: Path) -> None:
    refused = run("add", "office", "--server", "http://192.0.2.1:9", "--model", "big")
    assert refused.returncode == 2
    assert "not this machine" in refused.stderr


def test_options_of_a_server_need_a_server(own: Path) -> None:
    assert run("add", str(own), "--model", "big").returncode == 2
    assert run("add", "big", "--server", "ollama").returncode == 2


@pytest.mark.parametrize("agrees", [True, False])
def test_whoever_is_asked_decides_whether_a_large_model_is_fetched(
    monkeypatch: pytest.MonkeyPatch, agrees: bool
) -> None:
    large = shipped_manifest().require("qwen3.5-9b")
    best = Recommendation(large, Suitability(True, False, 200.0), None)
    monkeypatch.setattr("repo_mhm.commands.model.recommendation", lambda: best)
    monkeypatch.setattr(cli_model, "_is_asked", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda *_, **__: agrees)
    name, may_contact = cli_model._recommended("")
    assert name == (large.name if agrees else shipped_manifest().role("default").name)
    assert may_contact("huggingface.co", []) is agrees
