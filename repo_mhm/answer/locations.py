"""The locations for a question that retrieval answers, each with its most telling line. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from repo_mhm.answer.events import LocatedLine
from repo_mhm.answer.evidence import Evidence
from repo_mhm.answer.evidence_pieces import says_something
from repo_mhm.source.doc_comments import begins_comment, begins_decorator
from repo_mhm.source.search_terms import holds, words

MOST_LOCATIONS = 6
"""Most locations shown before an answer: a reader takes in no more at a glance."""
BEST_FILES = 3
"""The best files have a line among those shown, however many another file has."""
SHARE_OF_FILE = 0.5
"""Share of the lines that may be of one file while others have any: a reader looks into it for
more."""
ABOUT_AS_GOOD = 0.9
"""Share of the score of a definition's best piece from which another one may show its line."""


def best_locations(
    pieces: Sequence[Evidence], term_weights: Mapping[str, float]
) -> tuple[LocatedLine, ...]:
    """The first of `pieces` (best first) that lie in different definitions, one line of each.

    Pieces without a line that holds a term come last, unless the question points to them: only the
    names around them matched. Instead of the line of a signature, one of the body is shown that
    holds as much: what a function does stands below its parameters.
    """
    with_term: dict[_Owner, _Telling] = {}
    others: dict[_Owner, _Telling] = {}

    for piece in pieces:
        owner = _owner(piece)
        best = with_term.get(owner)
        if best is not None and not best.is_header:
            continue

        telling = _telling_line(piece, term_weights)
        if best is None:
            lines = with_term if telling.weight or piece.is_pointed else others
            lines.setdefault(owner, telling)
        elif _is_as_good(telling, best):
            with_term[owner] = replace(telling, is_header=False)

    best_lines = others | with_term
    in_order = [*with_term, *(owner for owner in others if owner not in with_term)]
    return tuple(best_lines[owner].line for owner in in_order)


def spread(
    lines: Sequence[LocatedLine], paths: Sequence[str], most: int
) -> tuple[LocatedLine, ...]:
    """At most `most` of the lines, in their order, of several files where they are.

    `paths` are the files, the best first: its best line may hold fewer terms than those of others.
    """
    lines_by_path: dict[str, list[LocatedLine]] = defaultdict(list)
    urgency: list[tuple[int, int]] = []
    best_paths = paths[:BEST_FILES]

    for index, line in enumerate(lines):
        of_file = lines_by_path[line.location.path]
        of_file.append(line)
        if len(of_file) == 1 and line.location.path in best_paths:
            urgency.append((0, index))
        else:
            urgency.append((1 if len(of_file) <= most * SHARE_OF_FILE else 2, index))

    chosen = sorted(index for _, index in sorted(urgency)[:most])
    return tuple(lines[index] for index in chosen)


@dataclass(frozen=True, slots=True)
class _Telling:
    """A line that stands for a piece: the weight of its terms, and the score of the piece."""

    line: LocatedLine
    weight: float
    score: float
    is_header: bool
    """Whether it is above the body, where the piece begins with a signature."""


def _is_as_good(telling: _Telling, header: _Telling) -> bool:
    """Whether a line of the same definition's body can stand for it as well as its header."""
    is_as_telling = telling.weight >= header.weight
    return is_as_telling and telling.score >= ABOUT_AS_GOOD * header.score


_Owner: TypeAlias = tuple[str, str, int]
"""A definition: its path and its qualified name. Of lines outside of all definitions, their own
first line, since they have no common owner."""


def _owner(piece: Evidence) -> _Owner:
    start = 0 if piece.symbol else piece.location.start
    return piece.location.path, piece.symbol, start


def _telling_line(piece: Evidence, term_weights: Mapping[str, float]) -> _Telling:
    """The line that holds most of the question's terms, the first of equal ones.

    Where none does, and of what the question points to, the line that has the definition's name.
    """
    lines = piece.text.split("\n")
    weights = [_weight(line, term_weights) for line in lines]
    highest = max(weights)
    index = weights.index(highest)
    is_header = index < _header_lines(lines, piece.symbol)
    if piece.is_pointed or not highest:
        index = _naming_line(lines, piece.symbol)
        is_header = False
    line = LocatedLine(
        location=piece.location,
        code=lines[index].strip(),
        line=piece.location.start + index,
        symbol=piece.symbol,
    )
    return _Telling(line, highest, piece.score, is_header)


def _header_lines(lines: Sequence[str], symbol: str) -> int:
    """How many lines there are up to the one that opens a body; 0 where they name no `symbol`."""
    endings = (":", "{", "=>", " do", " then")
    end = next((at for at, line in enumerate(lines, 1) if line.rstrip().endswith(endings)), 0)
    name = re.split(r"\W+", symbol)[-1]
    return end if name and name in re.split(r"\W+", "\n".join(lines[:end])) else 0


def _naming_line(lines: Sequence[str], symbol: str) -> int:
    """The line of a definition that has its name, else its first line of code.

    Outside of definitions the first line that says something: there a `#` may begin a heading.
    """
    words_at = [index for index, line in enumerate(lines) if says_something(line)]
    if not symbol:
        return next(iter(words_at), 0)
    name = re.split(r"[.:#]", symbol)[-1]
    named = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    code = [index for index in words_at if not begins_comment(lines[index])]
    naming = [index for index in code if named.search(lines[index])]
    plain = [index for index in code if not begins_decorator(lines[index])]
    return next(iter(naming or plain or words_at), 0)


def _weight(line: str, term_weights: Mapping[str, float]) -> float:
    """Weight of the question's terms in a line."""
    line_words = set(words(line))
    singular_words = {word.removesuffix("s") for word in line_words}
    return sum(
        weight
        for term, weight in term_weights.items()
        if holds(line_words, term) or term.removesuffix("s") in singular_words
    )
