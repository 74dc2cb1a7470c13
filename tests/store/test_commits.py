"""Commits in the store: what they changed, how recently, and the words of their messages."""

from __future__ import annotations

import math

import pytest

from repo_mhm.git import LoggedCommit
from repo_mhm.store import Store
from repo_mhm.store.commits import MOST_FILES
from tests.store.conftest import scanned

DAY = 86_400


def commit(
    message: str, *changed: str, day: int = 0, moved: tuple[tuple[str, str], ...] = ()
) -> LoggedCommit:
    return LoggedCommit("0" * 40, day * DAY, message, changed, moved)


def put_files(store: Store, *paths: str) -> None:
    for path in paths:
        store.put_file(scanned(path))


def test_a_change_counts_less_the_older_it_is(store: Store) -> None:
    put_files(store, "a.py", "b.py")
    store.add_past_commits([commit("old", "a.py"), commit("new", "a.py", "b.py", day=90)])

    weights = store.change_weights()

    assert weights == pytest.approx({"a.py": 1 + math.exp(-1), "b.py": 1})
    assert [path for path, _ in store.recently_changed(5)] == ["a.py", "b.py"]
    assert len(store.recently_changed(1)) == 1


def test_only_files_of_the_snapshot_are_named(store: Store) -> None:
    put_files(store, "a.py")
    store.add_past_commits([commit("gone", "a.py", "gone.py")])

    assert set(store.change_weights()) == {"a.py"}
    assert store.files_changed([1]) == {1: ["a.py"]}
    assert store.commits_of("a.py", 5) == [(1, 0, 2)]


def test_messages_are_found_by_their_words(store: Store) -> None:
    put_files(store, "a.py", "b.py")
    store.add_past_commits([commit("Fix the nonceCount", "a.py"), commit("Other", "b.py")])

    hits = store.search_commits(["nonce"], 5)

    assert [row for row, _ in hits] == [1]
    assert store.search_commits([], 5) == []


def test_commits_that_change_many_files_are_left_out(store: Store) -> None:
    many = [f"f{number}.py" for number in range(MOST_FILES + 1)]
    put_files(store, "f0.py")
    store.add_past_commits([commit("Reformat", *many), commit("Empty")])

    assert store.past_commit_count() == 0
    assert store.change_weights() == {}


def test_a_moved_file_keeps_its_history(store: Store) -> None:
    put_files(store, "lib/a.py")
    store.add_past_commits([commit("before", "a.py")])
    store.add_past_commits([commit("move", moved=(("a.py", "lib/a.py"),))])
    store.add_past_commits([commit("after", "lib/a.py")])

    assert [row for row, _, _ in store.commits_of("lib/a.py", 5)] == [2, 1]


def test_a_file_moved_over_another_takes_its_name(store: Store) -> None:
    put_files(store, "b.py")
    store.add_past_commits([commit("a", "a.py"), commit("b", "b.py")])
    store.add_past_commits([commit("move", moved=(("a.py", "b.py"),))])

    assert [row for row, _, _ in store.commits_of("b.py", 5)] == [1]


def test_cleared_commits_are_gone(store: Store) -> None:
    put_files(store, "a.py")
    store.add_past_commits([commit("word", "a.py")])
    store.clear_past_commits()

    assert store.search_commits(["word"], 5) == []
    assert store.change_weights() == {}
    store.add_past_commits([commit("word", "a.py")])
    assert len(store.search_commits(["word"], 5)) == 1


def test_words_that_may_be_secrets_are_not_kept(store: Store) -> None:
    token = "ghp" + "4f9aB7" * 6
    store.add_past_commits([commit(f"Remove {token} from the configuration_of_servers", "a.py")])

    assert store.search_commits([token.lower()], 5) == []
    assert len(store.search_commits(["configuration_of_servers"], 5)) == 1
