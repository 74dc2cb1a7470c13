"""Chunks: ordered, disjoint spans that together cover every non-blank line of a file.

Owns the chunking policy: whole top-level definitions where they fit, large ones split at their members, then at
statements, small neighbours merged, a file's preamble kept with what follows it. Pure: bytes in, chunks out.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from repo_mhm.symbols import Symbol

if TYPE_CHECKING:
    import tree_sitter

TARGET_TOKENS = 1400
"""A chunk is closed when the next unit would carry it past this (DESIGN §5: 1,200-1,600 amortise best)."""
LIMIT_TOKENS = 1600
"""A definition up to this size is never cut."""
SMALL_TOKENS = 400
"""A preamble or a file's tail up to this size joins its neighbour, even past LIMIT_TOKENS."""
BYTES_PER_TOKEN = 3.2
"""Bytes other than blanks per token of source code, as Qwen2.5's tokeniser counts (see `scripts/bench_chunks`)."""


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


class _Unit(NamedTuple):
    """Lines that stay together: the first one (0-based), how deep in the tree, and whether it leans on the next."""

    first: int
    depth: int
    leans: bool = False


class _Lines:
    """Where a file's lines start, and what spans of them weigh in estimated tokens."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.texts = data.split(b"\n")
        if not self.texts[-1] and len(self.texts) > 1:
            self.texts.pop()
        self.starts = list(accumulate([len(text) + 1 for text in self.texts], initial=0))
        self.starts[-1] = len(data)
        self._density = estimate_tokens(data) / max(1, len(data))

    def __len__(self) -> int:
        return len(self.texts)

    def weight(self, first: int, after: int) -> float:
        return (self.starts[after] - self.starts[first]) * self._density

    def blank(self, line: int) -> bool:
        return not self.texts[line].strip()


def estimate_tokens(data: bytes) -> int:
    """Roughly how many tokens a model makes of `data`: blanks mostly join what follows them, line ends count half."""
    return round(len(data.translate(None, b" \t\r")) / BYTES_PER_TOKEN + data.count(b"\n") / 2)


def chunk_file(
    path: str, data: bytes, tree: tree_sitter.Tree | None = None, symbols: Sequence[Symbol] = ()
) -> list[Chunk]:
    """Cut one file, along its syntax tree when there is one, else at headings and blank lines.

    `data` is UTF-8 as far as it is text at all; invalid bytes are kept as they are and never split a valid character.
    """
    if not data.strip():
        return []
    lines = _Lines(data)
    if lines.weight(0, len(lines)) <= LIMIT_TOKENS:
        cuts = [0]
    else:
        units = _text_units(lines) if tree is None else _tree_units(tree, lines)
        cuts = _pack(_cut_points(units, lines), lines)
    spans = [_trim(lines, first, after) for first, after in zip(cuts, [*cuts[1:], len(lines)], strict=True)]
    pieces = [piece for span in spans if span for piece in _cut_long_lines(lines, *span)]
    kind = "text" if tree is None else "code"
    return list(_chunks(path, data, lines, pieces, kind, symbols))


def _tree_units(tree: tree_sitter.Tree, lines: _Lines) -> Iterator[_Unit]:
    """Units along the tree: a node that weighs too much is replaced by its children, on and on."""
    stack = [(node, 0) for node in reversed(tree.root_node.children)]
    last = -1
    while stack:
        node, depth = stack.pop()
        first, final = node.start_point[0], node.end_point[0]
        if first < final and lines.weight(first, min(final + 1, len(lines))) > LIMIT_TOKENS and node.child_count:
            stack.extend((child, depth + 1) for child in reversed(node.children))
            continue
        if first > last:
            above = "comment" in node.type and final + 1 < len(lines) and not lines.blank(final + 1)
            yield _Unit(first, depth, leans=above)
        last = max(last, final)


HEADING = re.compile(rb"#{1,6}\s|[=\-~^\"'*+#`.:_]{3,}\s*$")


def _text_units(lines: _Lines) -> Iterator[_Unit]:
    """Paragraphs; a heading (Markdown's `#`, or a line of punctuation under or over it) leans on what follows."""
    after_blank = True
    for number, text in enumerate(lines.texts):
        blank = not text.strip()
        if after_blank and not blank:
            following = lines.texts[number + 1] if number + 1 < len(lines) else b""
            heading = bool(HEADING.match(text) or HEADING.match(following))
            yield _Unit(number, 0 if heading else 1, heading)
        after_blank = blank


def _cut_points(units: Iterable[_Unit], lines: _Lines) -> list[_Unit]:
    """Where the file may be cut: not behind a unit that leans, and inside units too heavy for any chunk."""
    joined: list[_Unit] = []
    leaning = False
    for unit in units:
        if not leaning:
            joined.append(unit if joined else unit._replace(first=0))
        leaning = unit.leans
    points: list[_Unit] = []
    for unit, after in zip(joined, [*(unit.first for unit in joined[1:]), len(lines)], strict=True):
        points.append(unit)
        if lines.weight(unit.first, after) > LIMIT_TOKENS:
            points.extend(_line_points(unit, after, lines))
    return points


def _line_points(unit: _Unit, after: int, lines: _Lines) -> Iterator[_Unit]:
    """Line ends that break up what no tree could: a long table, a huge literal."""
    start = unit.first
    for line in range(unit.first + 1, after):
        if lines.weight(start, line + 1) > TARGET_TOKENS:
            yield _Unit(line, unit.depth + 1)
            start = line


def _pack(units: Sequence[_Unit], lines: _Lines) -> list[int]:
    """First lines of the chunks: neighbouring units are merged up to TARGET_TOKENS."""
    cuts: list[int] = [0]
    depth = 0
    for unit, following in zip(units[1:], [*(u.first for u in units[2:]), len(lines)], strict=True):
        held = lines.weight(cuts[-1], unit.first)
        together = lines.weight(cuts[-1], following)
        ends_definition = unit.depth < depth and held > SMALL_TOKENS
        preamble = len(cuts) == 1 and held <= SMALL_TOKENS and together <= LIMIT_TOKENS + SMALL_TOKENS
        if (together > TARGET_TOKENS and not preamble) or ends_definition:
            cuts.append(unit.first)
            depth = unit.depth
        depth = max(depth, unit.depth)
    tail = lines.weight(cuts[-1], len(lines))
    if len(cuts) > 1 and tail <= SMALL_TOKENS and lines.weight(cuts[-2], len(lines)) <= LIMIT_TOKENS + SMALL_TOKENS:
        cuts.pop()
    return cuts


def _trim(lines: _Lines, first: int, after: int) -> tuple[int, int] | None:
    while first < after and lines.blank(first):
        first += 1
    while after > first and lines.blank(after - 1):
        after -= 1
    return (first, after) if first < after else None


def _cut_long_lines(lines: _Lines, first: int, after: int) -> Iterator[tuple[int, int]]:
    """Byte spans of a chunk; more than one only where a single line is far too long for one."""
    start, end = lines.starts[first], lines.starts[after]
    limit = int(2 * LIMIT_TOKENS * BYTES_PER_TOKEN)
    while end - start > limit and lines.weight(first, after) > 2 * LIMIT_TOKENS:
        cut = lines.data.rfind(b"\n", start, start + limit) + 1 or _character_start(lines.data, start + limit)
        yield start, cut
        start = cut
    yield start, end


def _character_start(data: bytes, position: int) -> int:
    """The start of the UTF-8 character around `position` (at most 3 bytes back)."""
    for back in range(4):
        if data[position - back] & 0xC0 != 0x80:
            return position - back
    return position


def _chunks(
    path: str, data: bytes, lines: _Lines, pieces: Iterable[tuple[int, int]], kind: str, symbols: Sequence[Symbol]
) -> Iterator[Chunk]:
    module = path.rpartition("/")[0]
    ordered = sorted(symbols, key=lambda symbol: symbol.start_byte)
    begins = [symbol.start_byte for symbol in ordered]
    for start, end in pieces:
        text = data[start:end]
        first = bisect_right(lines.starts, start)
        last = bisect_left(lines.starts, end)
        enclosing = _enclosing(ordered[: bisect_left(begins, start)], first)
        inside = ordered[bisect_left(begins, start) : bisect_left(begins, end)]
        yield Chunk(
            path=path,
            start=first,
            end=last,
            start_byte=start,
            end_byte=end,
            kind=kind,
            module=module,
            symbols=tuple(dict.fromkeys(symbol.qualified for symbol in inside)),
            tokens=max(1, estimate_tokens(text)),
            content_id=content_id(text, enclosing),
            enclosing=enclosing,
        )


def _enclosing(before: Iterable[Symbol], line: int) -> str:
    return "\n".join(symbol.signature for symbol in before if symbol.start < line <= symbol.end)


def content_id(text: bytes, enclosing: str) -> str:
    """BLAKE2b-128 of a chunk's text and its enclosing signatures, in hex."""
    digest = hashlib.blake2b(text, digest_size=16)
    if enclosing:
        digest.update(b"\0" + enclosing.encode("utf-8", "replace"))
    return digest.hexdigest()


_ENTRY = re.compile(
    r"(readme|pyproject\.toml|setup\.(py|cfg)|package\.json|cargo\.toml|go\.mod|pom\.xml|build\.gradle|gemfile"
    r"|composer\.json|mix\.exs|.*\.gemspec)(\.\w+)*$",
    re.IGNORECASE,
)


def reading_order(path: str) -> tuple[int, tuple[str, ...], str]:
    """Sort key: the root's README and packaging metadata first, then module by module, files by name."""
    module, _, name = path.rpartition("/")
    return 0 if not module and _ENTRY.match(name) else 1, tuple(module.split("/")) if module else (), name


def decode(data: bytes) -> bytes:
    """UTF-8 without byte order mark: UTF-16 and UTF-32 with one are converted, anything else stays as it is."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace").encode("utf-8", "replace")
    return data


_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
