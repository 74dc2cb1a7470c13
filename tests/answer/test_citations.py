from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.citations import (
    Citation,
    CitationFinder,
    Passage,
    Sentence,
    SnapshotLookup,
    all_citations,
    code_names,
)
from repo_mhm.location import Location

SEND = Passage(
    Location("app/net.py", 10, 12),
    "def send(request):\n    check(request.deadline)\n    return adapter.deliver(request)",
)
CLOSE = Passage(Location("app/net.py", 20, 21), "def close():\n    adapter.shutdown()")
NOTE = Passage(
    Location("app/jar.py", 1, 40), "CookieJar merges cookies of one domain", is_source=False
)
NAMES = {
    "send", "close", "adapter", "deliver", "request", "deadline", "shutdown", "CookieJar",
    "cookies", "app", "net",
}  # fmt: skip
FREQUENCIES = {
    "send": 2,
    "deadline": 1,
    "adapter": 4,
    "deliver": 1,
    "request": 6,
    "close": 2,
    "shutdown": 1,
    "cookies": 2,
}


def resolve(written: Location) -> Citation | None:
    exists = written.path == "app/net.py" and 1 <= written.start <= 50
    if not exists or written.end < written.start:
        return None
    return Citation(Location(written.path, written.start, min(written.end, 50)))


SNAPSHOT = SnapshotLookup(
    chunk_count=20,
    frequency=lambda word: FREQUENCIES.get(word, 0),
    definitions=lambda name: [CLOSE] if name == "close" else [],
    has_name=NAMES.__contains__,
    resolve=resolve,
)


def cite(text: str, passages: Sequence[Passage] = (SEND, CLOSE, NOTE)) -> list[Sentence]:
    finder = CitationFinder(passages, SNAPSHOT)
    return [*finder.feed(text), *finder.finish()]


def test_a_sentence_is_cited_by_what_shares_its_rare_words() -> None:
    (sentence,) = cite("The request's deadline is checked before the adapter may deliver it.")
    assert sentence.supported is True
    assert sentence.citations[0] == Citation(Location("app/net.py", 10, 12))


def test_a_sentence_from_a_note_is_cited_by_the_notes_lines() -> None:
    (sentence,) = cite("Cookies of one domain are merged by `CookieJar`.")
    assert sentence.citations == (Citation(Location("app/jar.py", 1, 40)),)


def test_an_unsupported_sentence_is_marked() -> None:
    (sentence,) = cite("Kubernetes pods are scheduled on worker nodes by affinity.")
    assert sentence.supported is False
    assert sentence.citations == ()


def test_headings_and_lead_ins_need_no_support() -> None:
    text = "## Overview of Kubernetes pods\nKubernetes pods work as follows:\nYes."
    assert [sentence.supported for sentence in cite(text)] == [None, None, None]


def test_names_that_exist_nowhere_are_unknown() -> None:
    (sentence,) = cite("`send` calls `frobnicate_all()` and then retry_budget on the adapter.")
    assert sentence.unknown_names == ("frobnicate_all", "retry_budget")


def test_names_are_in_backticks_or_spelled_as_only_code_is() -> None:
    text = (
        "`Session.send()` uses `x + 1`, max_size, HTTPError's and __init__ "
        "but not words or e.g. this"
    )
    assert set(code_names(text)) == {"Session.send", "max_size", "HTTPError", "__init__"}


def test_written_locations_count_only_if_they_exist() -> None:
    (real,) = cite("See app/net.py:20-21.")
    assert real.citations == (Citation(Location("app/net.py", 20, 21)),)
    (invented,) = cite("See app/none.py:20-21 for the deadline.")
    assert Citation(Location("app/none.py", 20, 21)) not in invented.citations
    assert "app/none.py:20-21" in invented.unknown_names


def test_long_passages_are_cited_by_the_lines_that_matter() -> None:
    lines = [f"    filler{number}()" for number in range(60)]
    lines[40] = "    check(deadline)"
    long = Passage(Location("a.py", 100, 159), "\n".join(lines))
    (sentence,) = cite("The deadline check happens here.", [long])
    assert sentence.citations == (Citation(Location("a.py", 140, 140)),)


def test_citations_are_collected_once_in_order() -> None:
    sentences = cite(
        "The adapter is shutdown on close. The deadline of the request is checked. "
        "It is shutdown by close."
    )
    each = [citation for sentence in sentences for citation in sentence.citations]
    assert all_citations(sentences) == list(dict.fromkeys(each))
    assert len(all_citations(sentences)) < len(each)


def test_citations_keep_their_shape_in_json() -> None:
    citation = Citation(Location("a.py", 1, 2), "moved")
    assert citation.as_json() == {"path": "a.py", "start": 1, "end": 2, "state": "moved"}
    assert Citation.from_json(citation.as_json()) == citation


TEXT = st.lists(
    st.sampled_from(
        [
            "The adapter ", "delivers. ", "e.g. ", "`send. x` ", "```", "```py\n", "\n", "\n\n",
            "1. ", "- ", "Deadline! ", "app/net.py:20 ", "a.b ", "... ", "(see.) ", " ", "é",
            "\u2028", "close?", "`", "x",
        ]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@given(TEXT, st.lists(st.integers(0, 400), max_size=12))
def test_feeding_in_any_pieces_gives_the_same_sentences(text: str, cuts: list[int]) -> None:
    finder = CitationFinder((SEND, CLOSE, NOTE), SNAPSHOT)
    sentences = []
    position = 0
    for cut in [*sorted(cuts), len(text)]:
        sentences += finder.feed(text[position:cut])
        position = max(position, cut)
    sentences += finder.finish()
    assert sentences == cite(text)


@given(TEXT)
def test_sentences_cover_all_text_in_order(text: str) -> None:
    position = 0
    for sentence in cite(text):
        assert text[position : sentence.start].strip() == ""
        assert sentence.text == text[sentence.start : sentence.end] != ""
        position = sentence.end
    assert text[position:].strip() == ""


@given(TEXT)
def test_every_citation_lies_inside_a_passage_or_exists(text: str) -> None:
    for citation in all_citations(cite(text)):
        cited = citation.location
        is_inside = any(
            outer.path == cited.path and outer.start <= cited.start <= cited.end <= outer.end
            for outer in (passage.location for passage in (SEND, CLOSE, NOTE))
        )
        assert is_inside or resolve(cited) == citation
