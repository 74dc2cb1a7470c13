"""`bench retention` end to end: every arm on a real repository with a scripted reader, its log, and the report."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from repo_mhm.bench.measures import figures
from repo_mhm.bench.plots import draw
from repo_mhm.bench.run import ARMS, RetentionOptions, outcomes, retention
from repo_mhm.cli import app
from repo_mhm.commands import workspace
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.engine.types import Prompt
from repo_mhm.errors import RepoMhmError, RepositoryError, UsageError
from repo_mhm.git import open_snapshot
from tests.conftest import MakeRepo, TestRepo

PLANTED = re.compile(r"^\s*(?:[A-Z]+_[A-Z]+ = \w+|def [a-z]+_[a-z]+\(.*\d+\):)", re.MULTILINE)


def copies(prompt: Prompt) -> list[str]:
    """A reader that copies planted lines into whatever it is asked to write."""
    found = " ; ".join(line.strip() for line in PLANTED.findall(prompt.user)) or "nothing of note"
    return [found] * len(prompt.slots)


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    module = "\n\n".join(
        f"def step_{{0}}_{number}(value):\n    total = value + {number}\n    return total * {number}\n"
        for number in range(20)
    )
    return make_repo({f"part{number}.py": module.format(number) for number in range(4)})


def entries(repo: TestRepo, engine: ScriptedEngine, **options: Any) -> list[dict[str, Any]]:
    log: list[dict[str, Any]] = []
    given = RetentionOptions(
        **{"lengths": (1500,), "facts": 7, "heads": (2,), "total_tokens": 600} | options
    )
    for at in retention(open_snapshot(repo.root), engine, "scripted-1", given, log.append):
        assert 0 <= at.held <= at.facts == 7
    return log


def test_every_arm_reads_every_chunk_and_is_asked_for_every_fact(repo: TestRepo) -> None:
    log = entries(repo, ScriptedEngine(copies))
    finals = {entry["arm"]: entry for entry in log if entry["kind"] == "final"}
    assert tuple(finals) == ARMS
    steps = {
        arm: [one for one in log if one["kind"] == "step" and one["arm"] == arm] for arm in ARMS
    }
    assert not steps["bm25"]
    assert len(steps["single+rewrite"]) == len(steps["lru+rewrite"]) == len(steps["concur"]) > 3 * 7
    assert {tuple(step["about"]) for step in steps["single+rewrite"]} == {
        (number,) for number in range(7)
    }
    assert {tuple(step["about"]) for step in steps["notes"]} == {tuple(range(7))}
    for arm, final in finals.items():
        assert len(final["answers"]) == len(final["right"]) == 7, arm
    made = outcomes(json.dumps(entry) for entry in log)
    assert len(made) == 7 * len(ARMS)
    assert {one.arm for one in made if one.arm.startswith("single")} == {"single+rewrite, 1 x 600"}


def test_a_pass_may_be_made_for_all_questions_together(repo: TestRepo) -> None:
    log = entries(
        repo, ScriptedEngine(copies), arms=("single+rewrite", "deep"), together=True, answers=False
    )
    apart = entries(repo, ScriptedEngine(copies), arms=("single+rewrite", "deep"), answers=False)
    for arm in ("single+rewrite", "deep"):
        ours = [one for one in log if one["kind"] == "step" and one["arm"] == arm]
        assert {tuple(step["about"]) for step in ours} == {tuple(range(7))}
        assert len(ours) < len(
            [one for one in apart if one["kind"] == "step" and one["arm"] == arm]
        )
    found = outcomes(json.dumps(entry) for entry in apart)
    assert all(one.kept for one in found if one.arm.startswith("deep") and one.kind == "constant")


def test_a_reader_that_forgets_captures_and_does_not_retain(repo: TestRepo) -> None:
    log = entries(
        repo, ScriptedEngine(copies), arms=("single+rewrite", "notes"), answers=False, together=True
    )
    made = outcomes(json.dumps(entry) for entry in log)
    forgets = figures([one for one in made if one.arm.startswith("single")])
    keeps = figures([one for one in made if one.arm.startswith("notes")])
    assert forgets["capture"].value and forgets["capture"].value > (forgets["in memory"].value or 0)
    assert (keeps["in memory"].value or 0) > (forgets["in memory"].value or 0)
    assert keeps["end to end"].value is None


def test_a_log_that_breaks_off_counts_what_was_finished(repo: TestRepo) -> None:
    log = entries(repo, ScriptedEngine(copies), arms=("single+rewrite", "bm25"), answers=False)
    lines = [json.dumps(entry) for entry in log]
    last = max(number for number, entry in enumerate(log) if entry["kind"] == "final")
    assert {one.arm for one in outcomes(lines[:last])} == {"single+rewrite, 1 x 600"}
    with pytest.raises(UsageError, match="line 2 is not of a log"):
        outcomes([lines[0], '{"kind": "step"'])


def test_impossible_options_are_refused(repo: TestRepo) -> None:
    with pytest.raises(UsageError, match="no arm is called 'best'"):
        entries(repo, ScriptedEngine(), arms=("best",))
    with pytest.raises(UsageError, match="from 1"):
        entries(repo, ScriptedEngine(), heads=(0,))
    with pytest.raises(RepositoryError, match="tokens of Python"):
        entries(repo, ScriptedEngine(), lengths=(900_000,))


def test_runs_of_other_sizes_and_ways_to_ask_stay_apart(repo: TestRepo) -> None:
    log = entries(repo, ScriptedEngine(copies), arms=("notes", "lru+rewrite"), answers=False)
    log += entries(
        repo, ScriptedEngine(copies), arms=("notes", "lru+rewrite"), answers=False, head_tokens=40
    )
    log += entries(
        repo, ScriptedEngine(copies), arms=("notes", "lru+rewrite"), answers=False, together=True
    )
    arms = Counter(one.arm for one in outcomes(map(json.dumps, log)))
    once = "lru+rewrite, 2 x 300, asked at once"
    assert arms == {
        "notes, 2 x 300": 14,
        "lru+rewrite, 2 x 300": 7,
        "notes, 2 x 40": 7,
        "lru+rewrite, 2 x 40": 7,
        once: 7,
    }


def test_the_command_logs_and_reports(
    repo: TestRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        workspace,
        "choose_model",
        lambda *_, **__: workspace.Model("scripted-1", "scripted", lambda: ScriptedEngine(copies)),
    )
    log = tmp_path / "log.jsonl"
    options = [
        "--lengths",
        "1500",
        "--facts",
        "7",
        "--heads",
        "2",
        "--total",
        "600",
        "--arms",
        "single+rewrite,notes",
    ]
    done = CliRunner().invoke(
        app, ["bench", "retention", str(log), "--repo", str(repo.root), *options]
    )
    assert done.exit_code == 0, done.output
    assert "single+rewrite" in done.stdout
    shown = CliRunner().invoke(app, ["bench", "report", str(log), "--json"])
    arms = json.loads(shown.stdout)["arms"]
    assert [arm["arm"] for arm in arms] == ["single+rewrite, 1 x 600", "notes, 2 x 300"]
    assert all(len(arm["in memory"]) == 3 for arm in arms)
    drawn = tmp_path / "drawn"
    CliRunner().invoke(app, ["bench", "report", str(log), "--svg", str(drawn)])
    for name in ("retention.svg", "survival.svg"):
        assert "single+rewrite, 1 x 600" in (drawn / name).read_text("utf-8")


def test_drawing_without_matplotlib_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UsageError, match="matplotlib") as raised:
        draw([], tmp_path)
    assert "repo-mhm[plot]" in (raised.value.hint or "")


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"[]\n", b""])
def test_a_log_that_cannot_be_read_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    log = tmp_path / "log.jsonl"
    if content is not None:
        log.write_bytes(content)
    done = CliRunner().invoke(app, ["bench", "report", str(log)])
    assert isinstance(done.exception, RepoMhmError)
    assert done.exception.hint or "line 1" in done.exception.message
