"""The map of a repository: bring its memory up to date, and make the page from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm import config
from repo_mhm.git import find_root, open_snapshot, state_dir
from repo_mhm.memory.refresh import FileProgress, no_progress, refresh
from repo_mhm.memory.source_update import source_change
from repo_mhm.store import Store, find_store, open_store, writer_lock

if TYPE_CHECKING:
    from repo_mhm.pages.map_lookup import Activity
    from repo_mhm.pages.map_page import MapPage

LOCK_SECONDS = 60.0
"""How long to wait for an index that is running, where the memory is not up to date."""


@dataclass(frozen=True, slots=True)
class CurrentStore:
    """A memory whose source is that of the working tree."""

    root: Path
    commit: str
    store: Store


@contextmanager
def open_current(path: Path, progress: FileProgress = no_progress) -> Iterator[CurrentStore]:
    """Open the memory of the repository around `path` once all of its source is up to date.

    Unlike a question, a page waits for that: it is kept. Raises RepositoryError, ConfigError,
    StoreError, and StoreLocked when another process has been writing for LOCK_SECONDS.
    """
    root = find_root(path).path
    settings = config.load(root)
    snapshot = open_snapshot(path)
    store = find_store(state_dir(path))
    if store is not None:
        with store:
            # Without what the overview found of files, an older version has written it.
            is_known = store.is_scanned() and store.has_file_overviews()
            if is_known and not source_change(store, path, settings.ignore):
                yield CurrentStore(root, snapshot.commit, store)
                return

    directory = state_dir(path, create=True)
    with writer_lock(directory, wait_seconds=LOCK_SECONDS), open_store(directory) as store:
        refresh(
            store,
            snapshot,
            heads=settings.heads,
            head_tokens=settings.head_tokens,
            selector=settings.selector,
            ignore=settings.ignore,
            progress=progress,
        )
    with open_store(directory) as store:
        yield CurrentStore(root, snapshot.commit, store)


def make_map(
    path: Path,
    progress: FileProgress = no_progress,
    activity: Activity | None = None,
    within: Sequence[str] = (),
) -> MapPage:
    """The map of the repository around `path`, or of the files and folders `within` it.

    Raises what `open_current` raises, and UsageError for a name that means no file.

    `progress` is called after each file that is scanned, `activity` with what comes after that.
    """
    from repo_mhm.commands.question_files import find_scope
    from repo_mhm.pages.map_lookup import map_page, no_activity

    with open_current(path, progress) as current:
        store = current.store
        scope = find_scope(store, path, within)
        return map_page(store, current.root, current.commit, activity or no_activity, scope)
