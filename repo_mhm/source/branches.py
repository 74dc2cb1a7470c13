r"""Branches: the text of one branch of each `#if`, or of one side of a merge conflict.

A grammar sees all branches at once. Where two of them open the same block, `if (a) {` and
`if (b) {`, the braces do not match, and the class around is lost. `branch_texts` gives the file
with only the first branch of each group, and then with others, until each branch had its turn. The
rest, and the lines of the directives, are blanked: offsets and lines stay. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
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
_MOST_TEXTS = 4
"""Choices of branches for one file: each is parsed."""
_MOST_DEPTH = 100
"""Groups that are nested deeper are left whole."""
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


def branch_texts(data: bytes, *, has_directives: bool) -> Iterator[BranchText]:
    """The file with the first branches, then with others; nothing where it has none.

    `has_directives` says whether `#if` is a directive in its language; merge conflicts are looked
    for in all.
    """
    marks = _marks(data, has_directives)
    groups = _groups(marks)
    for _ in range(_MOST_TEXTS if groups else 0):
        left_out = list(_left_out(groups))
        yield _with_blanks(data, marks, left_out)
        if all(group.is_shown for group in groups):
            return


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


@dataclass(slots=True)
class _Branch:
    """What stands between two marks of a group."""

    start: int
    end: int
    is_never: bool
    """Whether it is never taken, and so not shown: `#if 0`."""
    groups: list[_Group] = field(default_factory=list)
    """Those inside."""
    is_shown: bool = False
    """Whether a text had it, and all branches inside."""


@dataclass(slots=True)
class _Group:
    """An `#if` with its branches."""

    branches: list[_Branch]

    @property
    def is_shown(self) -> bool:
        """Whether some text had each branch that may be taken."""
        return all(branch.is_shown or branch.is_never for branch in self.branches)

    def chosen(self) -> _Branch | None:
        """The next branch to be shown; the last one where all have been. None: none is taken."""
        taken = [branch for branch in self.branches if not branch.is_never]
        waiting = (branch for branch in taken if not branch.is_shown)
        return next(waiting, taken[-1] if taken else None)


def _groups(marks: Iterable[_Mark]) -> list[_Group]:
    """The outermost groups; one that does not end is none, but those inside are."""
    groups: list[_Group] = []
    open_groups: list[tuple[list[_Mark], list[_Group]]] = []
    for mark in marks:
        if mark.kind == "begin":
            open_groups.append(([mark], []))
        elif open_groups:
            open_groups[-1][0].append(mark)
        if mark.kind == "end" and open_groups:
            own, inner = open_groups.pop()
            if len(open_groups) < _MOST_DEPTH:
                (open_groups[-1][1] if open_groups else groups).append(_group(own, inner))
    return groups + [group for _, inner in open_groups for group in inner]


def _group(marks: list[_Mark], inner: Iterable[_Group]) -> _Group:
    branches = [
        _Branch(mark.end, following.start, mark.is_never) for mark, following in pairwise(marks)
    ]
    for group in inner:
        start = group.branches[0].start
        next(it for it in branches if it.start <= start <= it.end).groups.append(group)
    return _Group(branches)


def _left_out(groups: Iterable[_Group]) -> Iterator[tuple[int, int]]:
    """The branches that are left out where the next ones that were not shown are chosen."""
    for group in groups:
        chosen = group.chosen()
        yield from ((it.start, it.end) for it in group.branches if it is not chosen)
        if chosen is not None:
            yield from _left_out(chosen.groups)
            chosen.is_shown = all(inner.is_shown for inner in chosen.groups)


def _with_blanks(
    data: bytes, marks: Iterable[_Mark], left_out: Iterable[tuple[int, int]]
) -> BranchText:
    text = bytearray(data)
    left_out = tuple(left_out)
    for start, end in [*left_out, *((mark.start, mark.end) for mark in marks)]:
        text[start:end] = _NOT_SPACE.sub(b" ", data[start:end])
    return BranchText(bytes(text), left_out)
