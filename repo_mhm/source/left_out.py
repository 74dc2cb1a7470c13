"""Left out: which files of a repository are not read, and why. Pure.

Joins what owners say (patterns), what folders show (`vendored`) and what a file's name and size say
(`exclusions`). Its content may give a further reason, once it is read.
"""

from __future__ import annotations

from collections.abc import Iterable

from repo_mhm.source.exclusions import exclusion_by_path
from repo_mhm.source.git_attributes import ATTRIBUTES_FILE
from repo_mhm.source.ignore_file import IGNORE_FILE
from repo_mhm.source.ignore_patterns import IgnorePatterns, IgnoreRules
from repo_mhm.source.vendored import vendored_folders, vendored_reason

WANTED = "wanted"
"""Instead of a reason: its owners want the file read, whatever it looks like."""


class LeftOutFiles:
    """The decisions for one repository: `rules` are its owners', `paths` all its files."""

    def __init__(self, rules: IgnoreRules, paths: Iterable[str]):
        self._patterns = IgnorePatterns.of_lines(rules.patterns)
        self._attributes = IgnorePatterns.of_lines(rules.attributes)
        self._vendored = vendored_folders(paths)

    def reason(self, path: str, size: int) -> str:
        """Why a file is left out unread; empty: its content decides; WANTED: it is read."""
        if self._patterns.is_ignored(path):
            return IGNORE_FILE
        verdict = self._patterns.nearest_verdict(path)
        if verdict is None:
            verdict = self._attributes.nearest_verdict(path)
        if verdict:
            return ATTRIBUTES_FILE
        by_path = exclusion_by_path(path, size) or ""
        if verdict is False:
            return by_path if by_path.startswith("larger") else WANTED
        return by_path or vendored_reason(path, self._vendored)
