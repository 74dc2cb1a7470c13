"""The only owner of the memory on disk: one SQLite database per repository, and the lock of whoever writes it.

Every method that writes is one transaction. Knows nothing about models, prompts or how notes are made.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from repo_mhm.chunks import Chunk
from repo_mhm.errors import DamagedStore, NewerStore, StoreError, StoreLocked
from repo_mhm.memory import Note, Step
from repo_mhm.scan import FileScan, Text
from repo_mhm.symbols import Reference, Symbol
from repo_mhm.words import match_any, searchable

SCHEMA_VERSION = 1
DATABASE = "memory.db"
WAIT_SECONDS = 30.0
"""How long a write waits for another process's transaction; transactions last milliseconds."""


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A live chunk with its row id, head, value (PageRank mass) and its text with secrets redacted."""

    id: int
    chunk: Chunk
    head: int
    value: float
    text: str
    outline: str
    redacted: int


@dataclass(frozen=True, slots=True)
class StoredSymbol:
    """A live symbol with its row id and its rank."""

    id: int
    symbol: Symbol
    rank: float


class Store:
    """An open database. `path` is its file; use `open_store` to get one."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._db = connection

    def close(self) -> None:
        """Close the database; closing twice is fine."""
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Raises StoreError when the disk is full, read-only or the database is damaged."""
        if self._db.in_transaction:
            yield self._db
            return
        with translated(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.rollback()
                raise
            self._db.commit()

    # Meta -----------------------------------------------------------------------------------------------------------

    def meta(self, key: str, default: str = "") -> str:
        """A value set by `set_meta`, e.g. `commit`, `model`."""
        row = self._one("SELECT value FROM meta WHERE key = ?", key)
        return str(row[0]) if row else default

    def set_meta(self, **values: str) -> None:
        """Set several values at once."""
        with self.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    # The snapshot ---------------------------------------------------------------------------------------------------

    def blobs(self) -> dict[str, str]:
        """Path to blob id of every file of the snapshot."""
        return {row["path"]: row["blob"] for row in self._all("SELECT path, blob FROM file")}

    def remove_files(self, paths: Iterable[str]) -> None:
        """Forget files with their chunks, symbols and references (notes are retired by `retire_orphans`)."""
        with self.transaction() as db:
            for path in paths:
                db.execute("DELETE FROM source_words WHERE rowid IN (SELECT id FROM chunk WHERE path = ?)", (path,))
                db.execute("DELETE FROM symbol_words WHERE rowid IN (SELECT id FROM symbol WHERE path = ?)", (path,))
                db.execute("DELETE FROM file WHERE path = ?", (path,))

    def put_file(self, found: FileScan) -> None:
        """Store a scanned file (with its texts) in place of what was known under its path; its chunks have no head."""
        with self.transaction() as db:
            self.remove_files([found.path])
            row = (found.path, found.blob, found.size, found.language, found.skipped, found.fallback)
            db.execute("INSERT INTO file VALUES (?, ?, ?, ?, ?, ?)", row)
            for chunk, text in zip(found.chunks, found.texts, strict=True):
                self._insert_chunk(db, chunk, text)
            for symbol in found.symbols:
                self._insert_symbol(db, symbol)
            db.executemany("INSERT INTO reference (name, path, line, kind) VALUES (?, ?, ?, ?)", found.references)

    def _insert_chunk(self, db: sqlite3.Connection, chunk: Chunk, text: Text) -> None:
        cursor = db.execute(
            'INSERT INTO chunk (path, start, "end", start_byte, end_byte, kind, module, symbols, tokens, content_id, '
            "enclosing, text, outline, redacted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                chunk.path, chunk.start, chunk.end, chunk.start_byte, chunk.end_byte, chunk.kind, chunk.module,
                json.dumps(chunk.symbols), chunk.tokens, chunk.content_id, chunk.enclosing, text.text, text.outline,
                text.redacted,
            ),
        )  # fmt: skip
        words = searchable(f"{chunk.path} {chunk.enclosing} {text.text}")
        db.execute("INSERT INTO source_words (rowid, words) VALUES (?, ?)", (cursor.lastrowid, words))

    def _insert_symbol(self, db: sqlite3.Connection, symbol: Symbol) -> None:
        cursor = db.execute(
            'INSERT INTO symbol (path, name, qualified, kind, start, "end", start_byte, end_byte, signature, doc, '
            "container) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                symbol.path, symbol.name, symbol.qualified, symbol.kind, symbol.start, symbol.end, symbol.start_byte,
                symbol.end_byte, symbol.signature, symbol.doc, symbol.container,
            ),
        )  # fmt: skip
        words = searchable(f"{symbol.qualified} {symbol.signature} {symbol.doc} {symbol.path}")
        db.execute("INSERT INTO symbol_words (rowid, words) VALUES (?, ?)", (cursor.lastrowid, words))

    def set_ranks(self, ranks: Mapping[int, float], values: Mapping[int, float]) -> None:
        """Set symbols' ranks and chunks' values, by row id."""
        with self.transaction() as db:
            db.executemany("UPDATE symbol SET rank = ? WHERE id = ?", ((rank, row) for row, rank in ranks.items()))
            db.executemany("UPDATE chunk SET value = ? WHERE id = ?", ((value, row) for row, value in values.items()))

    def set_heads(self, heads: Mapping[int, int]) -> None:
        """Set chunks' heads, by row id."""
        with self.transaction() as db:
            db.executemany("UPDATE chunk SET head = ? WHERE id = ?", ((head, row) for row, head in heads.items()))

    def chunks(self, ids: Iterable[int] | None = None) -> list[StoredChunk]:
        """The live chunks (or those with the given row ids), in the order they were stored."""
        return [_chunk(row) for row in self._rows("chunk", ids)]

    def chunk_ids(self, contents: Iterable[str]) -> dict[str, list[int]]:
        """Content id to the row ids of the live chunks with that content; contents that are gone are left out."""
        query = "SELECT content_id, id FROM chunk WHERE content_id IN (SELECT value FROM json_each(?)) ORDER BY id"
        found: dict[str, list[int]] = {}
        for content, row in self._all(query, json.dumps(list(contents))):
            found.setdefault(content, []).append(row)
        return found

    def chunk_count(self) -> int:
        """How many live chunks there are."""
        return int(self._all("SELECT count(*) FROM chunk")[0][0])

    def chunk_at(self, path: str, line: int) -> StoredChunk | None:
        """The chunk that holds a line."""
        row = self._one(
            'SELECT * FROM chunk WHERE path = ? AND start <= ? AND "end" >= ? ORDER BY id', path, line, line
        )
        return _chunk(row) if row else None

    def symbols(self, ids: Iterable[int] | None = None) -> list[StoredSymbol]:
        """The live symbols (or those with the given row ids)."""
        return [_symbol(row) for row in self._rows("symbol", ids)]

    def symbols_named(self, names: Iterable[str]) -> list[StoredSymbol]:
        """Live symbols with one of these simple or qualified names, highest rank first."""
        wanted = json.dumps(list(names))
        query = (
            "SELECT * FROM symbol WHERE name IN (SELECT value FROM json_each(?1)) "
            "OR qualified IN (SELECT value FROM json_each(?1)) ORDER BY rank DESC, id"
        )
        return [_symbol(row) for row in self._all(query, wanted)]

    def symbols_in(self, path: str) -> list[StoredSymbol]:
        """The symbols of one file, outermost and topmost first."""
        rows = self._all("SELECT * FROM symbol WHERE path = ? ORDER BY start_byte, end_byte DESC", path)
        return [_symbol(row) for row in rows]

    def references(self) -> list[Reference]:
        """Every reference of the snapshot."""
        return [Reference(*row) for row in self._all("SELECT name, path, line, kind FROM reference")]

    def references_to(self, name: str) -> list[Reference]:
        """Where a name is used, by path and line."""
        query = "SELECT name, path, line, kind FROM reference WHERE name = ? ORDER BY path, line"
        return [Reference(*row) for row in self._all(query, name)]

    def names(self) -> set[str]:
        """Every name the snapshot defines or refers to: what an answer may mention without inventing it."""
        return {row[0] for row in self._all("SELECT name FROM symbol UNION SELECT name FROM reference")}

    def knows_word(self, word: str) -> bool:
        """Whether a word occurs anywhere in the source, exactly as an identifier or as part of one."""
        return bool(self.search("source", [word.lower()], 1))

    # The ledger -----------------------------------------------------------------------------------------------------

    def record(self, step: Step, model: str) -> int:
        """Append a step: its notes, what it retired, that its chunk was read; return the step's number."""
        with self.transaction() as db:
            cursor = db.execute(
                "INSERT INTO step (head, kind, chunk, path, depth, prompt_tokens, generated_tokens, seconds, redacted, "
                "failed, model, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    step.head, step.kind, step.chunk, step.path, step.depth, step.prompt_tokens, step.generated_tokens,
                    step.seconds, step.redacted, step.failed, model, time.time(),
                ),
            )  # fmt: skip
            number = cursor.lastrowid
            assert number is not None
            for note in step.added:
                self._insert_note(db, note, number)
            db.executemany("UPDATE note SET retired_by = ? WHERE id = ?", ((number, note) for note in step.retired))
            if step.chunk and not step.failed:
                row = (step.chunk, step.depth, model, number)
                db.execute("INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?)", row)
        return number

    def _insert_note(self, db: sqlite3.Connection, note: Note, step: int) -> None:
        db.execute(
            "INSERT INTO note VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)",
            (
                note.id, step, note.head, note.level, note.anchor, note.path, note.text, note.tokens, note.depth,
                note.value, zlib.crc32(note.text.encode()),
            ),
        )  # fmt: skip
        db.executemany("INSERT INTO note_chunk VALUES (?, ?)", ((note.id, chunk) for chunk in note.chunks))
        words = searchable(f"{note.anchor} {note.path} {note.text}")
        db.execute("INSERT INTO note_words (rowid, words) VALUES (?, ?)", (note.id, words))

    def notes(self, *, live: bool = True, ids: Iterable[int] | None = None) -> list[Note]:
        """Notes by id: the live ones, or (`live=False`) the whole ledger, or those with the given ids.

        Raises DamagedStore when a note's text does not match its checksum.
        """
        where = " WHERE retired_by IS NULL" if live and ids is None else ""
        if ids is not None:
            where = " WHERE id IN (SELECT value FROM json_each(?))"
        parameters = () if ids is None else (json.dumps(list(ids)),)
        chunks: dict[int, list[str]] = {}
        inner = f"SELECT id FROM note{where}"
        for note, content in self._all(f"SELECT note, content_id FROM note_chunk WHERE note IN ({inner})", *parameters):
            chunks.setdefault(note, []).append(content)
        rows = self._all(f"SELECT * FROM note{where} ORDER BY id", *parameters)
        return [self._note(row, chunks.get(row["id"], [])) for row in rows]

    def _note(self, row: sqlite3.Row, chunks: Sequence[str]) -> Note:
        if zlib.crc32(row["text"].encode()) != row["checksum"]:
            raise DamagedStore(
                f"note {row['id']} in {self.path} is damaged", hint="run: repo-mhm doctor, which tells how to repair it"
            )
        return Note(
            id=row["id"], head=row["head"], level=row["level"], anchor=row["anchor"], path=row["path"],
            text=row["text"], tokens=row["tokens"], chunks=tuple(chunks), depth=row["depth"], value=row["value"],
        )  # fmt: skip

    def retire_orphans(self) -> int:
        """Retire live notes none of whose chunks is left, re-anchor those whose chunk moved; return how many went."""
        with self.transaction() as db:
            gone = db.execute(
                "SELECT id FROM note WHERE retired_by IS NULL AND NOT EXISTS (SELECT 1 FROM note_chunk JOIN chunk "
                "USING (content_id) WHERE note_chunk.note = note.id)"
            ).fetchall()
            if gone:
                step = Step(-1, "retire", "", "", "", (), tuple(row["id"] for row in gone))
                self.record(step, self.meta("model"))
            moved = db.execute(
                'SELECT note.id, note.level, chunk.path, chunk.start, chunk."end", chunk.head, chunk.value, '
                "min(chunk.id) FROM note JOIN note_chunk ON note_chunk.note = note.id JOIN chunk USING (content_id) "
                "WHERE note.retired_by IS NULL AND note.level <= 1 GROUP BY note.id"
            ).fetchall()
            for row in moved:
                anchor = f"{row['path']}:{row['start']}-{row['end']}"
                db.execute("UPDATE note SET path = ?, head = ? WHERE id = ?", (row["path"], row["head"], row["id"]))
                if row["level"] == 1:
                    update = "UPDATE note SET anchor = ?, value = ? WHERE id = ?"
                    db.execute(update, (anchor, row["value"], row["id"]))
        return len(gone)

    def live_note_ids(self) -> set[int]:
        """Ids of the notes that stand in a head now."""
        return {row[0] for row in self._all("SELECT id FROM note WHERE retired_by IS NULL")}

    def next_note_id(self) -> int:
        """The first id no note of the ledger has."""
        return int(self._all("SELECT coalesce(max(id), 0) + 1 FROM note")[0][0])

    def readings(self, model: str) -> dict[str, set[str]]:
        """For `skim` and `read`: the content ids this model has read that deeply."""
        found: dict[str, set[str]] = {"skim": set(), "read": set()}
        for content, depth in self._all("SELECT content_id, depth FROM reading WHERE model = ?", model):
            found.setdefault(depth, set()).add(content)
        return found

    def totals(self) -> dict[str, float]:
        """Over the whole ledger: `steps`, `failed`, `prompt_tokens`, `generated_tokens`, `seconds`, `redacted`."""
        row = self._one(
            "SELECT count(*) steps, coalesce(sum(failed), 0) failed, coalesce(sum(prompt_tokens), 0) prompt_tokens, "
            "coalesce(sum(generated_tokens), 0) generated_tokens, coalesce(sum(seconds), 0.0) seconds, "
            "(SELECT coalesce(sum(redacted), 0) FROM chunk) redacted FROM step"
        )
        assert row is not None
        return dict(row)

    # Search ---------------------------------------------------------------------------------------------------------

    def search(self, table: str, terms: Iterable[str], limit: int) -> list[tuple[int, float]]:
        """Row ids of `note`, `symbol` or `source` (chunk) rows by BM25, best first, with the score (higher is better).

        `terms` are words as `words.words` makes them; any of them may match.
        """
        if table not in {"note", "symbol", "source"}:
            raise StoreError(f"there is no full-text index of {table!r}")
        match = match_any(terms)
        if not match:
            return []
        query = f"SELECT rowid, -bm25({table}_words) FROM {table}_words WHERE words MATCH ? ORDER BY rank LIMIT ?"
        return [(int(row), float(score)) for row, score in self._all(query, match, limit)]

    def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many chunks each term occurs (in any of its forms)."""
        query = "SELECT count(*) FROM source_words WHERE words MATCH ?"
        return {term: int(self._all(query, match_any([term]))[0][0]) for term in dict.fromkeys(terms)}

    def coverage(self) -> dict[str, int]:
        """How many live chunks there are, how many of them have been read whole, and how many at least skimmed."""
        row = self._one(
            "SELECT count(*) chunks, "
            "coalesce(sum(content_id IN (SELECT content_id FROM reading WHERE depth = 'read')), 0) read, "
            "coalesce(sum(content_id IN (SELECT content_id FROM reading)), 0) skimmed FROM chunk"
        )
        assert row is not None
        return dict(row)

    # Conversations --------------------------------------------------------------------------------------------------

    def add_turn(self, session: str, question: str, answer: str, result: Mapping[str, Any]) -> None:
        """Keep one exchange of a conversation, with the answer as `ask --json` prints it."""
        row = (session, question, answer, json.dumps(result), time.time())
        with self.transaction() as db:
            db.execute("INSERT INTO turn (session, question, answer, result, at) VALUES (?, ?, ?, ?, ?)", row)

    def turns(self, session: str, limit: int = 20) -> list[tuple[str, str]]:
        """The last questions and answers of a conversation, oldest first."""
        query = "SELECT question, answer FROM turn WHERE session = ? ORDER BY id DESC LIMIT ?"
        return [(str(q), str(a)) for q, a in reversed(self._all(query, session, limit))]

    def last_session(self) -> str:
        """The session of the newest exchange, empty when there is none."""
        row = self._one("SELECT session FROM turn ORDER BY id DESC LIMIT 1")
        return str(row[0]) if row else ""

    # ----------------------------------------------------------------------------------------------------------------

    def _rows(self, table: str, ids: Iterable[int] | None) -> list[sqlite3.Row]:
        if ids is None:
            return self._all(f"SELECT * FROM {table} ORDER BY id")
        wanted = json.dumps(list(ids))
        return self._all(f"SELECT * FROM {table} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id", wanted)

    def _all(self, query: str, *parameters: object) -> list[sqlite3.Row]:
        with translated(self.path):
            return self._db.execute(query, parameters).fetchall()

    def _one(self, query: str, *parameters: object) -> sqlite3.Row | None:
        with translated(self.path):
            row: sqlite3.Row | None = self._db.execute(query, parameters).fetchone()
            return row


def _chunk(row: sqlite3.Row) -> StoredChunk:
    chunk = Chunk(
        path=row["path"], start=row["start"], end=row["end"], start_byte=row["start_byte"], end_byte=row["end_byte"],
        kind=row["kind"], module=row["module"], symbols=tuple(json.loads(row["symbols"])), tokens=row["tokens"],
        content_id=row["content_id"], enclosing=row["enclosing"],
    )  # fmt: skip
    return StoredChunk(row["id"], chunk, row["head"], row["value"], row["text"], row["outline"], row["redacted"])


def _symbol(row: sqlite3.Row) -> StoredSymbol:
    symbol = Symbol(
        path=row["path"], name=row["name"], qualified=row["qualified"], kind=row["kind"], start=row["start"],
        end=row["end"], start_byte=row["start_byte"], end_byte=row["end_byte"], signature=row["signature"],
        doc=row["doc"], container=row["container"],
    )  # fmt: skip
    return StoredSymbol(row["id"], symbol, row["rank"])


def open_store(directory: Path) -> Store:
    """Open the memory in `directory`, creating it (mode 0600) when there is none.

    Raises StoreError when the directory cannot be used, NewerStore when a newer version wrote the database and
    DamagedStore when it is not a sound database.
    """
    path = directory / DATABASE
    with translated(path):
        if not path.exists():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _prepare(path, connection)
        except BaseException:
            connection.close()
            raise
    return Store(path, connection)


def find_store(directory: Path) -> Store | None:
    """Open the memory in `directory` if there is one; raises as `open_store` does."""
    return open_store(directory) if (directory / DATABASE).exists() else None


def _prepare(path: Path, connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    # In WAL mode NORMAL keeps the database sound through a crash; a power cut may cost the last steps, not more.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise NewerStore(
            f"{path} was written by a newer repo-mhm (schema {version}, this one knows {SCHEMA_VERSION})",
            hint="upgrade repo-mhm, or move the file away and index again",
        )
    if version < SCHEMA_VERSION:
        _migrate(connection)


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    # Another process may have created the tables while this one waited for its turn.
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        for statement in files("repo_mhm").joinpath("schema.sql").read_text("utf-8").split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's and the file system's errors as StoreErrors that say what to do."""
    try:
        yield
    except sqlite3.OperationalError as exc:
        message = str(exc)
        hint = next((hint for part, hint in _HINTS.items() if part in message), "run: repo-mhm doctor")
        raise StoreError(f"{path}: {message}", hint=hint) from exc
    except sqlite3.DatabaseError as exc:
        hint = "run: repo-mhm doctor, which sets the damaged file aside and keeps what is sound"
        raise DamagedStore(f"{path} is damaged: {exc}", hint=hint) from exc
    except OSError as exc:
        hint = "check the permissions and free space of the folder"
        raise StoreError(f"{path} cannot be used: {exc.strerror or exc}", hint=hint) from exc


_HINTS = {
    "disk is full": "free some disk space and run the command again: everything finished so far is kept",
    "readonly": "make the folder writable for you, or set XDG_CACHE_HOME and index from a copy",
    "locked": "another repo-mhm is writing; try again when it has finished",
    "unable to open": "check that the folder exists and that you may write there",
}


@contextmanager
def writer_lock(directory: Path, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the right to index; the system releases it when the process ends, however it ends.

    Raises StoreLocked, naming the process that holds it, when it is not free within `wait_seconds`.
    """
    from filelock import FileLock, Timeout

    with translated(directory):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        holder = directory / "index.pid"
        lock = FileLock(directory / "index.lock", timeout=wait_seconds)
        try:
            lock.acquire()
        except Timeout as exc:
            process = holder.read_text().strip() if holder.exists() else "unknown"
            raise StoreLocked(
                f"another repo-mhm (process {process}) is indexing this repository",
                hint="wait for it, or stop it: what it has finished is kept; ask works meanwhile",
            ) from exc
    try:
        holder.write_text(f"{os.getpid()}\n")
        yield
    finally:
        lock.release()
