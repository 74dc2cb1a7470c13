"""The tables of the ledger: every step, every note live or retired, which contents were read."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable

from repo_mhm.errors import DamagedStore
from repo_mhm.memory.notes import CHUNK, FILE, PURPOSE_DEPTHS, SCANNED_DEPTHS, Note, Step
from repo_mhm.source.search_terms import searchable_text
from repo_mhm.store.checksum import note_checksum
from repo_mhm.store.connection import Database
from repo_mhm.store.errors import REPAIR_HINT

MAX_FAILED_READINGS = 2
"""A chunk whose reading failed this often is not read again until its content changes."""
SCANNED = f"depth IN ({', '.join(map(repr, sorted(SCANNED_DEPTHS)))})"
"""SQL: whether a note is one that a scan makes without a model."""


class LedgerTables(Database):
    """Appending steps, and reading what they left."""

    def record(self, step: Step, model: str) -> int:
        """Append a step: the notes it added, retired and moved, and the chunk it read.

        Returns the step's number.
        """
        with self.transaction() as db:
            number = self._insert_step(db, step, model)
            retired = [(number, note) for note in step.retired]
            db.executemany("UPDATE note SET retired_by = ? WHERE id = ?", retired)
            db.executemany("UPDATE life SET died = ? WHERE note = ? AND died IS NULL", retired)
            # What the overview said of former code can be said again at any time.
            db.executemany(
                "DELETE FROM note_words WHERE rowid IN "
                f"(SELECT id FROM note WHERE id = ? AND {SCANNED})",
                ((note,) for note in step.retired),
            )
            for note in step.moved:
                self._move(db, note, number)
            for note in step.added:
                self._add(db, note, number)
            if step.chunk and not step.failed:
                done = [(step.chunk, step.depth), *step.also_done]
                db.executemany(
                    "INSERT OR REPLACE INTO reading (content_id, depth, model, step, notes) "
                    "VALUES (?, ?, ?, ?, ?)",
                    (
                        (content, depth, model, number, _count_on(content, step.added))
                        for content, depth in done
                    ),
                )
        return number

    def _insert_step(self, db: sqlite3.Connection, step: Step, model: str) -> int:
        cursor = db.execute(
            "INSERT INTO step (head, kind, chunk, path, depth, prompt_tokens, generated_tokens, "
            "seconds, redacted, failed, model, at, commit_id) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                step.head, step.kind, step.chunk, step.path, step.depth, step.prompt_tokens,
                step.generated_tokens, step.seconds, step.redacted, step.failed, model,
                time.time(), self.meta("commit"),
            ),
        )  # fmt: skip
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _add(self, db: sqlite3.Connection, note: Note, step: int) -> None:
        """Make a note live: a new one, or one that was retired and comes back."""
        if db.execute("SELECT 1 FROM note WHERE id = ?", (note.id,)).fetchone():
            self._update(db, note)
            db.execute("UPDATE note SET retired_by = NULL WHERE id = ?", (note.id,))
        else:
            self._insert_note(db, note, step)
        self._begin_life(db, note, step)

    def _insert_note(self, db: sqlite3.Connection, note: Note, step: int) -> None:
        db.execute(
            "INSERT INTO note (id, step, head, level, anchor, path, text, tokens, depth, value, "
            "checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                note.id, step, note.head, note.level, note.anchor, note.path, note.text,
                note.tokens, note.depth, note.value, _checksum(note),
            ),
        )  # fmt: skip
        db.executemany(
            "INSERT INTO note_chunk (note, content_id) VALUES (?, ?)",
            ((note.id, content) for content in note.chunks),
        )
        words = note_words(note.anchor, note.path, note.text)
        db.execute("INSERT INTO note_words (rowid, words) VALUES (?, ?)", (note.id, words))

    def _begin_life(self, db: sqlite3.Connection, note: Note, step: int) -> None:
        row = (note.id, note.head, step)
        db.execute("INSERT INTO life (note, head, born) VALUES (?, ?, ?)", row)

    def _move(self, db: sqlite3.Connection, note: Note, step: int) -> None:
        """Store a note whose code moved; in another head it begins another life."""
        before = db.execute("SELECT head FROM note WHERE id = ?", (note.id,)).fetchone()
        self._update(db, note)
        if before["head"] != note.head:
            db.execute("UPDATE life SET died = ? WHERE note = ? AND died IS NULL", (step, note.id))
            self._begin_life(db, note, step)

    def _update(self, db: sqlite3.Connection, note: Note) -> None:
        db.execute(
            "UPDATE note SET head = ?, anchor = ?, path = ?, tokens = ?, value = ?, checksum = ? "
            "WHERE id = ?",
            (
                note.head, note.anchor, note.path, note.tokens, note.value, _checksum(note),
                note.id,
            ),
        )  # fmt: skip
        words = note_words(note.anchor, note.path, note.text)
        db.execute("UPDATE note_words SET words = ? WHERE rowid = ?", (words, note.id))

    def set_token_counts(self, tokens: dict[int, int]) -> None:
        """Set the token counts of notes, by id.

        A moved anchor has other tokens, which are counted when there is an engine to count them.
        """
        with self.transaction() as db:
            db.executemany(
                "UPDATE note SET tokens = ? WHERE id = ?",
                ((count, note) for note, count in tokens.items()),
            )

    def notes(self, *, live: bool = True, ids: Iterable[int] | None = None) -> list[Note]:
        """Notes by id: the live ones, the whole ledger (`live=False`), or those with these ids.

        Raises DamagedStore when a note does not match its checksum.
        """
        if ids is not None:
            return self._notes("id IN (SELECT value FROM json_each(?))", json.dumps(list(ids)))
        return self._notes("retired_by IS NULL" if live else "true")

    def _notes(self, where: str, *parameters: object) -> list[Note]:
        with self.view():
            chunks: dict[int, list[str]] = {}
            query = (
                "SELECT note, content_id FROM note_chunk "
                f"WHERE note IN (SELECT id FROM note WHERE {where})"
            )
            for note, content in self._fetch_all(query, *parameters):
                chunks.setdefault(note, []).append(content)
            rows = self._fetch_all(f"SELECT * FROM note WHERE {where} ORDER BY id", *parameters)
        return self._records(lambda row: self._note(row, chunks.get(row["id"], [])), rows)

    def _note(self, row: sqlite3.Row, chunks: list[str]) -> Note:
        checksum = note_checksum(row["level"], row["anchor"], row["path"], row["text"])
        if checksum != row["checksum"] or not chunks:
            raise DamagedStore(f"note {row['id']} in {self.path} is damaged", hint=REPAIR_HINT)
        return Note(
            id=row["id"], head=row["head"], level=row["level"], anchor=row["anchor"],
            path=row["path"], text=row["text"], tokens=row["tokens"], chunks=tuple(chunks),
            depth=row["depth"], value=row["value"],
        )  # fmt: skip

    def replaced_by(self, note: int) -> list[Note]:
        """The finer notes that a coarse note was made of."""
        step = "SELECT step FROM note WHERE id = ?"
        retired_there = f"SELECT note FROM life WHERE died = ({step})"
        return self._notes(f"id IN ({retired_there}) AND id != ? AND NOT {SCANNED}", note, note)

    def reading_notes(self, content: str, model: str) -> list[Note]:
        """What was noted on a content: on its chunk and symbols, and the purposes it leads.

        The notes are those that the best reading left: one by this model is better than one by
        another, a whole one than a skim. A reading that left none has replaced none.
        """
        notes = self._best_notes(content, model, ("skim", "read"), f"level <= {CHUNK}")
        for depth in PURPOSE_DEPTHS.values():
            notes += self._best_notes(content, model, (depth,), f"level >= {FILE}")
        return notes

    def has_lost_notes(self, content: str, model: str) -> bool:
        """Whether the best reading of a chunk left notes that are gone from the ledger."""
        left = "SELECT count(*) FROM note_chunk JOIN note ON note.id = note"
        is_lost = f"notes > ({left} WHERE content_id = ? AND note.step = reading.step)"
        depths = ("skim", "read")
        row = self._fetch_first(_best_reading(is_lost, depths), content, content, *depths, model)
        return row is not None and bool(row[0])

    def _best_notes(
        self, content: str, model: str, depths: tuple[str, ...], levels: str
    ) -> list[Note]:
        best = _best_reading("step", depths)
        on_content = "id IN (SELECT note FROM note_chunk WHERE content_id = ?)"
        where = f"step = ({best}) AND {levels} AND {on_content} AND NOT {SCANNED}"
        return self._notes(where, content, *depths, model, content)

    def merged_notes(self) -> list[Note]:
        """Retired file and directory notes whose chunks all exist, so that they may come back."""
        gone = (
            "SELECT 1 FROM note_chunk WHERE note_chunk.note = note.id "
            "AND content_id NOT IN (SELECT content_id FROM chunk)"
        )
        return self._notes(
            f"retired_by IS NOT NULL AND level >= {FILE} AND NOT {SCANNED} AND NOT EXISTS ({gone})"
        )

    def forget_readings(self, contents: Iterable[str]) -> None:
        """Have these contents read again; the purposes they lead stay noted."""
        with self.transaction() as db:
            db.executemany(
                "DELETE FROM reading WHERE content_id = ? AND depth IN ('skim', 'read')",
                ((content,) for content in contents),
            )

    def live_note_ids(self) -> set[int]:
        """The ids of the live notes."""
        return {row[0] for row in self._fetch_all("SELECT id FROM note WHERE retired_by IS NULL")}

    def next_note_id(self) -> int:
        """One more than the highest id in the ledger."""
        query = (
            "SELECT max((SELECT coalesce(max(id), 0) FROM note), "
            "(SELECT coalesce(max(note), 0) FROM life)) + 1"
        )
        return int(self._fetch_all(query)[0][0])

    def readings(self, model: str) -> dict[str, set[str]]:
        """The content ids that need no step of this model any more, by the depth of the step.

        Depths are `skim`, `read` and those of purposes (`PURPOSE_DEPTHS`).
        """
        contents: dict[str, set[str]] = {"skim": set(), "read": set()}
        query = "SELECT content_id, depth FROM reading WHERE model = ?"
        for content, depth in self._fetch_all(query, model):
            contents.setdefault(depth, set()).add(content)
        return contents

    def chunks_read_by_others(self, model: str) -> int:
        """How many contents of the snapshot some model has read, but not this one."""
        row = self._fetch_first(
            "SELECT count(DISTINCT content_id) FROM chunk "
            "WHERE content_id IN (SELECT content_id FROM reading) "
            "AND content_id NOT IN (SELECT content_id FROM reading WHERE model = ?)",
            model,
        )
        assert row is not None
        return int(row[0])

    def read_contents(self, contents: Iterable[str] | None = None) -> set[str]:
        """The content ids (of these, if given) that any model has taken a step on."""
        query = "SELECT content_id FROM reading"
        if contents is None:
            return {row[0] for row in self._fetch_all(query)}
        where = "WHERE content_id IN (SELECT value FROM json_each(?))"
        rows = self._fetch_all(f"{query} {where}", json.dumps(list(contents)))
        return {row[0] for row in rows}

    def abandoned_readings(self, model: str) -> set[tuple[str, str]]:
        """Content id and depth of what this model failed to read MAX_FAILED_READINGS times."""
        query = (
            "SELECT chunk, depth FROM step WHERE failed AND chunk != '' AND model = ? "
            "GROUP BY 1, 2 HAVING count(*) >= ?"
        )
        return {(row[0], row[1]) for row in self._fetch_all(query, model, MAX_FAILED_READINGS)}

    def last_heads(self, contents: Iterable[str]) -> dict[str, int]:
        """The head of the newest note on each content, whether live or retired."""
        query = (
            "SELECT content_id, head, max(note.id) FROM note_chunk JOIN note ON note.id = note "
            f"WHERE level <= {CHUNK} AND content_id IN (SELECT value FROM json_each(?)) "
            "GROUP BY content_id"
        )
        return {row[0]: row[1] for row in self._fetch_all(query, json.dumps(list(contents)))}

    def totals(self) -> dict[str, float]:
        """Sums over the whole ledger.

        Keys: `steps`, `failed`, `prompt_tokens`, `generated_tokens`, `seconds`, `redacted`.
        """
        row = self._fetch_first(
            "SELECT count(*) steps, coalesce(sum(failed), 0) failed, "
            "coalesce(sum(prompt_tokens), 0) prompt_tokens, "
            "coalesce(sum(generated_tokens), 0) generated_tokens, "
            "coalesce(sum(seconds), 0.0) seconds, "
            "(SELECT coalesce(sum(redacted), 0) FROM chunk) redacted FROM step "
            "WHERE head >= 0 AND kind != 'overview'"
        )
        assert row is not None
        return dict(row)


def _best_reading(column: str, depths: tuple[str, ...]) -> str:
    """SQL: a column of the best reading that left notes; its content, depths and model are open."""
    marks = ", ".join("?" for _ in depths)
    return (
        f"SELECT {column} FROM reading WHERE content_id = ? AND depth IN ({marks}) AND notes > 0 "
        "ORDER BY model = ? DESC, depth = 'read' DESC, step DESC LIMIT 1"
    )


def _count_on(content: str, notes: Iterable[Note]) -> int:
    """How many of the notes are on a content."""
    return sum(content in note.chunks for note in notes)


def _checksum(note: Note) -> int:
    return note_checksum(note.level, note.anchor, note.path, note.text)


def note_words(anchor: str, path: str, text: str) -> str:
    """What the full-text index has of a note."""
    return searchable_text(f"{anchor} {path} {text}")
