"""The only owner of git (through GitPython): snapshots of commits, working trees and plain folders.

Knows nothing about languages, chunks or the memory. Everything in a repository is hostile: git is only ever asked to
read, through plumbing (see `plumbing`), and symlinks are never followed (see `reader`).
"""

from __future__ import annotations

from pathlib import Path

from repo_mhm.errors import RepositoryError
from repo_mhm.git.commit import commit_snapshot, head_of, resolve
from repo_mhm.git.files import File, LeftOut, printable, raw_path, shown
from repo_mhm.git.folder import folder_snapshot
from repo_mhm.git.locations import git_dirs, locate, state_dir
from repo_mhm.git.reader import Kind, Reader
from repo_mhm.git.snapshot import Snapshot
from repo_mhm.git.worktree import worktree_snapshot

__all__ = [
    "File",
    "Kind",
    "LeftOut",
    "Reader",
    "Snapshot",
    "git_dirs",
    "open_snapshot",
    "printable",
    "raw_path",
    "state_dir",
]


def open_snapshot(path: Path, commit: str | None = None) -> Snapshot:
    """The snapshot of the repository around `path`: its working tree, or the tree of any revision (`HEAD`, a tag …).

    Always the whole repository, whichever of its folders is named. A bare repository is read at HEAD; a folder
    without git is read as it is; `note` says so. Raises RepositoryError when either cannot be read.
    """
    place = locate(path)
    if place.kind == "folder":
        if commit is not None:
            raise RepositoryError(
                f"{shown(place.root)} is not in a git repository, so it has no {commit!r}",
                hint="Leave the commit out to read the plain folder.",
            )
        return folder_snapshot(place.root)
    if commit is not None:
        return commit_snapshot(place.root, resolve(place.root, commit), "")
    if place.kind == "worktree":
        return worktree_snapshot(place.root)
    if head := head_of(place.root):
        return commit_snapshot(place.root, head, "This is a bare repository, so HEAD is read.")
    reader = Reader(place.root, "commit", "")
    return Snapshot(
        place.root,
        "commit",
        "",
        frozenset(),
        (),
        (),
        "This is a bare repository without commits.",
        reader,
    )
