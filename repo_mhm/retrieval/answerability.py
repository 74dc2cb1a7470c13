"""Whether a question is about what the snapshot has. Pure.

The idea: a word that occurs nowhere in the snapshot speaks against the question; words that occur
together in one place speak for it. A word that occurs, but not in the best places, says nothing:
people ask about a retry *loop* where the code only says `retry`. So the weights of terms, by which
rare words count most, have no part in this. Nor have participles that do not occur: in "how is the
total computed?" they say how it is asked, not about what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from repo_mhm.retrieval.query import Query
from repo_mhm.source.search_terms import words

PRESENT_PER_MISSING = 2
"""Terms that one place must hold for each term that occurs nowhere. Of 53 short questions and the
96 of SWE-QA none is refused then, and of 260 about foreign things 22 are answered."""
PARTICIPLE_ENDINGS = ("ed", "ing")
STEM_CHARACTERS = 5
"""Words with so many first characters in common count as forms of one word."""


def is_about_snapshot(query: Query, frequencies: Mapping[str, int], texts: Iterable[str]) -> bool:
    """Whether one of the best `texts` holds enough of a question's terms for those it lacks.

    `frequencies` says how many of the snapshot's chunks hold a term, in any of its forms. Words of
    another language than English, and those of a pasted text, need not be there.
    """
    present = [term for term in query.terms if frequencies.get(term)]
    if len(present) == len(query.terms):
        return True
    if query.is_foreign or query.is_pasted:
        return bool(present)
    missing = set(query.terms) - set(present)
    foreign = sum(not term.endswith(PARTICIPLE_ENDINGS) for term in missing)
    most = max((_held(present, text) for text in texts), default=0)
    return most >= max(1, PRESENT_PER_MISSING * foreign)


def _held(terms: Iterable[str], text: str) -> int:
    """How many of the terms a text holds."""
    text_words = set(words(text))
    stems = {word[:STEM_CHARACTERS] for word in text_words}
    return sum(term in text_words or term[:STEM_CHARACTERS] in stems for term in terms)
