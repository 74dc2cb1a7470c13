"""Chunks: ordered, disjoint spans that together cover every non-blank line of a file.

Owns the chunking policy: whole top-level definitions where they fit, large ones split at their members, then at
statements, small neighbours merged, a file's preamble kept with what follows it. Pure: bytes in, chunks out.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from repo_mhm.location import Location
from repo_mhm.source.line_index import LineIndex
from repo_mhm.source.symbols import SCOPE, Symbol

if TYPE_CHECKING:
    import tree_sitter

TARGET_TOKENS = 1400
"""A chunk is closed when the next unit would carry it past this (DESIGN §5: 1,200-1,600 amortise best)."""
LIMIT_TOKENS = 1600
"""A definition up to this size is never cut."""
SMALL_TOKENS = 400
"""A preamble or a file's tail up to this size joins its neighbour, even past LIMIT_TOKENS."""
BYTES_PER_TOKEN = 4.3
"""Bytes per token of a line without its indentation, as Qwen2.5's tokeniser counts (`scripts/bench_chunks
--calibrate MODEL.gguf` prints how far estimates are off)."""
TOKENS_PER_LINE = 1.9
"""Tokens that a line's end and its indentation add (from the same command)."""
_CHILDREN_PER_LINE = 8
"""A node with more is a table or a literal: its lines cut it as well, and looking at millions of cells takes long."""
_ENCLOSING_ENDS = 3
"""Of a deeply nested chunk's enclosing definitions so many outermost and so many innermost ones are told."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """An ordered span of one file: lines are 1-based and inclusive, bytes half open."""

    path: str
    start: int
    end: int
    start_byte: int
    end_byte: int
    kind: str
    """`code` (cut along the grammar) or `text` (cut at headings or blank lines)."""
    module: str
    """The file's directory, POSIX style, empty for the root."""
    symbols: tuple[str, ...]
    """Qualified names of the definitions that start in it."""
    tokens: int
    """An estimate; engines count exactly."""
    content_id: str
    """32 hex digits, a hash of its text and `enclosing`: equal text under another path has the same id."""
    enclosing: str
    """Signatures of the definitions its first line continues, outermost first, one a line; empty at top level."""

    @property
    def location(self) -> Location:
        """Its lines."""
        return Location(self.path, self.start, self.end)


class _Unit(NamedTuple):
    """Lines that stay together: the first one (from 0), how deep in the tree, and whether it leans on the next."""

    first: int
    depth: int
    leans: bool = False


class _Sizes(NamedTuple):
    """TARGET_TOKENS, LIMIT_TOKENS and SMALL_TOKENS, scaled to the target asked for."""

    target: float
    limit: float
    small: float


class _Scale:
    """What spans of lines weigh, in estimated tokens."""

    def __init__(self, lines: LineIndex) -> None:
        self.lines = lines
        sizes = list(map(len, map(bytes.strip, lines.texts)))
        self._sizes = list(accumulate(sizes, initial=0))
        self._filled = list(accumulate(map(bool, sizes), initial=0))

    def weight(self, first: int, after: int) -> float:
        size = self._sizes[after] - self._sizes[first]
        return (
            size / BYTES_PER_TOKEN + (self._filled[after] - self._filled[first]) * TOKENS_PER_LINE
        )

    def blank(self, line: int) -> bool:
        return self._sizes[line] == self._sizes[line + 1]


def estimate_tokens(data: bytes) -> int:
    """Roughly how many tokens a model makes of `data`, by its lines; a blank line joins the line end above it."""
    sizes = [size for size in map(len, map(bytes.strip, data.split(b"\n"))) if size]
    return round(sum(sizes) / BYTES_PER_TOKEN + len(sizes) * TOKENS_PER_LINE)


def chunk_file(
    path: str,
    data: bytes,
    tree: tree_sitter.Tree | None = None,
    symbols: Sequence[Symbol] = (),
    *,
    scopes: Sequence[Symbol] = (),
    target: int = TARGET_TOKENS,
    lines: LineIndex | None = None,
) -> list[Chunk]:
    """Cut one file, along its syntax tree when there is one, else at headings and blank lines.

    `data` is UTF-8 as far as it is text at all; invalid bytes are kept as they are and never split a valid character.
    `scopes` are told as enclosing only. `target` (tokens, at least 16) scales every size; `lines` saves
    splitting `data` again.
    """
    if not data.strip():
        return []
    ratio = target / TARGET_TOKENS
    sizes = _Sizes(target, LIMIT_TOKENS * ratio, SMALL_TOKENS * ratio)
    scale = _Scale(lines or LineIndex(data))
    count = len(scale.lines)
    cuts = [0]
    if scale.weight(0, count) > sizes.limit:
        units = _text_units(scale.lines) if tree is None else _tree_units(tree, scale, sizes)
        cuts = _pack(_cut_points(list(units), scale, sizes), scale, sizes)
    pieces = [
        piece
        for first, after in zip(cuts, [*cuts[1:], count], strict=True)
        for piece in _pieces(scale, first, after, sizes)
    ]
    return list(
        _chunks(path, scale, pieces, "text" if tree is None else "code", [*symbols, *scopes])
    )


def _tree_units(tree: tree_sitter.Tree, scale: _Scale, sizes: _Sizes) -> Iterator[_Unit]:
    """Units along the tree: a node that weighs too much gives way to its children, on and on.

    Its first line leans on them; brackets and keywords (anonymous nodes) stay with what stands before them.
    """
    stack = [(node, 0) for node in reversed(tree.root_node.children)]
    last = -1
    while stack:
        node, depth = stack.pop()
        first = node.start_point.row
        row, column = node.end_point
        after = row + 1 if column or row == first else row
        heavy = (
            after - first > 1
            and scale.weight(first, after) > sizes.limit
            and 0 < node.child_count <= _CHILDREN_PER_LINE * (after - first)
        )
        if first > last and node.is_named:
            yield _Unit(first, depth, heavy or _leans(node, first, after, scale))
        if heavy:
            stack.extend((child, depth + 1) for child in reversed(node.children))
            last = max(last, first)
        else:
            last = max(last, after - 1)


def _leans(node: tree_sitter.Node, first: int, after: int, scale: _Scale) -> bool:
    """Comments and attributes (Rust's `#[…]`, Elixir's `@doc`) belong to what follows without a blank line.

    So does a `/**` even above a blank line, unless the file begins with it.
    """
    count = len(scale.lines)
    text = scale.lines.texts[first].lstrip()
    if first and after < count and scale.blank(after) and text.startswith(b"/**"):
        after += 1
    if after >= count or scale.blank(after):
        return False
    return "comment" in node.type or text.startswith((b"@", b"#["))


HEADING = re.compile(rb"#{1,6}\s|[=\-~^\"'*+#`.:_]{3,}\s*$")
"""A Markdown heading, or a line of punctuation under or over one."""


def _text_units(lines: LineIndex) -> Iterator[_Unit]:
    """Paragraphs; a heading leans on what follows."""
    after_blank = True
    for number, text in enumerate(lines.texts):
        blank = not text.strip()
        if after_blank and not blank:
            following = lines.texts[number + 1] if number + 1 < len(lines) else b""
            heading = HEADING.match(text) or HEADING.match(following)
            depth = len(text) - len(text.lstrip(b"#")) if heading else 9
            yield _Unit(number, depth, bool(heading))
        after_blank = blank


def _cut_points(units: Sequence[_Unit], scale: _Scale, sizes: _Sizes) -> list[_Unit]:
    """Where the file may be cut: not behind a unit that leans, unless both are too much for one chunk."""
    begun = [_Unit(0, 0)] if not units else [units[0]._replace(first=0), *units[1:]]
    points: list[_Unit] = []
    held: list[_Unit] = []
    for unit, after in zip(
        begun, [*(unit.first for unit in begun[1:]), len(scale.lines)], strict=True
    ):
        held.append(unit)
        if not unit.leans:
            points.extend(_group_points(held, after, scale, sizes))
            held = []
    if held:
        points.extend(_group_points(held, len(scale.lines), scale, sizes))
    return points


def _group_points(
    group: Sequence[_Unit], after: int, scale: _Scale, sizes: _Sizes
) -> Iterator[_Unit]:
    if scale.weight(group[0].first, after) <= sizes.limit:
        yield group[0]
        return
    for unit, end in zip(group, [*(unit.first for unit in group[1:]), after], strict=True):
        yield unit
        if scale.weight(unit.first, end) > sizes.limit:
            yield from _line_points(unit, end, scale, sizes)


def _line_points(unit: _Unit, after: int, scale: _Scale, sizes: _Sizes) -> Iterator[_Unit]:
    """Line ends that break up what no tree could: a long table, a huge literal."""
    start = unit.first
    for line in range(unit.first + 1, after):
        if scale.weight(start, line + 1) > sizes.target:
            yield _Unit(line, unit.depth + 1)
            start = line


def _pack(units: Sequence[_Unit], scale: _Scale, sizes: _Sizes) -> list[int]:
    """First lines of the chunks: neighbouring units are merged up to the target."""
    count = len(scale.lines)
    cuts: list[int] = [0]
    depth = 0
    for unit, following in zip(
        units[1:], [*(u.first for u in units[2:]), count], strict=False
    ):  # a lone unit stays
        held = scale.weight(cuts[-1], unit.first)
        together = scale.weight(cuts[-1], following)
        ends_definition = unit.depth < depth and held > sizes.target / 2
        preamble = len(cuts) == 1 and held <= sizes.small and together <= sizes.limit + sizes.small
        if (together > sizes.target and not preamble) or ends_definition:
            cuts.append(unit.first)
            depth = unit.depth
        depth = max(depth, unit.depth)
    tail = scale.weight(cuts[-1], count)
    if (
        len(cuts) > 1
        and tail <= sizes.small
        and scale.weight(cuts[-2], count) <= sizes.limit + sizes.small
    ):
        cuts.pop()
    return cuts


def _trim(scale: _Scale, first: int, after: int) -> tuple[int, int]:
    while first < after and scale.blank(first):
        first += 1
    while after > first and scale.blank(after - 1):
        after -= 1
    return first, after


def _pieces(scale: _Scale, first: int, after: int, sizes: _Sizes) -> Iterator[tuple[int, int]]:
    """Byte spans of one cut without blank lines around; lines too long for any chunk stand alone, in slices."""
    begin = first
    if scale.weight(first, after) > sizes.limit:
        for line in range(first, after):
            if scale.weight(line, line + 1) > sizes.limit:
                yield from _whole(scale, begin, line)
                yield from _slices(scale.lines, line, int(sizes.limit * BYTES_PER_TOKEN))
                begin = line + 1
    yield from _whole(scale, begin, after)


def _whole(scale: _Scale, first: int, after: int) -> Iterator[tuple[int, int]]:
    first, after = _trim(scale, first, after)
    if first < after:
        yield scale.lines.starts[first], scale.lines.starts[after]


def _slices(lines: LineIndex, line: int, length: int) -> Iterator[tuple[int, int]]:
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


def _chunks(
    path: str,
    scale: _Scale,
    pieces: Iterable[tuple[int, int]],
    kind: str,
    symbols: Sequence[Symbol],
) -> Iterator[Chunk]:
    module = path.rpartition("/")[0]
    ordered = sorted(symbols, key=lambda symbol: (symbol.start_byte, -symbol.end_byte))
    begins = [symbol.start_byte for symbol in ordered]
    around: list[Symbol] = []
    opened = 0
    for start, end in pieces:
        text = scale.lines.data[start:end]
        first, after = scale.lines.at(start), scale.lines.until(end)
        sliced = end - start != scale.lines.starts[after] - scale.lines.starts[first]
        inside = bisect_left(begins, start)
        for symbol in ordered[opened:inside]:
            _close(around, symbol.start_byte)
            around.append(symbol)
        _close(around, start)
        opened = inside
        enclosing = _enclosing(around, start)
        begun = (
            symbol for symbol in ordered[inside : bisect_left(begins, end)] if symbol.kind != SCOPE
        )
        yield Chunk(
            path=path,
            start=first + 1,
            end=after,
            start_byte=start,
            end_byte=end,
            kind=kind,
            module=module,
            symbols=tuple(dict.fromkeys(symbol.qualified for symbol in begun)),
            tokens=max(1, estimate_tokens(text) if sliced else round(scale.weight(first, after))),
            content_id=content_id(text, enclosing),
            enclosing=enclosing,
        )


def _close(around: list[Symbol], position: int) -> None:
    while around and around[-1].end_byte <= position:
        around.pop()


def _enclosing(around: Sequence[Symbol], position: int) -> str:
    signatures = [symbol.signature for symbol in around if symbol.end_byte > position]
    if len(signatures) > 2 * _ENCLOSING_ENDS:
        signatures = [*signatures[:_ENCLOSING_ENDS], *signatures[-_ENCLOSING_ENDS:]]
    return "\n".join(signatures)


def chunk_text(data: bytes, chunk: Chunk) -> str:
    """A chunk's text; `data` is the file as it was cut (see `decode`). Bytes that are not UTF-8 are replaced."""
    return data[chunk.start_byte : chunk.end_byte].decode("utf-8", "replace")


def content_id(text: bytes, enclosing: str) -> str:
    """BLAKE2b-128 of a chunk's text and its enclosing signatures, in hex."""
    digest = hashlib.blake2b(text, digest_size=16)
    if enclosing:
        digest.update(b"\0" + enclosing.encode("utf-8", "replace"))
    return digest.hexdigest()
