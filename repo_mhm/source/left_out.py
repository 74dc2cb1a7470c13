"""Left out: which files of a repository are not read, and why. Pure.

Joins what owners say (patterns), what folders show (`vendored`) and what a file's name and size say
(`exclusions`). Its content may give a further reason, once it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from repo_mhm.source.exclusions import exclusion_by_path
from repo_mhm.source.git_attributes import ATTRIBUTES_FILE
from repo_mhm.source.ignore_file import IGNORE_FILE
from repo_mhm.source.ignore_patterns import IgnorePatterns
from repo_mhm.source.vendored import vendored_folders, vendored_reason

WANTED = "wanted"
"""Instead of a reason: its owners want the file read, whatever it looks like."""


class LeftOutFiles:
    """The decisions for one repository: `rules` are its owners' patterns, `paths` all its files."""

    def __init__(self, rules: Sequence[str], attributes: Sequence[str], paths: Iterable[str]):
        self._patterns = IgnorePatterns.of_lines(rules)
        self._attributes = IgnorePatterns.of_lines(attributes)
        self._vendored = vendored_folders(paths)

    def reason(self, path: str, size: int) -> str:
        """Why a file is left out unread; empty: its content decides; WANTED: it is read."""
        verdict = self._patterns.whole_verdict(path) if self._patterns.patterns else None
        if verdict:
            return ATTRIBUTES_FILE if self._attributes.whole_verdict(path) else IGNORE_FILE
        by_path = exclusion_by_path(path, size) or ""
        if verdict is False:
            return by_path if by_path.startswith("larger") else WANTED
        return by_path or vendored_reason(path, self._vendored)
