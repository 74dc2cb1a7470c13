"""The connection: transactions, consistent reads, and SQLite's errors in our own words. Knows no table but `meta`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from repo_mhm.errors import DamagedStore, StoreError

Made = TypeVar("Made")


class Database:
    """One connection to one file. Not for several threads at once: each opens its own."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._db = connection

    def close(self) -> None:
        """Close the database; closing twice is fine."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, nested ones included. Raises StoreError (disk full, read-only, locked) or DamagedStore."""
        with self._within("BEGIN IMMEDIATE") as db:
            yield db

    @contextmanager
    def view(self) -> Iterator[None]:
        """Every read inside sees the same moment, whatever another process writes meanwhile; waits for nobody."""
        with self._within("BEGIN DEFERRED"):
            yield

    @contextmanager
    def _within(self, begin: str) -> Iterator[sqlite3.Connection]:
        db = self._db
        with sql_errors(self.path):
            nested = db.in_transaction
            db.execute("SAVEPOINT nested" if nested else begin)
            try:
                yield db
                db.execute("RELEASE nested" if nested else "COMMIT")
            except BaseException:
                # SQLite has rolled everything back by itself when the disk is full.
                if db.in_transaction:
                    db.execute("ROLLBACK TO nested" if nested else "ROLLBACK")
                    if nested:
                        db.execute("RELEASE nested")
                raise

    def meta(self, key: str, default: str = "") -> str:
        """A value set by `set_meta`, e.g. `commit`, `model`."""
        row = self._one("SELECT value FROM meta WHERE key = ?", key)
        return str(row[0]) if row else default

    def set_meta(self, **values: str) -> None:
        """Set several values at once."""
        with self.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def _all(self, query: str, *parameters: object) -> list[sqlite3.Row]:
        with sql_errors(self.path):
            return self._db.execute(query, parameters).fetchall()

    def _one(self, query: str, *parameters: object) -> sqlite3.Row | None:
        with sql_errors(self.path):
            row: sqlite3.Row | None = self._db.execute(query, parameters).fetchone()
            return row

    def _made(self, make: Callable[[sqlite3.Row], Made], rows: Iterable[sqlite3.Row]) -> list[Made]:
        """Rows as what they stand for. Raises DamagedStore for one that holds what was never written there."""
        try:
            return [make(row) for row in rows]
        except (TypeError, ValueError) as exc:
            raise DamagedStore(
                f"{self.path} is damaged: a row makes no sense ({exc})", hint=REPAIR
            ) from exc

    def _rows(self, table: str, ids: Iterable[int] | None) -> list[sqlite3.Row]:
        if ids is None:
            return self._all(f"SELECT * FROM {table} ORDER BY id")
        wanted = json.dumps(list(ids))
        return self._all(
            f"SELECT * FROM {table} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
            wanted,
        )


REPAIR = "run: repo-mhm doctor --repair, which sets the damaged file aside and keeps what is sound"
_HINTS = {
    "disk is full": "free some disk space and run the command again: everything finished so far is kept",
    "readonly": "make the folder writable for you, or index a copy of the repository",
    "locked": "another repo-mhm is writing; try again when it has finished",
    "unable to open": "check that the folder exists and that you may write there",
}


@contextmanager
def sql_errors(path: Path) -> Iterator[None]:
    """SQLite's errors as StoreErrors that say what to do."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.OperationalError as exc:
        message = str(exc)
        if "decode" in message:
            raise DamagedStore(f"{path} is damaged: {message}", hint=REPAIR) from exc
        hint = next(
            (hint for part, hint in _HINTS.items() if part in message), "run: repo-mhm doctor"
        )
        raise StoreError(f"{path}: {message}", hint=hint) from exc
    except sqlite3.DatabaseError as exc:
        raise DamagedStore(f"{path} is damaged: {exc}", hint=REPAIR) from exc


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's and the file system's errors as StoreErrors."""
    try:
        with sql_errors(path):
            yield
    except OSError as exc:
        hint = "check the permissions and free space of the folder"
        raise StoreError(f"{path} cannot be used: {exc.strerror or exc}", hint=hint) from exc
