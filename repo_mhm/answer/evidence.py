"""Evidence: the source lines of ranked chunks that are put in front of the model. Pure.

The idea: `evidence_pieces` cuts the chunks along their symbols, and long symbols into segments. A
piece's score is the share of the question's term weight that it holds, times the score of its
chunk, times a factor where the question names its symbol, and less for a test that it does not
name. A segment's score is that of its piece, lowered where another segment of the piece holds more
of the question's terms; the segment with the signature keeps it whole, so that it comes first.
Segments are chosen by score until the budget is spent. Chosen ones that lie next to each other are
joined. Scoring does not depend on the budget, so that one `EvidencePool` serves both the prompt and
the attribution of sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from repo_mhm.answer.evidence_pieces import Piece, Source, pieces, segments
from repo_mhm.location import Location
from repo_mhm.memory.notes import TokenCounter
from repo_mhm.source.file_roles import is_test
from repo_mhm.source.search_terms import holds, words
from repo_mhm.source.stubs import is_stub
from repo_mhm.source.symbols import Symbol

MIN_RELATIVE_SCORE = 0.05
"""Segments worth less than this share of the best are left out: they distract small models."""
MAX_GAP = 2
"""Segments of one file with no more lines than this between them are joined."""
FILE_TOKENS = 24
"""Tokens of a file's first segment beside its lines: location and fences."""
GAP_TOKENS = 8
"""Tokens of each further segment of a file beside its lines."""
LENGTH_PENALTY_LINES = 400
"""A piece of so many lines counts half: long pieces hold words by chance."""
NAMED_FACTOR = 2.5
"""How much more a piece counts when the question names its symbol."""
NAMED_CONTAINER_FACTOR = 1.3
"""How much more it counts when the question names the class around its symbol."""
_TEST_MODULES = frozenset({"test", "tests"})
"""Names of modules for the tests of their own file, as Rust has them."""
TEST_FACTOR = 0.6
"""How much less a piece of a test counts, unless the question names it: what a question about a
test asks is decided by the code that is tested."""
STUB_FACTOR = 0.5
"""How much less a function counts that does nothing itself: what implements it decides."""
OUTSIDE_FACTOR = 0.6
"""How much less lines outside of all symbols count."""
POINTED_SHARE = 0.8
"""What the definition counts that the question points to by a line, without any of its terms: it
comes before what only shares words with the question."""
POINTED_DECAY = 0.9
"""How much less each next one counts: of a trace the innermost frame comes first."""
PIECE_SHARE = 0.7
"""Share of its piece's score that a segment keeps without a term of the question."""
DOCUMENTATION_FACTOR = 0.4
"""How much less the later paragraphs of a docstring count than the code they describe."""


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
    is_pointed: bool = False
    """Whether the question points to the lines, as a trace does."""


@dataclass(frozen=True, slots=True)
class EvidencePool:
    """The segments that are worth showing for one question, best first."""

    pieces: Sequence[Evidence]
    sources: Sequence[Source]
    definitions: Sequence[tuple[float, Piece]]
    """The pieces in definitions before they were cut into segments, with their scores, best
    first."""

    def within(self, tokens: int, count: TokenCounter) -> list[Evidence]:
        """The best segments that cost at most `tokens`, joined to their neighbours; best first.

        No line comes twice.
        """
        chosen: list[Evidence] = []
        files: set[str] = set()
        for segment in self.pieces:
            path = segment.location.path
            label = GAP_TOKENS if path in files else FILE_TOKENS
            cost = count(segment.text) + label
            if cost <= tokens:
                chosen.append(segment)
                files.add(path)
                tokens -= cost
        return _joined_segments(chosen, self.sources)


def collect_evidence(
    sources: Sequence[Source], term_weights: Mapping[str, float], names: Iterable[str]
) -> EvidencePool:
    """Cut `sources` into segments and score them for a question's terms and names."""
    asked_names = {name.replace("::", ".").replace("#", ".") for name in names}
    best_source = max((source.score for source in sources), default=1.0) or 1.0
    scored: list[Evidence] = []
    definitions: list[tuple[float, Piece]] = []
    best_unnamed = 0.0

    for source in sources:
        for piece in pieces(source):
            share = _piece_share(piece, term_weights) * source.score / best_source
            base_share = _base_share(piece)
            share = base_share + (1 - base_share) * share
            # The factor for names does not raise the least score of segments that are not named.
            best_unnamed = max(best_unnamed, share)
            score = share * _factor(piece, asked_names)
            scored += _scored_segments(piece, score, term_weights)
            if piece.owner is not None:
                definitions.append((score, piece))

    best_first = sorted(scored, key=lambda segment: (-segment.score, segment.location))
    min_score = MIN_RELATIVE_SCORE * best_unnamed
    worth_showing = [segment for segment in best_first if segment.score > min_score]
    definitions.sort(key=lambda definition: (-definition[0], definition[1].location))
    return EvidencePool(worth_showing, sources, definitions)


# Scoring --------------------------------------------------------------------------------------


def _scored_segments(
    piece: Piece, score: float, term_weights: Mapping[str, float]
) -> Iterator[Evidence]:
    """The segments of a piece, each with its score."""
    parts = segments(piece)
    shares = [term_share(segment.text, term_weights) for segment in parts]
    best_share = max(shares, default=0.0) or 1.0
    symbol = piece.owner.qualified if piece.owner else ""

    is_pointed = _pointed_share(piece) > 0

    for index, (segment, share) in enumerate(zip(parts, shares, strict=True)):
        factor = PIECE_SHARE + (1 - PIECE_SHARE) * share / best_share
        if index == 0:
            factor = 1.0
        elif segment.is_documentation:
            factor *= DOCUMENTATION_FACTOR
        yield Evidence(
            location=segment.location,
            text=segment.text,
            context=segment.context,
            score=score * factor,
            symbol=symbol,
            is_pointed=is_pointed,
        )


def _base_share(piece: Piece) -> float:
    """What a piece counts without any term of the question.

    Of a file that the user has named, the more its symbol is referred to.
    """
    source = piece.source
    value = source.value_by_symbol.get(piece.owner.qualified, 0.0) if piece.owner else 0.0
    return max(source.base_share * (1 + value), _pointed_share(piece))


def _pointed_share(piece: Piece) -> float:
    """What a piece counts since the question points to it; less the later it does."""
    pointed = piece.source.pointed
    position = next(
        (index for index, lines in enumerate(pointed) if lines.overlaps(piece.location)), None
    )
    return 0.0 if position is None else POINTED_SHARE * POINTED_DECAY**position


def _piece_share(piece: Piece, term_weights: Mapping[str, float]) -> float:
    """Share of the question's term weight that a piece holds; less for a long one.

    The words of its path count where its own lines or what is around them bear them out: they would
    otherwise be to the credit of all lines of the file.
    """
    container = piece.owner.container if piece.owner else ""
    own_text = "\n".join([container, *piece.lines])
    if not term_share(own_text, term_weights):
        return 0.0
    text = f"{piece.location.path}\n{own_text}"
    return term_share(text, term_weights) / (1 + len(piece.lines) / LENGTH_PENALTY_LINES)


def term_share(text: str, term_weights: Mapping[str, float]) -> float:
    """Share of the question's term weight that a text holds."""
    text_words = set(words(text))
    total = sum(term_weights.values()) or 1.0
    covered = sum(weight for term, weight in term_weights.items() if holds(text_words, term))
    return covered / total


def _factor(piece: Piece, asked_names: set[str]) -> float:
    """How much more or less a piece counts, by the names in the question and by its role."""
    if piece.owner is None:
        return OUTSIDE_FACTOR
    factor = _name_factor(piece.owner, asked_names)
    if factor < NAMED_FACTOR and _is_of_tests(piece.owner):
        factor *= TEST_FACTOR
    if is_stub(piece.owner, piece.lines):
        factor *= STUB_FACTOR
    return factor


def _is_of_tests(owner: Symbol) -> bool:
    """Whether a symbol is in a file of tests, or among the tests that a source file ends with."""
    containers = {owner.name, *re.split(r"\W+", owner.container)}
    return owner.kind == "test" or is_test(owner.path) or not _TEST_MODULES.isdisjoint(containers)


def _name_factor(owner: Symbol, asked_names: set[str]) -> float:
    """How much more a piece counts for the names in the question."""
    if _endings(owner.qualified) & asked_names:
        return NAMED_FACTOR
    if owner.container and _endings(owner.container) & asked_names:
        return NAMED_CONTAINER_FACTOR
    return 1.0


def _endings(qualified: str) -> set[str]:
    """A qualified name, and what is left of it after each separator."""
    separators = (index for index, letter in enumerate(qualified) if letter in ".:")
    return {qualified, *(qualified[index + 1 :] for index in separators)}


# Joining --------------------------------------------------------------------------------------


def _joined_segments(chosen: Sequence[Evidence], sources: Iterable[Source]) -> list[Evidence]:
    """Segments of one file with at most MAX_GAP lines between them joined; best first."""
    line_at = {
        (source.chunk.path, source.chunk.start + offset): line
        for source in sources
        for offset, line in enumerate(source.text.split("\n"))
    }
    groups: list[Evidence] = []

    for segment in sorted(chosen, key=lambda segment: segment.location):
        joined = _joined(groups[-1], segment, line_at) if groups else None
        if joined is None:
            groups.append(segment)
        else:
            groups[-1] = joined

    return sorted(groups, key=lambda piece: (-piece.score, piece.location))


def _joined(
    last: Evidence, segment: Evidence, line_at: Mapping[tuple[str, int], str]
) -> Evidence | None:
    """Both segments and the lines between them as one; None where they are too far apart."""
    path, end = segment.location.path, segment.location.end
    gap = [(path, line) for line in range(last.location.end + 1, segment.location.start)]
    if last.location.path != path or len(gap) > MAX_GAP:
        return None
    if not all(position in line_at for position in gap):
        return None

    text = "\n".join([last.text, *(line_at[position] for position in gap), segment.text])
    location = replace(last.location, end=end)
    return replace(last, location=location, text=text, score=max(last.score, segment.score))
