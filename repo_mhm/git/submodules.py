"""Submodules: their files, at the commits that are recorded, where the settings want them.

Each is read from its own objects: what lies in its folder counts once its commit is recorded. One
that is not checked out, or whose commit is not here, is left out. Nothing is fetched.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from repo_mhm.config_files import may_be_configured
from repo_mhm.errors import RepositoryError
from repo_mhm.git.files import File, LeftOut, printable
from repo_mhm.git.reader import Reader
from repo_mhm.git.snapshot import Snapshot

NOT_CHECKED_OUT = "submodule that is not checked out"
OpenCommit = Callable[[Path, str], Snapshot]
"""Opens the snapshot of a commit; submodules within submodules are left out."""


def with_submodules(
    snapshot: Snapshot, commit_by_folder: Mapping[bytes, str], open_commit: OpenCommit
) -> Snapshot:
    """The snapshot with the files of its submodules, where the settings want them.

    `commit_by_folder` has the recorded commit of each, by its path as git knows it. Raises
    ConfigError for settings that cannot be read.
    """
    if not commit_by_folder or not _are_wanted(snapshot.root):
        return snapshot
    files, left_out = list(snapshot.files), []
    parts: dict[bytes, Reader] = {}
    for folder, commit in commit_by_folder.items():
        inner = _open(snapshot.root, folder, commit, open_commit)
        if inner is None:
            left_out.append(LeftOut(printable(folder), NOT_CHECKED_OUT))
            continue
        parts[folder + b"/"] = inner.reader
        files += [_within(file, folder) for file in inner.files]
        left_out += [
            replace(item, path=f"{printable(folder)}/{item.path}") for item in inner.left_out
        ]
    folders = {printable(folder) for folder in commit_by_folder}
    left_out += [item for item in snapshot.left_out if item.path not in folders]
    return replace(
        snapshot,
        files=tuple(sorted(files, key=lambda file: file.path)),
        left_out=tuple(sorted(left_out, key=lambda item: item.path)),
        reader=snapshot.reader.with_parts(parts),
    )


def _are_wanted(root: Path) -> bool:
    if not may_be_configured(root):
        return False
    from repo_mhm import config

    return config.load(root).submodules


def _open(root: Path, folder: bytes, commit: str, open_commit: OpenCommit) -> Snapshot | None:
    """The snapshot of a submodule; None where it is not here. Links are not followed."""
    place = Path(os.path.realpath(root)) / os.fsdecode(folder)
    # Without a `.git` of its own, git would find the repository around it.
    if Path(os.path.realpath(place)) != place or not os.path.lexists(place / ".git"):
        return None
    try:
        return open_commit(place, commit)
    except RepositoryError:
        return None


def _within(file: File, folder: bytes) -> File:
    return replace(file, path=f"{printable(folder)}/{file.path}", raw=folder + b"/" + file.raw)
