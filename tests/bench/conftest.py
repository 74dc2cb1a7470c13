"""A repository to measure on, a scripted reader that copies facts, and the log of a measurement."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any

import pytest

from repo_mhm.bench.log import RetentionLog, RunLabel, read_log
from repo_mhm.bench.measures import Outcome
from repo_mhm.bench.run import RetentionOptions, measure_retention
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.engine.types import Prompt
from repo_mhm.git import open_snapshot
from tests.conftest import MakeRepo, TestRepo

PLANTED = re.compile(r"^\s*(?:[A-Z]+_[A-Z]+ = \w+|def [a-z]+_[a-z]+\(.*\d+\):)", re.MULTILINE)
FACTS = 9

Entry = dict[str, Any]


def copies(prompt: Prompt) -> list[str]:
    """A reader that copies planted lines into whatever it is asked to write."""
    planted = [line.strip() for line in PLANTED.findall(prompt.user)]
    return [" ; ".join(planted) or "nothing of note"] * len(prompt.slots)


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    module = "\n\n".join(
        f"def step_{{0}}_{number}(value):\n"
        f"    total = value + {number}\n"
        f"    return total * {number}\n"
        for number in range(20)
    )
    return make_repo({f"part{number}.py": module.format(number) for number in range(4)})


def measure(repo: TestRepo, finished: Collection[RunLabel] = (), **options: Any) -> list[Entry]:
    """The log of a small measurement with the copying reader."""
    log: list[Entry] = []
    small = {"lengths": (1500,), "facts": FACTS, "heads": (2,), "total_tokens": 600}
    chosen = RetentionOptions(**{**small, **options})
    snapshots, engine = [open_snapshot(repo.root)], ScriptedEngine(copies)
    for progress in measure_retention(
        snapshots, engine, "scripted-1", chosen, log.append, finished=finished
    ):
        assert 0 <= progress.kept <= progress.facts == (chosen.questions or FACTS)
    return log


def parsed(log: list[Entry]) -> RetentionLog:
    return read_log(json.dumps(entry) for entry in log)


def outcomes_of(log: list[Entry]) -> list[Outcome]:
    return parsed(log).outcomes


def steps_of(log: list[Entry], arm: str) -> list[Entry]:
    return [entry for entry in log if entry["kind"] == "step" and entry["arm"] == arm]
