"""Reviews of real repositories: what was committed, and what stands in the working tree now."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from repo_mhm.git import diff
from repo_mhm.review.findings import Finding
from repo_mhm.review.report import Report
from repo_mhm.review.reviewer import Reviewer
from tests.conftest import MakeRepo, Tree

Review = Callable[..., Report]


def by_model(report: Report) -> list[Finding]:
    """The findings of the model."""
    return [finding for finding in report.findings if finding.kind == "model"]


@pytest.fixture
def review(make_repo: MakeRepo) -> Review:
    """`review({"a.py": old}, {"a.py": new})`: the report on that change; None deletes the file."""

    def run(
        before: Tree,
        after: dict[str, str | bytes | None],
        reviewer: Reviewer | None = None,
        name: str = "repo",
    ) -> Report:
        repo = make_repo(before, name=name)
        repo.write({name: content for name, content in after.items() if content is not None})
        for name, content in after.items():
            if content is None:
                repo.path(name).unlink()
        return (reviewer or Reviewer()).review(diff.working(repo.root))

    return run
