"""Replies of tools: entries of text, cut to a budget of tokens at whole entries. Pure.

A reply says how many entries there are and how to get the others: nothing is cut in silence. Text
of a repository stands in it as data: on lines that the tool begins, never as a heading of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from repo_mhm.formatting import safe
from repo_mhm.source.token_estimates import estimate_tokens

_FOOT_TOKENS = 40
"""What the line about further entries takes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a reply: its lines of text, and the same as plain values."""

    text: str
    value: dict[str, object]


@dataclass(frozen=True, slots=True)
class Page:
    """The entries of a reply that fit its budget."""

    text: str
    entries: tuple[dict[str, object], ...]
    total: int
    """All entries, those on other pages included."""
    next_cursor: str | None
    """Where the next page begins; None on the last."""


def page(
    heading: str, entries: Sequence[Entry], *, max_tokens: int, start: int = 0, total: int = 0
) -> Page:
    """The entries from `start` on that take at most about `max_tokens` tokens, one at least.

    `total` is the number of entries where `entries` are not all of them.
    """
    total = max(total, len(entries))
    left = max_tokens - _tokens(heading) - _FOOT_TOKENS
    shown: list[Entry] = []
    for entry in entries[start:]:
        left -= _tokens(entry.text)
        if shown and left < 0:
            break
        shown.append(entry)

    end = start + len(shown)
    has_more = end < total
    lines = [safe(heading), *(safe(entry.text) for entry in shown)]
    if has_more:
        rest = f'cursor="{end}"' if end < len(entries) else "a larger limit"
        lines.append(f"({start + 1}-{end} of {total}; the next with {rest})")
    values = tuple(entry.value for entry in shown)
    return Page("\n".join(filter(None, lines)), values, total, str(end) if has_more else None)


def _tokens(text: str) -> int:
    return estimate_tokens(text.encode("utf-8", "replace"))


def start_of(cursor: str) -> int:
    """The position that a cursor stands for; ValueError for what is none."""
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 9):
        raise ValueError(f"{cursor[:40]!r} is no cursor: give the one of the last reply, or none")
    return int(cursor)
