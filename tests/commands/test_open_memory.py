"""The first question scans the source into a memory and reports progress; later ones open it."""

from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm.commands.open_memory import open_memory
from repo_mhm.errors import RepositoryError
from tests.conftest import MakeRepo

FILES = {f"m{number}.py": f"def f{number}():\n    return {number}\n" for number in range(4)}


def test_only_the_first_question_scans_and_reports_it(make_repo: MakeRepo) -> None:
    repo = make_repo(FILES)
    reports: list[tuple[int, int]] = []

    def report(done: int, total: int) -> None:
        reports.append((done, total))

    with open_memory(repo.root, {}, progress=report).store as store:
        assert store.chunk_count() == 4
    assert reports[-1] == (4, 4)

    reports.clear()
    with open_memory(repo.root, {}, progress=report).store as store:
        assert store.chunk_count() == 4
    assert reports == []


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="nowhere"):
        open_memory(tmp_path / "nowhere", {})
