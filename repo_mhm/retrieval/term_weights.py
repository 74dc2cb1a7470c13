"""How much each term of a question weighs, and how much of that weight some texts hold. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from repo_mhm.retrieval.query import Query
from repo_mhm.source.search_terms import words

MIN_COVERAGE = 0.32
"""Least share of a question's term weight that the best chunks must hold for it to be answered."""
NAME_FACTOR = 2.0
"""How much more the words of a name that is written as code weigh."""
STEM_CHARACTERS = 5
"""Characters that two words must share to count as forms of one, where the index has the word."""


def term_weights(query: Query, frequencies: Mapping[str, int], chunks: int) -> dict[str, float]:
    """Each term's inverse document frequency, in BM25's form.

    `frequencies` says how many of the snapshot's `chunks` chunks hold a term.
    """
    name_words = {part.lower() for name in query.names for part in re.split(r"\W+", name)}
    weights = {}

    for term in query.terms:
        frequency = min(frequencies.get(term, 0), chunks)
        idf = math.log(1 + (chunks - frequency + 0.5) / (frequency + 0.5))
        weights[term] = idf * (NAME_FACTOR if term in name_words else 1.0)

    return weights


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
