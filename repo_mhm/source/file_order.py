"""File order: the order in which the files of a repository are read and listed. Pure."""

from __future__ import annotations

import re

_FIRST_FILES = re.compile(
    r"(readme|pyproject\.toml|setup\.(py|cfg)|package\.json|cargo\.toml|go\.mod|pom\.xml"
    r"|build\.gradle|gemfile|composer\.json|mix\.exs|.*\.gemspec)(\.\w+)*$",
    re.IGNORECASE,
)
"""README and packaging metadata: what says most about a repository when it lies at the root."""


def file_order(path: str) -> tuple[int, tuple[str, ...], str]:
    """Sort key of a path: the root's README and metadata first, then by folder, then by name.

    The first item is 0 for the files that come first and 1 for all others.
    """
    *folders, name = path.split("/")
    comes_first = not folders and _FIRST_FILES.match(name) is not None
    return (0 if comes_first else 1), tuple(folders), name
