"""What usually changes together: counted over real commits, silent in doubt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.git import diff
from repo_mhm.review.co_change import companions, missing_companions
from repo_mhm.review.findings import Finding
from repo_mhm.review.reviewer import Reviewer
from tests.conftest import MakeRepo, TestRepo

FILES = st.sets(st.sampled_from("abcdef"), min_size=1, max_size=4)


def co_changes(repo: TestRepo) -> list[Finding]:
    report = Reviewer().review(diff.working(repo.root))
    return [finding for finding in report.findings if finding.category == "co-change"]


def history(make_repo: MakeRepo, together: int, alone: int) -> TestRepo:
    """A repository in which `a.py` changed with `b.py`, and earlier alone."""
    repo = make_repo({"a.py": "x = 0\n", "b.py": "y = 0\n", "c.py": "z = 0\n"})
    for number in range(1, alone + 1):
        repo.commit({"a.py": f"x = {number}\n"})
    for number in range(together):
        repo.commit({"a.py": f"x = 1{number}\n", "b.py": f"y = 1{number}\n"})
    return repo


def test_a_file_that_usually_changes_too_is_named_with_its_count(make_repo: MakeRepo) -> None:
    repo = history(make_repo, together=4, alone=1)
    repo.write({"a.py": "# new\nx = 99\n"})
    (finding,) = co_changes(repo)
    assert (finding.path, finding.line, finding.severity) == ("a.py", 1, "info")
    assert finding.evidence[0].location.path == "b.py"
    # Git has no parent to compare the first commit with, so it does not count.
    assert finding.evidence[0].why == "in 4 of the latest 5 commits that touched a.py"

    repo.write({"b.py": "y = 99\n"})
    assert co_changes(repo) == []


@pytest.mark.parametrize(("together", "alone"), [(2, 0), (3, 4), (1, 6)])
def test_chance_is_not_named(make_repo: MakeRepo, together: int, alone: int) -> None:
    repo = history(make_repo, together, alone)
    repo.write({"a.py": "x = 99\n"})
    assert co_changes(repo) == []


def test_a_file_is_followed_through_its_renames_and_forgotten_when_gone(
    make_repo: MakeRepo,
) -> None:
    repo = history(make_repo, together=5, alone=0)
    repo.git("mv", "b.py", "moved.py")
    repo.commit()
    repo.write({"a.py": "x = 99\n"})
    assert [finding.evidence[0].location.path for finding in co_changes(repo)] == ["moved.py"]
    repo.git("rm", "--quiet", "moved.py")
    repo.git("commit", "--quiet", "--message", "gone", "moved.py")
    assert co_changes(repo) == []


def test_a_range_is_judged_by_the_commits_before_it(make_repo: MakeRepo) -> None:
    repo = history(make_repo, together=4, alone=0)
    first = repo.git("rev-parse", "HEAD")
    repo.commit({"a.py": "x = 99\n"})
    for revisions in ("HEAD", f"{first}..HEAD"):
        report = Reviewer().review(diff.between(repo.root, revisions))
        assert [finding.category for finding in report.findings] == ["co-change"]
        assert "in 4 of the latest 4" in report.findings[0].message


@given(st.lists(FILES, max_size=40), FILES)
def test_counts_are_those_of_the_commits(commits: list[set[str]], touched: set[str]) -> None:
    for path in touched:
        for each in companions(path, commits):
            latest = [files for files in commits if path in files]
            assert each.commits == len(latest)
            assert each.together == sum(each.path in files for files in latest)
    for each in missing_companions(touched, commits):
        assert each.path not in touched
        assert 3 <= each.together <= each.commits
        assert each.together * 3 >= each.commits
        assert each.certain_share <= each.together / each.commits
