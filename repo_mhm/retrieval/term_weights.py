"""How much each term of a question weighs. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from repo_mhm.retrieval.query import Query

MOST_HITS = 30_000
"""Chunks with one of a question's terms, counted for each term, that are scored: a microsecond
each in each index. Beyond them the most common terms are left out: they hardly tell chunks apart.
"""
LEAST_TERMS = 2
"""Terms that are searched for however common they are."""
NAME_FACTOR = 2.0
"""How much more a word weighs that belongs to a name written as code."""


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


def affordable_terms(query: Query, frequencies: Mapping[str, int]) -> list[str]:
    """The terms as often as they count, without the most common where there are too many hits."""
    affordable: set[str] = set()
    hits = 0
    for term in sorted(query.terms, key=lambda term: frequencies.get(term, 0)):
        hits += frequencies.get(term, 0) * query.weight_by_term.get(term, 1)
        if hits > MOST_HITS and len(affordable) >= LEAST_TERMS:
            break
        affordable.add(term)
    return [term for term in query.weighted_terms if term in affordable]


def inverse_document_frequency(frequency: int, total: int) -> float:
    """Weight of a term that `frequency` of `total` texts hold, in BM25's form."""
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))
