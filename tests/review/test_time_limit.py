"""A review that runs out of time says what it has found so far, and what it has not looked at."""

from __future__ import annotations

from itertools import count

import pytest

from repo_mhm.git import diff
from repo_mhm.review.reviewer import IMPACT, Reviewer
from tests.conftest import MakeRepo, TestRepo

NAMES = [f"removed_{number}" for number in range(40)]
KEY = "AKIA" + "Z7QX2M5RTPLK3WVN"


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    """A repository whose working tree lacks many functions that are called, and has a key."""
    library = "".join(f"def {name}(a):\n    return a\n\n\n" for name in NAMES)
    calls = "".join(f"lib.{name}(1)\n" for name in NAMES)
    repo = make_repo({"lib.py": library, "use.py": f"import lib\n\n{calls}"})
    repo.write({"lib.py": f"AWS = '{KEY}'\n"})
    return repo


def test_all_is_found_where_there_is_time(repo: TestRepo) -> None:
    report = Reviewer().review(diff.working(repo.root))
    assert len(report.findings) == len(NAMES) + 1
    assert report.not_reviewed == ()


@pytest.mark.parametrize("steps", [0, 5, 20])
def test_what_was_found_so_far_is_kept(repo: TestRepo, steps: int) -> None:
    time = count()
    reviewer = Reviewer(deadline=float(steps), clock=lambda: float(next(time)))
    report = reviewer.review(diff.working(repo.root))
    categories = [finding.category for finding in report.findings]
    assert "secret" in categories, "secrets are looked for whatever time it takes"
    assert len(categories) < len(NAMES)
    assert steps < 20 or "removed" in categories
    assert any("the time was up" in item.reason for item in report.not_reviewed)
    assert steps == 0 or IMPACT in [item.path for item in report.not_reviewed]
    assert report.unsearched == ()


def test_what_was_not_searched_yet_is_named_while_it_runs(repo: TestRepo) -> None:
    reviewer = Reviewer()
    reviewer._begin(diff.working(repo.root))
    assert reviewer.report().unsearched == ("lib.py",)
