"""Make ready to ask: open the memory of a repository, or read its source into a new one, while a model is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from repo_mhm import config
from repo_mhm.git import open_snapshot, state_dir
from repo_mhm.store import Store, find_store, open_store, writer_lock

if TYPE_CHECKING:
    from repo_mhm.commands.freshness import Freshness
    from repo_mhm.config import Settings

Handle = TypeVar("Handle")
LOCK_SECONDS = 60.0
"""How long to wait for an index that is just scanning the repository for the first time."""


@dataclass(frozen=True, slots=True)
class Ready(Generic[Handle]):
    """What `ask` works on; `compare` says how the repository stands against the memory."""

    settings: Settings
    store: Store
    engine: Handle
    compare: Callable[[], Freshness | None]


def open_memory(path: Path, overrides: Mapping[str, object], start: Callable[[Settings], Handle]) -> Ready[Handle]:
    """Open the memory of the repository around `path`; `start` gets the settings as soon as they are known.

    Where there is no memory yet the source is scanned into one, without a model. Raises RepositoryError when there
    is nothing to read, ConfigError when a setting is wrong, StoreLocked when another process is at it for too long.
    """
    directory = state_dir(path)
    store = find_store(directory)
    if store is not None and store.chunk_count():
        root = Path(store.meta("root"))
        settings = config.load(root, overrides)
        return Ready(settings, store, start(settings), lambda: _compare(directory, path, settings))
    if store is not None:
        store.close()
    snapshot = open_snapshot(path)
    settings = config.load(snapshot.root, overrides)
    engine = start(settings)
    from repo_mhm.commands.refresh import refresh

    directory = state_dir(path, create=True)
    with writer_lock(directory, wait_seconds=LOCK_SECONDS):
        store = open_store(directory)
        refresh(store, snapshot, heads=settings.heads, selector=settings.selector, ignore=settings.ignore)
    return Ready(settings, store, engine, lambda: None)


def _compare(directory: Path, path: Path, settings: Settings) -> Freshness | None:
    from repo_mhm.commands.freshness import compare

    return compare(directory, path, settings.ignore)
