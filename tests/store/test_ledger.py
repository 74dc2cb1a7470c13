"""The ledger: notes come back as they went in, and failed readings are remembered."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.memory.notes import Note, Step
from repo_mhm.store import Store, open_store
from repo_mhm.store.ledger import MAX_FAILED_READINGS
from tests.store.conftest import add_note, make_note

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
any_content = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=30)
@given(
    anchor=any_text,
    path=any_text,
    text=any_text,
    level=st.integers(0, 3),
    chunks=st.sets(any_content, min_size=1, max_size=4),
)
def test_notes_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    anchor: str,
    path: str,
    text: str,
    level: int,
    chunks: set[str],
) -> None:
    with open_store(tmp_path_factory.mktemp("store")) as store:
        note = Note(7, 1, level, anchor, path, text, 3, tuple(sorted(chunks)), "read", 0.25)
        add_note(store, note)
        (stored,) = store.notes()
        assert tuple(sorted(stored.chunks)) == note.chunks
        assert (stored.anchor, stored.path, stored.text, stored.level) == (
            anchor,
            path,
            text,
            level,
        )


def test_a_content_is_read_by_the_model_that_recorded_it(store: Store) -> None:
    add_note(store, make_note(1, "c"), content="c")
    assert store.readings("m") == {"skim": set(), "read": {"c"}}
    assert store.readings("other") == {"skim": set(), "read": set()}
    assert store.read_contents() == {"c"}
    store.forget_readings(["c"])
    assert store.read_contents() == set()


def test_a_reading_that_left_no_note_has_lost_none_and_hides_none(store: Store) -> None:
    add_note(store, make_note(1, "c"), content="c")
    store.record(Step(0, "note", "c", "app.py", "read", (), ()), "other")
    assert [note.id for note in store.reading_notes("c", "other")] == [1]
    assert not store.has_lost_notes("c", "other")
    assert not store.has_lost_notes("never read", "m")
    store._db.execute("DELETE FROM note WHERE id = 1")
    assert store.has_lost_notes("c", "m")


def test_a_reading_that_keeps_failing_is_abandoned(store: Store) -> None:
    failed = Step(0, "note", "c", "app.py", "read", (), (), failed=True)
    for _ in range(MAX_FAILED_READINGS):
        assert store.abandoned_readings("m") == set()
        store.record(failed, "m")
    assert store.abandoned_readings("m") == {("c", "read")}
    assert store.abandoned_readings("other") == set()
    assert store.read_contents() == set()


def test_token_counts_may_be_corrected(store: Store) -> None:
    add_note(store, make_note(1, "c"))
    store.set_token_counts({1: 12})
    assert [note.tokens for note in store.notes()] == [12]
