"""Repair: a damaged database is set aside with every byte, and what is sound is kept."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from repo_mhm.errors import DamagedStore, StoreError
from repo_mhm.store import DATABASE, open_store, repair
from tests.store.conftest import add_note, make_note


def damage(path: Path, kind: str) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = bytearray(path.read_bytes())
    if kind == "truncated":
        raw = raw[: len(raw) // 2]
    elif kind == "not a database":
        raw = bytearray(b"hello, this is not a database\n" * 400)
    elif kind == "overwritten":
        page = 4096 * (len(raw) // 4096 // 2)
        raw[page : page + 4 * 4096] = os.urandom(4 * 4096)
    else:
        position = raw.index(b"tells what number 7")
        raw[position : position + 5] = b"TELLS"
    path.write_bytes(bytes(raw))
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@pytest.mark.parametrize("kind", ["truncated", "not a database", "overwritten", "changed text"])
def test_damage_is_an_error_and_what_is_sound_is_kept(tmp_path: Path, kind: str) -> None:
    with open_store(tmp_path) as store:
        for number in range(200):
            note = make_note(number + 1, f"c{number}", text=f"tells what number {number} does " * 6)
            add_note(store, note, content=f"c{number}")
        store.add_turn("s", "why?", "because", {})
    damage(tmp_path / DATABASE, kind)
    raw = (tmp_path / DATABASE).read_bytes()
    (tmp_path / "index.pid").write_text("1\n")
    with pytest.raises(DamagedStore) as raised, open_store(tmp_path) as store:
        store.notes(live=False)
        store.search("note", ["number"], 500)
    assert "doctor" in raised.value.hint

    result = repair(tmp_path)
    assert result.damaged_file.read_bytes() == raw
    assert str(result.damaged_file) in str(result)
    with open_store(tmp_path) as store:
        saved = store.notes()
        assert len(saved) == result.notes
        if kind == "changed text":
            assert (result.notes, result.lost_notes, result.readings) == (199, 1, 199)
            assert [(turn.question, turn.answer) for turn in store.turns("s")] == [
                ("why?", "because")
            ]
            assert len(store.search("note", ["number"], 500)) == 199
        for note in saved:
            assert note.text.startswith(f"tells what number {note.id - 1} ")
        add_note(store, make_note(900, "c"))
        assert store._fetch_all("PRAGMA integrity_check")[0][0] == "ok"


def test_repairing_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        repair(tmp_path / "none")
