"""`hook install` and `uninstall` ask before they write outside the repository."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from repo_mhm.commands import hook as command
from tests.conftest import MakeRepo
from tests.test_git_environment import Run, run  # noqa: F401  a fixture


def test_a_hooks_folder_outside_the_repository_is_asked_about(
    make_repo: MakeRepo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    run: Run,  # noqa: F811
) -> None:
    outside = tmp_path / "outside"
    repo = make_repo({"a.py": "x = 1\n"})
    repo.git("config", "core.hooksPath", str(outside))
    monkeypatch.setattr(command, "_program", lambda: tmp_path / "program")

    for line in ("hook install", "hook uninstall"):
        output = run(repo.root, line)
        assert f"takes its hooks from {outside}" in output
        assert "--yes" in output
    assert not outside.exists()

    monkeypatch.setattr("repo_mhm.cli.chat_start.in_terminal", lambda: True)
    for answer, exists in (("n\n", False), ("y\n", True)):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        run(repo.root, "hook install")
        assert (outside / "pre-commit").exists() == exists

    assert "removed: pre-commit" in run(repo.root, "hook uninstall --yes")
    assert "installed" in run(repo.root, "hook install --yes")
