"""Queries of the full-text indexes: rows by BM25, the words of long questions a few at a time.

BM25 is a sum over words, and FTS5 adds it up in a time that grows with the words of the query
times their hits in the row. The text of an issue has a hundred words. So they are looked for a few
at a time, a word that counts more than once only once, and SQLite adds the scores of each row: the
same order in half the time.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable

from repo_mhm.scope import WHOLE, Scope
from repo_mhm.source.search_terms import match_any
from repo_mhm.store.connection import Database

WORDS_AT_A_TIME = 8
"""Words of one query. Between 4 and 16 the time is the same."""
MOST_QUERIES = 400
"""Queries of one statement. SQLite takes 500."""
_IN_SCOPE = (
    "WHERE id IN (SELECT id FROM {table} WHERE path IN (SELECT value FROM json_each(?)) "
    "UNION ALL SELECT {table}.id FROM json_each(?) folder CROSS JOIN {table} "
    "ON {table}.path > folder.value || '/' AND {table}.path < folder.value || '0') "
)
"""Rows of these files and folders, then of all below the folders: what begins with a folder and a
slash comes before what begins with the folder and the next character."""


class FullTextTables(Database):
    """Searching the full-text indexes."""

    def _best_rows(
        self,
        index: str,
        terms: Iterable[str],
        limit: int,
        *,
        table: str = "",
        scope: Scope = WHOLE,
    ) -> list[tuple[int, float]]:
        """The row ids and BM25 scores of the best rows, best first.

        A term that comes twice counts twice. Only rows whose ids `table` has for files of the
        scope.
        """
        queries = _queries(index, Counter(term for term in terms if match_any([term])))
        if not queries:
            return []

        within = ""
        parameters: list[object] = [match for _, match in queries]
        if not scope.is_whole:
            within = _IN_SCOPE.format(table=table)
            parameters.append(json.dumps([*scope.files, *scope.folders]))
            parameters.append(json.dumps(list(scope.folders)))
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
