"""The conversations kept beside the memory: listed, read, renamed, deleted. `search` keeps what is said in them."""

from __future__ import annotations

from dataclasses import dataclass

from repo_mhm.store.database import Database


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One conversation: its name, how many exchanges it has, its first question, and when it last went on (epoch)."""

    name: str
    turns: int
    first: str
    at: float


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One exchange; `result` is JSON, as `ask --json` printed it."""

    question: str
    answer: str
    result: str


class ConversationTables(Database):
    """Reading and changing conversations."""

    def sessions(self) -> list[StoredSession]:
        """Every conversation, the one that last went on first."""
        query = (
            "SELECT session, count(*), (SELECT question FROM turn AS first WHERE first.session = turn.session "
            "ORDER BY id LIMIT 1), max(at) FROM turn GROUP BY session ORDER BY max(id) DESC"
        )
        return [StoredSession(*row) for row in self._all(query)]

    def exchanges(self, session: str, limit: int) -> list[StoredTurn]:
        """The last exchanges of a conversation, oldest first."""
        query = (
            "SELECT question, answer, result FROM turn WHERE session = ? ORDER BY id DESC LIMIT ?"
        )
        return [StoredTurn(*row) for row in reversed(self._all(query, session, limit))]

    def rename_session(self, old: str, new: str) -> bool:
        """Give a conversation another name; False, and nothing done, when another one has that name."""
        with self.transaction() as db:
            if new != old and db.execute("SELECT 1 FROM turn WHERE session = ?", (new,)).fetchone():
                return False
            db.execute("UPDATE turn SET session = ? WHERE session = ?", (new, old))
        return True

    def delete_session(self, session: str) -> int:
        """Delete a conversation; returns how many exchanges went."""
        with self.transaction() as db:
            return db.execute("DELETE FROM turn WHERE session = ?", (session,)).rowcount
