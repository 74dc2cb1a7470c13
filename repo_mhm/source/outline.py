"""Outlines: what a model is shown of a chunk when the index skims, at most a third of its tokens.

The idea: every line that says much about the chunk is picked with an importance, and the most
important ones that fit are shown in the order of the source. In code these are, most important
first: signatures; first lines of documentation; what definitions raise and return; comments, and
lines outside definitions. In prose: headings; the first line under each; the first line of other
paragraphs. At equal importance, lines that are indented less come first. Nothing depends on the
language: the lines are found by the symbols' spans and a few patterns. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from repo_mhm.source.chunk_units import HEADING
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.symbols import Symbol
from repo_mhm.source.token_estimates import BYTES_PER_TOKEN, estimate_tokens

SHARE = 1 / 3
"""The most of a chunk's tokens that its outline may take (DESIGN §5: about 30 % finds almost as
much)."""
LINE_CHARACTERS = 160
"""Longer lines are cut, which a trailing ELLIPSIS shows."""
ELLIPSIS = " …"
_SHORT_TOKENS = 60
"""A chunk of so few tokens is its own outline: leaving out lines would save nothing."""
_SIGNATURE_LINES = 12
"""A signature that goes on for more lines is shown by its first line alone."""
_DOC_LINES_BELOW, _DOC_LINES_ABOVE = 3, 30
"""How far from a signature its documentation may begin."""
_EXITS_PER_DEFINITION = 4
"""Most exits of one definition that are picked, errors before values."""

_EXIT = re.compile(
    r"\s*(?:\w+\s*->\s*)?(?:(raise|throw|throws|panic!?|die|abort|exit|error|bail!|Err)\b"
    r"|(?:return|yield)\b.*[^\s\w;])"
)
"""A line that exits a definition, with an error (the group) or with a value that says something."""
_REMARK = re.compile(r"\s*(#(?!!)|//|/\*|\*\s|--\s|;;|%)")
_WORD = re.compile(r"\w")
_COMMENT_MARKERS = re.compile(r"^[\s/*#!;%<>|\"'`a-zA-Z~-]*?(?=\w)")

_SIGNATURE, _DOCUMENTATION, _EXIT_LINE, _OTHER = range(4)
"""Importance of a line in code, the most important first."""
_TITLE, _FIRST_LINE, _PARAGRAPH = _SIGNATURE, _DOCUMENTATION, _OTHER
"""Importance of a line in prose."""


class _Pick(NamedTuple):
    """A line to show. Sorted by importance, then by indentation: lower values come first."""

    importance: int
    indent: int
    line: int
    """Counted from the chunk's first, from 0."""


def expected_tokens(chunk_tokens: int, enclosing_characters: int) -> int:
    """About how many tokens an outline takes at most, without making it."""
    own = chunk_tokens if chunk_tokens <= _SHORT_TOKENS else round(chunk_tokens * SHARE)
    return own + round(enclosing_characters / BYTES_PER_TOKEN)


def outline(text: str, chunk: Chunk, symbols: Sequence[Symbol]) -> str:
    """The most important lines of `chunk`, below the signatures that it continues (`enclosing`).

    `text` is the chunk's. `symbols` may hold more than the chunk's own. Lines are as in the source;
    one that is cut ends with ELLIPSIS.
    """
    lines = [line.rstrip() for line in text.split("\n")]
    if chunk.tokens > _SHORT_TOKENS:
        own_symbols = [symbol for symbol in symbols if _begins_in(symbol, chunk)]
        if _is_prose(chunk, own_symbols):
            picks = _prose_picks(lines)
        else:
            picks = _code_picks(lines, own_symbols, chunk.start)
        budget = round(chunk.tokens * SHARE)
        lines = [lines[number] for number in _affordable(picks, lines, budget)]
    return "\n".join(filter(None, [chunk.enclosing, *map(_shortened, lines)]))


def _begins_in(symbol: Symbol, chunk: Chunk) -> bool:
    return symbol.path == chunk.path and chunk.start_byte <= symbol.start_byte < chunk.end_byte


def _is_prose(chunk: Chunk, own_symbols: Sequence[Symbol]) -> bool:
    if chunk.kind == "text":
        return True
    return bool(own_symbols) and all(symbol.kind == "heading" for symbol in own_symbols)


def _shortened(line: str) -> str:
    return line if len(line) <= LINE_CHARACTERS else line[:LINE_CHARACTERS].rstrip() + ELLIPSIS


def _affordable(picks: Iterable[_Pick], lines: Sequence[str], budget: int) -> list[int]:
    """The most important lines that fit the budget (tokens), in their own order; at least one."""
    kept: set[int] = set()
    spent = 0
    for pick in sorted(picks):
        if pick.line in kept:
            continue
        tokens = estimate_tokens(lines[pick.line].encode()[: LINE_CHARACTERS * 2])
        if spent + tokens <= budget or not kept:
            kept.add(pick.line)
            spent += tokens
    return sorted(kept)


# Code.


def _code_picks(lines: Sequence[str], symbols: Sequence[Symbol], start: int) -> Iterator[_Pick]:
    """Picks of a chunk of code whose first line is the file's line `start` (from 1)."""
    owner_by_line = [-1] * len(lines)
    indents: list[int] = []
    outermost_first = sorted(symbols, key=lambda symbol: (symbol.start_byte, -symbol.end_byte))
    for index, symbol in enumerate(outermost_first):
        first, after = symbol.start - start, min(symbol.end + 1 - start, len(lines))
        owner_by_line[first:after] = [index] * (after - first)
        indents.append(_indent(lines[first]))

        body = _signature_end(lines, first, after, symbol)
        for line in range(first, body):
            yield _Pick(_SIGNATURE, indents[-1], line)
        doc_line = _doc_line(lines, first, body, symbol.doc)
        if doc_line is not None:
            yield _Pick(_DOCUMENTATION, indents[-1], doc_line)
    yield from _body_picks(lines, owner_by_line, indents)


def _body_picks(
    lines: Sequence[str], owner_by_line: Sequence[int], indents: Sequence[int]
) -> Iterator[_Pick]:
    """How each definition exits, errors first; remarks; and lines outside definitions.

    `owner_by_line` has the index of each line's innermost definition (-1: none), `indents` the
    indentation of each definition.
    """
    for owner, line_numbers in groupby(range(len(lines)), key=owner_by_line.__getitem__):
        exits: list[tuple[bool, int]] = []
        for number in line_numbers:
            line = lines[number]
            exit_match = _EXIT.match(line)
            if exit_match:
                is_return = exit_match[1] is None
                exits.append((is_return, number))
            elif _WORD.search(line) and (owner < 0 or _REMARK.match(line)):
                yield _Pick(_OTHER, _indent(line), number)

        indent = indents[owner] if owner >= 0 else 0
        for _, number in sorted(exits)[:_EXITS_PER_DEFINITION]:
            yield _Pick(_EXIT_LINE, indent, number)


def _signature_end(lines: Sequence[str], first: int, after: int, symbol: Symbol) -> int:
    """The line after the last one of the signature; decorators above it count as part of it."""
    signature = "".join(symbol.signature.split())
    so_far = ""
    for number in range(first, min(after, first + _SIGNATURE_LINES)):
        so_far += "".join(lines[number].split())
        if signature in so_far:
            return number + 1
    return first + 1


def _doc_line(lines: Sequence[str], first: int, body: int, doc: str) -> int | None:
    """The line where the documentation `doc` begins: in the body, or above the definition."""
    if not doc:
        return None
    below = range(body, min(body + _DOC_LINES_BELOW, len(lines)))
    above = range(first - 1, max(first - _DOC_LINES_ABOVE, -1), -1)
    for number in (*below, *above):
        text = _COMMENT_MARKERS.sub("", lines[number]).rstrip("\"'`*/ ")
        if len(text) > 2 and (doc.startswith(text) or text.startswith(doc)):
            return int(number)
        if number < first and not lines[number]:
            break
    return None


# Prose.


def _prose_picks(lines: Sequence[str]) -> Iterator[_Pick]:
    """Headings, the first line under each heading, the first line of every other paragraph."""
    begins_paragraph, after_heading = True, False
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if not line.strip():
            begins_paragraph = True
        elif begins_paragraph and (_is_heading(line) or _is_heading(below)):
            yield _Pick(_TITLE, 0, number)
            after_heading = True
        elif _is_heading(line):  # the line of punctuation under a heading
            begins_paragraph = True
        elif begins_paragraph or after_heading:
            importance = _FIRST_LINE if after_heading else _PARAGRAPH
            yield _Pick(importance, _indent(line), number)
            begins_paragraph = after_heading = False


def _is_heading(line: str) -> bool:
    return HEADING.match(line.encode()) is not None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
