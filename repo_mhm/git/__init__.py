"""Git: snapshots of commits, working trees and plain folders; diffs; hooks.

Knows nothing about languages, chunks or the memory. Everything in a repository is hostile: git is
asked only to read, in ways that run nothing (see `plumbing`), and symlinks are never followed (see
`reader`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from repo_mhm.errors import RepositoryError
from repo_mhm.git import early_listing
from repo_mhm.git.commit import commit_snapshot, head_commit, resolve_commit
from repo_mhm.git.commit_log import CommitLog, LoggedCommit, is_ancestor, read_commit_log
from repo_mhm.git.files import File, LeftOut, printable, printable_path, raw_path
from repo_mhm.git.folder import folder_snapshot
from repo_mhm.git.reader import Kind, Reader
from repo_mhm.git.roots import find_root, git_dirs, state_dir
from repo_mhm.git.snapshot import Snapshot
from repo_mhm.git.worktree import (
    Listing,
    changed_worktree,
    files_again,
    list_worktree,
    worktree_snapshot,
)

__all__ = [
    "CommitLog",
    "File",
    "Kind",
    "LeftOut",
    "Listing",
    "LoggedCommit",
    "Reader",
    "Snapshot",
    "files_again",
    "find_root",
    "git_dirs",
    "is_ancestor",
    "listing_of",
    "open_changes",
    "open_snapshot",
    "printable",
    "raw_path",
    "read_commit_log",
    "state_dir",
]


def open_snapshot(path: Path, commit: str | None = None) -> Snapshot:
    """The snapshot of the repository around `path`: its working tree, or the tree of a revision.

    Always of the whole repository, whichever of its folders `path` is. A bare repository is read at
    HEAD, a folder without git as it is; the snapshot's `note` says so. `commit` is any revision
    (`HEAD`, a tag …). Raises RepositoryError when path or revision cannot be read.
    """
    root = find_root(path)
    if root.kind == "folder":
        if commit is not None:
            raise RepositoryError(
                f"{printable_path(root.path)} is not in a git repository, so it has no {commit!r}",
                hint="Leave the commit out to read the plain folder.",
            )
        return folder_snapshot(root.path)

    if commit is not None:
        return commit_snapshot(root.path, resolve_commit(root.path, commit), "")
    if root.kind == "worktree":
        return worktree_snapshot(root.path)
    return _bare_snapshot(root.path)


def listing_of(path: Path) -> Listing | None:
    """What git lists of the working tree around `path`; None where there is none.

    Raises RepositoryError when the repository cannot be read.
    """
    root = find_root(path)
    if root.kind != "worktree":
        return None
    return early_listing.take(root.path) or list_worktree(root.path)


def open_changes(
    path: Path, blobs: Mapping[str, str], listing: Listing | None = None
) -> tuple[Snapshot, frozenset[str]]:
    """The snapshot around `path` with the files that may have changed, and the paths of the others.

    `blobs` has the blob ids of the files that are known, by path. Of a working tree only the files
    come that git does not know to be the same; otherwise all come. Much faster than `open_snapshot`
    for a large working tree. `listing` is that of the path where the caller has it already. Raises
    RepositoryError when the repository cannot be read.
    """
    listing = listing or listing_of(path)
    if listing is not None:
        return changed_worktree(listing, blobs)
    return open_snapshot(path), frozenset()


def _bare_snapshot(root: Path) -> Snapshot:
    if head := head_commit(root):
        return commit_snapshot(root, head, "This is a bare repository, so HEAD is read.")
    return Snapshot(
        root,
        "commit",
        commit="",
        dirty=frozenset(),
        files=(),
        left_out=(),
        note="This is a bare repository without commits.",
        reader=Reader(root, "commit", ""),
    )
