from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.retrieval.answerability import is_about_snapshot
from repo_mhm.retrieval.query import Query, parse_question
from repo_mhm.source.search_terms import words

PLACES = [
    "def retry(): raise RetryError when the stop condition says to give in; retries are counted",
    "for attempt in loop: pass",
    "user settings: name, colour",
    "files are uploaded in parts",
]


def is_about(question: str) -> bool:
    query = parse_question(question)
    terms = query.terms
    stems = [{word[:5] for word in words(place)} for place in PLACES]
    frequencies = {term: sum(term[:5] in place for place in stems) for term in terms}
    return is_about_snapshot(query, frequencies, PLACES)


def query_of(terms: Iterable[str]) -> Query:
    return replace(parse_question("what is this?"), terms=tuple(terms))


@pytest.mark.parametrize(
    "question",
    [
        "when does a retry loop give up, and what is raised then?",
        "how are retries counted?",
        "how is the colour computed?",
        "does the loop retry when I mistype the stop condition?",
        "what is this?",
    ],
)
def test_a_question_whose_words_occur_is_about_the_snapshot(question: str) -> None:
    assert is_about(question)


@pytest.mark.parametrize(
    "question",
    [
        "how is sourdough bread fermented?",
        "where is the user's avatar uploaded?",
        "how do I retry the sourdough?",
        "how is it fermented?",
    ],
)
def test_words_apart_from_each_other_do_not_outweigh_a_missing_one(question: str) -> None:
    assert not is_about(question)


@given(st.lists(st.sampled_from(["retry", "loop", "user", "sourdough", "bread"]), unique=True))
def test_a_question_stays_about_the_snapshot_without_its_missing_words(terms: list[str]) -> None:
    frequencies = {"retry": 1, "loop": 1, "user": 1}
    present = [term for term in terms if term in frequencies]
    assert is_about_snapshot(query_of(present), frequencies, PLACES)
    if is_about_snapshot(query_of(terms), frequencies, PLACES):
        missing = len(terms) - len(present)
        assert 2 * missing <= len(present)
