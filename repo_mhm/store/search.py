"""Queries of retrieval: full-text search, neighbours by name, how much has been read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from repo_mhm.errors import StoreError
from repo_mhm.memory.notes import FILE
from repo_mhm.scope import WHOLE, Scope
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.search_terms import match_any, words
from repo_mhm.source.symbols import LEAST_BODY_BYTES
from repo_mhm.store.full_text import MOST_QUERIES, FullTextTables
from repo_mhm.store.packed_text import unpack

_NAMES_FEW = (
    "(SELECT count(*) FROM "
    "(SELECT 1 FROM definition namesake WHERE namesake.name = {}.name LIMIT ?4 + 1)) <= ?4"
)
"""Whether a name has at most ?4 definitions, without counting them all. (A CROSS JOIN keeps SQLite
from another order of the tables.)"""

_TABLE_OF_ROWS = {"note": "note", "symbol": "symbol", "source": "chunk"}
"""The table whose row ids a full-text index has."""
MOST_PATHS = 1_000
"""A word that more paths than this have is not looked for in paths."""
MOST_BODIES = 0.2
"""Share of functions that seem to have a body in what only declares: a signature of several lines
is longer than it is kept."""
COUNTED_CHUNKS = 5_000
"""So many chunks with a word are counted, in about a millisecond. That there are more is estimated
from how soon they come."""

_COUNTED = (
    "SELECT count(*), max(rowid), (SELECT max(id) FROM chunk) FROM "
    "(SELECT rowid FROM source_words WHERE words MATCH ? LIMIT ?)"
)
"""How many chunks match, the last of those counted, and the last of all."""


class SearchTables(FullTextTables):
    """Searching the full-text indexes and the symbols."""

    def search(
        self, table: str, terms: Iterable[str], limit: int, scope: Scope = WHOLE
    ) -> list[tuple[int, float]]:
        """Row ids and BM25 scores in `note`, `symbol` or `source` (chunks), best first.

        `terms` are words as `search_terms.words` makes them; any of them may match. A higher score
        is better. Only rows of files in the scope.
        """
        if table not in _TABLE_OF_ROWS:
            raise StoreError(f"there is no full-text index of {table!r}")
        return self._best_rows(
            f"{table}_words", terms, limit, table=_TABLE_OF_ROWS[table], scope=scope
        )

    def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many chunks each term occurs (in any of its forms).

        Beyond COUNTED_CHUNKS it is an estimate.
        """
        frequencies = dict.fromkeys(terms, 0)
        matches = [(term, match) for term in frequencies if (match := match_any([term]))]
        for start in range(0, len(matches), MOST_QUERIES):
            batch = matches[start : start + MOST_QUERIES]
            query = " UNION ALL ".join([_COUNTED] * len(batch))
            parameters = [value for _, match in batch for value in (match, COUNTED_CHUNKS)]
            rows = self._fetch_all(query, *parameters)
            for (term, _), row in zip(batch, rows, strict=True):
                frequencies[term] = _frequency(*row)
        return frequencies

    def paths_with_words(self, words: Iterable[str]) -> dict[str, list[str]]:
        """By word, the files whose paths have it, as `search_terms.words` splits them.

        Words that more than a quarter of the paths have, or more than MOST_PATHS, are left out:
        they tell no file apart.
        """
        row = self._fetch_first("SELECT count(*) FROM file")
        assert row is not None
        most = min(MOST_PATHS, 1 + row[0] // 4)
        rare = [word for word, count in self._path_counts(words).items() if count <= most]
        query = (
            "SELECT word, path FROM path_word JOIN file_number ON file_number.id = file "
            "WHERE word IN (SELECT value FROM json_each(?))"
        )
        paths: dict[str, list[str]] = {}
        for word, path in self._fetch_all(query, json.dumps(rare)):
            paths.setdefault(word, []).append(path)
        return paths

    def paths_with_any(self, words: Iterable[str], most: int | None = None) -> list[str]:
        """The files whose paths have one of these words, by path.

        Words that more than `most` paths have are left out.
        """
        rare = set(words)
        if most is not None:
            rare = {word for word, count in self._path_counts(rare).items() if count <= most}
        query = (
            "SELECT DISTINCT path FROM path_word JOIN file_number ON file_number.id = file "
            "WHERE word IN (SELECT value FROM json_each(?)) ORDER BY path"
        )
        return [row[0] for row in self._fetch_all(query, json.dumps(list(rare)))]

    def paths_named(self, names: Iterable[str]) -> list[str]:
        """The files with one of these names; a name may begin with folders. By path."""
        words_by_name = {name: words(name) for name in names}
        counts = self._path_counts({word for own in words_by_name.values() for word in own})
        # A path that ends with the name has all of its words, so the rarest one is enough.
        rarest = [
            (min(own, key=lambda word: counts[word]), name)
            for name, own in words_by_name.items()
            if own
        ]
        query = (
            "WITH wanted AS (SELECT json_extract(value, '$[0]') word, "
            "json_extract(value, '$[1]') name FROM json_each(?)) "
            "SELECT DISTINCT path FROM wanted CROSS JOIN path_word "
            "ON path_word.word = wanted.word CROSS JOIN file_number ON file_number.id = file "
            "WHERE path = name OR substr(path, -length(name) - 1) = '/' || name ORDER BY path"
        )
        return [row[0] for row in self._fetch_all(query, json.dumps(rarest))]

    def paths_like(self, text: str, most: int) -> list[str]:
        """At most so many files whose paths hold a text, whatever the case of its ASCII letters.

        Those come first of which a part begins with it, or that end with it; then the shortest.
        """
        query = (
            "WITH asked AS (SELECT lower(?1) AS part) "
            "SELECT path FROM asked CROSS JOIN file "
            "WHERE skipped = '' AND instr(lower(path), part) ORDER BY "
            "substr(lower(path), -length(part)) <> part "
            "AND instr('/' || lower(path), '/' || part) = 0, length(path), path LIMIT ?2"
        )
        return [row[0] for row in self._fetch_all(query, text, most)]

    def symbols_like(self, text: str, most: int) -> list[tuple[str, str, str, int]]:
        """At most so many symbols whose qualified names hold a text, in the same sense.

        Each with its kind, path and first line: those whose names begin with the text come first,
        then the ones of the highest rank.
        """
        query = (
            "WITH asked AS (SELECT lower(?1) AS part) "
            "SELECT qualified, kind, path, start FROM asked CROSS JOIN symbol "
            "WHERE instr(lower(qualified), part) "
            "ORDER BY instr(lower(name), part) <> 1 AND instr(lower(qualified), part) <> 1, "
            "rank DESC, id LIMIT ?2"
        )
        return [tuple(row) for row in self._fetch_all(query, text, most)]

    def best_symbols(self, most: int) -> list[tuple[str, str, str, int]]:
        """The symbols of the highest rank, as `symbols_like` returns them."""
        query = "SELECT qualified, kind, path, start FROM symbol ORDER BY rank DESC, id LIMIT ?"
        return [tuple(row) for row in self._fetch_all(query, most)]

    def _path_counts(self, words: Iterable[str]) -> dict[str, int]:
        """How many paths have each word, counted up to one more than MOST_PATHS."""
        query = (
            "SELECT value, (SELECT count(*) FROM "
            "(SELECT 1 FROM path_word WHERE word = value LIMIT ?)) FROM json_each(?)"
        )
        rows = self._fetch_all(query, MOST_PATHS + 1, json.dumps(list(words)))
        return {row[0]: row[1] for row in rows}

    def source_has_word(self, word: str) -> bool:
        """Whether a word occurs anywhere in the source, as an identifier or as part of one."""
        return bool(self.search("source", [" ".join(words(word)) or word.lower()], 1))

    def paths_with(self, texts: Iterable[str]) -> list[str]:
        """The files of which one chunk has one of these identifiers, by path."""
        paths: set[str] = set()
        for text in dict.fromkeys(texts):
            terms = words(text)[:1]
            match = match_any(terms)
            if not match:
                continue
            query = (
                "SELECT path, text FROM chunk JOIN chunk_text USING (id) WHERE id IN "
                "(SELECT rowid FROM source_words WHERE words MATCH ?)"
            )
            rows = self._fetch_all(query, match)
            paths.update(
                path
                for path, source in self._records(_path_and_text, rows)
                if path not in paths and text in source
            )
        return sorted(paths)

    def defined_elsewhere(self, chunk: Chunk, namesakes: int) -> list[tuple[str, int]]:
        """Names that a chunk uses, each with the row id of a chunk in another file that defines it.

        Leaves out names that the chunk's own file defines, and those with more than `namesakes`
        definitions, which tell nothing.
        """
        query = (
            "WITH used AS MATERIALIZED (SELECT mention.name FROM file_number "
            "CROSS JOIN mention ON mention.file = file_number.id, json_each(lines) line "
            "WHERE file_number.path = ?1 AND line.value BETWEEN ?2 AND ?3 "
            "EXCEPT SELECT name FROM definition WHERE file = "
            "(SELECT id FROM file_number WHERE path = ?1)) "
            "SELECT name.text, chunk.id FROM used "
            f"CROSS JOIN definition ON {_NAMES_FEW.format('used')} AND definition.name = used.name "
            "CROSS JOIN name ON name.id = used.name "
            "CROSS JOIN file_number ON file_number.id = definition.file "
            "CROSS JOIN chunk ON chunk.path = file_number.path "
            'AND definition.start BETWEEN chunk.start AND chunk."end"'
        )
        rows = self._fetch_all(query, chunk.path, chunk.start, chunk.end, namesakes)
        return [(name, chunk_id) for name, chunk_id in rows]

    def used_elsewhere(self, chunk: Chunk, namesakes: int) -> list[tuple[str, int, int]]:
        """Names that a chunk defines, each with another file's chunk that uses it, and how often.

        Chunks are row ids. Leaves out constants, and names with more than `namesakes` definitions.
        """
        query = (
            "WITH own AS MATERIALIZED (SELECT id FROM file_number WHERE path = ?1), "
            "defined AS MATERIALIZED "
            "(SELECT DISTINCT name FROM definition WHERE file IN own "
            "AND start BETWEEN ?2 AND ?3 AND kind <> 'constant') "
            "SELECT name.text, chunk.id, count(*) FROM defined "
            f"CROSS JOIN mention ON {_NAMES_FEW.format('defined')} "
            "AND mention.name = defined.name AND mention.file NOT IN own "
            "CROSS JOIN name ON name.id = defined.name "
            "CROSS JOIN file_number ON file_number.id = mention.file "
            "CROSS JOIN json_each(mention.lines) line "
            "CROSS JOIN chunk ON chunk.path = file_number.path "
            'AND line.value BETWEEN chunk.start AND chunk."end" '
            "GROUP BY defined.name, chunk.id"
        )
        rows = self._fetch_all(query, chunk.path, chunk.start, chunk.end, namesakes)
        return [(name, chunk_id, count) for name, chunk_id, count in rows]

    def declaring_chunks(self, ids: Iterable[int]) -> set[int]:
        """Those of the chunks with these row ids that only declare, as `is_declaration` says.

        They define interfaces or functions, but no class, and nearly no function with a body.
        """
        query = (
            "SELECT chunk.id FROM chunk CROSS JOIN symbol ON symbol.path = chunk.path "
            'AND symbol.start BETWEEN chunk.start AND chunk."end" '
            "WHERE chunk.id IN (SELECT value FROM json_each(?1)) "
            "AND symbol.kind IN ('type', 'class', 'function', 'method') GROUP BY chunk.id "
            "HAVING sum(symbol.kind = 'class') = 0 AND sum(symbol.kind <> 'type' AND "
            "symbol.end_byte - symbol.start_byte - length(CAST(signature AS BLOB)) >= ?2) "
            "<= ?3 * sum(symbol.kind <> 'type')"
        )
        rows = self._fetch_all(query, json.dumps(list(ids)), LEAST_BODY_BYTES, MOST_BODIES)
        return {row[0] for row in rows}

    def chunks_using(self, name: str, most: int) -> list[tuple[int, int]]:
        """Row ids of the chunks that refer to a name, each with how often, by row id.

        Empty for a name that is referred to more than `most` times.
        """
        query = (
            "WITH use AS MATERIALIZED "
            "(SELECT file_number.path AS path, line.value AS line FROM name CROSS JOIN mention "
            "ON mention.name = name.id CROSS JOIN file_number ON file_number.id = mention.file "
            "CROSS JOIN json_each(mention.lines) line WHERE name.text = ?1 LIMIT ?2 + 1) "
            "SELECT chunk.id, count(*) FROM use CROSS JOIN chunk ON chunk.path = use.path "
            'AND use.line BETWEEN chunk.start AND chunk."end" '
            "WHERE (SELECT count(*) FROM use) <= ?2 GROUP BY chunk.id ORDER BY chunk.id"
        )
        return [(row[0], row[1]) for row in self._fetch_all(query, name, most)]

    def coverage(self) -> dict[str, int]:
        """How many live chunks there are (`chunks`), and how many are `read` and `skimmed`.

        A chunk that was read whole counts as skimmed too. `purposes` counts the files and
        directories with a live note on what they are for.
        """
        row = self._fetch_first(
            "SELECT count(*) chunks, "
            "coalesce(sum(content_id IN "
            "(SELECT content_id FROM reading WHERE depth = 'read')), 0) read, "
            "coalesce(sum(content_id IN "
            "(SELECT content_id FROM reading WHERE depth IN ('skim', 'read'))), 0) skimmed, "
            "(SELECT count(*) FROM note "
            "WHERE retired_by IS NULL AND level >= ? AND depth IN ('skim', 'authors')) purposes "
            "FROM chunk",
            FILE,
        )
        assert row is not None
        return dict(row)


def _path_and_text(row: sqlite3.Row) -> tuple[str, str]:
    """Raises ValueError."""
    return str(row["path"]), unpack(row["text"])


def _frequency(counted: int, last_counted: int, last: int) -> int:
    """How many chunks have a word, of which `counted` were counted up to the row `last_counted`."""
    if counted < COUNTED_CHUNKS:
        return counted
    return max(counted, round(counted * last / last_counted))
