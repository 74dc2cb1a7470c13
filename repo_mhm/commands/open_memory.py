"""Open the memory of a repository for questions; scan its source into a new one where needed."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm import config
from repo_mhm.errors import StoreLocked
from repo_mhm.git import find_root, open_snapshot, state_dir
from repo_mhm.store import Store, find_store, open_store, writer_lock

if TYPE_CHECKING:
    from repo_mhm.answer.comparison import Compare
    from repo_mhm.commands.source_refresh import SourceRefresh
    from repo_mhm.config import Settings
    from repo_mhm.git import Snapshot
    from repo_mhm.memory.refresh import FileProgress

LOCK_SECONDS = 60.0
"""How long to wait for an index that is scanning the repository for the first time."""
POLL_SECONDS = 0.1
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenedMemory:
    """What questions are answered from."""

    root: Path
    """The folder that all paths are relative to."""
    settings: Settings
    store: Store
    compare: Compare
    """Says how the repository differs from the memory."""
    refreshed: SourceRefresh
    """What was done so that the source is up to date."""


def open_memory(
    path: Path, overrides: Mapping[str, object], *, progress: FileProgress | None = None
) -> OpenedMemory:
    """Open the memory of the repository around `path`, with its source up to date.

    Where there is none yet, the source is scanned into a new one, without a model; `progress` is
    called after each file. Raises RepositoryError when there is nothing to read, ConfigError when
    a setting is wrong, StoreLocked when another process has been scanning for LOCK_SECONDS.
    """
    from repo_mhm.answer.comparison import comparison_with
    from repo_mhm.commands.source_refresh import SourceRefresh, refresh_source

    store = find_store(state_dir(path))
    if store is not None and store.chunk_count():
        # Not the root that was scanned last: that may be another worktree's.
        root = find_root(path).path
        settings = config.load(root, overrides)
        refreshed = refresh_source(store, path, settings.ignore)
    else:
        if store is not None:
            store.close()
        snapshot = open_snapshot(path)
        root = snapshot.root
        settings = config.load(root, overrides)
        store = _scan(state_dir(path, create=True), snapshot, settings, progress)
        refreshed = SourceRefresh()
    _log.debug("the memory of %s is %s", root, store.path)
    return OpenedMemory(root, settings, store, comparison_with(path, settings.ignore), refreshed)


def _scan(
    directory: Path, snapshot: Snapshot, settings: Settings, progress: FileProgress | None
) -> Store:
    """A store with the repository's source, scanned here or by an index that has begun already."""
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
                    head_tokens=settings.head_tokens,
                    selector=settings.selector,
                    ignore=settings.ignore,
                    progress=progress or no_progress,
                )
                return store
        except StoreLocked:
            if time.monotonic() > end:
                raise

        # The index that holds the lock may have scanned the source by now.
        store = open_store(directory)
        if store.chunk_count():
            return store
        store.close()
        time.sleep(POLL_SECONDS)
