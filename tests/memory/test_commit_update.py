"""Keeping the stored commits up to date: appended, or read again, and never later than HEAD."""

from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm.git import open_snapshot
from repo_mhm.memory import commit_update as module
from repo_mhm.memory.refresh import refresh
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo


def updated(store: Store, root: Path, commit: str | None = None) -> list[int]:
    """Refresh; the row ids of the commits that changed a.py, newest first."""
    refresh(store, open_snapshot(root, commit), heads=1)
    return [row for row, _, _ in store.commits_of("a.py", 100)]


def test_new_commits_are_appended(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    with open_store(tmp_path / "memory") as store:
        assert updated(store, repo.root) == []
        repo.commit({"a.py": "x = 2\n"}, "two")
        assert updated(store, repo.root) == [1]
        assert updated(store, repo.root) == [1]
        repo.commit({"a.py": "x = 3\n"}, "three")
        assert updated(store, repo.root) == [2, 1]
        assert len(store.search_commits(["two"], 5)) == 1


def test_a_commit_without_changes_of_files_is_new_too(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    repo.commit({"a.py": "x = 2\n"}, "two")
    repo.commit({"a.py": "x = 1\n"}, "back to one")
    with open_store(tmp_path / "memory") as store:
        assert len(updated(store, repo.root)) == 2


def test_an_earlier_commit_forgets_later_ones(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    second = repo.commit({"a.py": "x = 2\n"}, "two")
    repo.commit({"a.py": "x = 3\n"}, "three")
    with open_store(tmp_path / "memory") as store:
        assert len(updated(store, repo.root)) == 2
        assert len(updated(store, repo.root, second)) == 1
        assert store.search_commits(["three"], 5) == []


def test_a_rewritten_history_is_read_again(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    repo.commit({"a.py": "x = 2\n"}, "two")
    with open_store(tmp_path / "memory") as store:
        updated(store, repo.root)
        repo.git("commit", "--quiet", "--amend", "--message", "other")
        updated(store, repo.root)
        assert store.search_commits(["two"], 5) == []
        assert len(store.search_commits(["other"], 5)) == 1


def test_a_store_with_many_commits_is_read_again(
    make_repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 2)
    monkeypatch.setattr("repo_mhm.git.commit_log.MOST_COMMITS", 2)
    repo = make_repo({"a.py": "x = 0\n"})
    with open_store(tmp_path / "memory") as store:
        for number in range(1, 6):
            repo.commit({"a.py": f"x = {number}\n"}, f"number{number}")
            updated(store, repo.root)
        assert store.past_commit_count() <= 3
        assert len(store.search_commits(["number5"], 5)) == 1


def test_there_may_be_no_commits(make_repo: MakeRepo, tmp_path: Path) -> None:
    unborn = make_repo(name="unborn")
    unborn.write({"a.py": "x = 1\n"})
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.py").write_text("x = 1\n")
    for root in (unborn.root, folder):
        with open_store(tmp_path / root.name / "memory") as store:
            assert updated(store, root) == []
