"""Watch: keep the memory current while the repository changes, at low priority."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from repo_mhm.commands.workspace import choose_model, open_workspace
from repo_mhm.git import git_dirs, state_dir
from repo_mhm.memory.indexing import Event, IndexOptions, index
from repo_mhm.store import open_store, queued_lock

QUIET_MILLISECONDS = 400
"""How long the repository must be quiet before it is read again: a checkout touches files for a while."""
LONGEST_MILLISECONDS = 5000
"""What never becomes quiet is read again after this all the same."""
NICENESS = 10
_GIT_STATE = ("HEAD", "refs", "packed-refs")
"""What of a git directory tells of commits and checkouts; the rest of it is not watched."""

Changes = Callable[[Path], Iterator[object]]
"""Yields as soon as it listens, then for every quiet moment after something below a folder changed."""


def watch(
    path: Path, overrides: Mapping[str, object], changes: Changes | None = None
) -> Iterator[Event]:
    """Index now and after every change, until closed; yields what each index yields.

    Raises as opening a workspace does.
    """
    root = open_workspace(path, overrides).snapshot.root
    # It listens before the first index: what changes while that reads is seen by the next.
    for _ in (changes or changes_below)(root):
        yield from refresh_once(path, overrides)


def refresh_once(path: Path, overrides: Mapping[str, object]) -> Iterator[Event]:
    """Index at low priority, after any index that is running; nothing where another process waits to do the same."""
    os.nice(max(0, NICENESS - os.nice(0)))
    with queued_lock(state_dir(path, create=True)) as mine:
        if not mine:
            return
        # Only now: while it waited the repository may have changed again.
        workspace = open_workspace(path, overrides)
        model = choose_model(workspace.settings)
        with open_store(workspace.directory) as store:
            yield from index(
                store, workspace.snapshot, model.open, model.id, IndexOptions.of(workspace.settings)
            )


def changes_below(root: Path) -> Iterator[object]:
    """File system events below `root`, gathered until it is quiet; of git's own files only what moves HEAD."""
    from watchfiles import watch as events

    root, dirs = root.resolve(), git_dirs(root)

    def relevant(_: object, changed: str) -> bool:
        path = Path(changed)
        home = next((one for one in dirs if path.is_relative_to(one)), None)
        parts = path.relative_to(home or root).parts
        if home is None and ".git" not in parts:
            return True
        inside = parts if home else parts[parts.index(".git") + 1 :]
        return bool(inside) and inside[0] in _GIT_STATE and not inside[-1].endswith(".lock")

    listening = False
    for found in events(
        root,
        *(home for home in dirs if not home.is_relative_to(root)),
        watch_filter=relevant,
        debounce=LONGEST_MILLISECONDS,
        step=QUIET_MILLISECONDS,
        rust_timeout=QUIET_MILLISECONDS,
        yield_on_timeout=True,
        raise_interrupt=True,
    ):
        if found or not listening:
            listening = True
            yield found
