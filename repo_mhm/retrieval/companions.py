"""Which files test a module, and which modules a test file tests, by names alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from repo_mhm.source.file_roles import is_test

_TEST_MARK = re.compile(r"^tests?_|[_.\-](?:test|spec)s?$")
_VAGUE_NAMES = frozenset({"init", "main", "index", "conftest"})


def companions(path: str, paths: Iterable[str]) -> list[str]:
    """The files of `paths` that test the module `path`, or that the test `path` tests.

    Those that share most folders with it come first.
    """
    name = subject(path)
    if not name:
        return []

    suffix = path.rpartition(".")[2]
    matches = [
        other
        for other in paths
        if name in other
        and other.endswith(suffix)
        and subject(other) == name
        and is_test(other) != is_test(path)
    ]
    folders = set(path.split("/")[:-1])
    return sorted(matches, key=lambda other: (-len(folders.intersection(other.split("/"))), other))


def subject(path: str) -> str:
    """A file's name without suffix and marks of a test; empty for names that say too little."""
    stem = path.rpartition("/")[2].rpartition(".")[0]
    name = _TEST_MARK.sub("", stem).strip("_")
    return "" if name in _VAGUE_NAMES else name
