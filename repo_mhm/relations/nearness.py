"""Which of many files lie nearest to some others. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from repo_mhm.source.repository_paths import ancestors


def folders_around(paths: Iterable[str]) -> frozenset[str]:
    """The folders that files lie in, at any depth."""
    return frozenset(folder for path in paths for folder in ancestors(path))


def distance(path: str, folders: Collection[str]) -> tuple[int, int]:
    """How many folders of a file, from the innermost, are none of these; then how few others are.

    Of files as far away, that with more folders in common comes first.
    """
    own = ancestors(path)
    apart = next((number for number, folder in enumerate(own) if folder in folders), len(own))
    return apart, apart - len(own)
