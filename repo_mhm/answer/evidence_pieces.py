"""Pieces: the source lines of ranked chunks, cut along symbols and then into segments. Pure.

The idea: what a reader needs of a chunk is rarely the whole of it. Each chunk is cut along its
innermost symbols, which gives one piece for each function. A long piece is cut again, into segments
of a few statements: where a blank line or a less indented one suggests it, after its signature, and
around its documentation. So a long function can show its signature and the ten lines that decide,
and leave the rest out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from repo_mhm.location import Location
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.symbols import Symbol

WHOLE_LINES = 16
"""A piece of at most so many lines is one segment."""
SEGMENT_LINES = 8
"""A segment goes on for so many lines before a line that begins a statement ends it."""
TAB_COLUMNS = 4
"""Columns of a tab, so that a level of indentation is as wide in tabs as in spaces."""

_ROUTINES = frozenset({"function", "method", "test", "route", "command"})
"""Kinds whose inner definitions are read with them."""
_SMALL_KINDS = frozenset({"constant", "key", "rule", "element"})
"""Kinds that are too small to be a piece of their own."""
_IMPORT = re.compile(r"\s*(?:from\s+\S+\s+import\b|(?:import|use|using|#include|require)\b)")
_TELLING_WORD = re.compile(
    r"\b(?!(?:end|endif|endfor|endwhile|endforeach|endswitch|endfunction|end_\w+|fi|done|esac|begin"
    r"|then|do|else|ensure|finally|try)\b)\w+",
    re.IGNORECASE,
)
"""A word that is no bracket spelt out, as languages without braces have them."""
_MAX_IMPORTS = 0.3
"""Lines outside of all symbols show nothing if more than this share of them are imports."""
_DOC_QUOTES = ('"""', "'''")
_SIGNATURE_LINES = 25
"""A docstring is looked for in so many lines of a piece."""


@dataclass(frozen=True, slots=True)
class Source:
    """A ranked chunk with its redacted text, the symbols of its file and its score."""

    chunk: Chunk
    text: str
    symbols: Sequence[Symbol]
    score: float
    base_share: float = 0.0
    """What its lines count without any term of the question, as a share of those with all terms."""
    value_by_symbol: Mapping[str, float] = field(default_factory=dict)
    """By qualified name, how much a symbol is referred to: 1 for the most used one of its file."""
    pointed: Sequence[Location] = ()
    """What the question points to by lines, as a trace does; what says most first."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A few lines of a piece."""

    location: Location
    text: str
    context: str = ""
    """Signatures of what encloses the lines, one a line; empty where nothing does."""
    is_documentation: bool = False
    """Whether the lines are the later paragraphs of a docstring."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The lines of one symbol, without those of the symbols in it, or lines outside of all."""

    owner: Symbol | None
    location: Location
    lines: Sequence[str]
    source: Source


def pieces(source: Source) -> Iterator[Piece]:
    """The chunk's lines by innermost symbol; those that only import are left out."""
    lines = source.text.split("\n")
    first_line = source.chunk.start
    owners = _owners(source, first_line, len(lines))
    start = 0

    for index in range(1, len(lines) + 1):
        if index == len(lines) or owners[index] is not owners[start]:
            piece = _piece(source, lines[start:index], first_line + start, owners[start])
            if piece is not None:
                yield piece
            start = index


def segments(piece: Piece) -> list[Segment]:
    """The piece as one segment if it is short, else its segments from top to bottom.

    The first one holds the signature.
    """
    documentation = _later_documentation(piece.lines)
    parts = []
    for start, end in _spans(piece.lines, documentation):
        segment = _segment(piece, start, end)
        if segment is not None:
            parts.append(replace(segment, is_documentation=(start, end) == documentation))
    return parts


def _owners(source: Source, first_line: int, length: int) -> list[Symbol | None]:
    """For each line of the chunk the innermost symbol that is a piece of its own."""
    owners: list[Symbol | None] = [None] * length
    last_line = first_line + length - 1
    routines = {symbol.qualified for symbol in source.symbols if symbol.kind in _ROUTINES}
    outermost_first = sorted(
        source.symbols, key=lambda symbol: (symbol.start_byte, -symbol.end_byte)
    )

    for symbol in outermost_first:
        if symbol.kind in _SMALL_KINDS or symbol.container in routines:
            continue
        if symbol.end < first_line or symbol.start > last_line:
            continue
        begin = max(symbol.start, first_line) - first_line
        end = min(symbol.end, last_line) - first_line
        owners[begin : end + 1] = [symbol] * (end - begin + 1)

    return owners


def _piece(
    source: Source, lines: Sequence[str], first_line: int, owner: Symbol | None
) -> Piece | None:
    """The lines without the blank ones at both ends; None if nothing worth showing is left."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    if not filled:
        return None
    start, end = filled[0], filled[-1]
    kept = lines[start : end + 1]
    if not _are_telling(kept, owner):
        return None
    if owner is None and source.chunk.kind == "code" and _mostly_imports(kept):
        return None
    location = Location(source.chunk.path, first_line + start, first_line + end)
    return Piece(owner, location, kept, source)


def says_something(line: str) -> bool:
    """Whether a line holds more than brackets, be they signs or words."""
    return _TELLING_WORD.search(line) is not None


def _are_telling(lines: Sequence[str], owner: Symbol | None) -> bool:
    """Whether lines hold a word, and more than the name of a namespace around everything."""
    with_words = [line for line in lines if says_something(line)]
    if owner is not None and owner.kind == "module":
        return len(with_words) > 1
    return bool(with_words)


def _mostly_imports(lines: Sequence[str]) -> bool:
    imports = sum(1 for line in lines if _IMPORT.match(line))
    return imports > _MAX_IMPORTS * len(lines)


# Segments -----------------------------------------------------------------------------------------


def _spans(
    lines: Sequence[str], documentation: tuple[int, int] | None
) -> Iterator[tuple[int, int]]:
    """Where the segments begin and end (half open)."""
    if len(lines) <= WHOLE_LINES:
        yield 0, len(lines)
        return
    start = 0
    if documentation is not None:
        start = documentation[1]
        yield 0, documentation[0]
        yield documentation
    yield from _statement_spans(lines, start)


def _statement_spans(lines: Sequence[str], first: int) -> Iterator[tuple[int, int]]:
    """Spans of about SEGMENT_LINES lines that begin at a statement of the outer blocks."""
    if first >= len(lines):
        return
    body = [line for line in lines[max(first, 1) :] if line.strip()]
    indent = min(map(_indent, body), default=0)
    start = first

    for index in range(first + 1, len(lines)):
        size = index - start
        follows_blank = not lines[index - 1].strip() and size >= SEGMENT_LINES // 2
        is_outer = _indent(lines[index]) <= indent + 4 and size >= SEGMENT_LINES
        if lines[index].strip() and (follows_blank or is_outer):
            yield start, index
            start = index

    yield start, len(lines)


def _indent(line: str) -> int:
    """Columns before the first character; a tab leads to the next multiple of TAB_COLUMNS."""
    expanded = line.expandtabs(TAB_COLUMNS)
    return len(expanded) - len(expanded.lstrip())


def _later_documentation(lines: Sequence[str]) -> tuple[int, int] | None:
    """Where a long docstring goes on after its first paragraph (half open); None without one."""
    for index, line in enumerate(lines[:_SIGNATURE_LINES]):
        text = line.strip().lstrip("rRbBuU")
        quotes = text[:3]
        if quotes not in _DOC_QUOTES:
            continue
        if quotes in text[3:]:
            return None
        start = index + 2
        for end in range(index + 1, len(lines)):
            if quotes in lines[end]:
                return (start, end + 1) if end + 1 > start else None
        return None
    return None


def _segment(piece: Piece, start: int, end: int) -> Segment | None:
    """Lines of the piece without the blank ones at both ends; None where no word is in them."""
    filled = [index for index in range(start, end) if piece.lines[index].strip()]
    if not any(says_something(piece.lines[index]) for index in filled):
        return None
    first, last = filled[0], filled[-1]
    top = piece.location.start
    location = replace(piece.location, start=top + first, end=top + last)
    text = "\n".join(piece.lines[first : last + 1])
    return Segment(location, text, _context(piece, location.start))


def _context(piece: Piece, first_line: int) -> str:
    """Signatures around lines that the lines themselves lack, one a line.

    That of the piece's symbol where the lines begin inside it, after that of the container.
    """
    owner = piece.owner
    if owner is None:
        return ""
    by_name = {symbol.qualified: symbol for symbol in piece.source.symbols}
    around = [owner] if owner.start < first_line else []
    container = by_name.get(owner.container)
    if container is not None and container.start < first_line:
        around.insert(0, container)
    return "\n".join(symbol.signature for symbol in around)
