"""Chunking: cuts one file into chunks that are ordered, disjoint and cover every non-blank line.

The idea: lines that belong together form units, and neighbouring units are merged into chunks of
about TARGET_TOKENS. A file that fits into one chunk is not cut at all. Of any other:

1. The units are found (`chunk_units`): whole definitions where they fit; a class that is too large
   gives way to its methods, a method that is too large to its statements. In text, paragraphs.
2. The cut points are chosen among their first lines. A unit that joins the next one (a comment, a
   heading, the first line of a class) is not cut off from it, unless both together exceed a chunk.
   A unit that nothing could divide, such as a long table, may be cut at line ends.
3. The units are packed from the top. A chunk is closed where the next unit would carry it past the
   target, or where a definition that was divided ends. A short preamble (imports) stays with the
   first definition, and a short tail with the chunk before it.
4. Each chunk becomes a span of bytes without the blank lines around it. A line too long for any
   chunk becomes spans of its own, cut between characters.
5. Each span becomes a `Chunk` that names the definitions which start in it and repeats the
   signatures of those its first line continues.

Pure: bytes in, chunks out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from repo_mhm.source.chunk_units import Unit, text_units, tree_units
from repo_mhm.source.chunks import Chunk, content_id
from repo_mhm.source.line_index import LineIndex
from repo_mhm.source.symbols import NO_SYMBOLS, SCOPE, FileSymbols, Symbol
from repo_mhm.source.token_estimates import BYTES_PER_TOKEN, LineTokens, estimate_tokens

if TYPE_CHECKING:
    import tree_sitter

TARGET_TOKENS = 1400
"""A chunk is closed where the next unit would carry it past this (DESIGN §5: chunks of 1,200 to
1,600 tokens amortise the prompt best)."""
LIMIT_TOKENS = 1600
"""A definition of up to this many tokens is never cut (DESIGN §5)."""
SMALL_TOKENS = 400
"""A preamble or a file's tail of up to this many tokens joins its neighbour, even where the two
together exceed LIMIT_TOKENS."""
_ENCLOSING_ENDS = 3
"""Of the signatures around a deeply nested chunk, this many outermost ones are kept and as many
innermost ones."""


class _Sizes(NamedTuple):
    """TARGET_TOKENS, LIMIT_TOKENS and SMALL_TOKENS, scaled to the target asked for."""

    target: float
    limit: float
    small: float


def chunk_file(
    path: str,
    data: bytes,
    tree: tree_sitter.Tree | None = None,
    symbols: FileSymbols = NO_SYMBOLS,
    *,
    target: int = TARGET_TOKENS,
    lines: LineIndex | None = None,
) -> list[Chunk]:
    """Cut one file along its syntax tree, or at headings and blank lines where it has none.

    `data` should be UTF-8. Bytes that are not are kept as they are, and no valid character is
    split. `target` (tokens, at least 16) scales every size. `lines` is the index of `data` where
    the caller has it already.
    """
    if not data.strip():
        return []

    ratio = target / TARGET_TOKENS
    sizes = _Sizes(target, LIMIT_TOKENS * ratio, SMALL_TOKENS * ratio)
    tokens = LineTokens(lines or LineIndex(data))
    count = len(tokens.lines)

    cuts = [0]
    if tokens.estimate(0, count) > sizes.limit:
        points = _cut_points(_units(tree, tokens, sizes), tokens, sizes)
        cuts = _pack(points, tokens, sizes)

    spans: list[tuple[int, int]] = []
    for first, after in zip(cuts, [*cuts[1:], count], strict=True):
        spans.extend(_spans(first, after, tokens, sizes))
    kind = "text" if tree is None else "code"
    return list(_chunks(path, kind, spans, tokens, symbols))


def _units(tree: tree_sitter.Tree | None, tokens: LineTokens, sizes: _Sizes) -> list[Unit]:
    if tree is None:
        return list(text_units(tokens.lines))
    return list(tree_units(tree, tokens, sizes.limit))


def _with_ends(units: Sequence[Unit], end: int) -> Iterator[tuple[Unit, int]]:
    """Each unit with the line after its last one; `end` is that of the last unit."""
    return zip(units, [*(unit.first for unit in units[1:]), end], strict=True)


# Cut points: where the file may be cut.


def _cut_points(units: Sequence[Unit], tokens: LineTokens, sizes: _Sizes) -> list[Unit]:
    """The units, and lines within them, before which the file may be cut; the first is line 0."""
    units = [units[0]._replace(first=0), *units[1:]] if units else [Unit(0, 0)]
    points: list[Unit] = []
    group: list[Unit] = []
    for unit, after in _with_ends(units, len(tokens.lines)):
        group.append(unit)
        if not unit.joins_next:
            points.extend(_group_points(group, after, tokens, sizes))
            group = []
    if group:
        points.extend(_group_points(group, len(tokens.lines), tokens, sizes))
    return points


def _group_points(
    group: Sequence[Unit], end: int, tokens: LineTokens, sizes: _Sizes
) -> Iterator[Unit]:
    """Cut points of units that join each other: only the first, unless the group is too large."""
    if tokens.estimate(group[0].first, end) <= sizes.limit:
        yield group[0]
        return
    for unit, after in _with_ends(group, end):
        yield unit
        if tokens.estimate(unit.first, after) > sizes.limit:
            yield from _line_points(unit, after, tokens, sizes)


def _line_points(unit: Unit, after: int, tokens: LineTokens, sizes: _Sizes) -> Iterator[Unit]:
    """Line ends that divide a unit which no tree could divide: a long table, a huge literal."""
    start = unit.first
    for line in range(unit.first + 1, after):
        if tokens.estimate(start, line + 1) > sizes.target:
            yield Unit(line, unit.depth + 1)
            start = line


# Packing: which of the cut points are used.


def _pack(points: Sequence[Unit], tokens: LineTokens, sizes: _Sizes) -> list[int]:
    """First lines of the chunks: neighbouring units are merged up to the target."""
    count = len(tokens.lines)
    cuts: list[int] = [0]
    deepest = 0
    for unit, after in islice(_with_ends(points, count), 1, None):
        size = tokens.estimate(cuts[-1], unit.first)
        size_with_unit = tokens.estimate(cuts[-1], after)

        is_preamble = (
            len(cuts) == 1 and size <= sizes.small and size_with_unit <= sizes.limit + sizes.small
        )
        is_full = size_with_unit > sizes.target and not is_preamble
        # The unit lies outside the divided definition whose parts fill the chunk so far.
        ends_definition = unit.depth < deepest and size > sizes.target / 2

        if is_full or ends_definition:
            cuts.append(unit.first)
            deepest = unit.depth
        deepest = max(deepest, unit.depth)

    if len(cuts) > 1:
        tail = tokens.estimate(cuts[-1], count)
        last_two = tokens.estimate(cuts[-2], count)
        if tail <= sizes.small and last_two <= sizes.limit + sizes.small:
            cuts.pop()
    return cuts


# Spans: from the lines of a chunk to its bytes.


def _spans(first: int, after: int, tokens: LineTokens, sizes: _Sizes) -> Iterator[tuple[int, int]]:
    """The byte spans of lines `first` to `after`: one, unless a line is too long for any chunk."""
    begin = first
    if tokens.estimate(first, after) > sizes.limit:
        for line in range(first, after):
            if tokens.estimate(line, line + 1) > sizes.limit:
                yield from _trimmed_span(begin, line, tokens)
                yield from _slices(tokens.lines, line, int(sizes.limit * BYTES_PER_TOKEN))
                begin = line + 1
    yield from _trimmed_span(begin, after, tokens)


def _trimmed_span(first: int, after: int, tokens: LineTokens) -> Iterator[tuple[int, int]]:
    """The span of lines `first` to `after` without blank lines around; none if all are blank."""
    while first < after and tokens.is_blank(first):
        first += 1
    while after > first and tokens.is_blank(after - 1):
        after -= 1
    if first < after:
        yield tokens.lines.starts[first], tokens.lines.starts[after]


def _slices(lines: LineIndex, line: int, length: int) -> Iterator[tuple[int, int]]:
    """Spans of at most `length` bytes that make up one line."""
    start, end = lines.starts[line], lines.starts[line + 1]
    while start < end:
        cut = end if end - start <= length else _character_start(lines.data, start + length)
        if lines.data[start:cut].strip():
            yield start, cut
        start = cut


def _character_start(data: bytes, position: int) -> int:
    """The start of the UTF-8 character around `position` (at most 3 bytes back)."""
    for back in range(4):
        if data[position - back] & 0xC0 != 0x80:
            return position - back
    return position


# Chunks: from spans to records.


def _chunks(
    path: str,
    kind: str,
    spans: Iterable[tuple[int, int]],
    tokens: LineTokens,
    symbols: FileSymbols,
) -> Iterator[Chunk]:
    module = path.rpartition("/")[0]
    lines = tokens.lines
    sweep = _DefinitionSweep([*symbols.symbols, *symbols.scopes])
    for start, end in spans:
        text = lines.data[start:end]
        first, after = lines.line_at(start), lines.line_after(end)
        is_slice = end - start != lines.starts[after] - lines.starts[first]
        estimate = estimate_tokens(text) if is_slice else round(tokens.estimate(first, after))
        enclosing = _enclosing(sweep.around(start))
        yield Chunk(
            path=path,
            start=first + 1,
            end=after,
            start_byte=start,
            end_byte=end,
            kind=kind,
            module=module,
            symbols=sweep.names_between(start, end),
            tokens=max(1, estimate),
            content_id=content_id(text, enclosing),
            enclosing=enclosing,
        )


class _DefinitionSweep:
    """A file's definitions, passed over once from top to bottom."""

    def __init__(self, definitions: Iterable[Symbol]) -> None:
        self._ordered = sorted(
            definitions, key=lambda symbol: (symbol.start_byte, -symbol.end_byte)
        )
        self._starts = [symbol.start_byte for symbol in self._ordered]
        self._passed = 0
        self._open: list[Symbol] = []

    def around(self, position: int) -> list[Symbol]:
        """Definitions that begin before `position` and end after it, outermost first.

        Positions must not decrease from one call to the next.
        """
        begun = bisect_left(self._starts, position)
        for symbol in self._ordered[self._passed : begun]:
            self._close(symbol.start_byte)
            self._open.append(symbol)
        self._close(position)
        self._passed = begun
        return [symbol for symbol in self._open if symbol.end_byte > position]

    def names_between(self, start: int, end: int) -> tuple[str, ...]:
        """Qualified names of the definitions that begin in a span; scopes define nothing."""
        inside = self._ordered[bisect_left(self._starts, start) : bisect_left(self._starts, end)]
        names = (symbol.qualified for symbol in inside if symbol.kind != SCOPE)
        return tuple(dict.fromkeys(names))

    def _close(self, position: int) -> None:
        while self._open and self._open[-1].end_byte <= position:
            self._open.pop()


def _enclosing(around: Sequence[Symbol]) -> str:
    """Signatures of the definitions around a chunk, one a line."""
    signatures = [symbol.signature for symbol in around]
    if len(signatures) > 2 * _ENCLOSING_ENDS:
        signatures = [*signatures[:_ENCLOSING_ENDS], *signatures[-_ENCLOSING_ENDS:]]
    return "\n".join(signatures)
