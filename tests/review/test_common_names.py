"""A name that more files have than one review looks through."""

from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm.git import diff, open_snapshot
from repo_mhm.memory.refresh import refresh
from repo_mhm.review import tree_lookup
from repo_mhm.review.report import Report
from repo_mhm.review.reviewer import IMPACT, Reviewer
from repo_mhm.store import open_store
from tests.conftest import MakeRepo

USE = "from app.core.lib import load\n\nload('a', 1)\n"
FILES = {
    "app/core/lib.py": "def load(path, strict):\n    return path, strict\n",
    "app/core/near.py": USE,
    "app/api/next.py": USE,
    "tools/far.py": USE,
}


def report_of(
    make_repo: MakeRepo, state: Path, most: int, monkeypatch: pytest.MonkeyPatch
) -> Report:
    monkeypatch.setattr(tree_lookup, "MOST_STORED_FILES", most)
    repo = make_repo(FILES)
    with open_store(state) as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        repo.write({"app/core/lib.py": "def load(path):\n    return path\n"})
        return Reviewer(store).review(diff.working(repo.root))


def places(report: Report) -> list[str]:
    return [piece.location.path for finding in report.findings for piece in finding.evidence]


@pytest.mark.parametrize(
    ("most", "found"),
    [(3, ["app/api/next.py", "app/core/near.py", "tools/far.py"]), (1, ["app/core/near.py"])],
)
def test_the_nearest_are_looked_through_and_the_rest_is_counted(
    make_repo: MakeRepo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    found: list[str],
) -> None:
    report = report_of(make_repo, tmp_path / "state", most, monkeypatch)
    assert places(report) == found
    remarks = [item.reason for item in report.not_reviewed if item.path == IMPACT]
    left = len(FILES) - 1 - most
    expected = f"too many files use the names; {left} files were not searched"
    assert remarks == ([expected] if left else [])
