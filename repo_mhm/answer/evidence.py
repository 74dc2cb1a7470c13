"""Evidence: from ranked chunks to the source lines put in front of the model, cut to symbols, within a budget. Pure.

Owns how a chunk is cut into pieces, how pieces are chosen and merged, and the budget's formula. Knows nothing about
how chunks were found or how a prompt is worded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from repo_mhm.location import Location
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.search_terms import words
from repo_mhm.source.symbols import Symbol

LONGEST_LINES = 120
"""A piece has no more lines than this, however long its symbol."""
WINDOWS = (60, 30, 15)
"""Lines a piece is cut to, one after the other, until it fits: the window that shares most with the question."""
NOISE = 0.2
"""Pieces worth less than this share of the best one are left out: they cost time and distract small models."""
GAP_LINES = 2
"""Pieces of one file that are no further apart become one."""
LABEL_TOKENS = 30
"""What a piece's place and fences cost beside its lines."""
TOKEN_SECONDS = 0.2
"""Of the time to the first token, what generating it takes once everything is read."""
DEFAULT_SPEED = 100.0
"""Tokens a second assumed until measured: below what two CPU cores do with the default model."""
MOST_TOKENS = 3000
"""More evidence makes small models ramble (DESIGN §7)."""
LEAST_TOKENS = 150
"""Less than this is not worth showing, however slow the machine."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Source lines; `context` is the signature of what encloses them, mostly empty."""

    location: Location
    text: str
    context: str = ""
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Source:
    """A recalled chunk with its redacted text, the symbols of its file and its score."""

    chunk: Chunk
    text: str
    symbols: Sequence[Symbol]
    score: float


def budget(speed: float, seconds_left: float, other_tokens: int) -> int:
    """Tokens of evidence that can be read in `seconds_left` at `speed` tokens a second, beside the rest of the prompt.

    `speed` 0 means that it has not been measured.
    """
    affordable = (
        int((speed or DEFAULT_SPEED) * max(0.0, seconds_left - TOKEN_SECONDS)) - other_tokens
    )
    return max(LEAST_TOKENS, min(MOST_TOKENS, affordable))


def gather(
    sources: Sequence[Source],
    idf: Mapping[str, float],
    names: Iterable[str],
    tokens: int,
    count: Callable[[str], int],
) -> list[Evidence]:
    """The best pieces of `sources` for a question's terms (with their idf) and names, within `tokens`; best first.

    Pieces are whole symbols, or the best window of long ones. No line comes twice.
    """
    wanted = {name.replace("::", ".").replace("#", ".") for name in names}
    best = max((source.score for source in sources), default=1.0) or 1.0
    found: list[Evidence] = []
    least = 0.0
    for source in sources:
        for piece, owner in _pieces(source):
            worth = _worth(piece, idf) * source.score / best
            least = max(least, NOISE * worth)
            found.append(replace(piece, score=worth * _asked_for(owner, wanted)))
    chosen: list[Evidence] = []
    for piece in sorted(found, key=lambda piece: (-piece.score, piece.location)):
        if piece.score <= least:
            break
        for cut in (piece, *(_window(piece, idf, most) for most in WINDOWS)):
            cost = count(cut.text) + LABEL_TOKENS
            if cost <= tokens:
                chosen.append(cut)
                tokens -= cost
                break
    return merge(chosen, sources)


def _pieces(source: Source) -> Iterator[tuple[Evidence, Symbol | None]]:
    """The chunk's lines by innermost symbol, each with that symbol; together they are the whole chunk."""
    lines = source.text.split("\n")
    first = source.chunk.start
    owners = _owners(source, first, len(lines))
    start = 0
    for index in range(1, len(lines) + 1):
        if (
            index == len(lines)
            or owners[index] is not owners[start]
            or index - start >= LONGEST_LINES
        ):
            yield from _piece(source, lines[start:index], first + start, owners[start])
            start = index


def _owners(source: Source, first: int, length: int) -> list[Symbol | None]:
    owners: list[Symbol | None] = [None] * length
    last = first + length - 1
    routines = {symbol.qualified for symbol in source.symbols if symbol.kind in _ROUTINES}
    for symbol in sorted(source.symbols, key=lambda symbol: (symbol.start_byte, -symbol.end_byte)):
        if (
            symbol.kind in _SMALL
            or symbol.container in routines
            or symbol.end < first
            or symbol.start > last
        ):
            continue
        begin, end = max(symbol.start, first) - first, min(symbol.end, last) - first
        owners[begin : end + 1] = [symbol] * (end - begin + 1)
    return owners


_ROUTINES = frozenset({"function", "method", "test", "route", "command"})
"""Kinds whose inner definitions are read with them."""
_SMALL = frozenset({"constant", "key", "rule", "element"})
"""Kinds that are too small to be a piece of their own."""


def _piece(
    source: Source, lines: Sequence[str], start: int, owner: Symbol | None
) -> Iterator[tuple[Evidence, Symbol | None]]:
    blank_above = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    kept = list(lines[blank_above:])
    while kept and not kept[-1].strip():
        kept.pop()
    if kept:
        begin = start + blank_above
        text, context = "\n".join(kept), _context(source, owner, begin)
        location = Location(source.chunk.path, begin, begin + len(kept) - 1)
        yield Evidence(location, text, context), owner


def _context(source: Source, owner: Symbol | None, start: int) -> str:
    """Signatures around a piece that its own lines lack: its class's, or its function's when it begins inside."""
    if owner is None:
        return ""
    by_name = {symbol.qualified: symbol for symbol in source.symbols}
    around = [owner] if owner.start < start else []
    container = by_name.get(owner.container)
    if container is not None and container.start < start:
        around.insert(0, container)
    return "\n".join(symbol.signature for symbol in around)


def _worth(piece: Evidence, idf: Mapping[str, float]) -> float:
    """Share of the question's term weight that a piece holds; long pieces hold words by chance, so they count less."""
    held = set(words(f"{piece.location.path} {piece.context} {piece.text}"))
    total = sum(idf.values()) or 1.0
    share = (
        sum(
            weight for term, weight in idf.items() if term in held or term.removesuffix("s") in held
        )
        / total
    )
    return share / (1 + piece.text.count("\n") / 400)


def _asked_for(owner: Symbol | None, wanted: set[str]) -> float:
    """How much more a piece counts when the question names its symbol (most) or the class around it."""
    if owner is None:
        return 1.0
    tails = {owner.qualified[at:] for at in _starts(owner.qualified)}
    if tails & wanted:
        return 2.5
    around = {owner.container[at:] for at in _starts(owner.container)} if owner.container else set()
    return 1.3 if around & wanted else 1.0


def _starts(qualified: str) -> list[int]:
    return [0, *(index + 1 for index, letter in enumerate(qualified) if letter in ".:")]


def _window(piece: Evidence, idf: Mapping[str, float], most: int) -> Evidence:
    """The `most` consecutive lines that share most with the question."""
    lines = piece.text.split("\n")
    if len(lines) <= most:
        return piece
    gains = [sum(idf.get(term, 0.0) for term in set(words(line))) for line in lines]
    sums = [sum(gains[start : start + most]) for start in range(len(lines) - most + 1)]
    start = max(range(len(sums)), key=lambda index: (sums[index], -index))
    first = piece.location.start + start
    return replace(
        piece,
        location=Location(piece.location.path, first, first + most - 1),
        text="\n".join(lines[start : start + most]),
        context=piece.context if start == 0 else piece.context or lines[0].strip(),
    )


def merge(pieces: Sequence[Evidence], sources: Iterable[Source]) -> list[Evidence]:
    """Join pieces of one file that are at most GAP_LINES apart; groups stand where their best piece stood."""
    known = {
        (source.chunk.path, source.chunk.start + offset): line
        for source in sources
        for offset, line in enumerate(source.text.split("\n"))
    }
    groups: list[Evidence] = []
    for piece in sorted(pieces, key=lambda piece: piece.location):
        last = groups[-1] if groups else None
        joined = _joined(last, piece, known) if last is not None else None
        if joined is None:
            groups.append(piece)
        else:
            groups[-1] = joined
    return sorted(groups, key=lambda piece: (-piece.score, piece.location))


def _joined(
    last: Evidence, piece: Evidence, known: Mapping[tuple[str, int], str]
) -> Evidence | None:
    path, end = piece.location.path, piece.location.end
    between = [(path, line) for line in range(last.location.end + 1, piece.location.start)]
    if (
        last.location.path != path
        or len(between) > GAP_LINES
        or not all(place in known for place in between)
    ):
        return None
    text = "\n".join([last.text, *(known[place] for place in between), piece.text])
    location = replace(last.location, end=end)
    return replace(last, location=location, text=text, score=max(last.score, piece.score))
