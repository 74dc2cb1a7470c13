r"""Branches: the text of one branch of each `#if`, or of one side of a merge conflict.

A grammar sees all branches at once. Where two of them open the same block, `if (a) {` and
`if (b) {`, the braces do not match, and the class around is lost. `branch_texts` gives the file
with only the first branch of each group, and with only the last one. The rest, and the lines of the
directives, are blanked: offsets and lines stay. Pure.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

_DIRECTIVE = re.compile(
    rb"^[ \t]*[#`][ \t]*(if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b"
    rb"(?:[^\\\n]|\\\r?\n|\\[^\n])*",
    re.MULTILINE,
)
"""Verilog's begin with a back-tick."""
_CONFLICT = re.compile(rb"^(<{7}|\|{7}|={7}|>{7})(?: [^\n]*)?\r?$", re.MULTILINE)
_NEVER = re.compile(rb"[ \t]*#[ \t]*if[ \t]+(?:0|false|FALSE)\b")
_NOT_SPACE = re.compile(rb"[^\s]")
_KIND_BY_MARK = {b"<<<<<<<": "begin", b"|||||||": "next", b"=======": "next", b">>>>>>>": "end"}


class _Mark(NamedTuple):
    """A line that begins a group of branches, begins its next branch, or ends it."""

    kind: str
    start: int
    end: int
    is_never: bool = False
    """Whether the branch behind it is never taken: `#if 0`."""


class BranchText(NamedTuple):
    """A file with one branch of each group."""

    data: bytes
    blanked: tuple[tuple[int, int], ...]
    """Spans of bytes of the branches that it leaves out."""


def branch_texts(data: bytes, *, has_directives: bool) -> tuple[BranchText, BranchText] | None:
    """The file with the first and with the last branches; None where it has none.

    `has_directives` says whether `#if` is a directive in its language; merge conflicts are looked
    for in all.
    """
    marks = _marks(data, has_directives)
    if not marks:
        return None
    first, last = _left_out_spans(marks)
    return _with_blanks(data, marks, first), _with_blanks(data, marks, last)


def _marks(data: bytes, has_directives: bool) -> list[_Mark]:
    marks: list[_Mark] = []
    if has_directives:
        for match in _DIRECTIVE.finditer(data):
            word = match[1]
            kind = "begin" if word.startswith(b"if") else "end" if word == b"endif" else "next"
            marks.append(_Mark(kind, match.start(), match.end(), bool(_NEVER.match(match[0]))))
    if b"<<<<<<< " in data and b">>>>>>> " in data:
        conflicts = _CONFLICT.finditer(data)
        marks += [_Mark(_KIND_BY_MARK[match[1]], *match.span()) for match in conflicts]
        marks.sort(key=lambda mark: mark.start)
    return marks


Spans = list[tuple[int, int]]


def _left_out_spans(marks: list[_Mark]) -> tuple[Spans, Spans]:
    """What the first branches leave out, and what the last ones do."""
    without_first: Spans = []
    without_last: Spans = []
    open_groups: list[list[_Mark]] = []
    for mark in marks:
        if mark.kind == "begin":
            open_groups.append([mark])
        elif open_groups:
            open_groups[-1].append(mark)
        if mark.kind == "end" and open_groups:
            group = open_groups.pop()
            branches = [(mark.end, next_mark.start) for mark, next_mark in pairwise(group)]
            if len(branches) == 1:
                # A branch without another one stays, unless it is never taken.
                never = branches if group[0].is_never else []
                without_first += never
                without_last += never
                continue
            first = 1 if group[0].is_never else 0
            without_first += [span for number, span in enumerate(branches) if number != first]
            without_last += branches[:-1]
    return without_first, without_last


def _with_blanks(data: bytes, marks: list[_Mark], left_out: Spans) -> BranchText:
    text = bytearray(data)
    for start, end in [*left_out, *((mark.start, mark.end) for mark in marks)]:
        text[start:end] = _NOT_SPACE.sub(b" ", data[start:end])
    return BranchText(bytes(text), tuple(left_out))
