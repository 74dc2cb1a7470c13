"""Unified diffs as data: files, hunks, lines, and what a file becomes when hunks are applied. Pure.

`diff_parsing` and `git` make them and `review` reads them. Knows nothing about git or about what a
change means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from repo_mhm.errors import RepositoryError

Kind = Literal[" ", "+", "-"]
Status = Literal["added", "deleted", "modified", "renamed"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a hunk, without its line feed.

    `old` and `new` are its numbers on both sides, from 1. On the side that does not have the line,
    the number is that of the line it comes after.
    """

    kind: Kind
    old: int
    new: int
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """Consecutive lines of a file's diff."""

    lines: tuple[Line, ...]

    @property
    def added(self) -> tuple[Line, ...]:
        """The lines that only the new file has."""
        return tuple(line for line in self.lines if line.kind == "+")

    @property
    def removed(self) -> tuple[Line, ...]:
        """The lines that only the old file has."""
        return tuple(line for line in self.lines if line.kind == "-")


@dataclass(frozen=True, slots=True)
class FileDiff:
    """What happened to one file."""

    path: str
    """Its name afterwards; its name before, if it was deleted."""
    old_path: str
    """Its name before."""
    status: Status
    hunks: tuple[Hunk, ...] = ()
    note: str = ""
    """Why its content is not shown (`binary`, `submodule`, `symlink`, `mode`); else empty."""

    def added(self) -> Iterable[Line]:
        """Every added line."""
        return chain.from_iterable(hunk.added for hunk in self.hunks)

    def removed(self) -> Iterable[Line]:
        """Every removed line."""
        return chain.from_iterable(hunk.removed for hunk in self.hunks)


# Applying -----------------------------------------------------------------------------------------


def blocks(hunk: Hunk) -> Iterator[tuple[list[Line], list[Line]]]:
    """Removed lines with the added lines that follow them, block by block; either may be empty."""
    removed: list[Line] = []
    added: list[Line] = []
    end = Line(" ", 0, 0, "")

    for line in (*hunk.lines, end):
        if line.kind == "-" and not added:
            removed.append(line)
        elif line.kind == "+":
            added.append(line)
        else:
            yield removed, added
            removed, added = [line] if line.kind == "-" else [], []


def patched(
    path: str, lines: Sequence[str], hunks: Iterable[Hunk], *, reverse: bool = False
) -> list[str]:
    """A file's lines after its hunks; with `reverse`, its lines before them.

    Raises:
        RepositoryError: The hunks do not fit the lines. It names `path`.
    """
    inserted: Kind = "-" if reverse else "+"
    deleted: Kind = "+" if reverse else "-"
    result: list[str] = []
    position = 0

    for hunk in hunks:
        if not hunk.lines:
            continue
        first = hunk.lines[0]
        number = first.new if reverse else first.old
        begin = number - (first.kind != inserted)
        if begin < position or begin > len(lines):
            raise _misfit(path, number)

        result += lines[position:begin]
        position = begin
        for line in hunk.lines:
            if line.kind == inserted:
                result.append(line.text)
                continue
            if not _is_at(lines, position, line.text):
                raise _misfit(path, position + 1)
            if line.kind != deleted:
                result.append(lines[position])
            position += 1

    return [*result, *lines[position:]]


def _is_at(lines: Sequence[str], position: int, text: str) -> bool:
    return position < len(lines) and lines[position].rstrip("\r") == text.rstrip("\r")


def _misfit(path: str, line: int) -> RepositoryError:
    return RepositoryError(
        f"the diff does not apply: {path}:{line} is different in the working tree",
        hint="Check out the commit that the diff was made against, or the one it leads to.",
    )
