"""Queries of retrieval: full-text search, neighbours by name, how much has been read."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from repo_mhm.errors import StoreError
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.search_terms import match_any, words
from repo_mhm.store.connection import Database

_HAS_FEW_NAMESAKES = (
    "(SELECT count(*) FROM symbol namesake WHERE namesake.name = symbol.name) <= ?4"
)

_TABLE_OF_ROWS = {"note": "note", "symbol": "symbol", "source": "chunk"}
"""The table whose row ids a full-text index has."""
_IN_FILES = "AND rowid IN (SELECT id FROM {} WHERE path IN (SELECT value FROM json_each(?3))) "


class SearchTables(Database):
    """Searching the full-text indexes and the symbols."""

    def search(
        self, table: str, terms: Iterable[str], limit: int, paths: Collection[str] | None = None
    ) -> list[tuple[int, float]]:
        """Row ids and BM25 scores in `note`, `symbol` or `source` (chunks), best first.

        `terms` are words as `search_terms.words` makes them; any of them may match. A higher score
        is better. With `paths`, only rows of these files.
        """
        if table not in _TABLE_OF_ROWS:
            raise StoreError(f"there is no full-text index of {table!r}")
        match = match_any(terms)
        if not match:
            return []

        within = "" if paths is None else _IN_FILES.format(_TABLE_OF_ROWS[table])
        query = (
            f"SELECT rowid, -bm25({table}_words) FROM {table}_words "
            f"WHERE words MATCH ?1 {within}ORDER BY rank LIMIT ?2"
        )
        parameters = (match, limit) if paths is None else (match, limit, json.dumps(list(paths)))
        rows = self._fetch_all(query, *parameters)
        return [(int(row), float(score)) for row, score in rows]

    def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many chunks each term occurs (in any of its forms)."""
        return {term: self._frequency(term) for term in dict.fromkeys(terms)}

    def _frequency(self, term: str) -> int:
        match = match_any([term])
        if not match:
            return 0
        query = "SELECT count(*) FROM source_words WHERE words MATCH ?"
        return int(self._fetch_all(query, match)[0][0])

    def paths_with_words(self, words: Iterable[str]) -> dict[str, list[str]]:
        """By word, the files whose paths have it, as `search_terms.words` splits them.

        Words that more than a quarter of the paths have are left out: they tell no file apart.
        """
        query = (
            "SELECT word, path FROM path_word WHERE word IN "
            "(SELECT word FROM path_word WHERE word IN (SELECT value FROM json_each(?)) "
            "GROUP BY word HAVING count(*) <= 1 + (SELECT count(*) FROM file) / 4)"
        )
        paths: dict[str, list[str]] = {}
        for word, path in self._fetch_all(query, json.dumps(list(words))):
            paths.setdefault(word, []).append(path)
        return paths

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
                "SELECT DISTINCT path FROM chunk WHERE id IN "
                "(SELECT rowid FROM source_words WHERE words MATCH ?) AND instr(text, ?)"
            )
            paths.update(row[0] for row in self._fetch_all(query, match, text))
        return sorted(paths)

    def defined_elsewhere(self, chunk: Chunk, namesakes: int) -> list[tuple[str, int]]:
        """Names that a chunk uses, each with the row id of a chunk in another file that defines it.

        Leaves out names that the chunk's own file defines, and those with more than `namesakes`
        definitions, which tell nothing.
        """
        query = (
            "SELECT symbol.name, chunk.id FROM symbol JOIN chunk ON chunk.path = symbol.path "
            'AND symbol.start BETWEEN chunk.start AND chunk."end" WHERE symbol.name IN '
            "(SELECT name FROM reference WHERE path = ?1 AND line BETWEEN ?2 AND ?3 "
            f"EXCEPT SELECT name FROM symbol WHERE path = ?1) AND {_HAS_FEW_NAMESAKES}"
        )
        rows = self._fetch_all(query, chunk.path, chunk.start, chunk.end, namesakes)
        return [(name, chunk_id) for name, chunk_id in rows]

    def used_elsewhere(self, chunk: Chunk, namesakes: int) -> list[tuple[str, int, int]]:
        """Names that a chunk defines, each with another file's chunk that uses it, and how often.

        Chunks are row ids. Leaves out constants, and names with more than `namesakes` definitions.
        """
        query = (
            "SELECT reference.name, chunk.id, count(*) FROM reference "
            "JOIN chunk ON chunk.path = reference.path "
            'AND reference.line BETWEEN chunk.start AND chunk."end" '
            "WHERE reference.path <> ?1 AND reference.name IN "
            "(SELECT name FROM symbol WHERE path = ?1 AND start BETWEEN ?2 AND ?3 "
            f"AND kind <> 'constant' AND {_HAS_FEW_NAMESAKES}) "
            "GROUP BY reference.name, chunk.id"
        )
        rows = self._fetch_all(query, chunk.path, chunk.start, chunk.end, namesakes)
        return [(name, chunk_id, count) for name, chunk_id, count in rows]

    def coverage(self) -> dict[str, int]:
        """How many live chunks there are (`chunks`), and how many are `read` and `skimmed`.

        A chunk that was read whole counts as skimmed too.
        """
        row = self._fetch_first(
            "SELECT count(*) chunks, "
            "coalesce(sum(content_id IN "
            "(SELECT content_id FROM reading WHERE depth = 'read')), 0) read, "
            "coalesce(sum(content_id IN "
            "(SELECT content_id FROM reading WHERE depth IN ('skim', 'read'))), 0) skimmed "
            "FROM chunk"
        )
        assert row is not None
        return dict(row)
