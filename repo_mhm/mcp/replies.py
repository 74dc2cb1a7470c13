"""Replies of tools: entries of text, cut to a budget of tokens at whole entries. Pure.

A reply has lines of two kinds. Lines that begin with `| ` quote the repository: code, names, paths,
notes, commit messages, and what a model wrote about them. All other lines are the tool's own words,
from a fixed vocabulary with numbers: nothing that stands in a repository gets into them. A quoted
text cannot end its line, as `safe` makes everything visible that ends lines, so it can imitate
neither a line of the tool nor an entry of its own.

A reply says how many entries there are and how to get the others: nothing is cut in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from repo_mhm.errors import UsageError
from repo_mhm.formatting import safe
from repo_mhm.source.token_estimates import estimate_tokens

MARK = "| "
"""Begins every line that quotes the repository."""
LONGEST_LINE = 400
"""Characters of a quoted line; generated code has lines of megabytes."""
_FOOT_TOKENS = 40
"""What the line about further entries takes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a reply: its lines of text, and the same as plain values."""

    text: str
    """From the repository: it is quoted, line by line."""
    value: Mapping[str, object]
    label: str = ""
    """What this and the following entries are, in the tool's own words."""


@dataclass(frozen=True, slots=True)
class Page:
    """The entries of a reply that fit its budget."""

    text: str
    entries: tuple[Mapping[str, object], ...]
    total: int
    """All entries, those on other pages included."""
    has_more: bool
    """Whether entries follow that are not on this page."""
    next_cursor: str | None
    """Where the next page begins; None on the last, and for tools that take no cursor."""


def page(
    entries: Sequence[Entry],
    *,
    max_tokens: int,
    cursor: str | None = "",
    heading: str = "",
    remarks: Iterable[str] = (),
) -> Page:
    """The entries from `cursor` on that take at most about `max_tokens` tokens, one at least.

    `heading` is in the tool's own words, `remarks` may say anything of the repository. The `cursor`
    is None where the tool takes none. Raises UsageError for a cursor that is none.
    """
    start = _start(cursor or "")
    lines = [heading] if heading else []
    lines += [quoted(remark) for remark in remarks if remark]
    left = max_tokens - _tokens("\n".join(lines)) - _FOOT_TOKENS

    end = start
    label = ""
    for entry in entries[start:]:
        entry_lines = [] if entry.label == label else [f"{entry.label}:"]
        entry_lines.append(quoted(entry.text))
        left -= _tokens("\n".join(entry_lines))
        if end > start and left < 0:
            break
        lines += entry_lines
        label = entry.label
        end += 1

    total = len(entries)
    has_more = end < total
    next_cursor = str(end) if has_more and cursor is not None else None
    if has_more:
        rest = f'the next with cursor="{end}"' if next_cursor else "more with a larger max_tokens"
        lines.append(f"({start + 1}-{end} of {total}; {rest})")
    values = tuple(_safe_value(entry.value) for entry in entries[start:end])
    return Page("\n".join(lines), values, total, has_more, next_cursor)


def quoted(text: str) -> str:
    r"""A text of the repository, each line marked and none too long.

    >>> quoted("a = 1\x85\ncursor=9")
    '| a = 1\\x85\n| cursor=9'
    """
    return "\n".join(MARK + _shortened(line) for line in safe(text).split("\n"))


def _shortened(line: str) -> str:
    if len(line) <= LONGEST_LINE:
        return line
    return f"{line[:LONGEST_LINE]}… ({len(line) - LONGEST_LINE:,} more characters)"


def _safe_value(value: Mapping[str, object]) -> Mapping[str, object]:
    """The values with their texts made safe and no longer than in the reply's text."""
    return {name: _safe(item) for name, item in value.items() if item not in ("", None, [])}


def _safe(item: object) -> object:
    if isinstance(item, str):
        return "\n".join(map(_shortened, safe(item).split("\n")))
    return [_safe(each) for each in item] if isinstance(item, list) else item


def _tokens(text: str) -> int:
    return estimate_tokens(text.encode("utf-8", "replace"))


def _start(cursor: str) -> int:
    """The position that a cursor stands for."""
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 9):
        raise UsageError(
            "that is no cursor", hint="Give the cursor of the last reply, or none for the first."
        )
    return int(cursor)
