"""The `.repo-mhm-ignore` of a snapshot: which of its files its owners leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repo_mhm.git import Snapshot

IGNORE_FILE = ".repo-mhm-ignore"
"""Patterns of files to leave out, in gitignore syntax, at the root."""


def own_ignore_rules(snapshot: Snapshot) -> list[str]:
    """The gitignore patterns of the snapshot's own `.repo-mhm-ignore`; none where it has none."""
    ignore_file = next((file for file in snapshot.files if file.path == IGNORE_FILE), None)
    if ignore_file is None:
        return []
    return snapshot.read(ignore_file).decode("utf-8", "replace").splitlines()
