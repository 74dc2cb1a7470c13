"""Citations follow the repository as it changes under the memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.citations import Citation
from repo_mhm.answer.context import AskOptions
from repo_mhm.answer.events import Finished
from repo_mhm.answer.session import ask
from repo_mhm.answer.staleness import RepositoryChanges, _matching_span, compare
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.git import open_snapshot
from repo_mhm.location import Location
from repo_mhm.memory.refresh import refresh
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo, TestRepo

CODE = "def first():\n    return 1\n\n\ndef second():\n    return first() + 1\n"
SECOND = Citation(Location("lib.py", 5, 6))


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo({"lib.py": CODE, "other.py": "x = 1\n"})


@pytest.fixture
def store(repo: TestRepo, tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "state") as opened:
        refresh(opened, open_snapshot(repo.root), heads=2)
        yield opened


def changes_of(repo: TestRepo, store: Store) -> RepositoryChanges:
    changes = compare(store.blobs(), repo.root)
    assert changes is not None
    return changes


def test_an_unchanged_repository_leaves_citations_as_they_are(repo: TestRepo, store: Store) -> None:
    changes = changes_of(repo, store)
    assert (changes.stale_chunks(store), changes.changed) == (0, {})
    assert changes.relocate(store, SECOND) is SECOND


def test_lines_that_moved_are_cited_where_they_are_now(repo: TestRepo, store: Store) -> None:
    repo.write({"lib.py": '"""New."""\n\nimport os\n' + CODE})
    changes = changes_of(repo, store)
    assert changes.stale_chunks(store) == 2  # the old chunk and the new one
    assert changes.relocate(store, SECOND) == Citation(Location("lib.py", 8, 9), "moved")
    other = Citation(Location("other.py", 1, 1))
    assert changes.relocate(store, other) == other


def test_lines_that_changed_are_marked_at_their_new_location(repo: TestRepo, store: Store) -> None:
    code = CODE.replace("def first", "X = 1\ndef first").replace("first() + 1", "first() + 2")
    repo.write({"lib.py": code})
    changed = Citation(Location("lib.py", 6, 7), "changed")
    assert changes_of(repo, store).relocate(store, SECOND) == changed


def test_a_long_line_in_several_chunks_is_compared_whole(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    words = " ".join(f"word{number}" for number in range(1200))
    notes = "".join(f"line {number} of the notes\n" for number in range(200))
    repo = make_repo({"notes.md": f"{words}\n{notes}"}, name="long")
    with open_store(tmp_path / "long-state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        first_lines = [stored.chunk.start for stored in store.chunks_in("notes.md")]
        assert first_lines.count(1) > 1
        repo.write({"notes.md": f"{words}\n{notes}one more\n"})
        citation = Citation(Location("notes.md", 1, 1))
        assert changes_of(repo, store).relocate(store, citation) == citation


def test_a_file_that_is_gone_is_marked(repo: TestRepo, store: Store) -> None:
    (repo.root / "lib.py").unlink()
    gone = Citation(Location("lib.py", 5, 6), "gone")
    assert changes_of(repo, store).relocate(store, SECOND) == gone


def test_where_there_is_no_repository_nothing_is_compared(store: Store, tmp_path: Path) -> None:
    assert compare(store.blobs(), tmp_path / "elsewhere") is None


def test_an_answer_counts_stale_chunks(repo: TestRepo, store: Store) -> None:
    repo.write({"lib.py": f"import os\n\n{CODE}"})
    engine = ScriptedEngine(lambda prompt: ["`second` calls `first`."])
    events = ask(
        store,
        lambda: engine,
        "What does `second` return?",
        AskOptions(),
        compare=lambda blobs: compare(blobs, repo.root),
    )
    answer = next(event.answer for event in events if isinstance(event, Finished))
    assert answer.stale_chunks == 2
    assert {citation.state for citation in answer.citations} == {"moved"}

    lines = (repo.root / "lib.py").read_text("utf-8").splitlines()
    locations = [citation.location for citation in answer.citations]
    cited = [line for location in locations for line in lines[location.start - 1 : location.end]]
    assert any("def second" in line for line in cited)


@given(
    st.lists(st.sampled_from("abcdef"), min_size=1, max_size=12),
    st.lists(st.sampled_from("abcdef"), min_size=1, max_size=12),
    st.data(),
)
def test_a_span_is_never_empty_and_always_inside(
    before: list[str], now: list[str], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(before) - 1))
    end = data.draw(st.integers(start + 1, len(before)))
    first, after = _matching_span(before, now, start, end)
    assert 0 <= first < after <= len(now)
    if before == now:
        assert (first, after) == (start, end)
