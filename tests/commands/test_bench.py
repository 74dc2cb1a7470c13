"""`repo-mhm bench`: a measurement writes its log and reports it; what is no log is an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from repo_mhm.cli import app
from repo_mhm.commands import workspace
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.errors import RepoMhmError
from tests.bench.conftest import copies
from tests.conftest import MakeRepo


def test_the_command_logs_and_reports(
    make_repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "\n\n".join(
        f"def step{number}(value):\n    return value * {number}\n" for number in range(40)
    )
    repo = make_repo({f"part{number}.py": module for number in range(4)})
    model = workspace.Model("scripted-1", "scripted", lambda: ScriptedEngine(copies))
    monkeypatch.setattr(workspace, "choose_model", lambda *_, **__: model)
    log = tmp_path / "log.jsonl"
    options = "--lengths 1500 --facts 7 --heads 2 --total 600 --arms single+rewrite,notes".split()
    arguments = ["bench", "retention", str(log), "--repo", str(repo.root), *options]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "single+rewrite" in result.stdout
    report = CliRunner().invoke(app, ["bench", "report", str(log), "--json"])
    arms = json.loads(report.stdout)["arms"]
    assert [arm["arm"] for arm in arms] == ["single+rewrite, 1 x 600", "notes, 2 x 300"]
    assert all(len(arm["in memory"]) == 3 for arm in arms)
    drawings = tmp_path / "drawings"
    CliRunner().invoke(app, ["bench", "report", str(log), "--svg", str(drawings)])
    for name in ("retention.svg", "survival.svg"):
        assert "single+rewrite, 1 x 600" in (drawings / name).read_text("utf-8")


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"[]\n", b""])
def test_a_log_that_cannot_be_read_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    log = tmp_path / "log.jsonl"
    if content is not None:
        log.write_bytes(content)
    result = CliRunner().invoke(app, ["bench", "report", str(log)])
    assert isinstance(result.exception, RepoMhmError)
    assert result.exception.hint or "line 1" in result.exception.message


def test_a_length_that_is_no_number_is_an_error(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    arguments = ["bench", "retention", str(tmp_path), "--repo", str(repo.root)]
    result = CliRunner().invoke(app, [*arguments, "--lengths", "one"])
    assert isinstance(result.exception, RepoMhmError)
    assert "--lengths one is not a list of numbers" in result.exception.message
