"""The tables of the snapshot: files and chunks as they were last scanned, and how they are written.

Also the former chunks of files whose heads and notes have not been settled since.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from repo_mhm.memory.notes import FormerChunk
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.exclusions import LARGEST_BYTES
from repo_mhm.source.parse_errors import read_remark
from repo_mhm.source.search_terms import searchable_text, words
from repo_mhm.store.files import FileTables
from repo_mhm.store.name_numbers import NameNumbers
from repo_mhm.store.packed_text import pack, unpack
from repo_mhm.store.symbols import UNRANKED

if TYPE_CHECKING:
    from repo_mhm.source.scan import ChunkText, ScannedFile


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A live chunk with its row id, head and value (PageRank mass).

    Its text has secrets redacted; `redacted` counts them.
    """

    id: int
    chunk: Chunk
    head: int
    value: float
    text: str
    redacted: int


@dataclass(frozen=True, slots=True)
class ChunkEntry:
    """What ranking needs to know of a live chunk, without its texts."""

    id: int
    path: str
    kind: str
    value: float
    content_id: str


_BATCH_BYTES, _BATCH_FILES = 4 * 1024 * 1024, 1_000
"""Files that are stored together: so many bytes of source, or so many files."""
_WORDS_BYTES = 32 * 1024 * 1024
"""Most memory of a full-text index for words that are not written yet: those of 40 MB of source."""
_CHUNKS = "SELECT chunk.*, text FROM chunk JOIN chunk_text USING (id)"


class ChunkSpan(NamedTuple):
    """Where a live chunk lies, and what it is worth."""

    id: int
    path: str
    start_byte: int
    end_byte: int
    tokens: int
    head: int
    value: float


class SnapshotTables(FileTables):
    """Writing and reading the snapshot."""

    def remove_files(self, paths: Iterable[str]) -> None:
        """Delete files with their chunks, symbols and references."""
        with self.transaction() as db:
            self._remove_files(db, list(paths))

    def _remove_files(self, db: sqlite3.Connection, paths: Collection[str]) -> None:
        query = "SELECT path FROM file WHERE path IN (SELECT value FROM json_each(?))"
        for row in self._fetch_all(query, json.dumps(list(paths))):
            self._unindex_chunks(db, row["path"])
            self._unindex_symbols(db, row["path"])
            self._forget_words(db, row["path"])
            db.execute("DELETE FROM file WHERE path = ?", (row["path"],))

    def _forget_words(self, db: sqlite3.Connection, path: str) -> None:
        """Delete the words of a path: they are found by the word, and by the file not at all."""
        query = (
            "DELETE FROM path_word WHERE word = ? "
            "AND file = (SELECT id FROM file_number WHERE path = ?)"
        )
        db.executemany(query, ((word, path) for word in set(words(path))))

    def _unindex_chunks(self, db: sqlite3.Connection, path: str) -> None:
        """Delete the words of a file's chunks. The index has no texts to know them from."""
        for stored in self.chunks_in(path):
            db.execute(
                "INSERT INTO source_words (source_words, rowid, words) VALUES ('delete', ?, ?)",
                (stored.id, _chunk_words(stored.chunk, stored.text)),
            )

    def put_file(self, scan: ScannedFile) -> None:
        """Store one scanned file, as `put_files` does."""
        self.put_files([scan])

    def put_files(self, scans: Iterable[ScannedFile]) -> None:
        """Store scanned files (with their texts), each in place of what has its path.

        Their chunks have no head yet. All of it is one transaction; no path comes twice.
        """
        with self.transaction() as db:
            # A full-text index writes all it has in memory at each savepoint, and merges that with
            # the rest later. So there is none for a file, and memory for many.
            for index in ("source_words", "symbol_words"):
                command = f"INSERT INTO {index} ({index}, rank) VALUES ('hashsize', ?)"
                db.execute(command, (_WORDS_BYTES,))
            names = NameNumbers(db)
            for batch in _batches(scans):
                self._put_batch(db, batch, names)

    def _put_batch(
        self, db: sqlite3.Connection, scans: Sequence[ScannedFile], names: NameNumbers
    ) -> None:
        """Store a few files, table by table: a statement for many rows takes less for each."""
        self._remove_files(db, [scan.path for scan in scans])
        db.executemany(
            "INSERT INTO file (path, blob, size, language, skipped, fallback) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            map(_file_row, scans),
        )
        first = int(db.execute("SELECT coalesce(max(id), 0) + 1 FROM file_number").fetchone()[0])
        numbered = list(enumerate(scans, first))
        db.executemany(
            "INSERT INTO file_number (id, path) VALUES (?, ?)",
            ((file, scan.path) for file, scan in numbered),
        )
        db.executemany(
            "INSERT INTO path_word (word, file) VALUES (?, ?)",
            ((word, file) for file, scan in numbered for word in dict.fromkeys(words(scan.path))),
        )
        self._insert_chunks(db, scans)
        self._insert_symbols(db, [(file, scan.symbols) for file, scan in numbered], names)
        self._insert_references(db, [(file, scan.references) for file, scan in numbered], names)

    def _insert_chunks(self, db: sqlite3.Connection, scans: Iterable[ScannedFile]) -> None:
        first = int(db.execute("SELECT coalesce(max(id), 0) + 1 FROM chunk").fetchone()[0])
        chunks = [pair for scan in scans for pair in zip(scan.chunks, scan.texts, strict=True)]
        db.executemany(
            'INSERT INTO chunk (id, path, start, "end", start_byte, end_byte, kind, module, '
            "symbols, tokens, content_id, enclosing, redacted, value) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (_chunk_row(row, *pair) for row, pair in enumerate(chunks, first)),
        )
        db.executemany(
            "INSERT INTO chunk_text (id, text) VALUES (?, ?)",
            ((row, pack(text.text)) for row, (_, text) in enumerate(chunks, first)),
        )
        db.executemany(
            "INSERT INTO source_words (rowid, words) VALUES (?, ?)",
            (
                (row, _chunk_words(chunk, text.text))
                for row, (chunk, text) in enumerate(chunks, first)
            ),
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

    def set_heads(self, heads: Mapping[int, int]) -> None:
        """Set the heads of chunks, by row id."""
        with self.transaction() as db:
            db.executemany(
                "UPDATE chunk SET head = ? WHERE id = ?",
                ((head, row) for row, head in heads.items()),
            )

    def chunks(self, ids: Iterable[int] | None = None) -> list[StoredChunk]:
        """The live chunks (or those with the given row ids), in the order they were stored."""
        if ids is None:
            return self._records(_chunk, self._iterate(f"{_CHUNKS} ORDER BY id"))
        query = f"{_CHUNKS} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
        return self._records(_chunk, self._fetch_all(query, json.dumps(list(ids))))

    def chunk_spans(self, paths: Iterable[str] | None = None) -> list[ChunkSpan]:
        """Where all live chunks lie (or those of these files), by path and position."""
        query = "SELECT id, path, start_byte, end_byte, tokens, head, value FROM chunk"
        order = "ORDER BY path, start_byte"
        if paths is None:
            return [ChunkSpan(*row) for row in self._fetch_all(f"{query} {order}")]
        where = "WHERE path IN (SELECT value FROM json_each(?))"
        rows = self._fetch_all(f"{query} {where} {order}", json.dumps(list(paths)))
        return [ChunkSpan(*row) for row in rows]

    def tokens_below(self, path: str) -> dict[int, int]:
        """By head, the tokens of the chunks with a head of a file, or below a directory.

        The empty path is the root.
        """
        # All that begins with the directory and a slash comes before what begins with the next
        # character.
        within = "(path = ?1 OR path > ?1 || '/' AND path < ?1 || '0')" if path else "?1 = ''"
        query = f"SELECT head, sum(tokens) FROM chunk WHERE {within} AND head >= 0 GROUP BY head"
        return {int(row[0]): int(row[1]) for row in self._fetch_all(query, path)}

    def chunk_entries(self, ids: Iterable[int]) -> list[ChunkEntry]:
        """The live chunks with the given row ids, without their texts."""
        query = (
            "SELECT id, path, kind, value, content_id FROM chunk "
            "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
        )
        return [ChunkEntry(*row) for row in self._fetch_all(query, json.dumps(list(ids)))]

    def chunks_in(self, path: str) -> list[StoredChunk]:
        """The chunks of one file, from its top."""
        query = f"{_CHUNKS} WHERE path = ? ORDER BY start_byte"
        return self._records(_chunk, self._fetch_all(query, path))

    def text_of(self, path: str) -> str:
        """The text of a file as its chunks have it: secrets masked, each line where it was."""
        query = (
            "SELECT start, text FROM chunk JOIN chunk_text USING (id) "
            "WHERE path = ? ORDER BY start_byte"
        )
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

    def contents_in(self, paths: Iterable[str]) -> set[str]:
        """The content ids of all chunks of these files."""
        query = "SELECT content_id FROM chunk WHERE path IN (SELECT value FROM json_each(?))"
        return {row[0] for row in self._fetch_all(query, json.dumps(list(paths)))}

    def files_with_symbols(self, directory: str, head: int, kinds: Collection[str]) -> int:
        """How many files of a directory define one of these kinds and have a chunk in a head."""
        query = (
            "SELECT count(*) FROM file_number WHERE path IN (SELECT value FROM json_each(?1)) "
            "AND EXISTS (SELECT 1 FROM chunk WHERE chunk.path = file_number.path AND head = ?2) "
            "AND EXISTS (SELECT 1 FROM definition WHERE file = file_number.id "
            "AND kind IN (SELECT value FROM json_each(?3)))"
        )
        paths = json.dumps(self.paths_directly_in(directory))
        return int(self._fetch_all(query, paths, head, json.dumps(list(kinds)))[0][0])

    def paths_with_chunks(self) -> list[str]:
        """The files that have chunks."""
        return [row[0] for row in self._fetch_all("SELECT DISTINCT path FROM chunk")]

    def chunk_count(self) -> int:
        """How many live chunks there are."""
        return int(self._fetch_all("SELECT count(*) FROM chunk")[0][0])

    def tokens_by_head(self) -> dict[int, int]:
        """Tokens of the live chunks of each head."""
        rows = self._fetch_all("SELECT head, sum(tokens) FROM chunk GROUP BY head")
        return {head: tokens for head, tokens in rows}  # noqa: C416  rows are no tuples

    def files_read(self) -> tuple[int, int]:
        """How many files were read, and their bytes together."""
        query = "SELECT count(*), coalesce(sum(size), 0) FROM file WHERE skipped = ''"
        row = self._fetch_all(query)[0]
        return int(row[0]), int(row[1])

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
        query = f'{_CHUNKS} WHERE path = ? AND start <= ? AND "end" >= ? ORDER BY id LIMIT 1'
        chunks = self._records(_chunk, self._fetch_all(query, path, line, line))
        return chunks[0] if chunks else None


def _batches(scans: Iterable[ScannedFile]) -> Iterator[list[ScannedFile]]:
    """A few files at a time: by size, since their texts are in memory together."""
    batch: list[ScannedFile] = []
    size = 0
    for scan in scans:
        batch.append(scan)
        size += scan.size if scan.chunks else 0
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_FILES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _file_row(scan: ScannedFile) -> tuple[object, ...]:
    remark = read_remark(scan.fallback, scan.damaged_lines)
    return scan.path, scan.blob, scan.size, scan.language, scan.skipped, remark


def _chunk_row(row: int, chunk: Chunk, text: ChunkText) -> tuple[object, ...]:
    return (
        row, chunk.path, chunk.start, chunk.end, chunk.start_byte, chunk.end_byte, chunk.kind,
        chunk.module, json.dumps(chunk.symbols), chunk.tokens, chunk.content_id,
        chunk.enclosing, text.redacted, UNRANKED,
    )  # fmt: skip


def _chunk_words(chunk: Chunk, text: str) -> str:
    """What the full-text index has of a chunk."""
    return searchable_text(f"{chunk.path} {chunk.enclosing} {text}")


def _chunk(row: sqlite3.Row) -> StoredChunk:
    chunk = Chunk(
        path=row["path"], start=row["start"], end=row["end"],
        start_byte=row["start_byte"], end_byte=row["end_byte"],
        kind=row["kind"], module=row["module"], symbols=tuple(json.loads(row["symbols"])),
        tokens=row["tokens"], content_id=row["content_id"], enclosing=row["enclosing"],
    )  # fmt: skip
    text = unpack(row["text"])
    return StoredChunk(row["id"], chunk, row["head"], row["value"], text, row["redacted"])


def _start_and_text(row: sqlite3.Row) -> tuple[int, str]:
    """The first line of a chunk and its text. Raises ValueError, TypeError."""
    start = int(row["start"])
    if start > LARGEST_BYTES:
        raise ValueError(f"no file has a line {start}")
    return start, unpack(row["text"])
