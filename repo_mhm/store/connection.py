"""Opening a database: creating it, bringing its schema up to date, checking it after a crash; and the writer's lock."""

from __future__ import annotations

import math
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm.errors import DamagedStore, NewerStore, StoreLocked
from repo_mhm.store.database import REPAIR, translated
from repo_mhm.store.ledger import checksum

if TYPE_CHECKING:
    from filelock import FileLock

SCHEMA_VERSION = 3
DATABASE = "memory.db"
WAIT_SECONDS = 30.0
"""How long a write waits for another process's transaction; transactions last milliseconds, a refresh's seconds."""
_HOLDER = "index.pid"
"""Names the process that holds the writer's lock; left behind by one that did not end by itself."""
_LOCK = "index.lock"
_QUEUE = "queue.lock"
_MOMENT_SECONDS = 0.5
"""A writer always waits so long: a reader that looks the file over holds its lock for a moment."""
_UNCHECKED = "unchecked"
"""Follows the process until it has looked the database over."""


def connect(directory: Path, wait_seconds: float = WAIT_SECONDS) -> tuple[Path, sqlite3.Connection]:
    """The database in `directory`, made (mode 0600) when there is none; see `open_store` for what it raises."""
    path = directory / DATABASE
    with translated(path):
        if not path.exists():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(
            path, timeout=wait_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(path, connection)
            _check_when_due(directory, connection)
        except BaseException:
            connection.close()
            raise
    return path, connection


def _prepare(path: Path, connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise NewerStore(
            f"{path} was written by a newer repo-mhm (schema {version}, this one knows {SCHEMA_VERSION})",
            hint="upgrade repo-mhm, or move the file away and index again",
        )
    connection.execute("PRAGMA journal_mode = WAL")
    # In WAL mode NORMAL keeps the database sound through a crash; a power cut may cost the last steps, not more.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    if version < SCHEMA_VERSION:
        _migrate(connection)


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done it while this one waited for its turn.
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            for statement in _schema():
                connection.execute(statement)
        if version == 1:
            _add_history(connection)
        if version in {1, 2}:
            _add(connection, "TABLE taken", "INDEX taken_")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _schema() -> list[str]:
    return files("repo_mhm").joinpath("schema.sql").read_text("utf-8").split(";\n")


def _add(connection: sqlite3.Connection, *names: str) -> None:
    """Create the tables and indexes whose statements hold one of `names`."""
    for statement in _schema():
        if any(f"CREATE {name}" in statement for name in names):
            connection.execute(statement)


def _add_history(connection: sqlite3.Connection) -> None:
    """From schema 1 to 2: steps know their commit, notes their lives, and checksums cover the whole note."""
    connection.execute("ALTER TABLE step ADD COLUMN commit_id TEXT NOT NULL DEFAULT ''")
    _add(connection, "TABLE life", "INDEX life_", "INDEX step_")
    connection.execute("INSERT INTO life SELECT id, head, step, retired_by FROM note")
    connection.execute(
        "UPDATE step SET commit_id = coalesce((SELECT value FROM meta WHERE key = 'commit'), '')"
    )
    for row in connection.execute("SELECT id, level, anchor, path, text FROM note").fetchall():
        check = checksum(row["level"], row["anchor"], row["path"], row["text"])
        connection.execute("UPDATE note SET checksum = ? WHERE id = ?", (check, row["id"]))


def _check_when_due(directory: Path, connection: sqlite3.Connection) -> None:
    """Look the whole file over before it is written to, and when its last writer did not end by itself.

    Raises DamagedStore.
    """
    holder = directory / _HOLDER
    process, _, state = _read(holder).partition("\n")
    if process == str(os.getpid()):
        if state == _UNCHECKED:
            check(directory, connection)
            holder.write_text(process + "\n")
    elif process and (lock := _acquire(directory, 0.0)):
        try:
            check(directory, connection)
            holder.unlink(missing_ok=True)
        finally:
            lock.release()


def _read(holder: Path) -> str:
    """What it says, empty where there is none: its writer may end at any moment."""
    with suppress(FileNotFoundError):
        return holder.read_text()
    return ""


def check(directory: Path, connection: sqlite3.Connection) -> None:
    """Look the whole file over (a second for a gigabyte or so). Raises DamagedStore."""
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise DamagedStore(f"{directory / DATABASE} is damaged: {found}", hint=REPAIR)


def _acquire(directory: Path, seconds: float, name: str = _LOCK) -> FileLock | None:
    from filelock import FileLock, Timeout

    lock = FileLock(directory / name, timeout=seconds, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock


@contextmanager
def writer_lock(directory: Path, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the right to index; the system releases it when the process ends, however it ends.

    Raises StoreLocked, naming the process that holds it, when it is not free within `wait_seconds`.
    """
    holder = directory / _HOLDER
    with translated(directory):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = _acquire(directory, max(wait_seconds, _MOMENT_SECONDS))
        if lock is None:
            process = _read(holder).partition("\n")[0] or "unknown"
            raise StoreLocked(
                f"another repo-mhm (process {process}) is indexing this repository",
                hint="wait for it (--wait 10m), or stop it: what it has finished is kept; ask works meanwhile",
            )
    damaged = False
    try:
        with translated(directory):
            holder.write_text(f"{os.getpid()}\n{_UNCHECKED}")
        yield
    except DamagedStore:
        # The mark stays, so that nobody takes the file for sound.
        damaged = True
        raise
    finally:
        if not damaged:
            holder.unlink(missing_ok=True)
        lock.release()


@contextmanager
def queued_lock(directory: Path) -> Iterator[bool]:
    """Hold the right to index, however long that takes to come by; at most one process waits for it.

    Gives False at once, and no right, where another process waits already: that one will see what this one saw.
    """
    with translated(directory):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = _acquire(directory, 0.0, _QUEUE)
    if place is None:
        yield False
        return
    try:
        with writer_lock(directory, wait_seconds=math.inf):
            place.release()
            yield True
    finally:
        place.release()
