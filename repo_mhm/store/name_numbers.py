"""The numbers by which the tables of symbols and references know names."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

MOST_NAMES_KEPT = 300_000
"""Numbers of names that a writer remembers: about 30 MB."""


class NameNumbers:
    """The numbers of names, for as long as one transaction writes."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._numbers: dict[str, int] = {}

    def of(self, names: Iterable[str]) -> Mapping[str, int]:
        """The numbers of these names, and of others; a new one for a name that had none."""
        missing = set(names).difference(self._numbers)
        if missing:
            if len(self._numbers) >= MOST_NAMES_KEPT:
                self._numbers.clear()
                missing = set(names)
            self._look_up(sorted(missing))
        return self._numbers

    def _look_up(self, names: Sequence[str]) -> None:
        rows = [(name,) for name in names]
        self._db.executemany("INSERT OR IGNORE INTO name (text) VALUES (?)", rows)
        query = "SELECT text, id FROM name WHERE text IN (SELECT value FROM json_each(?))"
        self._numbers.update(map(tuple, self._db.execute(query, (json.dumps(names),))))
        for name in names:
            if name not in self._numbers:
                # SQLite's JSON ends a text at a NUL.
                row = self._db.execute("SELECT id FROM name WHERE text = ?", (name,)).fetchone()
                self._numbers[name] = int(row[0])
