"""A unified diff as data: files, hunks and lines, and what a file becomes when its hunks are applied. Pure.

Owns the parsing of diffs, git's own and any other, none of them trusted. Knows nothing about git or what changes mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Literal

from repo_mhm.errors import RepositoryError

if TYPE_CHECKING:
    from unidiff.patch import Hunk as _UnidiffHunk
    from unidiff.patch import PatchedFile

Kind = Literal[" ", "+", "-"]
Status = Literal["added", "deleted", "modified", "renamed"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a hunk, without its line feed. `old` and `new` count from 1; the side it is not on has the number
    of the line that it comes after there."""

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
        return tuple(line for line in self.lines if line.kind == "+")

    @property
    def removed(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.kind == "-")


@dataclass(frozen=True, slots=True)
class FileDiff:
    """What happened to one file. `path` is its name afterwards (before, if deleted), `old_path` its name before."""

    path: str
    old_path: str
    status: Status
    hunks: tuple[Hunk, ...] = ()
    note: str = ""
    """Why its content is not shown (`binary`, `submodule`, `symlink`, `mode`), empty when hunks tell all."""

    def added(self) -> Iterable[Line]:
        """Every added line."""
        return chain.from_iterable(hunk.added for hunk in self.hunks)

    def removed(self) -> Iterable[Line]:
        """Every removed line."""
        return chain.from_iterable(hunk.removed for hunk in self.hunks)


def parse(text: str) -> tuple[FileDiff, ...]:
    """The files of a unified diff, in its order. Raises RepositoryError for what is no diff, or a damaged one."""
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
        raise RepositoryError("no diff was found in what was given", hint=_HINT)
    for hunk in chain.from_iterable(patch):
        _check_end(hunk, lines)
    return tuple(map(_file, patch))


_HINT = "Give a unified diff, as git diff writes it."
_EXTRA = re.compile(r"[+-](?!--? |\+\+ |- ?$)|@@ ")


def _check_end(hunk: _UnidiffHunk, lines: Sequence[str]) -> None:
    """A hunk longer than its header says would otherwise lose its last lines in silence."""
    last = max((line.diff_line_no or 0 for line in hunk), default=0)
    if (
        last
        and last < len(lines)
        and _EXTRA.match(lines[last])
        and not lines[last].startswith("@@ ")
    ):
        raise RepositoryError(
            f"the diff cannot be read: line {last + 1} is outside its hunk", hint=_HINT
        )


def _file(found: PatchedFile) -> FileDiff:
    header = str(found.patch_info or "")
    modes = _MODE.findall(header)
    old, new = _name(found.source_file, "a/"), _name(found.target_file, "b/")
    status: Status = "modified"
    if found.is_added_file:
        status, old = "added", new
    elif found.is_removed_file:
        status, new = "deleted", old
    elif old != new:
        status = "renamed"
    hunks = tuple(Hunk(tuple(_lines(hunk))) for hunk in found)
    note = _NOTES.get(next((mode for _, mode in modes if mode in _NOTES), ""), "")
    if found.is_binary_file or "GIT binary patch" in header:
        note = "binary"
    elif not hunks and not note and "old mode" in dict(modes):
        note = "mode"
    return FileDiff(new, old, status, hunks, note)


_MODE = re.compile(
    r"^(old mode|new mode|new file mode|deleted file mode|index [0-9a-f]+\.\.[0-9a-f]+) (\d{6})$",
    re.MULTILINE,
)
_NOTES = {"160000": "submodule", "120000": "symlink"}


def _name(name: str | None, prefix: str) -> str:
    text = (name or "").partition("\t")[0]
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        text = text[1:-1]
    return text.removeprefix(prefix)


def _lines(hunk: _UnidiffHunk) -> Iterable[Line]:
    # A hunk without old lines starts after the line it names, and so does one without new lines.
    old = hunk.source_start - (hunk.source_length > 0)
    new = hunk.target_start - (hunk.target_length > 0)
    for line in hunk:
        if line.line_type == "\\":
            continue
        kind: Kind = "+" if line.is_added else "-" if line.is_removed else " "
        old += kind != "+"
        new += kind != "-"
        yield Line(kind, old, new, line.value.removesuffix("\n"))


def blocks(hunk: Hunk) -> Iterator[tuple[list[Line], list[Line]]]:
    """Removed lines with the added ones that follow them, block by block; either may be empty."""
    removed: list[Line] = []
    added: list[Line] = []
    for line in (*hunk.lines, Line(" ", 0, 0, "")):
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
    """A file's lines after its hunks (before them, with `reverse`). Raises RepositoryError where they do not fit."""
    gone, come = ("+", "-") if reverse else ("-", "+")
    result: list[str] = []
    at = 0
    for hunk in hunks:
        first = hunk.lines[0] if hunk.lines else None
        if first is None:
            continue
        start = first.new if reverse else first.old
        begin = start - (first.kind != come)
        if begin < at or begin > len(lines):
            raise _misfit(path, start)
        result += lines[at:begin]
        at = begin
        for line in hunk.lines:
            if line.kind == come:
                result.append(line.text)
                continue
            if at >= len(lines) or lines[at].rstrip("\r") != line.text.rstrip("\r"):
                raise _misfit(path, at + 1)
            if line.kind != gone:
                result.append(lines[at])
            at += 1
    return [*result, *lines[at:]]


def _misfit(path: str, line: int) -> RepositoryError:
    return RepositoryError(
        f"the diff does not apply: {path}:{line} is different in the working tree",
        hint="Check out the commit that the diff was made against, or the one it leads to.",
    )
