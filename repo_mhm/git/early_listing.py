"""A listing of the working tree that git begins while the rest of a command is still imported.

Git looks at every file, in processes of its own: in a large repository that takes as long as to
load a command and to open its memory. A command that will need the listing begins it first; the
first `take` has it, later ones list anew, and so does one that comes much later.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

from repo_mhm.errors import RepositoryError
from repo_mhm.git.roots import find_root
from repo_mhm.git.worktree import Listing, list_worktree

MOST_AGE = 10.0
"""Seconds for which a listing is taken for the state of the tree; loading a command takes less, a
first scan that comes between takes more."""


class _EarlyListing:
    """A listing that a thread makes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listing: Listing | None = None
        self._ended = 0.0
        # A daemon, since an interrupt must not wait for it.
        self._thread = threading.Thread(target=self._list, daemon=True)
        self._thread.start()

    def _list(self) -> None:
        try:
            root = find_root(self._folder)
            if root.kind == "worktree":
                self._listing = list_worktree(root.path)
        except RepositoryError:
            pass  # whoever needs the listing lists again, and says why that fails
        self._ended = time.monotonic()

    def wait(self) -> Listing | None:
        """The listing, once it is made; None where there is none, or only an old one."""
        self._thread.join()
        return self._listing if time.monotonic() - self._ended <= MOST_AGE else None


_begun: list[_EarlyListing] = []


def begin(folder: Path) -> None:
    """Begin to list the working tree around a folder, unless a listing was begun already."""
    if _begun:
        return
    _begun.append(_EarlyListing(folder))


def take(root: Path) -> Listing | None:
    """The listing that was begun, if it is of the working tree at `root`; it is given once."""
    listing = _begun.pop().wait() if _begun else None
    return listing if listing is not None and listing.root == root else None
