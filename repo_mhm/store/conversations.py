"""The table of turns: the conversations about a repository, kept beside its memory."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from repo_mhm.store.connection import Database


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One conversation."""

    name: str
    turns: int
    """How many turns it has."""
    first: str
    """Its first question."""
    at: float
    """The time of its last turn, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One question with its answer; `result` is JSON, as `ask --json` printed it."""

    id: int
    session: str
    question: str
    answer: str
    result: str
    at: float
    """When it was kept, in seconds since the epoch."""


_TURN_COLUMNS = "id, session, question, answer, result, at"
_PAGE_TURNS = 100
"""Turns that are read at once where all are gone through: about a megabyte."""


class ConversationTables(Database):
    """Writing, reading and changing conversations."""

    def add_turn(self, session: str, question: str, answer: str, result: Mapping[str, Any]) -> None:
        """Append a turn to a conversation; `result` is the answer as `ask --json` prints it."""
        row = (session, _as_utf8(question), _as_utf8(answer), json.dumps(result), time.time())
        with self.transaction() as db:
            db.execute(
                "INSERT INTO turn (session, question, answer, result, at) VALUES (?, ?, ?, ?, ?)",
                row,
            )

    def turns(self, session: str, limit: int = 20) -> list[StoredTurn]:
        """The last turns of a conversation, oldest first."""
        query = f"SELECT {_TURN_COLUMNS} FROM turn WHERE session = ? ORDER BY id DESC LIMIT ?"
        return [StoredTurn(*row) for row in reversed(self._fetch_all(query, session, limit))]

    def newest_turns(self, session: str | None = None) -> Iterator[StoredTurn]:
        """The turns of one conversation, or of all, newest first; read as they are needed."""
        before: int | None = None
        while page := self._turns_before(session, before):
            yield from page
            before = page[-1].id

    def _turns_before(self, session: str | None, before: int | None) -> list[StoredTurn]:
        query = (
            f"SELECT {_TURN_COLUMNS} FROM turn WHERE (?1 IS NULL OR session = ?1) "
            "AND (?2 IS NULL OR id < ?2) ORDER BY id DESC LIMIT ?3"
        )
        rows = self._fetch_all(query, session, before, _PAGE_TURNS)
        return [StoredTurn(*row) for row in rows]

    def sessions(self) -> list[StoredSession]:
        """Every conversation, the one with the newest turn first."""
        query = (
            "SELECT session, count(*), (SELECT question FROM turn AS first "
            "WHERE first.session = turn.session ORDER BY id LIMIT 1), max(at) "
            "FROM turn GROUP BY session ORDER BY max(id) DESC"
        )
        return [StoredSession(*row) for row in self._fetch_all(query)]

    def last_session(self) -> str:
        """The name of the conversation with the newest turn, empty when there is none."""
        row = self._fetch_first("SELECT session FROM turn ORDER BY id DESC LIMIT 1")
        return str(row[0]) if row else ""

    def rename_session(self, old: str, new: str) -> bool:
        """Rename a conversation; False, and nothing changed, when another one has that name."""
        with self.transaction() as db:
            if new != old and db.execute("SELECT 1 FROM turn WHERE session = ?", (new,)).fetchone():
                return False
            db.execute("UPDATE turn SET session = ? WHERE session = ?", (new, old))
        return True

    def delete_session(self, session: str) -> int:
        """Delete a conversation; returns how many turns it had."""
        with self.transaction() as db:
            return db.execute("DELETE FROM turn WHERE session = ?", (session,)).rowcount


def _as_utf8(text: str) -> str:
    """Text that SQLite can store: arguments that are not UTF-8 reach Python as lone surrogates."""
    return text.encode("utf-8", "replace").decode()
