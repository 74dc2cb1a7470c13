"""Repair: set a damaged database aside under a new name, and copy what is sound into a new one.

Copied are only the ledger, the readings, the conversations and the deep passes. Files, chunks and
symbols come back with the next index, which takes them from the repository without a model.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from repo_mhm.errors import StoreError
from repo_mhm.private_folder import PrivateFolder, private_folder
from repo_mhm.store.checksum import note_checksum
from repo_mhm.store.cleanup import SALVAGE
from repo_mhm.store.connection import DATABASE, connect
from repo_mhm.store.errors import storage_errors
from repo_mhm.store.ledger import SCANNED, note_words
from repo_mhm.store.locks import writer_lock
from repo_mhm.store.migrations import COUNT_NOTES_OF_READINGS

_META = ("model", "model_name", "identity", "device", "prefill_tokens_per_second")
_TABLES = ("meta", "step", "note", "note_chunk", "life", "reading", "turn", "taken")
_TABLES_WITHOUT_ID = ("meta", "note_chunk", "reading")
"""Their keys are not row numbers, so no query can start behind a damaged page."""
_LARGEST_ROWID = 1 << 40


@dataclass(frozen=True, slots=True)
class RepairResult:
    """Where the damaged file is kept, and how much was saved and lost."""

    damaged_file: Path
    notes: int
    lost_notes: int
    readings: int
    turns: int

    def __str__(self) -> str:
        return (
            f"{self.notes:,} notes, {self.readings:,} readings and {self.turns:,} turns saved, "
            f"{self.lost_notes:,} notes lost; the damaged database is kept as {self.damaged_file}; "
            "run: repo-mhm index, which brings the memory up to date"
        )


class _Counts(NamedTuple):
    notes: int = 0
    lost_notes: int = 0
    readings: int = 0
    turns: int = 0


def repair(directory: Path) -> RepairResult:
    """Replace the database in `directory` by what is sound in it; the old one keeps every byte.

    Raises StoreError when there is none or the disk is full (the damaged file then stays where it
    was), StoreLocked while another process writes it.
    """
    path = directory / DATABASE
    if not os.path.lexists(path):
        raise StoreError(f"there is no database at {path}", hint="Run: repo-mhm index")

    with writer_lock(directory), storage_errors(path), private_folder(directory) as folder:
        folder.check_all()
        with folder.inner(SALVAGE, create=True) as work:
            _empty(work)
            counts = _copy_to_new(path, work.path)
            damaged_file = _set_aside(folder)
            work.move(DATABASE, folder, DATABASE)
            _empty(work)
        folder.remove_inner(SALVAGE)
    return RepairResult(damaged_file, *counts)


def _empty(folder: PrivateFolder) -> None:
    for name in folder.names():
        folder.remove(name)


def _copy_to_new(path: Path, work: Path) -> _Counts:
    _, target = connect(work)
    try:
        counts = _copy_database(path, target)
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        target.close()
    return counts


def _set_aside(folder: PrivateFolder) -> Path:
    moment = time.strftime("%Y%m%d-%H%M%S")
    aside = f"memory.damaged-{moment}-{os.getpid()}.db"
    # A write-ahead log left beside the new database would be read as the new one's.
    for suffix in ("-wal", "-shm", ""):
        if folder.check(DATABASE + suffix):
            folder.move(DATABASE + suffix, folder, aside + suffix)
    return folder.path / aside


def _copy_database(path: Path, target: sqlite3.Connection) -> _Counts:
    try:
        source = _open_read_only(path)
        rows = source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = {row[0] for row in rows}
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return _Counts()

    try:
        # Rows may refer to rows that are lost; _drop_unsound deletes them afterwards.
        target.execute("PRAGMA foreign_keys = OFF")
        target.execute("BEGIN")
        for table in _TABLES:
            if table in tables:
                _copy_table(source, target, table)
        counts = _drop_unsound(target)
        _index_notes(target)
        target.execute("COMMIT")
    finally:
        source.close()
    return counts


def _open_read_only(path: Path) -> sqlite3.Connection:
    # A connection that may write would fold the log into the damaged file and delete the log.
    uri = f"{path.absolute().as_uri()}?mode=ro"
    source = sqlite3.connect(uri, uri=True, isolation_level=None)
    source.row_factory = sqlite3.Row
    source.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return source


def _copy_table(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> None:
    present = _columns(source, table)
    shared = [column for column in _columns(target, table) if column in present]
    names = ", ".join(shared)
    marks = ", ".join("?" for _ in shared)
    insert = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"

    if table in _TABLES_WITHOUT_ID:
        rows = _rows_from_both_ends(source, table, names)
    else:
        rows = _rows_by_number(source, table, names)
    for row in rows:
        try:
            target.execute(insert, row)
        except sqlite3.IntegrityError:
            # The row is readable but contains what its columns may not: it is lost.
            continue


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def _rows_from_both_ends(
    source: sqlite3.Connection, table: str, columns: str
) -> Iterator[tuple[object, ...]]:
    """The readable rows before the first damaged page and behind the last; most of them twice."""
    for direction in ("ASC", "DESC"):
        query = f"SELECT {columns} FROM {table} ORDER BY 1 {direction}, 2 {direction}"
        yield from map(tuple, _readable(source, query, ()))


def _rows_by_number(
    source: sqlite3.Connection, table: str, columns: str
) -> Iterator[tuple[object, ...]]:
    """All readable rows: behind a damaged page, skips ever more rows until one can be read."""
    # The row number comes last, so that the copied columns stay in front.
    query = f"SELECT {columns}, rowid AS row_number FROM {table} WHERE rowid > ? ORDER BY rowid"
    last, gap = -1, 1
    while last < _LARGEST_ROWID:
        any_read = False
        for row in _readable(source, query, (last,)):
            last, gap, any_read = row["row_number"], 1, True
            yield tuple(row)[:-1]
        if not any_read:
            last, gap = last + gap, gap * 2


def _readable(
    source: sqlite3.Connection, query: str, parameters: tuple[int, ...]
) -> Iterator[sqlite3.Row]:
    try:
        yield from source.execute(query, parameters)
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return


def _drop_unsound(target: sqlite3.Connection) -> _Counts:
    """Drop rows that fail their checksum or refer to lost rows, and count what is left and lost."""
    target.execute(f"DELETE FROM meta WHERE key NOT IN ({', '.join('?' * len(_META))})", _META)
    copied_notes = _count(target, "note")
    damaged = [
        (row["id"],)
        for row in target.execute("SELECT id, level, anchor, path, text, checksum FROM note")
        if note_checksum(row["level"], row["anchor"], row["path"], row["text"]) != row["checksum"]
    ]
    target.executemany("DELETE FROM note WHERE id = ?", damaged)
    for statement in (
        "DELETE FROM note WHERE step NOT IN (SELECT id FROM step)",
        "DELETE FROM note WHERE id NOT IN (SELECT note FROM note_chunk)",
        "UPDATE note SET retired_by = step WHERE retired_by NOT IN (SELECT id FROM step)",
        "DELETE FROM note_chunk WHERE note NOT IN (SELECT id FROM note)",
        "DELETE FROM life WHERE note NOT IN (SELECT id FROM note) "
        "OR born NOT IN (SELECT id FROM step)",
        "UPDATE life SET died = born WHERE died NOT IN (SELECT id FROM step)",
        # A content whose notes are lost must be read again.
        "DELETE FROM reading WHERE content_id NOT IN (SELECT content_id FROM note_chunk)",
        "DELETE FROM reading WHERE step NOT IN (SELECT id FROM step)",
        COUNT_NOTES_OF_READINGS,  # An older database does not say it.
    ):
        target.execute(statement)

    notes = _count(target, "note")
    return _Counts(notes, copied_notes - notes, _count(target, "reading"), _count(target, "turn"))


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _index_notes(target: sqlite3.Connection) -> None:
    """Fill the full-text index of the notes."""
    query = f"SELECT id, anchor, path, text FROM note WHERE retired_by IS NULL OR NOT {SCANNED}"
    for row in target.execute(query).fetchall():
        words = note_words(row["anchor"], row["path"], row["text"])
        target.execute("INSERT INTO note_words (rowid, words) VALUES (?, ?)", (row["id"], words))
