"""Outlines: what a reader sees of a chunk when skimming, about a third of its tokens, lines in their own order.

Owns the choice of lines: signatures, constants, first lines of documentation, what is raised and returned; of prose,
headings and how paragraphs begin. Works on lines and symbols alone, whatever the language. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from repo_mhm.source.chunks import HEADING, Chunk, estimate_tokens
from repo_mhm.source.symbols import Symbol

SHARE = 1 / 3
"""The most of a chunk's tokens its outline may take (DESIGN §5: about 30 % finds almost as much)."""
LINE_CHARACTERS = 160
"""Longer lines are cut, which a trailing ELLIPSIS shows."""
ELLIPSIS = " …"
_SHORT_TOKENS = 60
"""A chunk of so few tokens is its own outline: leaving lines out would save nothing."""
_SIGNATURE_LINES = 12
_LEAVES_PER_DEFINITION = 4

_LEAVES = re.compile(
    r"\s*(?:\w+\s*->\s*)?(?:(raise|throw|throws|panic!?|die|abort|exit|error|bail!|Err)\b|(?:return|yield)\b.*[^\s\w;])"
)
_REMARK = re.compile(r"\s*(#(?!!)|//|/\*|\*\s|--\s|;;|%)")
_WORD = re.compile(r"\w")
_MARKERS = re.compile(r"^[\s/*#!;%<>|\"'`a-zA-Z~-]*?(?=\w)")


class _Pick(NamedTuple):
    """A line worth keeping (counted from the chunk's first, from 0): lower importance and depth come first."""

    importance: int
    depth: int
    line: int


_SIGNATURE, _DOC, _LEAVE, _REST = range(4)


def outline(data: bytes, chunk: Chunk, symbols: Sequence[Symbol]) -> str:
    """The telling lines of `chunk`, below the signatures it continues (`enclosing`).

    `data` is the file as it was cut (decoded); `symbols` may hold more than the chunk's own. Every line stands so in
    the source, up to ELLIPSIS where it is cut.
    """
    raw = data[chunk.start_byte : chunk.end_byte].split(b"\n")
    lines = [line.decode("utf-8", "replace").rstrip() for line in raw]
    if chunk.tokens > _SHORT_TOKENS:
        own = [
            s
            for s in symbols
            if s.path == chunk.path and chunk.start_byte <= s.start_byte < chunk.end_byte
        ]
        prose = chunk.kind == "text" or (
            bool(own) and all(symbol.kind == "heading" for symbol in own)
        )
        picks = _prose(lines) if prose else _code(lines, own, chunk.start)
        lines = [lines[number] for number in _affordable(picks, raw, round(chunk.tokens * SHARE))]
    return "\n".join(filter(None, [chunk.enclosing, *map(_cut, lines)]))


def _cut(line: str) -> str:
    return line if len(line) <= LINE_CHARACTERS else line[:LINE_CHARACTERS].rstrip() + ELLIPSIS


def _affordable(picks: Iterable[_Pick], lines: Sequence[bytes], budget: int) -> list[int]:
    """The most important lines that fit the budget (tokens), in the order of the source; at least one."""
    kept: set[int] = set()
    spent = 0
    for pick in sorted(picks):
        if pick.line in kept:
            continue
        weight = estimate_tokens(lines[pick.line][: LINE_CHARACTERS * 2] + b"\n")
        if spent + weight <= budget or not kept:
            kept.add(pick.line)
            spent += weight
    return sorted(kept)


def _code(lines: Sequence[str], symbols: Sequence[Symbol], start: int) -> Iterator[_Pick]:
    owner = [-1] * len(lines)
    depths: list[int] = []
    for index, symbol in enumerate(
        sorted(symbols, key=lambda symbol: (symbol.start_byte, -symbol.end_byte))
    ):
        first, after = symbol.start - start, min(symbol.end + 1 - start, len(lines))
        owner[first:after] = [index] * (after - first)
        depths.append(_indent(lines[first]))
        body = _signature_end(lines, first, after, symbol)
        yield from (_Pick(_SIGNATURE, depths[-1], line) for line in range(first, body))
        doc = _doc_line(lines, first, body, symbol.doc)
        if doc is not None:
            yield _Pick(_DOC, depths[-1], doc)
    yield from _bodies(lines, owner, depths)


def _bodies(lines: Sequence[str], owner: Sequence[int], depths: Sequence[int]) -> Iterator[_Pick]:
    """How each definition is left (raises before returns), then remarks and what stands outside definitions."""
    for index, group in groupby(range(len(lines)), key=owner.__getitem__):
        leaves: list[tuple[bool, int]] = []
        for line in group:
            found = _LEAVES.match(lines[line])
            if found:
                leaves.append((found[1] is None, line))
            elif _WORD.search(lines[line]) and (index < 0 or _REMARK.match(lines[line])):
                yield _Pick(_REST, _indent(lines[line]), line)
        depth = depths[index] if index >= 0 else 0
        yield from (
            _Pick(_LEAVE, depth, line) for _, line in sorted(leaves)[:_LEAVES_PER_DEFINITION]
        )


def _signature_end(lines: Sequence[str], first: int, after: int, symbol: Symbol) -> int:
    """The line after the last one that the signature stands on; decorators above it count in."""
    wanted = "".join(symbol.signature.split())
    held = ""
    for line in range(first, min(after, first + _SIGNATURE_LINES)):
        held += "".join(lines[line].split())
        if wanted in held:
            return line + 1
    return first + 1


def _doc_line(lines: Sequence[str], first: int, body: int, doc: str) -> int | None:
    """Where the documentation `doc` begins: right inside the definition or in the comment above it."""
    above = range(first - 1, max(first - 30, -1), -1)
    for line in (*range(body, min(body + 3, len(lines))), *above) if doc else ():
        text = _MARKERS.sub("", lines[line]).rstrip("\"'`*/ ")
        if len(text) > 2 and (doc.startswith(text) or text.startswith(doc)):
            return int(line)
        if line < first and not lines[line]:
            break
    return None


def _prose(lines: Sequence[str]) -> Iterator[_Pick]:
    """Headings, then the first line under each heading, then the first line of every other paragraph."""
    fresh, after_heading = True, False
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if not line.strip():
            fresh = True
        elif fresh and (HEADING.match(line.encode()) or HEADING.match(following.encode())):
            yield _Pick(_SIGNATURE, 0, number)
            after_heading = True
        elif HEADING.match(line.encode()):
            fresh = True
        elif fresh or after_heading:
            yield _Pick(_DOC if after_heading else _REST, _indent(line), number)
            fresh = after_heading = False


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
