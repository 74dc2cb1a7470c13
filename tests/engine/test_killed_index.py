"""`kill -9` while a real model indexes: the counts are those of an undisturbed run."""

from __future__ import annotations

import colorsys
import contextlib
import json
import keyword
import random
import shutil
import sqlite3
import subprocess
import sys
import time
import tty
from pathlib import Path

import pytest

from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE
from tests.store.test_crash import KILLS, check_sound, start, state

COMMAND = Path(sys.executable).with_name("repo-mhm")

WANTED = max(3, KILLS // 4)
"""Kills that must hit a running index, over as many indexes from nothing as that takes."""
AHEAD = 2
"""A run is killed after at most so many steps of its own, so each gets a bit further."""
AFTER = 0.3
"""Most seconds between the last of these steps and the kill."""


@pytest.mark.model
@pytest.mark.timeout(900 + 600 * WANTED)  # four minutes on two quiet cores; others may be busy
def test_killed_with_a_real_model_an_index_ends_with_the_same_counts(
    make_repo: MakeRepo, model_path: Path
) -> None:
    calm, killed = make_repo(sources(), "calm"), make_repo(sources(), "killed")
    model = {"REPO_MHM_MODEL": str(model_path)}
    expected = finished(start_index(calm, model))
    chance = random.Random(4)
    kills = lost = 0
    while kills < WANTED:
        shutil.rmtree(state(killed), ignore_errors=True)
        while kills < WANTED and killed_on_its_way(killed, model, chance):
            kills += 1
            check_sound(killed)
            lost += not steps(killed)
        assert finished(start_index(killed, model)) == expected
        assert steps(killed) == steps(calm)
    assert lost < kills, "every kill came before the first step"


def sources() -> dict[str | bytes, str | bytes]:
    """Real code, of the standard library: on invented code the small model echoes."""
    files = [Path(module.__file__) for module in (colorsys, keyword, tty)]
    return {f"{number % 3}/{file.name}": file.read_bytes() for number, file in enumerate(files)}


def start_index(repo: TestRepo, model: dict[str, str]) -> subprocess.Popen[bytes]:
    """In heads that are large enough for all notes, so nothing is merged.

    What a reply says depends a little on what else is in its batch.
    """
    return start(repo, str(COMMAND), head_tokens=2048, **model)


def killed_on_its_way(repo: TestRepo, model: dict[str, str], chance: random.Random) -> bool:
    """Index until a few steps are done and a moment has passed, then kill.

    False when the index ends before that.
    """
    with start_index(repo, model) as process:
        last = steps(repo) + chance.randint(0, AHEAD)
        while process.poll() is None and steps(repo) < last:
            time.sleep(0.01)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.0, AFTER))
        process.kill()
    return process.returncode != 0


def finished(process: subprocess.Popen[bytes]) -> tuple[int, int, int]:
    """Chunks, notes and what is left, when an index has come to its end."""
    with process:
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err.decode()
    counts = json.loads(out)
    return counts["chunks"], counts["notes"], counts["left"]


def steps(repo: TestRepo) -> int:
    """Steps in the ledger, where a step that was done twice is counted twice.

    Reads beside the process that writes.
    """
    try:
        with contextlib.closing(
            sqlite3.connect(f"file:{state(repo)}/memory.db?mode=ro", uri=True)
        ) as database:
            return int(database.execute("SELECT count(*) FROM step WHERE head >= 0").fetchone()[0])
    except sqlite3.OperationalError:  # no database yet, or no tables in it
        return 0
