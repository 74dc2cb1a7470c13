"""The tables of the snapshot: files, chunks, symbols and references as they were last scanned.

Also the former chunks of files whose heads and notes have not been settled since.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repo_mhm.memory.notes import FormerChunk
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.exclusions import LARGEST_BYTES
from repo_mhm.source.parse_errors import PARSE_ERRORS, read_remark
from repo_mhm.source.search_terms import searchable_text, words
from repo_mhm.source.symbols import Reference, Symbol
from repo_mhm.store.connection import Database

if TYPE_CHECKING:
    from repo_mhm.source.scan import ChunkText, ScannedFile


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A live chunk with its row id, head and value (PageRank mass).

    Its text and outline have secrets redacted; `redacted` counts them.
    """

    id: int
    chunk: Chunk
    head: int
    value: float
    text: str
    outline: str
    redacted: int


@dataclass(frozen=True, slots=True)
class ChunkEntry:
    """What ranking needs to know of a live chunk, without its texts."""

    id: int
    path: str
    kind: str
    value: float
    content_id: str


@dataclass(frozen=True, slots=True)
class StoredSymbol:
    """A live symbol with its row id and its rank."""

    id: int
    symbol: Symbol
    rank: float


class SnapshotTables(Database):
    """Writing and reading the snapshot."""

    def blobs(self) -> dict[str, str]:
        """Blob id of every file of the snapshot, by path."""
        return {row["path"]: row["blob"] for row in self._fetch_all("SELECT path, blob FROM file")}

    def languages(self) -> dict[str, str]:
        """The name of the language of every file that is in one, by path."""
        query = "SELECT path, language FROM file WHERE language <> ''"
        return {row["path"]: row["language"] for row in self._fetch_all(query)}

    def parse_errors(self) -> dict[str, int]:
        """How many lines of each file its grammar does not fit, by path, most first."""
        query = "SELECT path, fallback FROM file WHERE fallback GLOB ?"
        rows = self._fetch_all(query, f"{PARSE_ERRORS}[0-9]*")
        lines = {row["path"]: int(row["fallback"].removeprefix(PARSE_ERRORS)) for row in rows}
        return dict(sorted(lines.items(), key=lambda item: (-item[1], item[0])))

    def left_out_files(self) -> dict[str, str]:
        """Why each file that was left out was, by path."""
        query = "SELECT path, skipped FROM file WHERE skipped <> '' ORDER BY path"
        return {row["path"]: row["skipped"] for row in self._fetch_all(query)}

    def remove_files(self, paths: Iterable[str]) -> None:
        """Delete files with their chunks, symbols and references."""
        with self.transaction() as db:
            for path in paths:
                for table, index in (("chunk", "source_words"), ("symbol", "symbol_words")):
                    db.execute(
                        f"DELETE FROM {index} WHERE rowid IN "
                        f"(SELECT id FROM {table} WHERE path = ?)",
                        (path,),
                    )
                db.execute("DELETE FROM file WHERE path = ?", (path,))

    def put_file(self, scan: ScannedFile) -> None:
        """Store a scanned file (with its texts) in place of what was stored under its path.

        Its chunks have no head yet.
        """
        with self.transaction() as db:
            self.remove_files([scan.path])
            remark = read_remark(scan.fallback, scan.damaged_lines)
            row = (scan.path, scan.blob, scan.size, scan.language, scan.skipped, remark)
            db.execute(
                "INSERT INTO file (path, blob, size, language, skipped, fallback) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                row,
            )
            db.executemany(
                "INSERT INTO path_word (word, path) VALUES (?, ?)",
                ((word, scan.path) for word in dict.fromkeys(words(scan.path))),
            )
            for chunk, text in zip(scan.chunks, scan.texts, strict=True):
                self._insert_chunk(db, chunk, text)
            for symbol in scan.symbols:
                self._insert_symbol(db, symbol)
            db.executemany(
                "INSERT INTO reference (name, path, line, kind) VALUES (?, ?, ?, ?)",
                scan.references,
            )

    def _insert_chunk(self, db: sqlite3.Connection, chunk: Chunk, text: ChunkText) -> None:
        cursor = db.execute(
            'INSERT INTO chunk (path, start, "end", start_byte, end_byte, kind, module, symbols, '
            "tokens, content_id, enclosing, text, outline, redacted) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                chunk.path, chunk.start, chunk.end, chunk.start_byte, chunk.end_byte, chunk.kind,
                chunk.module, json.dumps(chunk.symbols), chunk.tokens, chunk.content_id,
                chunk.enclosing, text.text, text.outline, text.redacted,
            ),
        )  # fmt: skip
        searchable = searchable_text(f"{chunk.path} {chunk.enclosing} {text.text}")
        db.execute(
            "INSERT INTO source_words (rowid, words) VALUES (?, ?)", (cursor.lastrowid, searchable)
        )

    def _insert_symbol(self, db: sqlite3.Connection, symbol: Symbol) -> None:
        cursor = db.execute(
            'INSERT INTO symbol (path, name, qualified, kind, start, "end", start_byte, end_byte, '
            "signature, doc, container) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                symbol.path, symbol.name, symbol.qualified, symbol.kind, symbol.start, symbol.end,
                symbol.start_byte, symbol.end_byte, symbol.signature, symbol.doc, symbol.container,
            ),
        )  # fmt: skip
        text = f"{symbol.qualified} {symbol.signature} {symbol.doc} {symbol.path}"
        db.execute(
            "INSERT INTO symbol_words (rowid, words) VALUES (?, ?)",
            (cursor.lastrowid, searchable_text(text)),
        )

    def keep_former(self, paths: Iterable[str]) -> None:
        """Keep the chunks that these files have now as their former ones.

        A file whose former chunks are kept already keeps those.
        """
        with self.transaction() as db:
            for path in paths:
                cursor = db.execute("INSERT OR IGNORE INTO former_file (path) VALUES (?)", (path,))
                if cursor.rowcount:
                    db.execute(
                        "INSERT INTO former_chunk (path, start, content_id, symbols, head) "
                        "SELECT path, start, content_id, symbols, head FROM chunk WHERE path = ? "
                        "ORDER BY start_byte",
                        (path,),
                    )

    def former_chunks(self) -> dict[str, list[FormerChunk]]:
        """The former chunks of every file that has been updated since the last refresh, by path.

        A file that is new since then has none.
        """
        by_path: dict[str, list[FormerChunk]] = {
            row["path"]: [] for row in self._fetch_all("SELECT path FROM former_file")
        }
        query = "SELECT path, start, content_id, symbols, head FROM former_chunk ORDER BY rowid"
        for path, start, content, symbols, head in self._fetch_all(query):
            chunk = FormerChunk(start, content, tuple(json.loads(symbols)), head)
            by_path[path].append(chunk)
        return by_path

    def forget_former(self) -> None:
        """Delete the former chunks: heads and notes are those of the snapshot."""
        with self.transaction() as db:
            db.execute("DELETE FROM former_chunk")
            db.execute("DELETE FROM former_file")

    def set_ranks(self, ranks: Mapping[int, float], values: Mapping[int, float]) -> None:
        """Set the ranks of symbols and the values of chunks, by row id."""
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
        """Set the heads of chunks, by row id."""
        with self.transaction() as db:
            db.executemany(
                "UPDATE chunk SET head = ? WHERE id = ?",
                ((head, row) for row, head in heads.items()),
            )

    def chunks(self, ids: Iterable[int] | None = None) -> list[StoredChunk]:
        """The live chunks (or those with the given row ids), in the order they were stored."""
        return self._records(_chunk, self._fetch_by_id("chunk", ids))

    def chunk_entries(self, ids: Iterable[int]) -> list[ChunkEntry]:
        """The live chunks with the given row ids, without their texts."""
        query = (
            "SELECT id, path, kind, value, content_id FROM chunk "
            "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
        )
        return [ChunkEntry(*row) for row in self._fetch_all(query, json.dumps(list(ids)))]

    def chunks_in(self, path: str) -> list[StoredChunk]:
        """The chunks of one file, from its top."""
        query = "SELECT * FROM chunk WHERE path = ? ORDER BY start_byte"
        return self._records(_chunk, self._fetch_all(query, path))

    def text_of(self, path: str) -> str:
        """The text of a file as its chunks have it: secrets masked, each line where it was."""
        query = "SELECT start, text FROM chunk WHERE path = ? ORDER BY start_byte"
        pieces: list[str] = []
        line = 1
        for start, text in self._records(_start_and_text, self._fetch_all(query, path)):
            # Blank lines between two chunks belong to neither.
            pieces.append("\n" * max(0, start - line))
            pieces.append(text)
            line = max(line, start) + text.count("\n")
        return "".join(pieces)

    def chunk_ids(self, contents: Iterable[str]) -> dict[str, list[int]]:
        """Row ids of the live chunks, by content id; contents that are gone are left out."""
        query = (
            "SELECT content_id, id FROM chunk "
            "WHERE content_id IN (SELECT value FROM json_each(?)) ORDER BY id"
        )
        ids: dict[str, list[int]] = {}
        for content, row in self._fetch_all(query, json.dumps(list(contents))):
            ids.setdefault(content, []).append(row)
        return ids

    def chunk_count(self) -> int:
        """How many live chunks there are."""
        return int(self._fetch_all("SELECT count(*) FROM chunk")[0][0])

    def tokens_by_head(self) -> dict[int, int]:
        """Tokens of the live chunks of each head."""
        rows = self._fetch_all("SELECT head, sum(tokens) FROM chunk GROUP BY head")
        return {head: tokens for head, tokens in rows}  # noqa: C416  rows are no tuples

    def file_count(self) -> int:
        """How many files the snapshot has, those without chunks included."""
        return int(self._fetch_all("SELECT count(*) FROM file")[0][0])

    def chunk_counts(self, paths: Iterable[str]) -> dict[str, int]:
        """How many chunks each of these files has."""
        query = (
            "SELECT path, count(*) FROM chunk "
            "WHERE path IN (SELECT value FROM json_each(?)) GROUP BY path"
        )
        return {row[0]: int(row[1]) for row in self._fetch_all(query, json.dumps(list(paths)))}

    def main_chunks(self, paths: Iterable[str]) -> dict[str, int]:
        """The row id of each file's most valuable chunk, by path."""
        # SQLite takes the other columns from the row that has the maximum.
        query = (
            "SELECT path, id, max(value) FROM chunk "
            "WHERE path IN (SELECT value FROM json_each(?)) GROUP BY path"
        )
        return {row[0]: int(row[1]) for row in self._fetch_all(query, json.dumps(list(paths)))}

    def file_values(self) -> dict[str, float]:
        """The value of each file's most valuable chunk, by path."""
        query = "SELECT path, max(value) FROM chunk GROUP BY path"
        return {path: float(value) for path, value in self._fetch_all(query)}

    def chunk_at(self, path: str, line: int) -> StoredChunk | None:
        """The chunk that contains a line, if there is one."""
        query = (
            'SELECT * FROM chunk WHERE path = ? AND start <= ? AND "end" >= ? ORDER BY id LIMIT 1'
        )
        chunks = self._records(_chunk, self._fetch_all(query, path, line, line))
        return chunks[0] if chunks else None

    def chunks_of_symbols(self, ids: Iterable[int]) -> dict[int, int]:
        """The row id of the chunk in which each symbol begins, by the symbol's."""
        query = (
            "SELECT symbol.id, min(chunk.id) FROM symbol CROSS JOIN chunk "
            'ON chunk.path = symbol.path AND symbol.start BETWEEN chunk.start AND chunk."end" '
            "WHERE symbol.id IN (SELECT value FROM json_each(?)) GROUP BY symbol.id"
        )
        return {row[0]: int(row[1]) for row in self._fetch_all(query, json.dumps(list(ids)))}

    def symbols(self, ids: Iterable[int] | None = None) -> list[StoredSymbol]:
        """The live symbols (or those with the given row ids)."""
        return self._records(_symbol, self._fetch_by_id("symbol", ids))

    def symbols_named(self, names: Iterable[str], most: int | None = None) -> list[StoredSymbol]:
        """Live symbols with one of these simple or qualified names, highest rank first.

        At most `most`: any of them where there are more, as ranking all of a common name is slow.
        """
        # A qualified name ends with the simple one. Only the latter has an index.
        wanted = set(names)
        simple_names = {ending for name in wanted for ending in _endings(name)}
        query = (
            "SELECT * FROM "
            "(SELECT * FROM symbol WHERE name IN (SELECT value FROM json_each(?1)) "
            "AND (name IN (SELECT value FROM json_each(?2)) "
            "OR qualified IN (SELECT value FROM json_each(?2))) LIMIT ?3) "
            "ORDER BY rank DESC, id"
        )
        limit = -1 if most is None else most
        rows = self._fetch_all(
            query, json.dumps(list(simple_names)), json.dumps(list(wanted)), limit
        )
        return self._records(_symbol, rows)

    def symbols_in(self, path: str) -> list[StoredSymbol]:
        """The symbols of one file, outermost and topmost first."""
        query = "SELECT * FROM symbol WHERE path = ? ORDER BY start_byte, end_byte DESC"
        return self._records(_symbol, self._fetch_all(query, path))

    def defined_in(self, paths: Iterable[str]) -> set[tuple[str, str]]:
        """Path and qualified name of every symbol in these files."""
        query = "SELECT path, qualified FROM symbol WHERE path IN (SELECT value FROM json_each(?))"
        return {(row[0], row[1]) for row in self._fetch_all(query, json.dumps(list(paths)))}

    def references(self) -> list[Reference]:
        """Every reference of the snapshot."""
        query = "SELECT name, path, line, kind FROM reference"
        return [Reference(*row) for row in self._fetch_all(query)]

    def uses_by_name(self) -> list[tuple[str, str, bool]]:
        """Each name that a file refers to, with the file's path, and whether it is called there."""
        query = "SELECT name, path, max(kind = 'call') FROM reference GROUP BY name, path"
        return [(name, path, bool(is_call)) for name, path, is_call in self._fetch_all(query)]

    def symbol_names(self) -> set[str]:
        """The simple name of every symbol."""
        return {row[0] for row in self._fetch_all("SELECT DISTINCT name FROM symbol")}

    def names(self) -> set[str]:
        """Every name the snapshot defines or refers to: what an answer may mention."""
        query = "SELECT name FROM symbol UNION SELECT name FROM reference"
        return {row[0] for row in self._fetch_all(query)}


def _endings(name: str) -> list[str]:
    """A name, and what is left of it after each separator of a qualified name."""
    separators = (index for index, letter in enumerate(name) if letter in ".:# ")
    return [name, *(name[index + 1 :] for index in separators)]


def _chunk(row: sqlite3.Row) -> StoredChunk:
    chunk = Chunk(
        path=row["path"], start=row["start"], end=row["end"],
        start_byte=row["start_byte"], end_byte=row["end_byte"],
        kind=row["kind"], module=row["module"], symbols=tuple(json.loads(row["symbols"])),
        tokens=row["tokens"], content_id=row["content_id"], enclosing=row["enclosing"],
    )  # fmt: skip
    return StoredChunk(
        row["id"], chunk, row["head"], row["value"], row["text"], row["outline"], row["redacted"]
    )


def _start_and_text(row: sqlite3.Row) -> tuple[int, str]:
    """The first line of a chunk and its text. Raises ValueError, TypeError."""
    start = int(row["start"])
    if start > LARGEST_BYTES:
        raise ValueError(f"no file has a line {start}")
    return start, str(row["text"])


def _symbol(row: sqlite3.Row) -> StoredSymbol:
    symbol = Symbol(
        path=row["path"], name=row["name"], qualified=row["qualified"], kind=row["kind"],
        start=row["start"], end=row["end"],
        start_byte=row["start_byte"], end_byte=row["end_byte"],
        signature=row["signature"], doc=row["doc"], container=row["container"],
    )  # fmt: skip
    return StoredSymbol(row["id"], symbol, row["rank"])
