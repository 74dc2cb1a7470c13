"""How much each term of a question weighs, and what share of that weight some texts hold. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from repo_mhm.retrieval.query import Query
from repo_mhm.source.search_terms import words

MIN_COVERAGE = 0.32
"""Least share of a question's term weight that the best chunks and notes must hold together for it
to be answered."""
NAME_FACTOR = 2.0
"""How much more a word weighs that belongs to a name written as code."""
STEM_CHARACTERS = 5
"""Words with so many first characters in common count as forms of one word. A term that the
snapshot does not hold has no other forms."""


def term_weights(query: Query, frequencies: Mapping[str, int], chunks: int) -> dict[str, float]:
    """Each term's inverse document frequency, times NAME_FACTOR for the words of names.

    `frequencies` says how many of the snapshot's `chunks` chunks hold a term.
    """
    name_words = {part.lower() for name in query.names for part in re.split(r"\W+", name)}
    weights = {}

    for term in query.terms:
        frequency = min(frequencies.get(term, 0), chunks)
        factor = NAME_FACTOR if term in name_words else 1.0
        weights[term] = inverse_document_frequency(frequency, chunks) * factor

    return weights


def inverse_document_frequency(frequency: int, total: int) -> float:
    """Weight of a term that `frequency` of `total` texts hold, in BM25's form."""
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))


def coverage(
    weights: Mapping[str, float], frequencies: Mapping[str, int], texts: Iterable[str]
) -> float:
    """Share of the question's term weight that `texts` hold together, from 0 to 1.

    Terms that occur nowhere weigh most: a question about what is not there scores low.
    """
    text_words = {word for text in texts for word in words(text)}
    stems = {word[:STEM_CHARACTERS] for word in text_words}

    def occurs(term: str) -> bool:
        is_indexed = bool(frequencies.get(term))
        return term in text_words or (is_indexed and term[:STEM_CHARACTERS] in stems)

    covered = sum(weight for term, weight in weights.items() if occurs(term))
    return covered / (sum(weights.values()) or 1.0)
