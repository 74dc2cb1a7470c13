from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.citations import (
    Citation,
    Ground,
    Grounder,
    Passage,
    Sentence,
    all_citations,
    code_names,
    next_span,
)
from repo_mhm.location import Location

SEND = Passage(
    Location("app/net.py", 10, 12),
    "def send(request):\n    check(request.deadline)\n    return adapter.deliver(request)",
)
CLOSE = Passage(Location("app/net.py", 20, 21), "def close():\n    adapter.shutdown()")
NOTE = Passage(Location("app/jar.py", 1, 40), "CookieJar merges cookies of one domain", lines=False)
KNOWN = {
    "send",
    "close",
    "adapter",
    "deliver",
    "request",
    "deadline",
    "shutdown",
    "CookieJar",
    "cookies",
    "app",
    "net",
}


def resolve(path: str, first: int, last: int) -> Citation | None:
    return (
        Citation(Location(path, first, min(last, 50)))
        if path == "app/net.py" and 1 <= first <= 50 and last >= first
        else None
    )


def ground(passages: Sequence[Passage] = (SEND, CLOSE, NOTE)) -> Ground:
    words = {
        "send": 2,
        "deadline": 1,
        "adapter": 4,
        "deliver": 1,
        "request": 6,
        "close": 2,
        "shutdown": 1,
        "cookies": 2,
    }
    return Ground(
        passages=passages,
        frequency=lambda word: words.get(word, 0),
        total=20,
        defines=lambda name: [CLOSE] if name == "close" else [],
        knows=KNOWN.__contains__,
        resolve=resolve,
    )


def answered(text: str) -> list[Sentence]:
    grounder = Grounder(ground())
    return [*grounder.feed(text), *grounder.finish()]


def split(text: str) -> list[str]:
    return [sentence.text for sentence in answered(text)]


def test_sentences_end_where_they_end() -> None:
    text = "It calls `a. B` first, e.g. via net.send. Then v1.2 is used! Really? Yes (see below.) Done..."
    assert split(text) == [
        "It calls `a. B` first, e.g. via net.send.",
        "Then v1.2 is used!",
        "Really?",
        "Yes (see below.)",
        "Done...",
    ]


def test_lists_headings_and_code_blocks_are_sentences_of_their_own() -> None:
    text = "# Why\nBecause:\n1. First. More\n- second\n```py\nx = 1. \n\ny\n```\nEnd"
    assert split(text) == [
        "# Why",
        "Because:",
        "1. First.",
        "More",
        "- second",
        "```py\nx = 1. \n\ny\n```",
        "End",
    ]


def test_a_sentence_is_cited_by_what_shares_its_rare_words() -> None:
    (one,) = answered("The request's deadline is checked before the adapter may deliver it.")
    assert one.supported is True
    assert one.citations[0] == Citation(Location("app/net.py", 10, 12))


def test_a_sentence_from_a_note_is_cited_by_the_notes_lines() -> None:
    (one,) = answered("Cookies of one domain are merged by `CookieJar`.")
    assert one.citations == (Citation(Location("app/jar.py", 1, 40)),)


def test_a_sentence_that_nothing_supports_is_marked() -> None:
    (one,) = answered("Kubernetes pods are scheduled on worker nodes by affinity.")
    assert one.supported is False
    assert one.citations == ()


def test_headings_and_lead_ins_need_no_support() -> None:
    assert [
        one.supported
        for one in answered(
            "## Overview of Kubernetes pods\nKubernetes pods work as follows:\nYes."
        )
    ] == [
        None,
        None,
        None,
    ]


def test_names_that_exist_nowhere_are_unknown() -> None:
    (one,) = answered("`send` calls `frobnicate_all()` and then retry_budget on the adapter.")
    assert one.unknown_names == ("frobnicate_all", "retry_budget")


def test_names_are_read_from_code_font_and_from_how_they_are_written() -> None:
    text = "`Session.send()` uses `x + 1`, max_size, HTTPError's and __init__ but not words or e.g. this"
    assert set(code_names(text)) == {"Session.send", "max_size", "HTTPError", "__init__"}


def test_written_places_count_only_if_they_exist() -> None:
    (real,) = answered("See app/net.py:20-21.")
    assert real.citations == (Citation(Location("app/net.py", 20, 21)),)
    (invented,) = answered("See app/none.py:20-21 for the deadline.")
    assert Citation(Location("app/none.py", 20, 21)) not in invented.citations
    assert "app/none.py:20-21" in invented.unknown_names


def test_long_passages_are_cited_by_the_lines_that_matter() -> None:
    lines = [f"    filler{number}()" for number in range(60)]
    lines[40] = "    check(deadline)"
    long = Passage(Location("a.py", 100, 159), "\n".join(lines))
    grounder = Grounder(ground([long]))
    (one,) = [*grounder.feed("The deadline check happens here."), *grounder.finish()]
    assert one.citations == (Citation(Location("a.py", 140, 140)),)


def test_citations_are_collected_once_in_order() -> None:
    found = answered(
        "The adapter is shutdown on close. The deadline of the request is checked. It is shutdown by close."
    )
    assert all_citations(found) == list(dict.fromkeys(c for one in found for c in one.citations))


TEXT = st.lists(
    st.sampled_from(
        ["The adapter ", "delivers. ", "e.g. ", "`send. x` ", "```", "```py\n", "\n", "\n\n", "1. ", "- ", "Deadline! ",
         "app/net.py:20 ", "a.b ", "... ", "(see.) ", " ", "é", "\u2028", "close?", "`", "x"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@given(TEXT, st.lists(st.integers(0, 400), max_size=12))
def test_feeding_in_any_pieces_gives_the_same_sentences(text: str, cuts: list[int]) -> None:
    grounder = Grounder(ground())
    found = []
    at = 0
    for cut in [*sorted(cuts), len(text)]:
        found += grounder.feed(text[at:cut])
        at = max(at, cut)
    found += grounder.finish()
    assert found == answered(text)


@given(TEXT)
def test_sentences_cover_all_text_in_order(text: str) -> None:
    at = 0
    for one in answered(text):
        assert text[at : one.start].strip() == ""
        assert one.text == text[one.start : one.end] != ""
        at = one.end
    assert text[at:].strip() == ""


@given(TEXT)
def test_every_citation_lies_inside_a_passage_or_a_resolved_place(text: str) -> None:
    for citation in all_citations(answered(text)):
        cited = citation.location
        inside = any(
            place.path == cited.path and place.start <= cited.start <= cited.end <= place.end
            for place in (passage.location for passage in (SEND, CLOSE, NOTE))
        )
        assert inside or resolve(cited.path, cited.start, cited.end) == citation


def test_nothing_is_decided_before_it_is_certain() -> None:
    assert next_span("It ends.", 0, final=False) is None
    assert next_span("It ends. ", 0, final=False) is None
    assert next_span("It ends. N", 0, final=False) == (0, 8)
    assert next_span("It ends.", 0, final=True) == (0, 8)
