"""One connection to the database: opening and checking it, transactions and consistent reads.

Knows no table but `meta`. The modules beside it that own tables build on `Database`.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from repo_mhm.errors import DamagedStore, NewerStore, UnsafeState, UnwritableStore
from repo_mhm.private_folder import PrivateFolder, private_folder
from repo_mhm.store.errors import REPAIR_HINT, sqlite_errors, storage_errors
from repo_mhm.store.locks import mark_checked, read_mark, remove_mark, try_writer_lock
from repo_mhm.store.migrations import SCHEMA_VERSION, current_version, migrate
from repo_mhm.store.reading import open_for_reading

DATABASE = "memory.db"
_JOURNAL = f"{DATABASE}-journal"
"""SQLite rolls it back. In WAL mode only the first transaction of a new database makes one."""
_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")
"""Ends a journal that names a super-journal; from SQLite's description of its file format."""
MOST_CHECKED_BYTES = 256 * 1024**2
"""Of a larger database the check takes longer than what it precedes, such as a refresh after a
commit: a second for 256 MB where it has to be read from the disk."""
WAIT_SECONDS = 30.0
"""How long a write waits for another process's transaction.

Most transactions last milliseconds; a refresh's lasts seconds."""
_PAGE_BYTES = 8192
"""Of new databases. A packed chunk takes a kilobyte: in pages of 4096 bytes 17 % stay empty, in
these 9 %; larger ones would make a megabyte of the database of a small repository."""
_LARGE_CACHE_KIB = 64 * 1024

Record = TypeVar("Record")


def connect(directory: Path, wait_seconds: float = WAIT_SECONDS) -> tuple[Path, sqlite3.Connection]:
    """The path of the database in `directory` and a connection, migrated and checked if due.

    Creates the database (mode 0600) when there is none. Raises what `open_store` raises.
    """
    path = directory / DATABASE
    with storage_errors(path):
        with private_folder(directory, create=True) as folder:
            if not folder.check(DATABASE):
                folder.create(DATABASE)
            _check_files(folder)

        connection = sqlite3.connect(
            path, timeout=wait_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(path, connection)
            _check_if_due(directory, connection)
        except BaseException:
            connection.close()
            raise
    return path, connection


def connect_for_reading(directory: Path, error: UnwritableStore) -> sqlite3.Connection:
    """A connection that only reads, where one that writes has met `error`.

    Raises `error` where that cannot be done either, or where the database needs a migration first.
    """
    path = directory / DATABASE
    with storage_errors(path):
        with private_folder(directory) as folder:
            _check_files(folder)
        connection = open_for_reading(path)
        if connection is None:
            raise error
        version = current_version(connection)
        if version != SCHEMA_VERSION:
            connection.close()
            raise _newer_store(path, version) if version > SCHEMA_VERSION else error
    return connection


def _newer_store(path: Path, version: int) -> NewerStore:
    return NewerStore(
        f"{path} was written by a newer repo-mhm "
        f"(schema {version}, this one knows {SCHEMA_VERSION})",
        hint="Upgrade repo-mhm, or move the file away and index again.",
    )


def _check_files(folder: PrivateFolder) -> None:
    """Check what SQLite opens. Raises UnsafeState.

    A planted journal could name any file of the user as the super-journal of a transaction over
    several databases: SQLite would delete it. We have no such transactions.
    """
    for suffix in ("", "-wal", "-shm"):
        folder.check(DATABASE + suffix)
    if folder.check(_JOURNAL) and folder.read_end(_JOURNAL, 8) == _JOURNAL_MAGIC:
        raise UnsafeState(
            f"{folder.path / _JOURNAL} names another file, which SQLite would delete",
            hint="Remove it, then run: repo-mhm doctor",
        )


def _prepare(path: Path, connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    version = current_version(connection)
    if version > SCHEMA_VERSION:
        raise _newer_store(path, version)

    # Large sorts need no room on the disk, which may be full.
    connection.execute("PRAGMA temp_store = MEMORY")
    if not version:
        connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    connection.execute("PRAGMA journal_mode = WAL")
    # In WAL mode, NORMAL keeps the database sound through a crash; a power cut may cost the last
    # steps, not more.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    # A database may come from elsewhere: what its schema defines may call no function with effects.
    connection.execute("PRAGMA trusted_schema = OFF")
    if version < SCHEMA_VERSION:
        migrate(connection)


def _check_if_due(directory: Path, connection: sqlite3.Connection) -> None:
    """Check the database before this process first writes to it, and after a writer was killed.

    A large one only after that. Raises DamagedStore.
    """
    mark = read_mark(directory)
    if mark is None:
        return

    if mark.process == str(os.getpid()):
        if not mark.is_checked:
            if (directory / DATABASE).stat().st_size <= MOST_CHECKED_BYTES:
                check_file(directory, connection)
            mark_checked(directory)
    elif lock := try_writer_lock(directory):
        # The writer that left the mark does not run any more.
        try:
            check_file(directory, connection)
            remove_mark(directory)
        finally:
            lock.release()


def check_file(directory: Path, connection: sqlite3.Connection) -> None:
    """Check every page of the database. Raises DamagedStore."""
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise DamagedStore(f"{directory / DATABASE} is damaged: {verdict}", hint=REPAIR_HINT)


class Database:
    """One connection to one file. Not for several threads at once: each opens its own."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        unwritable: UnwritableStore | None = None,
    ) -> None:
        self.path = path
        self._db = connection
        self._unwritable = unwritable
        """Why nothing can be written; None where it can."""

    def close(self) -> None:
        """Close the database; closing twice is fine."""
        # On a full disk the log cannot be folded into the database; it is read with it.
        with suppress(sqlite3.OperationalError):
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all or nothing; may be nested.

        Raises StoreError (disk full, read-only, locked) or DamagedStore.
        """
        if self._unwritable is not None:
            raise self._unwritable
        with self._begin("BEGIN IMMEDIATE") as db:
            yield db

    @contextmanager
    def view(self) -> Iterator[None]:
        """Let all reads inside see the same state, whatever other processes write; never waits."""
        with self._begin("BEGIN DEFERRED"):
            yield

    @contextmanager
    def _begin(self, statement: str) -> Iterator[sqlite3.Connection]:
        db = self._db
        with sqlite_errors(self.path):
            is_nested = db.in_transaction
            db.execute("SAVEPOINT nested" if is_nested else statement)
            try:
                yield db
                db.execute("RELEASE nested" if is_nested else "COMMIT")
            except BaseException:
                # SQLite has rolled everything back by itself when the disk is full.
                if db.in_transaction:
                    db.execute("ROLLBACK TO nested" if is_nested else "ROLLBACK")
                    if is_nested:
                        db.execute("RELEASE nested")
                raise

    @contextmanager
    def large_cache(self) -> Iterator[None]:
        """Keep more of the database in memory meanwhile, where much of it is written.

        Rows of a scan come to the indexes in no order: with SQLite's cache of 2 MB, most pages of
        a large one would be written and read again for each few rows. Raises StoreError where the
        database was deleted.
        """
        with storage_errors(self.path):
            self.path.stat()  # SQLite would write to a file that was deleted
        before = self._fetch_all("PRAGMA cache_size")[0][0]
        self._db.execute(f"PRAGMA cache_size = -{_LARGE_CACHE_KIB}")
        try:
            yield
        finally:
            self._db.execute(f"PRAGMA cache_size = {before}")

    def meta(self, key: str, default: str = "") -> str:
        """A value set by `set_meta`, e.g. `commit`, `model`."""
        row = self._fetch_first("SELECT value FROM meta WHERE key = ?", key)
        return str(row[0]) if row else default

    def set_meta(self, **values: str) -> None:
        """Set several values at once."""
        with self.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", values.items())

    def _fetch_all(self, query: str, *parameters: object) -> list[sqlite3.Row]:
        with sqlite_errors(self.path):
            return self._db.execute(query, parameters).fetchall()

    def _iterate(self, query: str, *parameters: object) -> Iterator[sqlite3.Row]:
        """The rows one by one, for tables of which not all rows should be in memory at once."""
        with sqlite_errors(self.path):
            yield from self._db.execute(query, parameters)

    def _iterate_tuples(self, query: str, *parameters: object) -> Iterator[tuple[Any, ...]]:
        """As `_iterate`, for millions of rows whose columns nobody asks for by name."""
        with sqlite_errors(self.path):
            cursor = self._db.cursor()
            cursor.row_factory = None
            yield from cursor.execute(query, parameters)

    def _fetch_first(self, query: str, *parameters: object) -> sqlite3.Row | None:
        with sqlite_errors(self.path):
            row: sqlite3.Row | None = self._db.execute(query, parameters).fetchone()
            return row

    def _fetch_by_id(self, table: str, ids: Iterable[int] | None) -> list[sqlite3.Row]:
        """The rows of a table, or those with the given ids, by id."""
        if ids is None:
            return self._fetch_all(f"SELECT * FROM {table} ORDER BY id")
        return self._fetch_all(
            f"SELECT * FROM {table} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
            json.dumps(list(ids)),
        )

    def _records(
        self, convert: Callable[[sqlite3.Row], Record], rows: Iterable[sqlite3.Row]
    ) -> list[Record]:
        """Each row as a record. Raises DamagedStore for a row whose values cannot be converted."""
        try:
            return [convert(row) for row in rows]
        except (TypeError, ValueError) as exc:
            raise DamagedStore(
                f"{self.path} is damaged: a row cannot be read ({exc})", hint=REPAIR_HINT
            ) from exc
