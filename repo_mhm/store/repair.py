"""Salvage: a damaged database is set aside under a new name, and what is sound in it goes into a new one.

Only the ledger, what was read and the conversations are carried over: files, chunks and symbols come back with the
next index, which reads them from the repository and costs no model.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from repo_mhm.errors import StoreError
from repo_mhm.source.search_terms import searchable_text
from repo_mhm.store import connection
from repo_mhm.store.database import translated
from repo_mhm.store.ledger import checksum

_META = ("model", "model_name", "identity", "device", "prefill_tokens_per_second")


@dataclass(frozen=True, slots=True)
class Salvaged:
    """Where the damaged file went, and how many notes, readings and turns were saved and how many notes lost."""

    set_aside: Path
    notes: int
    lost_notes: int
    readings: int
    turns: int

    def __str__(self) -> str:
        return (
            f"{self.notes:,} notes, {self.readings:,} readings and {self.turns:,} answers saved, {self.lost_notes:,} "
            f"notes lost; the damaged database is kept as {self.set_aside}; run index to bring the memory up to date"
        )


def salvage(directory: Path) -> Salvaged:
    """Replace the damaged database in `directory` by what is sound in it; the damaged one keeps every byte.

    Raises StoreError when there is none or the disk is full (the damaged file then stays where it was), StoreLocked
    when it is being written.
    """
    path = directory / connection.DATABASE
    if not path.exists():
        raise StoreError(f"there is no database at {path}", hint="run: repo-mhm index")
    fresh = directory / "salvage"
    with connection.writer_lock(directory), translated(path):
        for left in fresh.glob(f"{connection.DATABASE}*"):
            left.unlink()
        _, target = connection.connect(fresh)
        try:
            counts = _copy(path, target)
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            target.close()
        aside = _set_aside(path)
        (fresh / connection.DATABASE).replace(path)
        for left in fresh.iterdir():
            left.unlink()
        fresh.rmdir()
    return Salvaged(aside, *counts)


def _set_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.stem}.damaged-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.db")
    # A write-ahead log left beside the new database would be taken for its own.
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(aside.with_name(aside.name + suffix))
    return aside


def _copy(path: Path, target: sqlite3.Connection) -> tuple[int, int, int, int]:
    try:
        # Only read: whoever may write folds the log into the damaged file, and deletes the log.
        source = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None
        )
        source.row_factory = sqlite3.Row
        source.text_factory = lambda raw: raw.decode("utf-8", "replace")
        tables = {
            row[0] for row in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    except sqlite3.DatabaseError:
        return 0, 0, 0, 0
    try:
        # Referenced rows may be lost; what refers to them is weeded out below.
        target.execute("PRAGMA foreign_keys = OFF")
        target.execute("BEGIN")
        for table in ("meta", "step", "note", "note_chunk", "life", "reading", "turn", "taken"):
            if table in tables:
                _copy_table(source, target, table)
        counts = _weed(target)
        target.execute("COMMIT")
    finally:
        source.close()
    return counts


def _copy_table(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> None:
    columns = [row[1] for row in target.execute(f"PRAGMA table_info({table})")]
    present = [row[1] for row in source.execute(f"PRAGMA table_info({table})")]
    shared = ", ".join(column for column in columns if column in present)
    marks = ", ".join("?" for column in columns if column in present)
    for row in _rows(source, table, shared):
        try:
            target.execute(f"INSERT OR IGNORE INTO {table} ({shared}) VALUES ({marks})", row)
        except sqlite3.IntegrityError:
            # The row is readable but not what the column may hold: it is lost.
            continue


def _rows(source: sqlite3.Connection, table: str, columns: str) -> Iterator[tuple[object, ...]]:
    """Every row that can be read, some twice: past a damaged page where rows are numbered, else from both ends."""
    numbered = table not in ("reading", "note_chunk", "meta")
    if not numbered:
        for direction in ("ASC", "DESC"):
            query = f"SELECT {columns} FROM {table} ORDER BY 1 {direction}, 2 {direction}"
            yield from map(tuple, _readable(source, query, ()))
        return
    last, gap = -1, 1
    while last < 1 << 40:
        # The row number comes last, so that what is copied stays in front.
        query = f"SELECT {columns}, rowid AS row_number FROM {table} WHERE rowid > ? ORDER BY rowid"
        seen = False
        for row in _readable(source, query, (last,)):
            last, gap, seen = row["row_number"], 1, True
            yield tuple(row)[:-1]
        if not seen:
            last, gap = last + gap, gap * 2


def _readable(
    source: sqlite3.Connection, query: str, parameters: tuple[int, ...]
) -> Iterator[sqlite3.Row]:
    try:
        yield from source.execute(query, parameters)
    except sqlite3.DatabaseError:
        return


def _weed(target: sqlite3.Connection) -> tuple[int, int, int, int]:
    """Drop what does not hold together, build the notes' full-text index, and count notes, lost, readings, turns."""
    target.execute(f"DELETE FROM meta WHERE key NOT IN ({', '.join('?' * len(_META))})", _META)
    read = target.execute("SELECT count(*) FROM note").fetchone()[0]
    unsound = [
        row["id"]
        for row in target.execute("SELECT id, level, anchor, path, text, checksum FROM note")
        if checksum(row["level"], row["anchor"], row["path"], row["text"]) != row["checksum"]
    ]
    target.executemany("DELETE FROM note WHERE id = ?", ((note,) for note in unsound))
    target.execute("DELETE FROM note WHERE step NOT IN (SELECT id FROM step)")
    target.execute("DELETE FROM note WHERE id NOT IN (SELECT note FROM note_chunk)")
    target.execute(
        "UPDATE note SET retired_by = step WHERE retired_by NOT IN (SELECT id FROM step)"
    )
    target.execute("DELETE FROM note_chunk WHERE note NOT IN (SELECT id FROM note)")
    target.execute(
        "DELETE FROM life WHERE note NOT IN (SELECT id FROM note) OR born NOT IN (SELECT id FROM step)"
    )
    target.execute("UPDATE life SET died = born WHERE died NOT IN (SELECT id FROM step)")
    # What a lost note said must be read again.
    target.execute(
        "DELETE FROM reading WHERE content_id NOT IN (SELECT content_id FROM note_chunk)"
    )
    target.execute("DELETE FROM reading WHERE step NOT IN (SELECT id FROM step)")
    for row in target.execute("SELECT id, anchor, path, text FROM note").fetchall():
        words = searchable_text(f"{row['anchor']} {row['path']} {row['text']}")
        target.execute("INSERT INTO note_words (rowid, words) VALUES (?, ?)", (row["id"], words))
    counts = [
        target.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("note", "reading", "turn")
    ]
    return counts[0], read - counts[0], counts[1], counts[2]
