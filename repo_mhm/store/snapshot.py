"""The snapshot's tables: files, chunks, symbols and references as they were last scanned."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from repo_mhm.memory.reconcile import Spot
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.scan import ChunkText, ScannedFile
from repo_mhm.source.search_terms import searchable_text
from repo_mhm.source.symbols import Reference, Symbol
from repo_mhm.store.database import Database


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


class SnapshotTables(Database):
    """What the repository holds now."""

    def blobs(self) -> dict[str, str]:
        """Path to blob id of every file of the snapshot."""
        return {row["path"]: row["blob"] for row in self._all("SELECT path, blob FROM file")}

    def remove_files(self, paths: Iterable[str]) -> None:
        """Forget files with their chunks, symbols and references."""
        with self.transaction() as db:
            for path in paths:
                db.execute(
                    "DELETE FROM source_words WHERE rowid IN (SELECT id FROM chunk WHERE path = ?)",
                    (path,),
                )
                db.execute(
                    "DELETE FROM symbol_words WHERE rowid IN (SELECT id FROM symbol WHERE path = ?)",
                    (path,),
                )
                db.execute("DELETE FROM file WHERE path = ?", (path,))

    def put_file(self, found: ScannedFile) -> None:
        """Store a scanned file (with its texts) in place of what was known under its path; its chunks have no head."""
        with self.transaction() as db:
            self.remove_files([found.path])
            row = (
                found.path,
                found.blob,
                found.size,
                found.language,
                found.skipped,
                found.fallback,
            )
            db.execute("INSERT INTO file VALUES (?, ?, ?, ?, ?, ?)", row)
            for chunk, text in zip(found.chunks, found.texts, strict=True):
                self._insert_chunk(db, chunk, text)
            for symbol in found.symbols:
                self._insert_symbol(db, symbol)
            db.executemany(
                "INSERT INTO reference (name, path, line, kind) VALUES (?, ?, ?, ?)",
                found.references,
            )

    def _insert_chunk(self, db: sqlite3.Connection, chunk: Chunk, text: ChunkText) -> None:
        cursor = db.execute(
            'INSERT INTO chunk (path, start, "end", start_byte, end_byte, kind, module, symbols, tokens, content_id, '
            "enclosing, text, outline, redacted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                chunk.path, chunk.start, chunk.end, chunk.start_byte, chunk.end_byte, chunk.kind, chunk.module,
                json.dumps(chunk.symbols), chunk.tokens, chunk.content_id, chunk.enclosing, text.text, text.outline,
                text.redacted,
            ),
        )  # fmt: skip
        words = searchable_text(f"{chunk.path} {chunk.enclosing} {text.text}")
        db.execute(
            "INSERT INTO source_words (rowid, words) VALUES (?, ?)", (cursor.lastrowid, words)
        )

    def _insert_symbol(self, db: sqlite3.Connection, symbol: Symbol) -> None:
        cursor = db.execute(
            'INSERT INTO symbol (path, name, qualified, kind, start, "end", start_byte, end_byte, signature, doc, '
            "container) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                symbol.path, symbol.name, symbol.qualified, symbol.kind, symbol.start, symbol.end, symbol.start_byte,
                symbol.end_byte, symbol.signature, symbol.doc, symbol.container,
            ),
        )  # fmt: skip
        words = searchable_text(f"{symbol.qualified} {symbol.signature} {symbol.doc} {symbol.path}")
        db.execute(
            "INSERT INTO symbol_words (rowid, words) VALUES (?, ?)", (cursor.lastrowid, words)
        )

    def set_ranks(self, ranks: Mapping[int, float], values: Mapping[int, float]) -> None:
        """Set symbols' ranks and chunks' values, by row id."""
        with self.transaction() as db:
            db.executemany(
                "UPDATE symbol SET rank = ? WHERE id = ?",
                ((rank, row) for row, rank in ranks.items()),
            )
            db.executemany(
                "UPDATE chunk SET value = ? WHERE id = ?",
                ((value, row) for row, value in values.items()),
            )

    def set_heads(self, heads: Mapping[int, int]) -> None:
        """Set chunks' heads, by row id."""
        with self.transaction() as db:
            db.executemany(
                "UPDATE chunk SET head = ? WHERE id = ?",
                ((head, row) for row, head in heads.items()),
            )

    def chunks(self, ids: Iterable[int] | None = None) -> list[StoredChunk]:
        """The live chunks (or those with the given row ids), in the order they were stored."""
        return self._made(_chunk, self._rows("chunk", ids))

    def chunks_in(self, path: str) -> list[StoredChunk]:
        """The chunks of one file, from its top."""
        return self._made(
            _chunk, self._all("SELECT * FROM chunk WHERE path = ? ORDER BY start_byte", path)
        )

    def chunk_ids(self, contents: Iterable[str]) -> dict[str, list[int]]:
        """Content id to the row ids of the live chunks with that content; contents that are gone are left out."""
        query = "SELECT content_id, id FROM chunk WHERE content_id IN (SELECT value FROM json_each(?)) ORDER BY id"
        found: dict[str, list[int]] = {}
        for content, row in self._all(query, json.dumps(list(contents))):
            found.setdefault(content, []).append(row)
        return found

    def spots(self) -> dict[str, list[Spot]]:
        """Where each live content stands, by content id."""
        found: dict[str, list[Spot]] = {}
        for content, *rest in self._all(
            'SELECT content_id, path, start, "end", head, value FROM chunk ORDER BY id'
        ):
            found.setdefault(content, []).append(Spot(*rest))
        return found

    def chunk_count(self) -> int:
        """How many live chunks there are."""
        return int(self._all("SELECT count(*) FROM chunk")[0][0])

    def chunk_at(self, path: str, line: int) -> StoredChunk | None:
        """The chunk that holds a line."""
        query = (
            'SELECT * FROM chunk WHERE path = ? AND start <= ? AND "end" >= ? ORDER BY id LIMIT 1'
        )
        return next(iter(self._made(_chunk, self._all(query, path, line, line))), None)

    def symbols(self, ids: Iterable[int] | None = None) -> list[StoredSymbol]:
        """The live symbols (or those with the given row ids)."""
        return self._made(_symbol, self._rows("symbol", ids))

    def symbols_named(self, names: Iterable[str]) -> list[StoredSymbol]:
        """Live symbols with one of these simple or qualified names, highest rank first."""
        wanted = json.dumps(list(names))
        query = (
            "SELECT * FROM symbol WHERE name IN (SELECT value FROM json_each(?1)) "
            "OR qualified IN (SELECT value FROM json_each(?1)) ORDER BY rank DESC, id"
        )
        return self._made(_symbol, self._all(query, wanted))

    def symbols_in(self, path: str) -> list[StoredSymbol]:
        """The symbols of one file, outermost and topmost first."""
        rows = self._all(
            "SELECT * FROM symbol WHERE path = ? ORDER BY start_byte, end_byte DESC", path
        )
        return self._made(_symbol, rows)

    def defined_in(self, paths: Iterable[str]) -> set[tuple[str, str]]:
        """Path and qualified name of every symbol of these files."""
        query = "SELECT path, qualified FROM symbol WHERE path IN (SELECT value FROM json_each(?))"
        return {(row[0], row[1]) for row in self._all(query, json.dumps(list(paths)))}

    def references(self) -> list[Reference]:
        """Every reference of the snapshot."""
        return [
            Reference(*row) for row in self._all("SELECT name, path, line, kind FROM reference")
        ]

    def references_to(self, name: str) -> list[Reference]:
        """Where a name is used, by path and line."""
        query = "SELECT name, path, line, kind FROM reference WHERE name = ? ORDER BY path, line"
        return [Reference(*row) for row in self._all(query, name)]

    def names(self) -> set[str]:
        """Every name the snapshot defines or refers to: what an answer may mention without inventing it."""
        return {
            row[0] for row in self._all("SELECT name FROM symbol UNION SELECT name FROM reference")
        }


def _chunk(row: sqlite3.Row) -> StoredChunk:
    chunk = Chunk(
        path=row["path"], start=row["start"], end=row["end"], start_byte=row["start_byte"], end_byte=row["end_byte"],
        kind=row["kind"], module=row["module"], symbols=tuple(json.loads(row["symbols"])), tokens=row["tokens"],
        content_id=row["content_id"], enclosing=row["enclosing"],
    )  # fmt: skip
    return StoredChunk(
        row["id"], chunk, row["head"], row["value"], row["text"], row["outline"], row["redacted"]
    )


def _symbol(row: sqlite3.Row) -> StoredSymbol:
    symbol = Symbol(
        path=row["path"], name=row["name"], qualified=row["qualified"], kind=row["kind"], start=row["start"],
        end=row["end"], start_byte=row["start_byte"], end_byte=row["end_byte"], signature=row["signature"],
        doc=row["doc"], container=row["container"],
    )  # fmt: skip
    return StoredSymbol(row["id"], symbol, row["rank"])
