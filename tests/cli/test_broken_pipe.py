"""A reader of stdout that has seen enough ends every command quietly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from repo_mhm.commands.index import index
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.git import open_snapshot
from repo_mhm.memory.index_plan import IndexOptions
from repo_mhm.store import find_store, open_store
from tests import scripted_cli
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

SCRIPTED = Path(scripted_cli.__file__)
QUESTION = "What does `weigh` return?"
COMMANDS = [
    ["ask", QUESTION],
    ["ask", QUESTION, "--json"],
    ["ask", QUESTION, "--show-evidence"],
    ["ask", QUESTION, "--deep"],
    ["ask", "How do I bake sourdough bread?"],
    ["chunks"],
    ["plan"],
    ["index", "--dry-run"],
    ["status"],
    ["log"],
    ["memory", "show"],
    ["memory", "search", "parcel"],
    ["review"],
    ["doctor"],
    ["hook", "status"],
    ["model", "list"],
]

pytestmark = pytest.mark.slow


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    code = "".join(f"def weigh{number}(parcel):\n    return {number}\n\n\n" for number in range(40))
    repo = make_repo({"lib.py": code, "weigh.py": "def weigh(parcel):\n    return parcel.mass\n"})
    with open_store(repo.root / ".git" / "repo-mhm") as store:
        list(index(store, open_snapshot(repo.root), ScriptedEngine, "scripted-1", IndexOptions()))
    return repo


def start(repo: TestRepo, command: list[str], stdout: int, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPTED), *command],
        cwd=repo.root,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_whose_reader_has_gone_ends_quietly(repo: TestRepo, command: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with start(repo, command, writer) as process:
        os.close(writer)
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    assert "Exception" not in errors


def test_an_answer_whose_reader_leaves_in_the_middle_is_kept_as_far_as_it_came(
    repo: TestRepo,
) -> None:
    with (
        start(repo, ["ask", "-q", QUESTION], subprocess.PIPE, TEST_WORD_SECONDS="0.2") as process,
        subprocess.Popen(
            ["head", "-c", "5"], stdin=process.stdout, stdout=subprocess.PIPE, text=True
        ) as head,
    ):
        assert process.stdout is not None
        process.stdout.close()  # head is now the only reader
        assert head.stdout is not None
        shown = head.stdout.read()
        assert process.stderr is not None
        errors = process.stderr.read()
    assert len(shown) == 5
    assert (process.returncode, errors) == (0, "")

    store = find_store(repo.root / ".git" / "repo-mhm")
    assert store is not None
    with store:
        (turn,) = store.turns(store.last_session())
    assert '"interrupted": true' in turn.result
    assert turn.answer.startswith(shown)
