"""The ledger's tables: every step and note ever made, which notes were live when, and what has been read."""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Iterable

from repo_mhm.errors import DamagedStore
from repo_mhm.memory.notes import CHUNK, FILE, Note, Step
from repo_mhm.source.search_terms import searchable_text
from repo_mhm.store.database import REPAIR, Database

TRIES = 2
"""A chunk whose reading failed this often is not tried again until its content changes."""


def checksum(level: int, anchor: str, path: str, text: str) -> int:
    """What tells whether a note is still what was written: a CRC-32."""
    return zlib.crc32(f"{level}\0{anchor}\0{path}\0{text}".encode())


class LedgerTables(Database):
    """What the memory holds, held, and was made of."""

    def record(self, step: Step, model: str) -> int:
        """Append a step: its notes (new ones, and ones that come back), what it retired and moved, what was read.

        Returns the step's number.
        """
        with self.transaction() as db:
            cursor = db.execute(
                "INSERT INTO step (head, kind, chunk, path, depth, prompt_tokens, generated_tokens, seconds, redacted, "
                "failed, model, at, commit_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    step.head, step.kind, step.chunk, step.path, step.depth, step.prompt_tokens, step.generated_tokens,
                    step.seconds, step.redacted, step.failed, model, time.time(), self.meta("commit"),
                ),
            )  # fmt: skip
            number = cursor.lastrowid
            assert number is not None
            retired = [(number, note) for note in step.retired]
            db.executemany("UPDATE note SET retired_by = ? WHERE id = ?", retired)
            db.executemany("UPDATE life SET died = ? WHERE note = ? AND died IS NULL", retired)
            for note in step.moved:
                self._move(db, note, number)
            for note in step.added:
                self._add(db, note, number)
            if step.chunk and not step.failed:
                row = (step.chunk, step.depth, model, number)
                db.execute("INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?)", row)
        return number

    def _add(self, db: sqlite3.Connection, note: Note, step: int) -> None:
        known = db.execute("SELECT 1 FROM note WHERE id = ?", (note.id,)).fetchone()
        if known:
            self._rewrite(db, note)
            db.execute("UPDATE note SET retired_by = NULL WHERE id = ?", (note.id,))
        else:
            db.execute(
                "INSERT INTO note VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)",
                (
                    note.id, step, note.head, note.level, note.anchor, note.path, note.text, note.tokens, note.depth,
                    note.value, checksum(note.level, note.anchor, note.path, note.text),
                ),
            )  # fmt: skip
            db.executemany(
                "INSERT INTO note_chunk VALUES (?, ?)", ((note.id, chunk) for chunk in note.chunks)
            )
            db.execute(
                "INSERT INTO note_words (rowid, words) VALUES (?, ?)", (note.id, _words(note))
            )
        db.execute(
            "INSERT INTO life (note, head, born) VALUES (?, ?, ?)", (note.id, note.head, step)
        )

    def _move(self, db: sqlite3.Connection, note: Note, step: int) -> None:
        before = db.execute("SELECT head FROM note WHERE id = ?", (note.id,)).fetchone()
        self._rewrite(db, note)
        if before["head"] != note.head:
            db.execute("UPDATE life SET died = ? WHERE note = ? AND died IS NULL", (step, note.id))
            db.execute(
                "INSERT INTO life (note, head, born) VALUES (?, ?, ?)", (note.id, note.head, step)
            )

    def _rewrite(self, db: sqlite3.Connection, note: Note) -> None:
        values = (note.head, note.anchor, note.path, note.tokens, note.value)
        check = checksum(note.level, note.anchor, note.path, note.text)
        query = "UPDATE note SET head = ?, anchor = ?, path = ?, tokens = ?, value = ?, checksum = ? WHERE id = ?"
        db.execute(query, (*values, check, note.id))
        db.execute("UPDATE note_words SET words = ? WHERE rowid = ?", (_words(note), note.id))

    def recount(self, tokens: dict[int, int]) -> None:
        """Set notes' token counts: an anchor that moved is counted exactly as soon as there is an engine to count."""
        with self.transaction() as db:
            db.executemany(
                "UPDATE note SET tokens = ? WHERE id = ?",
                ((count, note) for note, count in tokens.items()),
            )

    def notes(self, *, live: bool = True, ids: Iterable[int] | None = None) -> list[Note]:
        """Notes by id: the live ones, or (`live=False`) the whole ledger, or those with the given ids.

        Raises DamagedStore when a note does not match its checksum.
        """
        if ids is not None:
            return self._notes("id IN (SELECT value FROM json_each(?))", json.dumps(list(ids)))
        return self._notes("retired_by IS NULL" if live else "true")

    def _notes(self, where: str, *parameters: object) -> list[Note]:
        with self.view():
            chunks: dict[int, list[str]] = {}
            query = f"SELECT note, content_id FROM note_chunk WHERE note IN (SELECT id FROM note WHERE {where})"
            for note, content in self._all(query, *parameters):
                chunks.setdefault(note, []).append(content)
            rows = self._all(f"SELECT * FROM note WHERE {where} ORDER BY id", *parameters)
        return self._made(lambda row: self._note(row, chunks.get(row["id"], [])), rows)

    def _note(self, row: sqlite3.Row, chunks: list[str]) -> Note:
        if (
            checksum(row["level"], row["anchor"], row["path"], row["text"]) != row["checksum"]
            or not chunks
        ):
            raise DamagedStore(f"note {row['id']} in {self.path} is damaged", hint=REPAIR)
        return Note(
            id=row["id"], head=row["head"], level=row["level"], anchor=row["anchor"], path=row["path"],
            text=row["text"], tokens=row["tokens"], chunks=tuple(chunks), depth=row["depth"], value=row["value"],
        )  # fmt: skip

    def replaced_by(self, note: int) -> list[Note]:
        """The finer notes that a merged note was made of."""
        made = "SELECT step FROM note WHERE id = ?"
        return self._notes(
            f"id IN (SELECT note FROM life WHERE died = ({made})) AND id != ?", note, note
        )

    def reading_notes(self, content: str, model: str) -> list[Note]:
        """The chunk's and its symbols' notes from its best reading: this model's before others', whole before skim."""
        best = (
            "SELECT step FROM reading WHERE content_id = ? "
            "ORDER BY model = ? DESC, depth = 'read' DESC, step DESC LIMIT 1"
        )
        return self._notes(f"step = ({best}) AND level <= {CHUNK}", content, model)

    def merged_notes(self) -> list[Note]:
        """Retired file and directory notes whose chunks are all still there: they need no model to come back."""
        gone = (
            "SELECT 1 FROM note_chunk WHERE note_chunk.note = note.id "
            "AND content_id NOT IN (SELECT content_id FROM chunk)"
        )
        return self._notes(f"retired_by IS NOT NULL AND level >= {FILE} AND NOT EXISTS ({gone})")

    def forget_readings(self, contents: Iterable[str]) -> None:
        """Have these contents read again."""
        with self.transaction() as db:
            db.executemany(
                "DELETE FROM reading WHERE content_id = ?", ((content,) for content in contents)
            )

    def live_note_ids(self) -> set[int]:
        """Ids of the notes that stand in a head now."""
        return {row[0] for row in self._all("SELECT id FROM note WHERE retired_by IS NULL")}

    def next_note_id(self) -> int:
        """The first id no note of the ledger has or had."""
        return int(self._all("SELECT max((SELECT coalesce(max(id), 0) FROM note), "
                             "(SELECT coalesce(max(note), 0) FROM life)) + 1")[0][0])  # fmt: skip

    def readings(self, model: str) -> dict[str, set[str]]:
        """For `skim` and `read`: the content ids this model has read that deeply."""
        found: dict[str, set[str]] = {"skim": set(), "read": set()}
        for content, depth in self._all(
            "SELECT content_id, depth FROM reading WHERE model = ?", model
        ):
            found.setdefault(depth, set()).add(content)
        return found

    def read_contents(self) -> set[str]:
        """The contents that any model has read, live or gone."""
        return {row[0] for row in self._all("SELECT content_id FROM reading")}

    def given_up(self, model: str) -> set[tuple[str, str]]:
        """Content id and depth of what this model failed to take notes on, TRIES times."""
        query = (
            "SELECT chunk, depth FROM step WHERE failed AND chunk != '' AND model = ? GROUP BY 1, 2 "
            "HAVING count(*) >= ?"
        )
        return {(row[0], row[1]) for row in self._all(query, model, TRIES)}

    def last_heads(self, contents: Iterable[str]) -> dict[str, int]:
        """The head that last held a note on each content, live or retired."""
        query = (
            "SELECT content_id, head, max(note.id) FROM note_chunk JOIN note ON note.id = note "
            f"WHERE level <= {CHUNK} AND content_id IN (SELECT value FROM json_each(?)) GROUP BY content_id"
        )
        return {row[0]: row[1] for row in self._all(query, json.dumps(list(contents)))}

    def totals(self) -> dict[str, float]:
        """Over the whole ledger: `steps`, `failed`, `prompt_tokens`, `generated_tokens`, `seconds`, `redacted`."""
        row = self._one(
            "SELECT count(*) steps, coalesce(sum(failed), 0) failed, coalesce(sum(prompt_tokens), 0) prompt_tokens, "
            "coalesce(sum(generated_tokens), 0) generated_tokens, coalesce(sum(seconds), 0.0) seconds, "
            "(SELECT coalesce(sum(redacted), 0) FROM chunk) redacted FROM step WHERE head >= 0"
        )
        assert row is not None
        return dict(row)


def _words(note: Note) -> str:
    return searchable_text(f"{note.anchor} {note.path} {note.text}")
