"""The ledger over time: what changed between two commits, and pruning what is long gone."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

from repo_mhm.errors import StoreError, UnwritableStore
from repo_mhm.memory.notes import Note
from repo_mhm.store.cleanup import disk_use, remove_leftovers
from repo_mhm.store.errors import sqlite_errors
from repo_mhm.store.ledger import SCANNED, LedgerTables
from repo_mhm.store.symbols import SymbolTables

GC_DAYS = 30.0
"""How long notes on code that is gone are kept for its return (a branch switched back to)."""
GC_BYTES = 512 * 1024 * 1024
"""From a database larger than this they are dropped whatever their age."""
MOST_COPIED_IN_MEMORY_BYTES = 128 * 1024 * 1024
"""To shrink a database takes a copy of it: a larger one than this goes to the disk."""
_BUSY_MILLISECONDS = 500
"""How long `gc` waits for readers at its end. Then the write-ahead log stays as large as it is."""

_GONE = "content_id NOT IN (SELECT content_id FROM chunk UNION SELECT content_id FROM former_chunk)"
_UNUSED_STEP = (
    "id NOT IN (SELECT max(id) FROM step GROUP BY commit_id UNION SELECT step FROM note "
    "UNION SELECT step FROM reading "
    "UNION SELECT retired_by FROM note WHERE retired_by IS NOT NULL UNION SELECT born FROM life "
    "UNION SELECT died FROM life WHERE died IS NOT NULL)"
)
"""Steps that nothing refers to, save the last of each commit: it marks the memory there."""


@dataclass(frozen=True, slots=True)
class NoteChange:
    """How one note changed. A `coarser` or `finer` one was replaced by the note `into`."""

    head: int
    kind: Literal["came", "went", "coarser", "finer"]
    note: Note
    into: Note | None = None


@dataclass(frozen=True, slots=True)
class GcResult:
    """How many notes and readings `gc` dropped, and the bytes of all files before and after."""

    notes: int
    readings: int
    bytes_before: int
    bytes_after: int


@dataclass(frozen=True, slots=True)
class LedgerStep:
    """One step of the ledger. `at` is in seconds since the epoch, `commit` where it was taken."""

    kind: str
    at: float
    model: str
    commit: str


@dataclass(frozen=True, slots=True)
class NoteLife:
    """A time for which a note was live in a head. `died` is None while it is."""

    head: int
    born: LedgerStep
    died: LedgerStep | None


class HistoryTables(LedgerTables, SymbolTables):
    """Reading and pruning the past."""

    def commits(self) -> list[str]:
        """The commits that the memory was updated to, newest last."""
        query = (
            "SELECT commit_id FROM step WHERE commit_id != '' GROUP BY commit_id ORDER BY max(id)"
        )
        return [str(row[0]) for row in self._fetch_all(query)]

    def memory_diff(self, before: str, after: str) -> list[NoteChange]:
        """Which notes came, went or changed level between two commits (full ids), by head.

        A commit means the memory as the last step at it left it. Raises StoreError for a commit
        that the memory was never updated to.
        """
        with self.view():
            old_heads, new_heads = self._live_at(before), self._live_at(after)
            differing = sorted(old_heads.keys() ^ new_heads.keys())
            notes = {note.id: note for note in self.notes(ids=differing)}

        came = [notes[note] for note in new_heads.keys() - old_heads.keys() if note in notes]
        went = [notes[note] for note in old_heads.keys() - new_heads.keys() if note in notes]
        came_by_content: dict[str, list[Note]] = {}
        for note in came:
            for content in note.chunks:
                came_by_content.setdefault(content, []).append(note)

        changes = [NoteChange(new_heads[note.id], "came", note) for note in came]
        changes += [_departure(note, old_heads[note.id], came_by_content) for note in went]
        return sorted(changes, key=lambda change: (change.head, change.note.path, change.note.id))

    def lives(self, note: int) -> list[NoteLife]:
        """The lives of a note, in order."""
        query = (
            "SELECT life.head, b.kind, b.at, b.model, b.commit_id, d.kind, d.at, d.model, "
            "d.commit_id FROM life JOIN step b ON b.id = born LEFT JOIN step d ON d.id = died "
            "WHERE note = ? ORDER BY born"
        )
        return self._records(_life, self._fetch_all(query, note))

    def replacements(self, note: int) -> list[Note]:
        """The coarser notes on the same content that the step which retired a note added."""
        step = "SELECT retired_by FROM note WHERE id = ?1"
        contents = "SELECT content_id FROM note_chunk WHERE note = ?1"
        return self._notes(
            f"step = ({step}) AND level > (SELECT level FROM note WHERE id = ?1) "
            f"AND id IN (SELECT note FROM note_chunk WHERE content_id IN ({contents}))",
            note,
        )

    def _live_at(self, commit: str) -> dict[int, int]:
        """The head of each live note, by id, as the last step at this commit left it."""
        row = self._fetch_first("SELECT max(id) FROM step WHERE commit_id = ?", commit)
        if row is None or row[0] is None:
            newest = ", ".join(other[:10] for other in self.commits()[-5:]) or "none yet"
            raise StoreError(
                f"the memory was never updated to commit {commit[:10]}",
                hint=f"Compare commits at which it was updated: {newest}.",
            )
        query = "SELECT note, head FROM life WHERE born <= ?1 AND (died IS NULL OR died > ?1)"
        return {int(note): int(head) for note, head in self._fetch_all(query, row[0])}

    def gc(self, *, days: float = GC_DAYS, most_bytes: int = GC_BYTES) -> GcResult:
        """Drop what is kept of code that has been gone for `days`, and give the space back.

        That is retired notes, readings, steps that nothing refers to, and passes of `ask --deep`.
        From a database larger than `most_bytes` they are dropped whatever their age. Names that no
        code has any more are dropped at once. The caller holds the writer's lock.
        """
        bytes_before = disk_use(self.path.parent)
        is_too_large = self.path.stat().st_size > most_bytes
        cutoff = time.time() if is_too_large else time.time() - days * 86_400

        with self.transaction() as db:
            notes = _drop_notes(db, cutoff)
            readings = _drop_readings(db)
            db.execute(f"DELETE FROM step WHERE at <= ? AND {_UNUSED_STEP}", (cutoff,))
            _drop_deep_steps(db, cutoff)
            self.forget_unused_names()
        remove_leftovers(self.path.parent)
        # Shrinking takes as much room again. Where there is none, later writes use what is free.
        with suppress(UnwritableStore):
            self._shrink()
        return GcResult(notes, readings, bytes_before, disk_use(self.path.parent))

    def _shrink(self) -> None:
        with sqlite_errors(self.path), self._room_for_copy():
            self._db.execute("VACUUM")
            # A reader keeps the log in use; whoever closes the database last removes it.
            self._db.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _room_for_copy(self) -> Iterator[None]:
        """Let SQLite copy a large database to a nameless file beside it, not into memory.

        A SQLite that was built without the setting copies into memory all the same.
        """
        if self.path.stat().st_size <= MOST_COPIED_IN_MEMORY_BYTES:
            yield
            return
        with suppress(UnicodeEncodeError):  # a folder whose name is no UTF-8
            folder = str(self.path.parent).replace("'", "''")
            self._db.execute(f"PRAGMA temp_store_directory = '{folder}'")
        if self._fetch_first("PRAGMA temp_store_directory"):
            self._db.execute("PRAGMA temp_store = FILE")
        try:
            yield
        finally:
            self._db.execute("PRAGMA temp_store = MEMORY")
            self._db.execute("PRAGMA temp_store_directory = ''")


def _life(row: sqlite3.Row) -> NoteLife:
    head, *steps = row
    born, died = steps[:4], steps[4:]
    return NoteLife(head, LedgerStep(*born), None if died[0] is None else LedgerStep(*died))


def _departure(note: Note, head: int, came_by_content: Mapping[str, Sequence[Note]]) -> NoteChange:
    """Whether a note gave way to a coarser or finer one on the same content, or just went."""
    for content in note.chunks:
        for other in came_by_content.get(content, []):
            if other.level > note.level:
                return NoteChange(head, "coarser", note, other)
            if other.level < note.level:
                return NoteChange(head, "finer", note, other)
    return NoteChange(head, "went", note)


def _drop_notes(db: sqlite3.Connection, cutoff: float) -> int:
    """Drop notes retired before `cutoff` (epoch seconds) whose chunks are all gone; how many.

    Retired notes of the overview go whatever their chunks: they can be made again.
    """
    rows = db.execute(
        "SELECT note.id FROM note JOIN step ON step.id = retired_by WHERE step.at <= ? "
        f"AND (note.{SCANNED} OR NOT EXISTS (SELECT 1 FROM note_chunk "
        f"WHERE note_chunk.note = note.id AND NOT ({_GONE})))",
        (cutoff,),
    )
    notes = [(row[0],) for row in rows]
    for table, key in (("note_words", "rowid"), ("life", "note"), ("note", "id")):
        db.executemany(f"DELETE FROM {table} WHERE {key} = ?", notes)
    return len(notes)


def _drop_readings(db: sqlite3.Connection) -> int:
    """Drop readings of contents that are gone and have no note left; how many."""
    return db.execute(
        f"DELETE FROM reading WHERE {_GONE} AND NOT EXISTS (SELECT 1 FROM note_chunk "
        "WHERE note_chunk.content_id = reading.content_id)"
    ).rowcount


def _drop_deep_steps(db: sqlite3.Connection, cutoff: float) -> None:
    """Drop deep passes that ended before `cutoff`, and older steps on contents that are gone."""
    ended = "pass IN (SELECT pass FROM taken GROUP BY pass HAVING max(at) <= ?1)"
    db.execute(f"DELETE FROM taken WHERE {ended} OR ({_GONE} AND at <= ?1)", (cutoff,))
