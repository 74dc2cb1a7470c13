"""Files found by their paths and by commits, in a real store of a real history."""

from __future__ import annotations

from pathlib import Path

from repo_mhm.git import open_snapshot
from repo_mhm.memory.refresh import refresh
from repo_mhm.retrieval.file_lookup import file_lists
from repo_mhm.retrieval.query import parse_question
from repo_mhm.retrieval.search import search
from repo_mhm.scope import WHOLE, Scope
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo, Tree


def plain(*paths: str) -> Tree:
    return {path: f"value_{number} = {number}\n" for number, path in enumerate(paths)}


def lists_for(store: Store, question: str, scope: Scope = WHOLE) -> dict[str, list[str]]:
    query = parse_question(question)
    return file_lists(store, query, query.terms, scope)


def test_files_whose_paths_share_words_with_the_question_are_found(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    repo = make_repo(plain("lib/nonce/store.py", "lib/store.py", *"abcdefgh"))
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        lists = lists_for(store, "How does the nonce store work?")
        only = lists_for(store, "the nonce store", Scope.of_paths(files=["lib/store.py"]))

    assert lists["path word"] == ["lib/nonce/store.py", "lib/store.py"]
    assert only["path word"] == ["lib/store.py"]


def test_a_commit_whose_message_matches_finds_what_it_changed(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    repo = make_repo(plain("a.py", "b.py", "test_a.py", "notes.txt"))
    repo.commit({"a.py": "one = 1\n", "test_a.py": "two = 1\n"}, "Count nonces from zero")
    repo.commit({"b.py": "one = 1\n", "notes.txt": "two\n"}, "Unrelated")
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        result = search(store, "Why are the nonces counted?", "source")
        nothing = search(store, "zebra", "source")

    found_by = {chunk.path: chunk.found_by for chunk in result.ranked}
    assert found_by == {
        "a.py": ("companion", "commit", "recent"),
        "test_a.py": ("companion", "commit", "recent"),
    }
    assert result.ranked[0].path == "a.py"
    assert nothing.ranked == ()


def test_files_that_changed_recently_come_before_their_equals(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    repo = make_repo({"a.py": "nonce = 1\n", "z.py": "nonce = 1\n"})
    repo.commit({"z.py": "nonce = 2\n"}, "Change")
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        result = search(store, "nonce", "source")

    assert [chunk.path for chunk in result.ranked] == ["z.py", "a.py"]


def test_without_commits_the_text_alone_decides(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.py").write_text("nonce = 1\n")
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(folder), heads=2)
        lists = lists_for(store, "nonce")

    assert lists == {"path word": [], "commit": [], "recent": []}
