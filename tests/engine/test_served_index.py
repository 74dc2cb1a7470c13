"""An index through a real server: the notes of an index in process, and nothing lost with it."""

from __future__ import annotations

import json
import keyword
import os
import struct
import subprocess
import time
import tty
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from repo_mhm.commands.index import index
from repo_mhm.engine.open_server import ServerOptions, open_server
from repo_mhm.engine.types import Engine, Prompt
from repo_mhm.git import open_snapshot
from repo_mhm.memory.index_plan import IndexOptions
from repo_mhm.store import open_store
from tests.conftest import MakeRepo, TestRepo
from tests.engine.conftest import Opener, free_port, running_server
from tests.engine.test_killed_index import COMMAND, steps
from tests.patience import PATIENCE

pytestmark = [pytest.mark.model, pytest.mark.slow]

CONTEXT = 3072
OPTIONS = IndexOptions(heads=2, head_tokens=4096, depth="read", saves_state=False)
STEPS_BEFORE_THE_KILL = 2


def sources() -> dict[str | bytes, str | bytes]:
    """Real code, of the standard library."""
    files = [Path(module.__file__) for module in (keyword, struct, tty)]
    return {file.name: file.read_bytes() for file in files}


@dataclass
class Noted:
    """What an index asked a model to complete, and the subjects of the notes that it keeps."""

    leads: Counter[tuple[str, ...]] = field(default_factory=Counter)
    subjects: set[tuple[int, str, str]] = field(default_factory=set)


def noted(
    repo: TestRepo, engine: Engine, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> Noted:
    result, submit = Noted(), engine.submit

    def submit_noting(prompt: Prompt) -> int:
        result.leads[tuple(slot.lead for slot in prompt.slots)] += 1
        return submit(prompt)

    monkeypatch.setattr(engine, "submit", submit_noting)
    with open_store(directory) as store, engine:
        for _ in index(store, open_snapshot(repo.root), lambda: engine, "model", OPTIONS):
            pass
        result.subjects = {(note.level, note.path, note.anchor) for note in store.notes()}
    return result


def test_a_server_is_asked_about_the_same_anchors_as_a_model_in_process(
    make_repo: MakeRepo,
    open_model: Opener,
    model_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Which of the notes are kept depends on their words too."""
    repo = make_repo(sources())
    in_process = open_model(context=CONTEXT)
    own_notes = noted(repo, in_process, tmp_path / "in process", monkeypatch)
    with running_server(model_path, free_port(), CONTEXT) as url:
        served = open_server(ServerOptions(url, "smollm2", context=CONTEXT))
        served_notes = noted(repo, served, tmp_path / "served", monkeypatch)
    assert served_notes.leads == own_notes.leads
    assert sum(own_notes.leads.values()) >= len(sources())
    assert 2 * len(served_notes.subjects & own_notes.subjects) > len(own_notes.subjects)


def test_a_server_that_dies_costs_no_finished_step(make_repo: MakeRepo, model_path: Path) -> None:
    repo, port = make_repo(sources()), free_port()
    with running_server(model_path, port, CONTEXT) as url:
        process = start_index(repo, url)
        while process.poll() is None and steps(repo) < STEPS_BEFORE_THE_KILL:
            time.sleep(0.05)
        assert process.poll() is None, "the index ended before the server was killed"
    _, errors = process.communicate(timeout=PATIENCE)
    done = steps(repo)
    assert process.returncode == 1
    assert url in errors
    assert done >= STEPS_BEFORE_THE_KILL

    with running_server(model_path, port, CONTEXT) as url:
        process = start_index(repo, url)
        output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    result = json.loads(output)
    assert (result["left"], result["failed"]) == (0, 0)
    assert result["steps"] == steps(repo) - done


def start_index(repo: TestRepo, url: str) -> subprocess.Popen[str]:
    variables = {
        "REPO_MHM_SERVER": url,
        "REPO_MHM_SERVER_MODEL": "smollm2",
        "REPO_MHM_CONTEXT": str(CONTEXT),
    }
    return subprocess.Popen(
        [COMMAND, "index", "--all", "--depth", "read", "--json"],
        cwd=repo.root,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
