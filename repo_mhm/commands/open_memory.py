"""Make ready to ask: open the memory of a repository, or scan its source into a new one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm import config
from repo_mhm.errors import StoreLocked
from repo_mhm.git import open_snapshot, state_dir
from repo_mhm.store import Store, find_store, open_store, writer_lock

if TYPE_CHECKING:
    from repo_mhm.answer.session import Compare
    from repo_mhm.answer.staleness import Freshness
    from repo_mhm.config import Settings
    from repo_mhm.git import Snapshot
    from repo_mhm.memory.refresh import FileProgress

LOCK_SECONDS = 60.0
"""How long to wait for an index that is just scanning the repository for the first time; not for what it reads."""
POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Ready:
    """What `ask` works on; `compare` says how the repository stands against the memory."""

    settings: Settings
    store: Store
    compare: Compare


def open_memory(
    path: Path, overrides: Mapping[str, object], *, progress: FileProgress | None = None
) -> Ready:
    """Open the memory of the repository around `path`.

    Where there is no memory yet the source is scanned into one, without a model; `progress` sees how far that is.
    Raises RepositoryError when there is nothing to read, ConfigError when a setting is wrong, StoreLocked when another
    process is at it for too long.
    """
    directory = state_dir(path)
    store = find_store(directory)
    if store is not None and store.chunk_count():
        root = Path(store.meta("root"))
        settings = config.load(root, overrides)
        return Ready(settings, store, lambda known: _compare(known, path, settings))
    if store is not None:
        store.close()
    snapshot = open_snapshot(path)
    settings = config.load(snapshot.root, overrides)
    store = _scanned(state_dir(path, create=True), snapshot, settings, progress)
    return Ready(settings, store, lambda known: _compare(known, path, settings))


def _scanned(
    directory: Path, snapshot: Snapshot, settings: Settings, progress: FileProgress | None
) -> Store:
    """The memory with the repository's source in it: scanned here, or by an index that has begun already."""
    from repo_mhm.memory.refresh import no_progress, refresh

    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            with writer_lock(directory):
                store = open_store(directory)
                refresh(
                    store,
                    snapshot,
                    heads=settings.heads,
                    selector=settings.selector,
                    ignore=settings.ignore,
                    progress=progress or no_progress,
                )
                return store
        except StoreLocked:
            if time.monotonic() > end:
                raise
        store = open_store(directory)
        if store.chunk_count():
            return store
        store.close()
        time.sleep(POLL_SECONDS)


def _compare(known: Mapping[str, str], path: Path, settings: Settings) -> Freshness | None:
    from repo_mhm.answer.staleness import compare

    return compare(known, path, settings.ignore)
