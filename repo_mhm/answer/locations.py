"""The locations for a question that retrieval answers, each with its most telling line. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from repo_mhm.answer.events import LocatedLine
from repo_mhm.answer.evidence import Evidence
from repo_mhm.source.search_terms import holds, words

MOST_LOCATIONS = 6
"""Most locations shown before an answer: a reader takes in no more at a glance."""


def best_locations(
    pieces: Sequence[Evidence], term_weights: Mapping[str, float], most: int = MOST_LOCATIONS
) -> tuple[LocatedLine, ...]:
    """The first of `pieces` (best first) that lie in different definitions, one line of each.

    Pieces without a line that holds a term come last, unless the question points to them: only the
    names around them matched.
    """
    lines_with_term: dict[_Owner, LocatedLine] = {}
    other_lines: dict[_Owner, LocatedLine] = {}

    for piece in pieces:
        line, weight = _telling_line(piece, term_weights)
        lines = lines_with_term if weight or piece.is_pointed else other_lines
        lines.setdefault(_owner(piece), line)

    best = other_lines | lines_with_term
    in_order = [*lines_with_term, *(owner for owner in other_lines if owner not in lines_with_term)]
    return tuple(best[owner] for owner in in_order[:most])


_Owner: TypeAlias = tuple[str, str, int]
"""A definition: its path and its qualified name. Of lines outside of all definitions, their own
first line, since they have no common owner."""


def _owner(piece: Evidence) -> _Owner:
    start = 0 if piece.symbol else piece.location.start
    return piece.location.path, piece.symbol, start


def _telling_line(piece: Evidence, term_weights: Mapping[str, float]) -> tuple[LocatedLine, float]:
    """The line that holds most of the question's terms, the first of equal ones; its weight."""
    lines = piece.text.split("\n")
    weights = [_weight(line, term_weights) for line in lines]
    index = weights.index(max(weights))
    line = LocatedLine(
        location=piece.location,
        code=lines[index].strip(),
        line=piece.location.start + index,
        symbol=piece.symbol,
    )
    return line, weights[index]


def _weight(line: str, term_weights: Mapping[str, float]) -> float:
    """Weight of the question's terms in a line."""
    line_words = set(words(line))
    singular_words = {word.removesuffix("s") for word in line_words}
    return sum(
        weight
        for term, weight in term_weights.items()
        if holds(line_words, term) or term.removesuffix("s") in singular_words
    )
