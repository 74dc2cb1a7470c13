"""The history of lines and files, bounded in number and time."""

from __future__ import annotations

import pytest

from repo_mhm.git import history
from tests.conftest import MakeRepo


def test_commits_have_their_date_author_and_subject(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\ny = 1\n"})
    commit = repo.commit({"a.py": "x = 1\ny = 2\n"}, "Change y\n\nA body.")

    lines = history.history_of_lines(repo.root, "a.py", 2, 2)

    assert [(item.id, item.author, item.subject) for item in lines.commits[:1]] == [
        (commit, "Ada", "Change y")
    ]
    assert len(lines.commits) == 2
    assert lines.is_complete


def test_paths_that_look_like_options_or_patterns_are_taken_as_they_are(
    make_repo: MakeRepo,
) -> None:
    repo = make_repo({"-n1 [a]*.py": "x = 1\n", "b.py": "y = 1\n"})

    assert len(history.history_of_file(repo.root, "-n1 [a]*.py").commits) == 1
    assert len(history.history_of_lines(repo.root, "-n1 [a]*.py", 1, 1).commits) == 1


def test_lines_that_do_not_exist_have_no_history(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\n"})

    assert history.history_of_lines(repo.root, "a.py", 50, 60).commits == ()
    assert history.history_of_file(repo.root, "missing.py").commits == ()


def test_more_commits_than_are_listed_make_a_history_incomplete(
    make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo({"a.py": "x = 0\n"})
    for number in range(1, 4):
        repo.commit({"a.py": f"x = {number}\n"})
    monkeypatch.setattr(history, "MOST_COMMITS", 2)

    lines = history.history_of_lines(repo.root, "a.py", 1, 1)

    assert (len(lines.commits), lines.is_complete) == (2, False)
