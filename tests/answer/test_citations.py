from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.citations import (
    Citation,
    CitationFinder,
    Sentence,
    SnapshotLookup,
    all_citations,
)
from repo_mhm.answer.cited_lines import NOTHING, Enclosing, Passage
from repo_mhm.answer.claim_verdicts import Verdict
from repo_mhm.answer.claims import Claim
from repo_mhm.location import Location

SEND = Passage(
    Location("app/net.py", 10, 12),
    "def send(request):\n    check(request.deadline)\n    return adapter.deliver(request)",
)
CLOSE = Passage(Location("app/net.py", 20, 21), "def close():\n    adapter.shutdown()")
JAR = Passage(
    Location("app/jar.py", 1, 3),
    "class CookieJar:\n    def merge(self):\n        merge_cookies(self.domain)",
)
PASSAGES = (SEND, CLOSE)
NAMES = {
    "send", "close", "adapter", "deliver", "request", "deadline", "shutdown", "CookieJar",
    "merge", "merge_cookies", "cookies", "app", "net", "check",
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
    "domain": 1,
    "cookiejar": 1,
    "merge": 1,
    "merge_cookies": 1,
    "check": 3,
}
DEFINITIONS = {
    "send": [SEND],
    "close": [CLOSE],
    "CookieJar": [JAR],
    "merge": [JAR],
    "deadline": [SEND],
    "deliver": [SEND],
}
BORNE_OUT = {
    Claim("calls", "send", "check"): Location("app/net.py", 11, 11),
    Claim("belongs to", "merge", "CookieJar"): Location("app/jar.py", 2, 2),
}
CONTRADICTED = {
    Claim("calls", "close", "deliver"): "`close` calls `shutdown` (app/net.py:20), not `deliver`"
}


def resolve(written: Location) -> Citation | None:
    exists = written.path == "app/net.py" and 1 <= written.start <= 50
    if not exists or written.end < written.start:
        return None
    return Citation(Location(written.path, written.start, min(written.end, 50)))


def source(location: Location) -> Passage | None:
    """The passage around the middle of a location."""
    middle = (location.start + location.end) // 2
    for passage in (SEND, CLOSE, JAR):
        lines = passage.location
        if lines.path == location.path and lines.start <= middle <= lines.end:
            return passage
    return None


def enclosing(path: str, line: int) -> Enclosing:
    passage = source(Location(path, line, line))
    name = passage.text.split("(")[0].split()[-1].rstrip(":") if passage else ""
    return Enclosing(name, (passage.location.start,)) if passage else NOTHING


def check(claim: Claim) -> Verdict:
    if claim in BORNE_OUT:
        return Verdict(claim, "borne out", BORNE_OUT[claim])
    if claim in CONTRADICTED:
        return Verdict(claim, "contradicted", correction=CONTRADICTED[claim])
    is_known = claim.subject in DEFINITIONS and claim.relation in ("calls", "raises")
    return Verdict(claim, "unproven" if is_known else "not checkable")


SNAPSHOT = SnapshotLookup(
    chunk_count=20,
    frequency=lambda word: FREQUENCIES.get(word, 0),
    definitions=lambda name: DEFINITIONS.get(name, []),
    passages_with=lambda words: [JAR] if "domain" in words else [],
    source=source,
    enclosing=enclosing,
    has_name=NAMES.__contains__,
    resolve=resolve,
    check=check,
)


def cite(
    text: str,
    passages: Sequence[Passage] = PASSAGES,
    snapshot: SnapshotLookup = SNAPSHOT,
    fact_locations: Sequence[Location] = (),
) -> list[Sentence]:
    finder = CitationFinder(passages, snapshot, fact_locations=fact_locations)
    return [*finder.feed(text), *finder.finish()]


def locations(sentence: Sentence) -> list[str]:
    return [str(citation.location) for citation in sentence.citations]


def test_a_claim_that_code_bears_out_is_cited_by_its_lines() -> None:
    (sentence,) = cite("`send` calls `check` before anything leaves.")
    assert sentence.supported is True
    assert locations(sentence) == ["app/net.py:10-12"]


def test_a_claim_that_code_contradicts_is_marked_and_corrected() -> None:
    (sentence,) = cite("`close` calls `deliver` on the adapter.")
    assert sentence.contradicted
    assert sentence.supported is False
    assert sentence.correction == "`close` calls `shutdown` (app/net.py:20), not `deliver`"
    assert sentence.citations == ()


def test_a_claim_that_should_show_and_does_not_is_not_supported_by_its_words() -> None:
    (sentence,) = cite("`send` calls `deadline` of the request.")
    assert (sentence.supported, sentence.contradicted) == (False, False)
    assert sentence.citations == ()


def test_where_a_name_belongs_alone_supports_nothing() -> None:
    (sentence,) = cite("`CookieJar.merge` notifies every browser window about Kubernetes pods.")
    assert sentence.supported is False


def test_lines_that_hold_the_names_together_support_a_sentence() -> None:
    (sentence,) = cite("The `request` and its deadline: a check goes before `deliver`.")
    assert sentence.supported is True
    assert locations(sentence) == ["app/net.py:10-12"]


def test_names_that_only_come_apart_support_nothing() -> None:
    (sentence,) = cite("The `deadline` tells when `shutdown` may come.")
    assert sentence.supported is False
    assert sentence.citations == ()


def test_lines_outside_of_the_passages_are_searched_too() -> None:
    (sentence,) = cite("`CookieJar` merges cookies of one domain.")
    assert locations(sentence) == ["app/jar.py:1-3"]


def test_a_fact_supports_nothing_but_what_its_source_does() -> None:
    behind_fact = [JAR.location]
    (sentence,) = cite("`CookieJar` retries parcels forever.", (), fact_locations=behind_fact)
    assert sentence.supported is False
    (sentence,) = cite("`CookieJar` merges cookies of one domain.", (), fact_locations=behind_fact)
    assert locations(sentence) == ["app/jar.py:1-3"]


def test_quoted_code_must_be_in_the_lines() -> None:
    (quoted,) = cite("The deadline: `check(request.deadline)`.")
    assert locations(quoted) == ["app/net.py:10-12"]
    (invented,) = cite("The deadline: `check(request.deadline, adapter)`.")
    assert invented.supported is False


def test_an_unsupported_sentence_is_marked() -> None:
    (sentence,) = cite("Kubernetes pods are scheduled on worker nodes by affinity.")
    assert sentence.supported is False
    assert sentence.citations == ()


def test_what_would_be_is_supported_by_nothing() -> None:
    (sentence,) = cite("The deadline of the `request` would be checked before `deliver`.")
    assert sentence.supported is False


def test_a_sentence_that_repeats_the_question_needs_no_support() -> None:
    finder = CitationFinder((), SNAPSHOT, "How does the scheduler place Kubernetes pods on nodes?")
    (sentence,) = [*finder.feed("The scheduler places Kubernetes pods on nodes."), *finder.finish()]
    assert sentence.supported is None


def test_headings_and_lead_ins_need_no_support() -> None:
    text = "## Overview of Kubernetes pods\nKubernetes pods work as follows:\nYes."
    assert [sentence.supported for sentence in cite(text)] == [None, None, None]


def test_names_that_exist_nowhere_are_unknown_and_support_nothing() -> None:
    (sentence,) = cite("`send` calls `check` and `frobnicate_all()` and then retry_budget.")
    assert sentence.unknown_names == ("frobnicate_all", "retry_budget")
    assert sentence.supported is False


def test_written_locations_count_only_if_they_exist() -> None:
    (real,) = cite("See app/net.py:20-21.")
    assert real.citations == (Citation(Location("app/net.py", 20, 21)),)
    (invented,) = cite("See app/none.py:20-21 for the deadline.")
    assert invented.citations == ()
    assert "app/none.py:20-21" in invented.unknown_names


def test_long_passages_are_cited_by_the_lines_that_matter() -> None:
    lines = [f"    filler{number}()" for number in range(60)]
    lines[40] = "    check(deadline, request)"
    long = Passage(Location("a.py", 100, 159), "\n".join(lines))
    (sentence,) = cite("The check of the request's `deadline`: `check(deadline, request)`.", [long])
    assert locations(sentence) == ["a.py:140-145"]


def test_citations_are_collected_once_in_order() -> None:
    sentences = cite(
        "`send` calls `check`. `close` is short. It is `send` that calls `check`. "
        "`send` invokes `check`."
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
            "\u2028", "close?", "`", "x", "`send` calls `check`. ", "It calls `deliver`. ",
            "`close` calls `deliver`. ",
        ]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@given(TEXT, st.lists(st.integers(0, 400), max_size=12))
def test_feeding_in_any_pieces_gives_the_same_sentences(text: str, cuts: list[int]) -> None:
    finder = CitationFinder(PASSAGES, SNAPSHOT)
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
            for outer in (passage.location for passage in (SEND, CLOSE, JAR))
        )
        assert is_inside or resolve(cited) == citation
