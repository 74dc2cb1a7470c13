"""Unified diffs as data: files, hunks, lines, and what a file becomes when hunks are applied. Pure.

Owns the parsing of diffs, git's own and any other; none is trusted. `git` makes them and `review`
reads them. Knows nothing about git or about what a change means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Literal

from repo_mhm.errors import RepositoryError

if TYPE_CHECKING:
    from unidiff.patch import Hunk as UnidiffHunk
    from unidiff.patch import Line as UnidiffLine
    from unidiff.patch import PatchedFile

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


# Parsing ------------------------------------------------------------------------------------------

_HINT = "Give a unified diff, as git diff writes it."
_OUTSIDE_A_HUNK = re.compile(r"[+-](?!--? |\+\+ |- ?$)")
"""An added or removed line, but neither a file header (`--- `, `+++ `) nor the `-- ` of an email's
signature."""
_MODE = re.compile(
    r"^(old mode|new mode|new file mode|deleted file mode|index [0-9a-f]+\.\.[0-9a-f]+) (\d{6})$",
    re.MULTILINE,
)
_NOTE_BY_MODE = {"160000": "submodule", "120000": "symlink"}


def parse(text: str) -> tuple[FileDiff, ...]:
    """The files of a unified diff, in its order.

    Raises:
        RepositoryError: The text is no diff, or a damaged one, or a combined diff of a merge.
    """
    from unidiff.errors import UnidiffParseError
    from unidiff.patch import PatchSet

    lines = text.split("\n")
    if any(line.startswith("@@@ ") for line in lines):
        raise RepositoryError(
            "combined diffs (of merges) cannot be read",
            hint="Use git diff A B, or git show --first-parent.",
        )

    try:
        patch = PatchSet.from_string(text)
    except (UnidiffParseError, ValueError) as exc:
        raise RepositoryError(f"the diff cannot be read: {str(exc)[:200]}", hint=_HINT) from exc
    if not patch and text.strip():
        raise RepositoryError("the text has no diff in it", hint=_HINT)

    for hunk in chain.from_iterable(patch):
        _check_end(hunk, lines)
    return tuple(map(_file_diff, patch))


def _check_end(hunk: UnidiffHunk, lines: Sequence[str]) -> None:
    """Refuse a hunk that is longer than its header says: its last lines would be lost silently."""
    last = max((line.diff_line_no or 0 for line in hunk), default=0)
    if last and last < len(lines) and _OUTSIDE_A_HUNK.match(lines[last]):
        raise RepositoryError(
            f"the diff cannot be read: line {last + 1} is outside its hunk", hint=_HINT
        )


def _file_diff(file: PatchedFile) -> FileDiff:
    old, new = _path(file.source_file, "a/"), _path(file.target_file, "b/")

    status: Status = "modified"
    if file.is_added_file:
        status, old = "added", new
    elif file.is_removed_file:
        status, new = "deleted", old
    elif old != new:
        status = "renamed"

    hunks = tuple(Hunk(tuple(_hunk_lines(hunk))) for hunk in file)
    return FileDiff(new, old, status, hunks, _note(file, bool(hunks)))


def _note(file: PatchedFile, has_hunks: bool) -> str:
    header = str(file.patch_info or "")
    modes = _MODE.findall(header)

    if file.is_binary_file or "GIT binary patch" in header:
        return "binary"
    for _, mode in modes:
        if mode in _NOTE_BY_MODE:
            return _NOTE_BY_MODE[mode]
    return "mode" if not has_hunks and "old mode" in dict(modes) else ""


def _path(name: str | None, prefix: str) -> str:
    path = (name or "").partition("\t")[0]
    if path.startswith('"') and path.endswith('"') and len(path) > 1:
        path = path[1:-1]
    return path.removeprefix(prefix)


def _hunk_lines(hunk: UnidiffHunk) -> Iterator[Line]:
    # A hunk without old lines starts after the line it names, and so does one without new lines.
    old = hunk.source_start - (hunk.source_length > 0)
    new = hunk.target_start - (hunk.target_length > 0)

    for line in hunk:
        if line.line_type == "\\":
            continue
        kind = _kind(line)
        old += kind != "+"
        new += kind != "-"
        yield Line(kind, old, new, line.value.removesuffix("\n"))


def _kind(line: UnidiffLine) -> Kind:
    if line.is_added:
        return "+"
    return "-" if line.is_removed else " "


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
