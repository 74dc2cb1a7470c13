"""The tables of what the last overview found: of each file, and of what each head could say.

An index plans and takes its steps from them, so that it need not look at all chunks and symbols.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from repo_mhm.memory.file_overview import FileOverview
from repo_mhm.store.connection import Database
from repo_mhm.store.packed_text import pack, unpack


class ChunkToRead(NamedTuple):
    """What the plan of an index needs to know of a live chunk."""

    id: int
    path: str
    head: int
    content_id: str
    tokens: int
    enclosing: int
    """Characters of the signatures that its first line continues."""
    value: float
    """Weighed by what its file is worth."""


_CHUNKS_TO_READ = """
    SELECT chunk.id, chunk.path, chunk.head, content_id, tokens, length(enclosing),
        chunk.value * coalesce(factor * factor, 0)
    FROM chunk JOIN file_number USING (path) LEFT JOIN file_overview ON file = file_number.id
    ORDER BY chunk.id
"""
_FILES = """
    SELECT path, factor, worth, value, lead, head, names, words, main_words, directory_words
    FROM file_overview JOIN file_number ON file_number.id = file
"""


class OverviewTables(Database):
    """Writing and reading them."""

    def set_file_overviews(self, files: Iterable[FileOverview]) -> None:
        """Keep what was found of these files, in place of what was known of them."""
        listed = list(files)
        # Looked up one by one between the writes, the numbers take ten times as long as the writes.
        query = "SELECT path, id FROM file_number WHERE path IN (SELECT value FROM json_each(?))"
        paths = json.dumps([file.path for file in listed])
        with self.transaction() as db:
            numbers = {row["path"]: row["id"] for row in self._fetch_all(query, paths)}
            db.executemany(
                "INSERT OR REPLACE INTO file_overview VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                ((numbers[file.path], *file[1:]) for file in listed if file.path in numbers),
            )

    def file_overviews(self, paths: Iterable[str] | None = None) -> Iterator[FileOverview]:
        """What was found of all files that were read, or of those of these paths."""
        if paths is None:
            return map(_file, self._iterate(_FILES))
        where = "WHERE path IN (SELECT value FROM json_each(?))"
        return map(_file, self._fetch_all(f"{_FILES} {where}", json.dumps(list(paths))))

    def has_file_overviews(self) -> bool:
        """Whether anything is kept of any file."""
        return bool(self._fetch_all("SELECT 1 FROM file_overview LIMIT 1"))

    def most_worth_below(self, directory: str) -> float:
        """The worth of the most valuable symbol below a directory; `.` is the root."""
        # See `tokens_below`.
        query = (
            "SELECT coalesce(max(worth), 0) FROM file_number JOIN file_overview ON file = id "
            "WHERE ?1 = '.' OR path > ?1 || '/' AND path < ?1 || '0'"
        )
        return float(self._fetch_all(query, directory)[0][0])

    def chunks_to_read(self) -> list[ChunkToRead]:
        """All live chunks, in the order they were stored, without their texts."""
        return [ChunkToRead(*row) for row in self._iterate(_CHUNKS_TO_READ)]

    def paths_of_contents(self, contents: Iterable[str]) -> set[str]:
        """The files that have one of these contents."""
        query = (
            "SELECT DISTINCT path FROM chunk WHERE content_id IN (SELECT value FROM json_each(?))"
        )
        return {row[0] for row in self._fetch_all(query, json.dumps(list(contents)))}

    def set_head_overview(self, head: int, text: str) -> None:
        """Keep what a head could say."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO head_overview VALUES (?, ?)", (head, pack(text)))

    def forget_head_overviews(self) -> None:
        """Delete what the heads could say."""
        with self.transaction() as db:
            db.execute("DELETE FROM head_overview")

    def head_overviews(self) -> dict[int, str]:
        """What each head could say."""
        rows = self._fetch_all("SELECT head, text FROM head_overview")
        return dict(self._records(_head_and_text, rows))


def _file(row: sqlite3.Row) -> FileOverview:
    return FileOverview(*row)


def _head_and_text(row: sqlite3.Row) -> tuple[int, str]:
    return int(row["head"]), unpack(row["text"])
