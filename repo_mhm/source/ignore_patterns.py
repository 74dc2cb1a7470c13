r"""Patterns of gitignore files: which paths they ignore, in time that grows with the names only.

A repository writes its patterns itself, and a regular expression made of `*a*a*a*a*b` tries every
way to spread the stars over a name, which has no end for a long one. So a pattern is split at its
slashes into segments, each for one name of a path, and a segment at its stars into parts, each of
a fixed length. The first part must begin the name and the last one end it. Each part between them
is looked for once, at the first position behind the part before it: wherever a name fits at all,
it fits so. `**` stands for any number of names and is treated alike, one level up.

A path is ignored if it or a folder above it is, so each folder is decided once. The test compares
all of it with `git check-ignore`. One difference is meant: `?` is a character here, a byte there.
Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

MOST_PATTERNS = 2000
"""Patterns that a file may have: several times what the longest public ones do. Each costs time for
each file of the repository."""
LONGEST_PATTERN = 1000
"""Characters; a longer line is no pattern, as no path that git has is so deep."""

_ANY_NAMES = None
"""The segment `**`: any number of names, none included."""
_POSIX_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t-\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


class _MalformedPattern(ValueError):
    """A pattern that git does not understand either: it ignores nothing."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What stands between two stars: a text of a fixed length."""

    length: int
    literal: str | None
    """The text itself; None where it holds `?` or a class of characters."""
    expression: re.Pattern[str]

    def find(self, name: str, start: int, end: int) -> int:
        """Where in `name[start:end]` it is first; -1 where it is not."""
        if self.literal is not None:
            return name.find(self.literal, start, end)
        match = self.expression.search(name, start, end)
        return match.start() if match else -1

    def is_at(self, name: str, start: int) -> bool:
        """Whether it begins there."""
        if self.literal is not None:
            return name.startswith(self.literal, start)
        return self.expression.match(name, start) is not None


@dataclass(frozen=True, slots=True)
class _Segment:
    """What one name of a path must be: parts with a star between each two."""

    parts: tuple[_Part, ...]

    def fits(self, name: str) -> bool:
        """Whether it fits the whole name."""
        first, last = self.parts[0], self.parts[-1]
        if len(self.parts) == 1:
            return first.length == len(name) and first.is_at(name, 0)

        position, end = first.length, len(name) - last.length
        if position > end or not first.is_at(name, 0) or not last.is_at(name, end):
            return False
        for part in self.parts[1:-1]:
            found_at = part.find(name, position, end)
            if found_at < 0:
                return False
            position = found_at + part.length
        return True


_Segments: TypeAlias = tuple[_Segment | None, ...]


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One line of an ignore file."""

    segments: _Segments
    is_negative: bool
    """Whether it takes back what earlier patterns ignore."""
    folders_only: bool

    def fits(self, names: Sequence[str], *, is_folder: bool) -> bool:
        """Whether it fits the path of these names."""
        if self.folders_only and not is_folder:
            return False
        return _fits_all(self.segments, names)


def _fits_all(segments: _Segments, names: Sequence[str]) -> bool:
    """Whether the segments fit the names, each one name, and `**` any number.

    After a mismatch the last `**` takes one name more; an earlier one never has to.
    """
    segment_index = name_index = 0
    retry: tuple[int, int] | None = None
    while name_index < len(names):
        segment = segments[segment_index] if segment_index < len(segments) else False
        if segment is _ANY_NAMES:
            segment_index += 1
            retry = (segment_index, name_index)
            if segment_index == len(segments):
                return True
        elif isinstance(segment, _Segment) and segment.fits(names[name_index]):
            segment_index += 1
            name_index += 1
        elif retry is not None:
            segment_index, name_index = retry[0], retry[1] + 1
            retry = (segment_index, name_index)
        else:
            return False
    # A `**` at the end stands for what is inside a folder, not for the folder.
    return segment_index == len(segments)


@dataclass(slots=True)
class IgnorePatterns:
    """The patterns of one ignore file; the last that fits a path decides."""

    patterns: tuple[_Pattern, ...]
    _is_folder_ignored: dict[str, bool] = field(default_factory=dict)
    _folder_verdicts: dict[str, bool | None] = field(default_factory=dict)

    @classmethod
    def of_lines(cls, lines: Iterable[str]) -> IgnorePatterns:
        """Those of these lines that are patterns."""
        return cls(tuple(_parsed(lines)))

    def verdict(self, path: str, *, is_folder: bool = False) -> bool | None:
        """Whether the path itself is ignored, or taken back (False); None where no pattern fits."""
        names = path.split("/")
        for pattern in reversed(self.patterns):
            if pattern.fits(names, is_folder=is_folder):
                return not pattern.is_negative
        return None

    def is_ignored(self, path: str) -> bool:
        """Whether a file is ignored, itself or with a folder that it is in, as git says it."""
        folder = path.rpartition("/")[0]
        return self._ignores_folder(folder) or self.verdict(path) is True

    def nearest_verdict(self, path: str) -> bool | None:
        """The verdict on a file, or else on the nearest folder around it that a pattern fits."""
        verdict = self.verdict(path)
        folder = path.rpartition("/")[0]
        while verdict is None and folder:
            if folder not in self._folder_verdicts:
                self._folder_verdicts[folder] = self.verdict(folder, is_folder=True)
            verdict = self._folder_verdicts[folder]
            folder = folder.rpartition("/")[0]
        return verdict

    def _ignores_folder(self, folder: str) -> bool:
        """Whether a folder is ignored, itself or with one above it."""
        undecided = []
        while folder and folder not in self._is_folder_ignored:
            undecided.append(folder)
            folder = folder.rpartition("/")[0]

        is_ignored = self._is_folder_ignored.get(folder, False)
        for inner in reversed(undecided):
            is_ignored = is_ignored or self.verdict(inner, is_folder=True) is True
            self._is_folder_ignored[inner] = is_ignored
        return is_ignored


class IgnoreRules(NamedTuple):
    """What the owners of a repository leave out, as patterns of a gitignore file."""

    attributes: tuple[str, ...] = ()
    """Those of the repository's git attributes."""
    patterns: tuple[str, ...] = ()
    """Those of the settings and of its ignore file, which decide before the attributes."""


def pattern_lines(text: str) -> list[str]:
    """The lines of an ignore file that are patterns, not empty and not comments."""
    lines = text.removeprefix("\ufeff").split("\n")
    return [line for line in lines if _significant(line)]


# Parsing ------------------------------------------------------------------------------------------


def _significant(line: str) -> str:
    """A line without its end and the spaces before it; empty for a comment."""
    line = line.removesuffix("\r")
    if line.startswith("#"):
        return ""
    stripped = line.rstrip(" ")
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    # A space behind a backslash belongs to the pattern.
    return stripped + " " if backslashes % 2 and stripped != line else stripped


def _parsed(lines: Iterable[str]) -> Iterator[_Pattern]:
    for line in lines:
        text = _significant(line)
        if not text or len(text) > LONGEST_PATTERN:
            continue
        try:
            yield _pattern(text)
        except _MalformedPattern:
            continue


def _pattern(text: str) -> _Pattern:
    is_negative = text.startswith("!")
    text = text.removeprefix("!")
    folders_only = text.endswith("/")
    text = text.removesuffix("/")
    if not text:
        raise _MalformedPattern

    is_for_any_folder = "/" not in text
    segments = [_segment(tokens) for tokens in _tokens_by_segment(text.removeprefix("/"))]
    if is_for_any_folder:
        segments = [_ANY_NAMES, *(segment or _segment(["*"]) for segment in segments)]
    return _Pattern(tuple(segments), is_negative, folders_only)


def _tokens_by_segment(text: str) -> list[list[str]]:
    """For each segment its tokens: `*`, or a regular expression of one character."""
    segments: list[list[str]] = [[]]
    position = 0
    while position < len(text):
        char = text[position]
        if char == "/":
            segments.append([])
            position += 1
        elif char == "[":
            token, position = _class(text, position + 1)
            segments[-1].append(token)
        elif char == "\\":
            if position + 1 == len(text):
                raise _MalformedPattern
            segments[-1].append(re.escape(text[position + 1]))
            position += 2
        else:
            segments[-1].append(char if char == "*" else "." if char == "?" else re.escape(char))
            position += 1
    return segments


def _class(text: str, start: int) -> tuple[str, int]:
    """The expression of the class of characters whose content begins at `start`, and its end."""
    position = start
    is_negated = text[position : position + 1] in ("!", "^")
    position += is_negated
    first = position
    ranges: list[str] = []
    while position == first or text[position : position + 1] != "]":
        if text.startswith("[:", position):
            name, separator, _ = text[position + 2 :].partition(":]")
            if not separator or name not in _POSIX_CLASSES:
                raise _MalformedPattern
            ranges.append(_POSIX_CLASSES[name])
            position += len(name) + 4
            continue
        low, position = _class_character(text, position)
        ranges.append(re.escape(low))
        if text[position : position + 1] == "-" and text[position + 1 : position + 2] != "]":
            high, position = _class_character(text, position + 1)
            if low <= high:
                ranges.append(f"{re.escape(low)}-{re.escape(high)}")

    sign = "^" if is_negated else ""
    return f"[{sign}{''.join(ranges)}]", position + 1


def _class_character(text: str, position: int) -> tuple[str, int]:
    if text[position : position + 1] == "\\":
        position += 1
    if position >= len(text):
        raise _MalformedPattern
    return text[position], position + 1


def _segment(tokens: Sequence[str]) -> _Segment | None:
    if tokens == ["*", "*"]:
        return _ANY_NAMES
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token == "*":
            parts.append([])
        else:
            parts[-1].append(token)
    return _Segment(tuple(map(_part, parts)))


def _part(tokens: Sequence[str]) -> _Part:
    is_literal = all(token == re.escape(token[-1]) for token in tokens)
    literal = "".join(token[-1] for token in tokens) if is_literal else None
    return _Part(len(tokens), literal, re.compile("".join(tokens), re.DOTALL))
