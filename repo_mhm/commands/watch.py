"""Watch: keep the memory current while the repository changes, at low priority."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from repo_mhm.commands.index import IndexEvent, index
from repo_mhm.commands.workspace import choose_model, open_workspace
from repo_mhm.git import git_dirs, state_dir
from repo_mhm.memory.index_plan import USEFUL, Extent, IndexOptions
from repo_mhm.store import REFRESH_TASK, open_store, queued_lock

QUIET_MILLISECONDS = 400
"""How long the repository must be quiet before it is read again: a checkout takes a while."""
LONGEST_MILLISECONDS = 5000
"""A repository that is never quiet is read again after this time."""
NICENESS = 10
"""The nice value that the process takes, from 0 (a usual process) to 19 (the lowest priority)."""
_WATCHED_IN_GIT = ("HEAD", "refs", "packed-refs")
"""Entries of a git directory that commits and checkouts change; the others are not watched."""

Changes = Callable[[Path], Iterator[object]]
"""Yields as soon as it listens, then for every quiet moment after a change below a folder."""


def watch(
    path: Path,
    overrides: Mapping[str, object],
    changes: Changes | None = None,
    extent: Extent = USEFUL,
) -> Iterator[IndexEvent]:
    """Index now and after every change, until closed; yields the events of each index.

    Raises as opening a workspace does.
    """
    root = open_workspace(path, overrides).root
    # It listens before the first index, so what changes during that one is seen by the next.
    for _ in (changes or changes_below)(root):
        yield from refresh_once(path, overrides, extent)


def refresh_once(
    path: Path, overrides: Mapping[str, object], extent: Extent = USEFUL
) -> Iterator[IndexEvent]:
    """Index at low priority, after any index that is running.

    Does nothing where another process already waits to do the same.
    """
    os.nice(max(0, NICENESS - os.nice(0)))
    with queued_lock(state_dir(path, create=True), task=REFRESH_TASK) as has_lock:
        if not has_lock:
            return
        # Only now: while it waited the repository may have changed again.
        workspace = open_workspace(path, overrides)
        model = choose_model(workspace.settings, "notes")
        options = IndexOptions.of(workspace.settings, extent)
        with open_store(workspace.directory) as store:
            yield from index(store, workspace.snapshot, model.open, model.id, options)


def changes_below(root: Path) -> Iterator[object]:
    """File system events below `root`, gathered until it is quiet.

    Of git's own files only those count that move HEAD.
    """
    from watchfiles import watch as watch_files

    root = root.resolve()
    git_directories = git_dirs(root)
    outside = [directory for directory in git_directories if not directory.is_relative_to(root)]
    batches = watch_files(
        root,
        *outside,
        watch_filter=lambda _, changed: _is_relevant(Path(changed), root, git_directories),
        debounce=LONGEST_MILLISECONDS,
        step=QUIET_MILLISECONDS,
        rust_timeout=QUIET_MILLISECONDS,
        yield_on_timeout=True,
        raise_interrupt=True,
    )
    is_listening = False
    for events in batches:
        if events or not is_listening:
            is_listening = True
            yield events


def _is_relevant(path: Path, root: Path, git_directories: Sequence[Path]) -> bool:
    """Whether a change of `path` may change what is read: all but most of git's own files."""
    git_directory = next((home for home in git_directories if path.is_relative_to(home)), None)
    parts = path.relative_to(git_directory or root).parts
    if git_directory is None:
        if ".git" not in parts:
            return True
        parts = parts[parts.index(".git") + 1 :]
    is_watched = bool(parts) and parts[0] in _WATCHED_IN_GIT
    return is_watched and not parts[-1].endswith(".lock")
