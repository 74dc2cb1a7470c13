"""Queries of the full-text indexes: rows by BM25, the words of long questions a few at a time.

BM25 is a sum over words, and FTS5 adds it up in a time that grows with the words of the query
times their hits in the row. The text of an issue has a hundred words. So they are looked for a few
at a time, a word that counts more than once only once, and SQLite adds the scores of each row: the
same order in half the time.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable

from repo_mhm.source.search_terms import match_any
from repo_mhm.store.connection import Database

WORDS_AT_A_TIME = 8
"""Words of one query. Between 4 and 16 the time is the same."""
MOST_QUERIES = 400
"""Queries of one statement. SQLite takes 500."""
_IN_FILES = "path IN (SELECT value FROM json_each(?))"


class FullTextTables(Database):
    """Searching the full-text indexes."""

    def _best_rows(
        self,
        index: str,
        terms: Iterable[str],
        limit: int,
        *,
        table: str = "",
        paths: Collection[str] | None = None,
    ) -> list[tuple[int, float]]:
        """The row ids and BM25 scores of the best rows, best first.

        A term that comes twice counts twice. With `paths`, only rows whose ids `table` has for
        these files.
        """
        queries = _queries(index, Counter(term for term in terms if match_any([term])))
        if not queries:
            return []

        within = ""
        parameters: list[object] = [match for _, match in queries]
        if paths is not None:
            within = f"WHERE id IN (SELECT id FROM {table} WHERE {_IN_FILES}) "
            parameters.append(json.dumps(list(paths)))
        scores = " UNION ALL ".join(query for query, _ in queries)
        statement = (
            # SQLite would else merge a single query into the sum, where bm25 cannot be used.
            f"WITH hit AS MATERIALIZED ({scores}) "
            f"SELECT id, sum(score) AS total FROM hit {within}"
            "GROUP BY id ORDER BY total DESC, id LIMIT ?"
        )
        rows = self._fetch_all(statement, *parameters, limit)
        return [(int(row), float(score)) for row, score in rows]


def _queries(index: str, count_by_term: Counter[str]) -> list[tuple[str, str]]:
    """A query for each few terms that count alike, and what it matches."""
    terms_by_count: dict[int, list[str]] = defaultdict(list)
    for term, count in count_by_term.items():
        terms_by_count[count].append(term)

    size = max(WORDS_AT_A_TIME, len(count_by_term) // (MOST_QUERIES - len(terms_by_count)) + 1)
    return [
        (
            f"SELECT rowid AS id, {-count} * bm25({index}) AS score FROM {index} "
            "WHERE words MATCH ?",
            match_any(terms[start : start + size]),
        )
        for count, terms in terms_by_count.items()
        for start in range(0, len(terms), size)
    ]
