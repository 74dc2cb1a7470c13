"""What the ledger remembers: what changed between two commits, and what gc may forget."""

from __future__ import annotations

import pytest

from repo_mhm.errors import StoreError
from repo_mhm.memory.notes import CHUNK, FILE, Note, Step
from repo_mhm.source.scan import scan_bytes
from repo_mhm.store import Store, history


def chunk_note(number: int, content: str) -> Note:
    return Note(
        number,
        0,
        CHUNK,
        f"a.py:{number}-{number}",
        "a.py",
        f"note {number}",
        5,
        (content,),
        "read",
        1.0,
    )


def record(
    store: Store, added: tuple[Note, ...], retired: tuple[int, ...] = (), chunk: str = ""
) -> None:
    store.record(Step(0, "note", chunk, "a.py", "read", added, retired), "m")


def test_a_diff_lists_what_came_went_and_changed_level(store: Store) -> None:
    store.set_meta(commit="one")
    record(store, (chunk_note(1, "a"), chunk_note(2, "b"), chunk_note(3, "c")))
    store.set_meta(commit="two")
    record(store, (Note(4, 0, FILE, "a.py", "a.py", "both", 5, ("a", "b"), "merge", 2.0),), (1, 2))
    record(store, (chunk_note(5, "d"),), (3,))
    changes = {
        (change.kind, change.note.id, change.into.id if change.into else 0)
        for change in store.memory_diff("one", "two")
    }
    assert changes == {
        ("coarser", 1, 4),
        ("coarser", 2, 4),
        ("went", 3, 0),
        ("came", 4, 0),
        ("came", 5, 0),
    }
    back = {(change.kind, change.note.id) for change in store.memory_diff("two", "one")}
    assert back == {("finer", 4), ("went", 5), ("came", 1), ("came", 2), ("came", 3)}
    assert store.memory_diff("two", "two") == []


def test_a_note_that_comes_back_was_away_in_between(store: Store) -> None:
    store.set_meta(commit="one")
    record(store, (chunk_note(1, "a"),))
    store.set_meta(commit="two")
    record(store, (), (1,))
    store.set_meta(commit="three")
    record(store, (chunk_note(1, "a"),))
    assert [change.kind for change in store.memory_diff("one", "two")] == ["went"]
    assert [change.kind for change in store.memory_diff("two", "three")] == ["came"]
    assert store.memory_diff("one", "three") == []


def test_a_commit_the_memory_was_never_updated_to_is_an_error(store: Store) -> None:
    with pytest.raises(StoreError) as raised:
        store.memory_diff("aaa", "bbb")
    assert "none yet" in raised.value.hint


def test_gc_forgets_only_what_is_gone_and_old_enough(store: Store) -> None:
    scan = scan_bytes("a.py", b"x = 1\n", "b", texts=True)
    store.put_file(scan)
    here = scan.chunks[0].content_id
    record(store, (chunk_note(1, here),), chunk=here)
    record(store, (chunk_note(2, here),), (1,), chunk=here)
    record(store, (chunk_note(3, "gone"),), chunk="gone")
    record(store, (), (3,))
    assert store.gc(days=1).notes == 0
    result = store.gc(days=-1)
    assert (result.notes, result.readings) == (1, 1)
    assert {note.id for note in store.notes(live=False)} == {1, 2}
    assert store.readings("m")["read"] == {here}
    assert store.gc(days=1, most_bytes=0).notes == 0
    assert store.next_note_id() == 3


def test_gc_forgets_the_names_that_no_code_has_any_more(store: Store) -> None:
    store.put_file(scan_bytes("a.py", b"def okapi():\n    return zebra()\n", "b1", texts=True))
    store.put_file(scan_bytes("a.py", b"def gnu():\n    return zebra()\n", "b2", texts=True))
    store.gc(days=1)
    assert {row[0] for row in store._fetch_all("SELECT text FROM name")} == {"gnu", "zebra"}
    assert [stored.symbol.name for stored in store.symbols_named(["gnu"])] == ["gnu"]


def test_gc_shrinks_a_large_database_without_a_copy_in_memory_or_elsewhere(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_COPIED_IN_MEMORY_BYTES", 0)
    for number in range(1, 200):
        record(store, (chunk_note(number, f"gone{number}"),), (number - 1,) * (number > 1))
    statements: list[str] = []
    store._db.set_trace_callback(statements.append)
    result = store.gc(days=-1)
    assert result.bytes_after < result.bytes_before
    settings = [text for text in statements if "temp_store" in text or text == "VACUUM"]
    assert settings == [
        f"PRAGMA temp_store_directory = '{store.path.parent}'",
        "PRAGMA temp_store_directory",
        "PRAGMA temp_store = FILE",
        "VACUUM",
        "PRAGMA temp_store = MEMORY",
        "PRAGMA temp_store_directory = ''",
    ]
    assert {path.name for path in store.path.parent.iterdir()} <= {
        "memory.db", "memory.db-wal", "memory.db-shm", "index.lock",
    }  # fmt: skip


def test_gc_forgets_steps_of_which_nothing_is_left(store: Store) -> None:
    store.set_meta(commit="one")
    record(store, (chunk_note(1, "gone"),))
    record(store, (), (1,))
    record(store, ())
    record(store, ())
    store.set_meta(commit="two")
    record(store, ())
    record(store, ())
    store.gc(days=-1)
    assert [row[0] for row in store._fetch_all("SELECT id FROM step")] == [4, 6]
    assert store.memory_diff("one", "two") == []
