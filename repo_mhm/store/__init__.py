"""The memory on disk: one SQLite database for each repository, and the lock of its writer.

Only this package reads or writes the database (`doctor` asks SQLite for its version, with a
database in memory). Every method that writes is one transaction. The records it stores are the
pipeline's own plain dataclasses. It opens no model and knows no prompt.
"""

from __future__ import annotations

import os
from pathlib import Path

from repo_mhm.errors import DamagedStore, UnwritableStore
from repo_mhm.store.chunk_locations import ChunkLocationTables, ChunkSize
from repo_mhm.store.cleanup import disk_use, make_room
from repo_mhm.store.commits import CommitTables
from repo_mhm.store.connection import (
    DATABASE,
    WAIT_SECONDS,
    check_file,
    connect,
    connect_for_reading,
)
from repo_mhm.store.conversations import ConversationTables, StoredSession, StoredTurn
from repo_mhm.store.deep_passes import DeepPassTables
from repo_mhm.store.errors import REPAIR_HINT, storage_errors
from repo_mhm.store.history import GcResult, HistoryTables, LedgerStep, NoteChange, NoteLife
from repo_mhm.store.kept_texts import KeptTextTables
from repo_mhm.store.ledger import LedgerTables
from repo_mhm.store.locks import (
    INDEX_TASK,
    REFRESH_TASK,
    RunningWriter,
    brief_writer_lock,
    queued_brief_lock,
    queued_lock,
    running_writer,
    writer_lock,
    writes_at_length,
)
from repo_mhm.store.migrations import SCHEMA_VERSION, has_own_schema
from repo_mhm.store.overviews import ChunkToRead, OverviewTables
from repo_mhm.store.repair import RepairResult, repair
from repo_mhm.store.search import SearchTables
from repo_mhm.store.snapshot import ChunkEntry, ChunkSpan, SnapshotTables, StoredChunk
from repo_mhm.store.symbols import FileLinks, StoredSymbol, SymbolSpan

__all__ = [
    "DATABASE",
    "INDEX_TASK",
    "REFRESH_TASK",
    "SCHEMA_VERSION",
    "WAIT_SECONDS",
    "ChunkEntry",
    "ChunkSize",
    "ChunkSpan",
    "ChunkToRead",
    "FileLinks",
    "GcResult",
    "LedgerStep",
    "NoteChange",
    "NoteLife",
    "RepairResult",
    "RunningWriter",
    "Store",
    "StoredChunk",
    "StoredSession",
    "StoredSymbol",
    "StoredTurn",
    "SymbolSpan",
    "brief_writer_lock",
    "disk_use",
    "find_store",
    "make_room",
    "open_store",
    "queued_brief_lock",
    "queued_lock",
    "repair",
    "running_writer",
    "storage_errors",
    "writer_lock",
    "writes_at_length",
]


_ERRORS_OF_VALUES = (TypeError, ValueError, LookupError, ArithmeticError, MemoryError)
"""What unexpected values of a damaged database lead to, anywhere in the program."""


_FULL_TEXT_TABLES = "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE % fts5 %'"


class Store(
    SnapshotTables,
    OverviewTables,
    ChunkLocationTables,
    SearchTables,
    CommitTables,
    ConversationTables,
    HistoryTables,
    LedgerTables,
    DeepPassTables,
    KeptTextTables,
):
    """An open database with all its tables; `path` is its file. Use `open_store` to get one."""

    @property
    def state_path(self) -> Path:
        """The file beside the database for a model's state after [system + memory]."""
        return self.path.parent / "state" / "memory.kv"

    def check(self) -> None:
        """Check the whole file and the checksum of every note. Raises DamagedStore."""
        with storage_errors(self.path):
            check_file(self.path.parent, self._db)
        self.notes(live=False)

    def check_whole(self) -> None:
        """Check also the tables' definitions and the full-text indexes; waits for other writers.

        Raises DamagedStore, and UnwritableStore where nothing can be written.
        """
        self.check()
        with storage_errors(self.path):
            if not has_own_schema(self._db):
                raise self._foreign_schema()
            for row in self._fetch_all(_FULL_TEXT_TABLES):
                name = row["name"]
                self._db.execute(f"INSERT INTO {name}({name}) VALUES ('integrity-check')")

    def _foreign_schema(self) -> DamagedStore:
        return DamagedStore(
            f"{self.path} is damaged: its tables are not as repo-mhm makes them", hint=REPAIR_HINT
        )

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, _: object) -> None:
        try:
            if isinstance(error, _ERRORS_OF_VALUES):
                self._blame_damage(error)
        finally:
            self.close()

    def _blame_damage(self, error: Exception) -> None:
        """Raise DamagedStore where the database is damaged, as then no value in it can be trusted.

        The check takes a second for each gigabyte, so it comes only after an error.
        """
        try:
            self.check()
            with storage_errors(self.path):
                is_ours = has_own_schema(self._db)
        except DamagedStore as damage:
            raise damage from error
        if not is_ours:
            raise self._foreign_schema() from error


def open_store(directory: Path, *, wait_seconds: float = WAIT_SECONDS) -> Store:
    """Open the memory in `directory`, creating it (mode 0600) when there is none.

    A write waits at most `wait_seconds` for another process's. Raises StoreError when the directory
    cannot be used, NewerStore when a newer version wrote the database, and DamagedStore when it is
    not a sound database.
    """
    return Store(*connect(directory, wait_seconds))


def find_store(directory: Path) -> Store | None:
    """Open the memory in `directory` if there is one; raises what `open_store` raises.

    Where nothing can be written, as on a full disk, it is opened for reading.
    """
    with storage_errors(directory):
        # A link that leads nowhere is there, and is refused.
        exists = os.path.lexists(directory / DATABASE)
    if not exists:
        return None
    try:
        return open_store(directory)
    except UnwritableStore as exc:
        return Store(directory / DATABASE, connect_for_reading(directory, exc), exc)
