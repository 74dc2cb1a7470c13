"""The ledger over time: what changed between two commits, and how the ledger is kept from growing for ever."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from repo_mhm.errors import StoreError
from repo_mhm.memory.notes import Note
from repo_mhm.store.cleanup import disk_use, sweep
from repo_mhm.store.database import Database, sql_errors
from repo_mhm.store.ledger import LedgerTables

GC_DAYS = 30.0
"""How long notes on code that is gone are kept for its return (a branch switched back to)."""
GC_BYTES = 512 * 1024 * 1024
"""A database beyond this gives them up at once."""

_UNUSED = (
    "id NOT IN (SELECT max(id) FROM step GROUP BY commit_id UNION SELECT step FROM note UNION SELECT step FROM reading "
    "UNION SELECT retired_by FROM note WHERE retired_by IS NOT NULL UNION SELECT born FROM life UNION "
    "SELECT died FROM life WHERE died IS NOT NULL)"
)
"""Steps that nothing refers to; the last of each commit stays, since it tells what the memory was there."""


@dataclass(frozen=True, slots=True)
class Change:
    """How one note's place in memory changed. A `coarser` or `finer` note gave way to the note `into`."""

    head: int
    kind: Literal["came", "went", "coarser", "finer"]
    note: Note
    into: Note | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """What `gc` dropped, and the bytes of the database and all files beside it before and after."""

    notes: int
    readings: int
    bytes_before: int
    bytes_after: int


class HistoryTables(LedgerTables, Database):
    """Reading and pruning the past."""

    def commits(self) -> list[str]:
        """The commits the memory has been of, newest last."""
        query = (
            "SELECT commit_id FROM step WHERE commit_id != '' GROUP BY commit_id ORDER BY max(id)"
        )
        return [str(row[0]) for row in self._all(query)]

    def memory_diff(self, before: str, after: str) -> list[Change]:
        """Which notes came, went or changed level between two commits (full ids), by head.

        Each commit means the memory as it was last left at it. Raises StoreError for a commit the memory never was of.
        """
        with self.view():
            old, new = self._live_at(before), self._live_at(after)
            notes = {note.id: note for note in self._notes_by_id(old.keys() ^ new.keys())}
        came = [notes[note] for note in new.keys() - old.keys() if note in notes]
        targets: dict[str, list[Note]] = {}
        for note in came:
            for content in note.chunks:
                targets.setdefault(content, []).append(note)
        changes = [Change(new[note.id], "came", note) for note in came]
        for gone in old.keys() - new.keys():
            if gone in notes:
                changes.append(_what_became_of(notes[gone], old[gone], targets))
        return sorted(changes, key=lambda change: (change.head, change.note.path, change.note.id))

    def _notes_by_id(self, ids: Iterable[int]) -> list[Note]:
        return self.notes(ids=sorted(ids))

    def _live_at(self, commit: str) -> dict[int, int]:
        """Note id to head, as the last step taken at this commit left it."""
        row = self._one("SELECT max(id) FROM step WHERE commit_id = ?", commit)
        if row is None or row[0] is None:
            known = ", ".join(found[:10] for found in self.commits()[-5:]) or "none yet"
            raise StoreError(
                f"the memory never was of commit {commit[:10]}", hint=f"it has been of: {known}"
            )
        query = "SELECT note, head FROM life WHERE born <= ?1 AND (died IS NULL OR died > ?1)"
        return {int(found[0]): int(found[1]) for found in self._all(query, row[0])}

    def gc(self, *, days: float = GC_DAYS, most_bytes: int = GC_BYTES) -> Collected:
        """Drop retired notes and readings of contents that have been gone for `days`, and as old passes of `ask --deep`
        and steps of which nothing is left; if the database is larger than `most_bytes`, of any age. Then give the space
        back to the file system.

        The caller holds the writer's lock.
        """
        before = disk_use(self.path.parent)
        cutoff = (
            time.time() if self.path.stat().st_size > most_bytes else time.time() - days * 86_400
        )
        gone = "content_id NOT IN (SELECT content_id FROM chunk)"
        with self.transaction() as db:
            dropped = [row[0] for row in db.execute(
                "SELECT note.id FROM note JOIN step ON step.id = retired_by WHERE step.at <= ? AND NOT EXISTS ("
                f"SELECT 1 FROM note_chunk WHERE note_chunk.note = note.id AND NOT ({gone}))", (cutoff,)
            )]  # fmt: skip
            for table, key in (("note_words", "rowid"), ("life", "note"), ("note", "id")):
                db.executemany(
                    f"DELETE FROM {table} WHERE {key} = ?", ((note,) for note in dropped)
                )
            readings = db.execute(
                f"DELETE FROM reading WHERE {gone} AND NOT EXISTS (SELECT 1 FROM note_chunk "
                "WHERE note_chunk.content_id = reading.content_id)"
            ).rowcount
            db.execute(f"DELETE FROM step WHERE at <= ? AND {_UNUSED}", (cutoff,))
            old = "pass IN (SELECT pass FROM taken GROUP BY pass HAVING max(at) <= ?1)"
            db.execute(f"DELETE FROM taken WHERE {old} OR ({gone} AND at <= ?1)", (cutoff,))
        with sql_errors(self.path):
            self._db.execute("VACUUM")
            # Somebody who reads keeps the log in use; whoever closes last removes it.
            self._db.execute("PRAGMA busy_timeout = 500")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sweep(self.path.parent)
        return Collected(len(dropped), readings, before, disk_use(self.path.parent))


def _what_became_of(note: Note, head: int, targets: Mapping[str, list[Note]]) -> Change:
    for other in (other for content in note.chunks for other in targets.get(content, [])):
        if other.level > note.level:
            return Change(head, "coarser", note, other)
        if other.level < note.level:
            return Change(head, "finer", note, other)
    return Change(head, "went", note)
