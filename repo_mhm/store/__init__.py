"""The only owner of the memory on disk: one SQLite database per repository, and the lock of whoever writes it.

Every method that writes is one transaction. Knows nothing about models, prompts or how notes are made.
"""

from __future__ import annotations

from pathlib import Path

from repo_mhm.store.connection import (
    DATABASE,
    SCHEMA_VERSION,
    WAIT_SECONDS,
    check,
    connect,
    queued_lock,
    writer_lock,
)
from repo_mhm.store.conversations import ConversationTables, StoredSession, StoredTurn
from repo_mhm.store.database import translated
from repo_mhm.store.deep_passes import PassTables
from repo_mhm.store.history import Change, Collected, HistoryTables
from repo_mhm.store.ledger import LedgerTables
from repo_mhm.store.repair import Salvaged, salvage
from repo_mhm.store.search import SearchTables
from repo_mhm.store.snapshot import SnapshotTables, StoredChunk, StoredSymbol

__all__ = [
    "DATABASE",
    "SCHEMA_VERSION",
    "WAIT_SECONDS",
    "Change",
    "Collected",
    "Salvaged",
    "Store",
    "StoredChunk",
    "StoredSession",
    "StoredSymbol",
    "StoredTurn",
    "find_store",
    "open_store",
    "queued_lock",
    "salvage",
    "translated",
    "writer_lock",
]


class Store(
    SnapshotTables, SearchTables, ConversationTables, HistoryTables, LedgerTables, PassTables
):
    """An open database. `path` is its file; use `open_store` to get one."""

    @property
    def state_path(self) -> Path:
        """Where a model's state after [system + memory] is kept, beside the database."""
        return self.path.parent / "state" / "memory.kv"

    def check(self) -> None:
        """Look the whole file over and every note. Raises DamagedStore."""
        with translated(self.path):
            check(self.path.parent, self._db)
        self.notes(live=False)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_store(directory: Path, *, wait_seconds: float = WAIT_SECONDS) -> Store:
    """Open the memory in `directory`, creating it (mode 0600) when there is none.

    A write waits `wait_seconds` at most for another process's.
    Raises StoreError when the directory cannot be used, NewerStore when a newer version wrote the database and
    DamagedStore when it is not a sound database.
    """
    return Store(*connect(directory, wait_seconds))


def find_store(directory: Path) -> Store | None:
    """Open the memory in `directory` if there is one; raises as `open_store` does."""
    with translated(directory):
        found = (directory / DATABASE).exists()
    return open_store(directory) if found else None
