"""Secret columns: values of a table that are secret because of what their column is called.

The idea: in a file of comma-separated values, and in a table of Markdown, the label of a value
stands at the top of its column, and not beside it. The header's cells are looked at once; then
only the cells below those that name a secret are judged, as values in quotes are. A table ends
where a line has another number of cells. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from repo_mhm.lazy_pattern import lazy_pattern
from repo_mhm.source.secret_values import is_key, is_password_text

_ENDINGS = {".csv": ",;|\t", ".tsv": "\t", ".psv": "|", ".md": "|", ".markdown": "|", ".rst": "|"}
"""Endings of files that may hold tables, with the characters that may part their cells."""
_HEADER = lazy_pattern(
    r"\W*(?:\w{1,30}[_\- ])?(?:(?P<password>pass(?:word|wd|phrase|code)?|pwd|senha)"
    r"|(?:api|access|auth|secret|private|account|client|session|service|signing|encryption)?[_\- ]?"
    r"(?:key|token|secret|credential)s?)\W*",
    re.IGNORECASE,
)
_LABEL = lazy_pattern(r"pass|pwd|senha|key|token|secret|credential", re.IGNORECASE)
_CELL = r'[ \t]*(?:"(?P<quoted>(?:[^"\n]|"")*)"|(?P<bare>[^{0}\n\r]*?))[ \t]*(?=[{0}\r\n]|\Z)'
_MOST_CELLS = 200


class ColumnValue(NamedTuple):
    """A value that is secret by its column: where it stands, and what kind of secret it is."""

    start: int
    end: int
    kind: str


def in_columns(ending: str, text: str) -> Iterator[ColumnValue]:
    """The secrets in the tables of a file with this ending."""
    for separator in _ENDINGS.get(ending, ""):
        if separator in text:
            yield from _tables(text, separator, is_markup=ending in (".md", ".markdown", ".rst"))


def _tables(text: str, separator: str, *, is_markup: bool) -> Iterator[ColumnValue]:
    columns: dict[int, str] = {}
    count = 0
    start = 0
    while start < len(text):
        newline = text.find("\n", start)
        end = len(text) if newline < 0 else newline
        line_count = text.count(separator, start, end)
        if line_count != count or not columns:
            is_header = line_count and (is_markup or not start)
            columns = _secret_columns(text[start:end], separator) if is_header else {}
            count = line_count
        else:
            yield from _values(text, start, end, separator, columns)
        if not columns and not is_markup:
            return
        start = end + 1


def _secret_columns(header: str, separator: str) -> dict[int, str]:
    """The numbers of the columns whose header names a secret, each with its kind."""
    if not _LABEL.search(header):
        return {}
    columns = {}
    for number, cell in enumerate(header.split(separator)[:_MOST_CELLS]):
        if match := _HEADER.fullmatch(cell.strip()):
            columns[number] = "password" if match["password"] else "labelled key"
    return columns


def _values(
    text: str, start: int, end: int, separator: str, columns: dict[int, str]
) -> Iterator[ColumnValue]:
    pattern = _CELLS[separator]
    for number in range(_MOST_CELLS):
        cell = pattern.match(text, start, end)
        if cell is None:
            return
        kind = columns.get(number)
        name = "bare" if cell["quoted"] is None else "quoted"
        if kind and _is_secret(kind, cell[name].strip("`*")):
            yield ColumnValue(*cell.span(name), kind)
        start = cell.end() + 1
        if start > end:
            return


def _is_secret(kind: str, value: str) -> bool:
    if kind == "password":
        return is_password_text(value)
    return is_key(value, is_quoted=True, is_code=False)


_CELLS = {mark: lazy_pattern(_CELL.format(re.escape(mark))) for mark in ",;|\t"}
