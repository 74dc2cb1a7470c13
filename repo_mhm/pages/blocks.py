"""What a page is made of: headings, paragraphs, lists, tables and a drawing. Pure.

A page is written once, as blocks, and rendered as Markdown or HTML. Texts in it are untrusted; each
renderer escapes them by its own rules. A span says whether it is prose, code or a location.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from repo_mhm.location import Location
from repo_mhm.pages.map_page import Dependency


@dataclass(frozen=True, slots=True)
class Code:
    """Text of the source, or a name in it."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Prose that stands out."""

    text: str


Span: TypeAlias = "str | Code | Strong | Location"
"""A piece of a line; plain text is prose."""
Line: TypeAlias = "tuple[Span, ...]"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 3."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of text."""

    line: Line


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a list, with the lines below it."""

    line: Line
    below: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """A list; a folded one shows its title until the reader opens it."""

    items: tuple[Item, ...]
    is_numbered: bool = False
    title: str = ""
    """What a folded list is about; empty where it is not folded."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The graph of modules: the names of its nodes by path, and its edges."""

    names: tuple[tuple[str, str], ...]
    """Path and shown name of every node, in the order of the page."""
    edges: tuple[Dependency, ...]


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Blocks that `--check` does not compare: they change with every commit or machine."""

    blocks: tuple[Block, ...]


Block: TypeAlias = "Heading | Paragraph | Items | Drawing | Unchecked"


def prose(text: str) -> Line:
    """A sentence as spans: what its authors put between back-ticks is code.

    >>> prose("Opens a `Session`.")
    ('Opens a ', Code(text='Session'), '.')
    """
    pieces = re.split(r"(`{1,2})([^`]{1,120})\1", text)
    spans: list[Span] = []
    for index, piece in enumerate(pieces):
        if index % 3 == 0 and piece:
            spans.append(piece)
        elif index % 3 == 2:
            spans.append(Code(piece))
    return tuple(spans)


def joined(spans: Sequence[Span], separator: str = ", ") -> Line:
    """Spans with a separator between them."""
    return tuple(_joined(spans, separator))


def _joined(spans: Sequence[Span], separator: str) -> Iterator[Span]:
    for index, span in enumerate(spans):
        if index:
            yield separator
        yield span
