"""Evidence: the source lines of ranked chunks that are put in front of the model. Pure.

The idea: each chunk is cut into pieces along its innermost symbols. A piece's score is the share
of the question's term weight that it holds, times the score of its chunk, times a factor where the
question names its symbol. Pieces are chosen by score until the budget is spent; one that does not
fit is cut to the window of lines that shares most with the question. Chosen pieces that lie next
to each other are joined. Cutting and scoring do not depend on the budget, so that one
`EvidencePool` serves both the prompt and the attribution of sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from repo_mhm.answer.prefill_speed import PrefillSpeed
from repo_mhm.location import Location
from repo_mhm.memory.notes import TokenCounter
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.search_terms import words
from repo_mhm.source.symbols import Symbol

MAX_LINES = 120
"""A piece has no more lines than this, however long its symbol."""
WINDOWS = (60, 30, 15)
"""Sizes in lines that a piece is cut to, tried in this order until it fits."""
MIN_RELATIVE_SCORE = 0.2
"""Pieces worth less than this share of the best are left out: they distract small models."""
MAX_GAP = 2
"""Pieces of one file with no more lines than this between them are joined."""
LABEL_TOKENS = 30
"""Tokens of a piece's location and fences, added to those of its lines."""
TOKEN_SECONDS = 0.2
"""Seconds that generating the first token takes once everything is prefilled."""
MAX_TOKENS = 3000
"""More evidence makes small models ramble (DESIGN §7)."""
MIN_TOKENS = 150
"""Less than this is not worth showing, however slow the machine."""
LENGTH_PENALTY_LINES = 400
"""A piece of so many lines counts half: long pieces hold words by chance."""
NAMED_FACTOR = 2.5
"""How much more a piece counts when the question names its symbol."""
NAMED_CONTAINER_FACTOR = 1.3
"""How much more it counts when the question names the class around its symbol."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Source lines at a location."""

    location: Location
    text: str
    context: str = ""
    """Signatures of what encloses the lines, one a line; empty where nothing does."""
    score: float = 0.0
    symbol: str = ""
    """Qualified name of the innermost definition around the lines; empty where none is."""


@dataclass(frozen=True, slots=True)
class Source:
    """A ranked chunk with its redacted text, the symbols of its file and its score."""

    chunk: Chunk
    text: str
    symbols: Sequence[Symbol]
    score: float


@dataclass(frozen=True, slots=True)
class EvidencePool:
    """The pieces that are worth showing for one question, best first."""

    pieces: Sequence[Evidence]
    sources: Sequence[Source]
    term_weights: Mapping[str, float]

    def within(self, tokens: int, count: TokenCounter) -> list[Evidence]:
        """The best pieces that cost at most `tokens`, joined to their neighbours; best first.

        Pieces are whole symbols, or the best window of long ones. No line comes twice.
        """
        chosen: list[Evidence] = []
        for piece in self.pieces:
            for cut in self._cuts(piece):
                cost = count(cut.text) + LABEL_TOKENS
                if cost <= tokens:
                    chosen.append(cut)
                    tokens -= cost
                    break
        return _joined_pieces(chosen, self.sources)

    def _cuts(self, piece: Evidence) -> Iterator[Evidence]:
        """The whole piece, then ever smaller windows of it."""
        yield piece
        for size in WINDOWS:
            yield _window(piece, self.term_weights, size)


def evidence_budget(
    speed: PrefillSpeed, seconds_left: float, prefix: int, other_tokens: int
) -> int:
    """Tokens of evidence that can be prefilled in `seconds_left`, beside `other_tokens`.

    All of them come behind `prefix` tokens that have been read before.
    """
    readable = speed.tokens_readable(seconds_left - TOKEN_SECONDS, prefix)
    affordable = readable - other_tokens
    return max(MIN_TOKENS, min(MAX_TOKENS, affordable))


def collect_evidence(
    sources: Sequence[Source], term_weights: Mapping[str, float], names: Iterable[str]
) -> EvidencePool:
    """Cut `sources` into pieces and score them for a question's terms and names."""
    asked_names = {name.replace("::", ".").replace("#", ".") for name in names}
    best_source = max((source.score for source in sources), default=1.0) or 1.0
    scored: list[Evidence] = []
    min_score = 0.0

    for source in sources:
        for piece, owner in _pieces(source):
            share = _term_share(piece, term_weights) * source.score / best_source
            # The factor for names does not raise the least score of pieces that are not named.
            min_score = max(min_score, MIN_RELATIVE_SCORE * share)
            scored.append(replace(piece, score=share * _name_factor(owner, asked_names)))

    best_first = sorted(scored, key=lambda piece: (-piece.score, piece.location))
    worth_showing = [piece for piece in best_first if piece.score > min_score]
    return EvidencePool(worth_showing, sources, term_weights)


# Cutting --------------------------------------------------------------------------------------

_ROUTINES = frozenset({"function", "method", "test", "route", "command"})
"""Kinds whose inner definitions are read with them."""
_SMALL_KINDS = frozenset({"constant", "key", "rule", "element"})
"""Kinds that are too small to be a piece of their own."""


def _pieces(source: Source) -> Iterator[tuple[Evidence, Symbol | None]]:
    """The chunk's lines by innermost symbol, each piece with that symbol."""
    lines = source.text.split("\n")
    first_line = source.chunk.start
    owners = _owners(source, first_line, len(lines))
    start = 0

    for index in range(1, len(lines) + 1):
        is_at_end = index == len(lines)
        if is_at_end or owners[index] is not owners[start] or index - start >= MAX_LINES:
            piece = _piece(source, lines[start:index], first_line + start, owners[start])
            if piece is not None:
                yield piece, owners[start]
            start = index


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
) -> Evidence | None:
    """The lines without the blank ones at both ends; None if all are blank."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    if not filled:
        return None
    start, end = filled[0], filled[-1]
    location = Location(source.chunk.path, first_line + start, first_line + end)
    text = "\n".join(lines[start : end + 1])
    context = _context(source, owner, location.start)
    return Evidence(location, text, context, symbol=owner.qualified if owner else "")


def _context(source: Source, owner: Symbol | None, first_line: int) -> str:
    """Signatures around a piece that its own lines lack, one a line.

    That of its symbol where the piece begins inside it, after that of the symbol's container.
    """
    if owner is None:
        return ""
    by_name = {symbol.qualified: symbol for symbol in source.symbols}
    around = [owner] if owner.start < first_line else []
    container = by_name.get(owner.container)
    if container is not None and container.start < first_line:
        around.insert(0, container)
    return "\n".join(symbol.signature for symbol in around)


# Scoring --------------------------------------------------------------------------------------


def _term_share(piece: Evidence, term_weights: Mapping[str, float]) -> float:
    """Share of the question's term weight that a piece holds; less for a long one."""
    piece_words = set(words(f"{piece.location.path} {piece.context} {piece.text}"))
    total = sum(term_weights.values()) or 1.0
    covered = sum(
        weight
        for term, weight in term_weights.items()
        if term in piece_words or term.removesuffix("s") in piece_words
    )
    return covered / total / (1 + piece.text.count("\n") / LENGTH_PENALTY_LINES)


def _name_factor(owner: Symbol | None, asked_names: set[str]) -> float:
    """How much more a piece counts for the names in the question."""
    if owner is None:
        return 1.0
    if _endings(owner.qualified) & asked_names:
        return NAMED_FACTOR
    if owner.container and _endings(owner.container) & asked_names:
        return NAMED_CONTAINER_FACTOR
    return 1.0


def _endings(qualified: str) -> set[str]:
    """A qualified name, and what is left of it after each separator."""
    separators = (index for index, letter in enumerate(qualified) if letter in ".:")
    return {qualified, *(qualified[index + 1 :] for index in separators)}


def _window(piece: Evidence, term_weights: Mapping[str, float], size: int) -> Evidence:
    """The `size` consecutive lines that share most with the question."""
    lines = piece.text.split("\n")
    if len(lines) <= size:
        return piece

    gains = [sum(term_weights.get(term, 0.0) for term in set(words(line))) for line in lines]
    sums = [sum(gains[start : start + size]) for start in range(len(lines) - size + 1)]
    start = max(range(len(sums)), key=lambda index: (sums[index], -index))
    first_line = piece.location.start + start
    return replace(
        piece,
        location=Location(piece.location.path, first_line, first_line + size - 1),
        text="\n".join(lines[start : start + size]),
        # A window that begins inside its symbol gets the symbol's first line as context.
        context=piece.context if start == 0 else piece.context or lines[0].strip(),
    )


# Joining --------------------------------------------------------------------------------------


def _joined_pieces(pieces: Sequence[Evidence], sources: Iterable[Source]) -> list[Evidence]:
    """Pieces of one file with at most MAX_GAP lines between them joined; best first."""
    line_at = {
        (source.chunk.path, source.chunk.start + offset): line
        for source in sources
        for offset, line in enumerate(source.text.split("\n"))
    }
    groups: list[Evidence] = []

    for piece in sorted(pieces, key=lambda piece: piece.location):
        joined = _joined(groups[-1], piece, line_at) if groups else None
        if joined is None:
            groups.append(piece)
        else:
            groups[-1] = joined

    return sorted(groups, key=lambda piece: (-piece.score, piece.location))


def _joined(
    last: Evidence, piece: Evidence, line_at: Mapping[tuple[str, int], str]
) -> Evidence | None:
    """Both pieces and the lines between them as one; None where they are too far apart."""
    path, end = piece.location.path, piece.location.end
    gap = [(path, line) for line in range(last.location.end + 1, piece.location.start)]
    if last.location.path != path or len(gap) > MAX_GAP:
        return None
    if not all(position in line_at for position in gap):
        return None

    text = "\n".join([last.text, *(line_at[position] for position in gap), piece.text])
    location = replace(last.location, end=end)
    return replace(last, location=location, text=text, score=max(last.score, piece.score))
