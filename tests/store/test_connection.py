"""Opening a database, transactions and reads, whatever other processes and the disk do."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from repo_mhm.errors import DamagedStore, StoreError
from repo_mhm.store import DATABASE, Store, find_store, open_store
from tests.store.conftest import add_note, make_note, scanned


def test_the_database_is_private_and_created_only_when_asked(tmp_path: Path) -> None:
    assert find_store(tmp_path / "none") is None
    assert not (tmp_path / "none").exists()
    open_store(tmp_path / "new").close()
    assert stat.S_IMODE((tmp_path / "new" / DATABASE).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_transaction_is_all_or_nothing_also_inside_another(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), store.transaction():
        store.set_meta(a="1")
        raise KeyboardInterrupt
    assert store.meta("a") == ""
    with store.transaction():
        store.set_meta(a="1")
        with pytest.raises(RuntimeError), store.transaction():
            store.set_meta(b="2")
            raise RuntimeError
        store.set_meta(c="3")
    assert (store.meta("a"), store.meta("b"), store.meta("c")) == ("1", "", "3")


def test_a_full_disk_keeps_what_was_finished(store: Store) -> None:
    add_note(store, make_note(1, "c"))
    store._db.execute("PRAGMA max_page_count = 60")
    with pytest.raises(StoreError) as raised:
        for number in range(2, 2000):
            add_note(store, make_note(number, "c", text="long words " * 40))
    assert "full" in raised.value.message
    assert "free" in raised.value.hint
    kept = len(store.notes())
    assert kept >= 1
    store._db.execute("PRAGMA max_page_count = 100000")
    add_note(store, make_note(5000, "c"))
    assert len(store.notes()) == kept + 1


def test_readers_neither_wait_nor_see_half_a_step(store: Store) -> None:
    add_note(store, make_note(1, "c"))
    with open_store(store.path.parent) as reader, store.transaction():
        add_note(store, make_note(2, "c"), retired=(1,))
        assert [note.id for note in reader.notes()] == [1]
    with open_store(store.path.parent) as reader:
        with reader.view():
            assert [note.id for note in reader.notes()] == [2]
            add_note(store, make_note(3, "c"), retired=(2,))
            assert [note.id for note in reader.notes()] == [2]
        assert [note.id for note in reader.notes()] == [3]


def test_a_row_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.put_file(scanned())
    with sqlite3.connect(tmp_path / DATABASE) as db:
        db.execute("UPDATE chunk SET symbols = '5'")
    with open_store(tmp_path) as store, pytest.raises(DamagedStore):
        store.chunks()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do anything")
def test_a_forbidden_database_is_an_error(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    (tmp_path / DATABASE).chmod(0)
    with pytest.raises(StoreError):
        open_store(tmp_path)


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as raised:
        open_store(tmp_path / "file" / "memory")
    assert "permissions" in raised.value.hint
