"""The process that refreshes a store while or after a question is answered; needs no model.

It runs at low priority and ends by itself. What goes wrong is appended to the log beside the store.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from repo_mhm.commands.watch import NICENESS
from repo_mhm.commands.workspace import open_workspace
from repo_mhm.errors import RepoMhmError, UnsafeState
from repo_mhm.git import state_dir
from repo_mhm.memory.refresh import refresh
from repo_mhm.store import open_store, queued_brief_lock
from repo_mhm.store.cleanup import append_to_log

WAIT_SECONDS = 60.0
"""How long it waits for another process that writes; an index takes longer, and refreshes too."""


def refresh_in_background(path: Path) -> None:
    """Refresh the store of the repository around `path`, once no other process writes it.

    Does nothing where another process already waits to do the same.
    """
    os.nice(max(0, NICENESS - os.nice(0)))
    directory = state_dir(path)
    with queued_brief_lock(directory, wait_seconds=WAIT_SECONDS) as has_lock:
        if not has_lock:
            return
        # Only now: while it waited the repository may have changed again.
        workspace = open_workspace(path)
        settings = workspace.settings
        with open_store(directory) as store:
            refresh(
                store,
                workspace.snapshot,
                heads=settings.heads,
                head_tokens=settings.head_tokens,
                selector=settings.selector,
                ignore=settings.ignore,
            )


def main() -> None:
    """Refresh the repository that the command line names."""
    path = Path(sys.argv[1])
    try:
        refresh_in_background(path)
    except UnsafeState:
        sys.exit(1)  # the log is in the same folder
    except RepoMhmError as exc:
        append_to_log(state_dir(path), f"the source could not be refreshed: {exc.message}")
        sys.exit(1)


if __name__ == "__main__":
    main()
