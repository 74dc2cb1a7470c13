"""The `.repo-mhm-ignore` of a snapshot: which of its files its owners leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repo_mhm.errors import ConfigError
from repo_mhm.source.exclusions import LARGEST_BYTES
from repo_mhm.source.ignore_patterns import MOST_PATTERNS, pattern_lines

if TYPE_CHECKING:
    from repo_mhm.git import Snapshot

IGNORE_FILE = ".repo-mhm-ignore"
"""Patterns of files to leave out, in gitignore syntax, at the root."""


def own_ignore_rules(snapshot: Snapshot) -> list[str]:
    """The gitignore patterns of the snapshot's own `.repo-mhm-ignore`; none where it has none.

    Raises ConfigError where it has more than MOST_PATTERNS: to heed a part of them would read what
    its owners leave out.
    """
    ignore_file = next((file for file in snapshot.files if file.path == IGNORE_FILE), None)
    if ignore_file is None:
        return []

    # The size comes first, so that no endless file is read.
    if ignore_file.size <= LARGEST_BYTES:
        patterns = pattern_lines(snapshot.read(ignore_file).decode("utf-8", "replace"))
        if len(patterns) <= MOST_PATTERNS:
            return patterns
    raise ConfigError(
        f"{snapshot.root / IGNORE_FILE} has more than {MOST_PATTERNS:,} patterns",
        hint="Name folders instead of files in it, or remove it.",
    )
