"""Declarations: where code declares a name, and the type or the expression that it gives it. Pure.

The patterns of a language have `{name}` in the place of the name. Compiling them for every name
would take longer than searching, so each is split there: what comes before must end, and what comes
after must begin, at an occurrence of the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from repo_mhm.source.code_tokens import word_starts

_MOST_BEFORE = 200
"""Characters before a name that belong to its declaration."""

Span = tuple[int, int]


class Declaration(NamedTuple):
    """One declaration of a name; offsets count the characters of the file."""

    start: int
    """Where the name stands."""
    type: Span | None
    """The declared type."""
    value: Span | None
    """The expression that it is set to."""
    begin: int
    """Where the pattern began."""


def declarations(
    code: str, patterns: Iterable[str], name: str, begin: int, end: int
) -> list[Declaration]:
    """Where the code between two offsets declares a name, in its order."""
    split_patterns = [_split(pattern) for pattern in patterns]
    places: list[Declaration] = []

    for start in word_starts(code, name, begin, end):
        window = max(begin, start - _MOST_BEFORE)
        for before, after in split_patterns:
            following = after.match(code, start + len(name), end)
            if following is None:
                continue
            preceding = before.search(code, window, start)
            if preceding is not None:
                places.append(_declaration(start, preceding, following))
    return places


def _declaration(start: int, before: re.Match[str], after: re.Match[str]) -> Declaration:
    spans: dict[str, Span] = {}
    for match in (before, after):
        for group in match.re.groupindex:
            if match.start(group) >= 0:
                spans[group] = match.span(group)
    return Declaration(start, spans.get("type"), spans.get("value"), before.start())


@lru_cache(maxsize=None)
def _split(pattern: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    before, _, after = pattern.partition("{name}")
    # What ends there sees nothing of the name, and the name is a whole word anyway.
    before = before.removesuffix(r"\b")
    if not before.startswith("^"):
        # A word must not begin in the middle of another.
        after = rf"(?![\w$]){after}"
    return re.compile(rf"(?:{before})\Z", re.MULTILINE), re.compile(after, re.MULTILINE)
