"""Where the chunks of the snapshot are, and how large, without their texts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from repo_mhm.location import Location
from repo_mhm.memory.notes import ContentLocation
from repo_mhm.store.connection import Database


class ChunkSize(NamedTuple):
    """Where a live chunk is, and how large and valuable. A tuple, as there may be many."""

    path: str
    start: int
    end: int
    tokens: int
    value: float
    content_id: str


class ChunkLocationTables(Database):
    """Reading where chunks are."""

    def content_locations(
        self, contents: Iterable[str] | None = None
    ) -> dict[str, list[ContentLocation]]:
        """Where the snapshot has each content (or those with these ids), by content id."""
        query = 'SELECT content_id, path, start, "end", head FROM chunk'
        parameters = []
        if contents is not None:
            query += " WHERE content_id IN (SELECT value FROM json_each(?))"
            parameters.append(json.dumps(list(contents)))
        locations: dict[str, list[ContentLocation]] = {}
        rows = self._fetch_all(f"{query} ORDER BY id", *parameters)
        for content, path, start, end, head in rows:
            location = ContentLocation(Location(path, start, end), head)
            locations.setdefault(content, []).append(location)
        return locations

    def chunk_sizes(self) -> Iterator[ChunkSize]:
        """Every live chunk without its texts, each file's from its top, files by path."""
        query = (
            'SELECT path, start, "end", tokens, value, content_id FROM chunk '
            "ORDER BY path, start_byte"
        )
        for row in self._iterate(query):
            yield ChunkSize(*row)
