"""Full-text search over notes, symbols and source; how much has been read; and the conversations about it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from repo_mhm.errors import StoreError
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.search_terms import match_any
from repo_mhm.store.database import Database

_FEW = "(SELECT count(*) FROM symbol namesake WHERE namesake.name = symbol.name) <= ?4"


class SearchTables(Database):
    """What questions are answered from, and what was answered."""

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
        quoted = {term: match_any([term]) for term in dict.fromkeys(terms)}
        return {
            term: int(self._all(query, match)[0][0]) if match else 0
            for term, match in quoted.items()
        }

    def knows_word(self, word: str) -> bool:
        """Whether a word occurs anywhere in the source, exactly as an identifier or as part of one."""
        return bool(self.search("source", [word.lower()], 1))

    def defined_elsewhere(self, chunk: Chunk, namesakes: int) -> list[tuple[str, int]]:
        """Names a chunk uses, each with the row ids of the chunks of other files that define it.

        Names its own file defines, and those with more than `namesakes` definitions, say nothing and are left out.
        """
        query = (
            "SELECT symbol.name, chunk.id FROM symbol JOIN chunk ON chunk.path = symbol.path "
            'AND symbol.start BETWEEN chunk.start AND chunk."end" WHERE symbol.name IN '
            "(SELECT name FROM reference WHERE path = ?1 AND line BETWEEN ?2 AND ?3 "
            f"EXCEPT SELECT name FROM symbol WHERE path = ?1) AND {_FEW}"
        )
        return [
            (row[0], row[1])
            for row in self._all(query, chunk.path, chunk.start, chunk.end, namesakes)
        ]

    def used_elsewhere(self, chunk: Chunk, namesakes: int) -> list[tuple[str, int, int]]:
        """Names a chunk defines, each with the row ids of the chunks of other files that use it, and how often.

        Constants, and names with more than `namesakes` definitions, are left out.
        """
        query = (
            "SELECT reference.name, chunk.id, count(*) FROM reference JOIN chunk ON chunk.path = reference.path "
            'AND reference.line BETWEEN chunk.start AND chunk."end" WHERE reference.path <> ?1 AND reference.name IN '
            f"(SELECT name FROM symbol WHERE path = ?1 AND start BETWEEN ?2 AND ?3 AND kind <> 'constant' AND {_FEW}) "
            "GROUP BY reference.name, chunk.id"
        )
        rows = self._all(query, chunk.path, chunk.start, chunk.end, namesakes)
        return [(row[0], row[1], row[2]) for row in rows]

    def coverage(self) -> dict[str, int]:
        """How many live chunks there are, how many of them have been read whole, and how many at least skimmed."""
        row = self._one(
            "SELECT count(*) chunks, "
            "coalesce(sum(content_id IN (SELECT content_id FROM reading WHERE depth = 'read')), 0) read, "
            "coalesce(sum(content_id IN (SELECT content_id FROM reading)), 0) skimmed FROM chunk"
        )
        assert row is not None
        return dict(row)

    def add_turn(self, session: str, question: str, answer: str, result: Mapping[str, Any]) -> None:
        """Keep one exchange of a conversation, with the answer as `ask --json` prints it."""
        row = (session, _sound(question), _sound(answer), json.dumps(result), time.time())
        with self.transaction() as db:
            db.execute(
                "INSERT INTO turn (session, question, answer, result, at) VALUES (?, ?, ?, ?, ?)",
                row,
            )

    def turns(self, session: str, limit: int = 20) -> list[tuple[str, str]]:
        """The last questions and answers of a conversation, oldest first."""
        query = "SELECT question, answer FROM turn WHERE session = ? ORDER BY id DESC LIMIT ?"
        return [(str(q), str(a)) for q, a in reversed(self._all(query, session, limit))]

    def last_session(self) -> str:
        """The session of the newest exchange, empty when there is none."""
        row = self._one("SELECT session FROM turn ORDER BY id DESC LIMIT 1")
        return str(row[0]) if row else ""


def _sound(text: str) -> str:
    """What SQLite can hold: arguments that are not UTF-8 reach Python as lone surrogates."""
    return text.encode("utf-8", "replace").decode()
