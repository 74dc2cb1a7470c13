"""File roles: whether a path is a test or documentation. Pure."""

from __future__ import annotations

import re

_TEST_FOLDERS = frozenset({"test", "tests", "testing", "spec", "specs", "__tests__", "testdata"})
_TEST_FILE = re.compile(
    r"(?i:test_.*|tests?\.\w+|.*[_.\-](test|spec)s?\.\w+|conftest\.py)$"
    r"|.*[a-z0-9](Tests?\.\w+|Spec\.(?!java$)\w+)$"
)
"""A name in Java that ends in `Spec` is no test's: `FieldSpec.java` specifies a field."""
_DOCUMENT = re.compile(r"\.(md|rst|adoc|markdown)$|(^|/)docs?/[^/]*\.txt$", re.IGNORECASE)
_HISTORY = re.compile(r"(^|/)[^/]*(change|history|news|release|changelog)[^/]*(/|$)", re.IGNORECASE)


def is_test(path: str) -> bool:
    """Whether a path is that of a test, by its folders or its file's name."""
    *folders, name = path.split("/")
    return bool(_TEST_FOLDERS.intersection(map(str.lower, folders)) or _TEST_FILE.match(name))


def is_documentation(path: str) -> bool:
    """Whether a file documents how things are now, which a history of changes does not."""
    return bool(_DOCUMENT.search(path)) and not _HISTORY.search(path)


def is_history(path: str) -> bool:
    """Whether a file tells what changed when: nothing in it says how things are now."""
    return bool(_DOCUMENT.search(path) and _HISTORY.search(path))
