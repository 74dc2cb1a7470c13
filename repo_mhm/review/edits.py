"""Edits: the two sides of each changed file, as text, code and symbols. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from repo_mhm.relations.source_file import SourceFile
from repo_mhm.source.code_mask import mask_literals
from repo_mhm.source.file_syntax import read_syntax
from repo_mhm.source.languages import Language
from repo_mhm.source.redaction import Masked
from repo_mhm.source.symbols import Symbol
from repo_mhm.source.unified_diff import FileDiff, Line

_MOST_LINES = 2000
"""Changed lines of one file whose symbols are looked up."""


@dataclass(frozen=True)
class Side:
    """A file before or after the change."""

    path: str
    data: bytes
    """Its text as UTF-8, which the symbols' byte spans refer to."""
    symbols: tuple[Symbol, ...]
    language: Language | None
    """None: plain text."""
    mask: str | None = None
    """The code mask, where it was made with the symbols; else `code` makes it."""
    parseable: bytes = b""
    """`data` as a parser is given it (see `redaction.Masked`), where that differs."""
    has_errors: bool = False
    """Whether its grammar does not fit all of it, so that definitions may be missing."""

    @cached_property
    def text(self) -> str:
        """The whole text."""
        return self.data.decode("utf-8", "replace")

    @cached_property
    def lines(self) -> list[str]:
        """The text's lines, without line ends."""
        return [line.rstrip("\r") for line in self.text.split("\n")]

    @cached_property
    def code(self) -> str:
        """The text's code mask, as long as the text; empty where it cannot be parsed."""
        if self.mask is not None:
            return self.mask
        if self.language is None:
            return self.text
        return _parse(self.path, self.data, self.parseable, self.language).mask or ""

    @property
    def is_unparsed(self) -> bool:
        """Whether the text has no code mask, so that nothing can be said about it."""
        return bool(self.data) and not self.code

    @cached_property
    def code_lines(self) -> list[str]:
        """The lines of the code mask."""
        return self.code.split("\n")

    def code_line(self, number: int) -> str:
        """A line of the code mask, from 1; empty where there is none."""
        return self.code_lines[number - 1] if 0 < number <= len(self.code_lines) else ""

    def body(self, symbol: Symbol) -> str:
        """The text of a symbol."""
        return self.data[symbol.start_byte : symbol.end_byte].decode("utf-8", "replace")

    def code_of(self, symbol: Symbol) -> str:
        """The code mask of a symbol, as long as its text."""
        start, end = self.character(symbol.start_byte), self.character(symbol.end_byte)
        return self.code[start:end]

    def character(self, byte: int) -> int:
        """The index in the text of the character at a byte."""
        return byte if self.data.isascii() else len(self.data[:byte].decode("utf-8", "replace"))

    @cached_property
    def source(self) -> SourceFile:
        """The file as relations see it."""
        return SourceFile(
            self.path, self.language, lambda: self.text, lambda: self.symbols, lambda: self.code
        )

    def has(self, qualified: str) -> bool:
        """Whether a symbol of that qualified name is defined."""
        return qualified in self._qualified_names

    @cached_property
    def _qualified_names(self) -> frozenset[str]:
        return frozenset(symbol.qualified for symbol in self.symbols)

    def symbol_at(self, line: int) -> Symbol | None:
        """The innermost symbol that contains a line."""
        around = [symbol for symbol in self.symbols if symbol.start <= line <= symbol.end]
        return max(around, key=lambda symbol: (symbol.start_byte, -symbol.end_byte), default=None)


def read_side(path: str, masked: Masked, language: Language | None) -> Side:
    """A side with its symbols and its code mask, both from one parse."""
    return _parse(path, masked.data, masked.parseable, language)


def _parse(path: str, data: bytes, parseable: bytes, language: Language | None) -> Side:
    """A side; one that cannot be parsed, for whatever reason, has an empty code mask."""
    if language is None:
        return Side(path, data, (), None)
    try:
        syntax = read_syntax(path, data, language, parseable=parseable)
        code = mask_literals(data, syntax.tree, language, syntax.parts)
    except Exception:  # noqa: BLE001  a grammar's tree may defy what the code expects
        return Side(path, data, (), language, mask="", parseable=parseable)
    has_errors = bool(syntax.damaged_lines)
    symbols = tuple(syntax.symbols.symbols)
    return Side(path, data, symbols, language, code, parseable, has_errors)


@dataclass(frozen=True)
class Edit:
    """One file's change. A side is None where the file does not exist."""

    diff: FileDiff
    old: Side | None
    new: Side | None

    def line_after(self, number: int) -> int | None:
        """The number that a line of the old file has in the new one; None where it is gone."""
        if self.new is None or number in self._removed_lines:
            return None
        if number in self._kept_lines:
            return self._kept_lines[number]
        # Outside the hunks, lines are as far from the end of the hunk above as they were.
        ends = [hunk.lines[-1] for hunk in self.diff.hunks if hunk.lines]
        above = [(end.old, end.new) for end in ends if end.old < number]
        before, after = max(above, default=(0, 0))
        return number - before + after

    @cached_property
    def _kept_lines(self) -> dict[int, int]:
        """The new number of the lines in hunks that both sides have, by their old one."""
        lines = (line for hunk in self.diff.hunks for line in hunk.lines)
        return {line.old: line.new for line in lines if line.kind == " "}

    @cached_property
    def _removed_lines(self) -> frozenset[int]:
        return frozenset(map(_old_number, self._removed))

    def first_removed(self, start: int, end: int) -> Line | None:
        """The first line that the change removes among these of the old file, both inclusive."""
        position = bisect_left(self._removed, start, key=_old_number)
        line = self._removed[position] if position < len(self._removed) else None
        return line if line is not None and line.old <= end else None

    @cached_property
    def _removed(self) -> tuple[Line, ...]:
        return tuple(sorted(self.diff.removed(), key=_old_number))

    @cached_property
    def added_lines(self) -> frozenset[int]:
        """The lines of the new file that the change brings."""
        return frozenset(line.new for line in self.diff.added())

    def new_line(self, line: Line) -> int:
        """The line of the new file for a changed one: for a removed line, what is there now.

        Of a deleted file, it is the line of the old one.
        """
        if self.new is None:
            return line.old
        if line.kind != "-":
            return line.new
        return max(1, min(line.new + 1, len(self.new.lines)))


def _old_number(line: Line) -> int:
    return line.old


def touched_symbols(edits: Sequence[Edit]) -> list[tuple[str, Symbol]]:
    """The innermost symbols around the changed lines, with their paths, in diff order.

    Around a removed line it is that of the old file, as the new one may not have it any more.
    """
    symbol_by_name: dict[tuple[str, str], tuple[str, Symbol]] = {}

    for edit in edits:
        for side, number in _changed_lines(edit)[:_MOST_LINES]:
            if symbol := side.symbol_at(number):
                path = edit.diff.path
                symbol_by_name.setdefault((path, symbol.qualified), (path, symbol))

    return list(symbol_by_name.values())


def _changed_lines(edit: Edit) -> list[tuple[Side, int]]:
    """The added lines of the new side and the removed ones of the old side."""
    lines = [line for hunk in edit.diff.hunks for line in hunk.lines if line.kind != " "]
    changed = []
    for line in lines:
        side = edit.new if line.kind == "+" else edit.old
        if side is not None:
            changed.append((side, line.new if line.kind == "+" else line.old))
    return changed
