"""Open the memory of a repository for questions; scan its source into a new one where needed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm.config_files import may_be_configured
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
    load_settings: Callable[[], Settings]
    """Gives the settings, which a search has no need of where nothing sets any."""
    ignore: Sequence[str]
    """Patterns of files that the settings leave out."""
    store: Store
    compare: Compare
    """Says how the repository differs from the memory."""
    refreshed: SourceRefresh
    """What was done so that the source is up to date."""

    @property
    def settings(self) -> Settings:
        """What is set."""
        return self.load_settings()


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
    if store is not None and store.is_scanned():
        # Not the root that was scanned last: that may be another worktree's.
        root = find_root(path).path
        load_settings = _settings_loader(root, overrides)
        ignore = load_settings().ignore if may_be_configured(root) else ()
        refreshed = refresh_source(store, path, ignore)
    else:
        if store is not None:
            store.close()
        snapshot = open_snapshot(path)
        root = snapshot.root
        load_settings = _settings_loader(root, overrides)
        ignore = load_settings().ignore
        store = _scan(state_dir(path, create=True), snapshot, load_settings(), progress)
        refreshed = SourceRefresh()
    _log.debug("the memory of %s is %s", root, store.path)
    compare = comparison_with(path, ignore)
    return OpenedMemory(root, load_settings, ignore, store, compare, refreshed)


def _settings_loader(root: Path, overrides: Mapping[str, object]) -> Callable[[], Settings]:
    """What loads the settings, once; at once where an option sets any, which may be wrong.

    Raises ConfigError.
    """

    @cache
    def load() -> Settings:
        from repo_mhm import config

        return config.load(root, overrides)

    if any(value is not None for value in overrides.values()):
        load()
    return load


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
        if store.is_scanned():
            return store
        store.close()
        time.sleep(POLL_SECONDS)
