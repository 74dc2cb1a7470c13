"""`kill -9` at any moment: the database opens clean, and the memory ends the same."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from repo_mhm.commands.index import index
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.git import open_snapshot
from repo_mhm.memory.index_plan import IndexOptions
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("REPO_MHM_TEST_KILLS", "12"))
SCRIPTED = Path(__file__).parents[1] / "scripted_cli.py"
MOST_IN_FLIGHT = 8
"""Steps that a kill may cost: the engine's concurrent prompts."""


def sources(files: int = 24) -> dict[str | bytes, str | bytes]:
    return {
        f"lib{number % 4}/part{number}.py": f"# part {number}\n"
        + "".join(
            f"def step_{number}_{row}(value):\n    return value + {row}\n\n\n" for row in range(8)
        )
        for number in range(files)
    }


def start(
    repo: TestRepo, *command: str, head_tokens: int = 256, **variables: str
) -> subprocess.Popen[bytes]:
    args = [
        sys.executable,
        *command,
        "index",
        str(repo.root),
        "--all",  # on a slow machine the default ends before all is read
        "--json",
        "--head-tokens",
        str(head_tokens),
    ]
    env = {**os.environ, **variables}
    return subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)


def state(repo: TestRepo) -> Path:
    return repo.root / ".git" / "repo-mhm"


def live(store: Store) -> list[tuple[int, int, str, str, tuple[str, ...]]]:
    return sorted(
        (note.head, note.level, note.anchor, note.text, note.chunks) for note in store.notes()
    )


def check_sound(repo: TestRepo) -> None:
    if (state(repo) / "memory.db").exists():
        open_store(state(repo)).close()
        with sqlite3.connect(state(repo) / "memory.db") as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert not db.execute("PRAGMA foreign_key_check").fetchall()


def test_killed_at_any_moment_an_index_goes_on_where_it_was(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    repo = make_repo(sources())
    log = tmp_path / "replies"
    chance = random.Random(4)
    kills = 0
    for _ in range(KILLS):
        with start(
            repo, str(SCRIPTED), TEST_STEP_SECONDS="0.012", TEST_REPLIES=str(log)
        ) as process:
            try:
                process.wait(chance.uniform(0.2, 0.7))
            except subprocess.TimeoutExpired:
                kills += 1
                process.kill()
        check_sound(repo)
    with start(repo, str(SCRIPTED), TEST_REPLIES=str(log)) as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err.decode()
    assert json.loads(out)["left"] == 0
    assert kills > KILLS / 3
    calm = ScriptedEngine()
    with open_store(tmp_path / "calm") as undisturbed, open_store(state(repo)) as disturbed:
        list(
            index(
                undisturbed,
                open_snapshot(repo.root),
                lambda: calm,
                "scripted-1",
                IndexOptions(head_tokens=256),
            )
        )
        assert live(disturbed) == live(undisturbed)
        assert disturbed.chunk_count() == undisturbed.chunk_count()
    assert len(calm.replies) <= log.stat().st_size <= len(calm.replies) + kills * MOST_IN_FLIGHT
