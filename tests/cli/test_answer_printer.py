"""What a person sees of an answer: marks, citations, remarks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from repo_mhm.answer.citations import Citation, Sentence
from repo_mhm.answer.events import Answer, AnswerText, Event, Finished, Retrieved
from repo_mhm.answer.evidence import Evidence
from repo_mhm.cli.answer_printer import AnswerPrinter
from repo_mhm.location import Location

LINK = Citation(Location("link.py", 9, 15))
STAMP = Citation(Location("stamp.py", 1, 3), "changed")
RETRIEVED = Retrieved((Evidence(Location("link.py", 9, 9), "def deliver():"),), 3, ("link.py",), {})
ANSWER = Answer(
    question="How?",
    kind="free",
    answer="It retries. It flies.",
    sentences=(),
    citations=(LINK, STAMP),
    unknown_names=("fly",),
    abstained=False,
    mode="both",
    coverage={"chunks": 10, "read": 2, "skimmed": 5},
    commit="0123456789abcdef",
    first_token_seconds=0.5,
    seconds=2.0,
    session="",
    stale_chunks=1,
    warnings=("the exchange was not kept",),
)


def events() -> Iterator[Event]:
    yield RETRIEVED
    yield AnswerText("It retries.")
    yield Sentence("It retries.", 0, 11, (LINK, STAMP), True)
    yield AnswerText(" It flies.")
    yield Sentence("It flies.", 12, 21, (), False, ("fly",))
    yield Finished(ANSWER)


def test_sentences_are_marked_and_their_citations_listed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    AnswerPrinter(show_evidence=False).print(events())
    printed = capsys.readouterr()
    assert printed.out == (
        "It retries. [1][2] It flies. [?]\n\n"
        "[1] link.py:9-15\n"
        "[2] stamp.py:1-3 (changed since it was read)\n"
        "[?] nothing that was read supports this\n"
        "not in this repository: fly\n"
    )
    assert printed.err == (
        "memory has read 20% of 10 chunks and skimmed 30% more; commit 012345678; "
        "1 chunk changed since: run repo-mhm index; first word after 0.5 s, all after 2.0 s\n"
        "warning: the exchange was not kept\n"
    )


def test_evidence_is_shown_where_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    AnswerPrinter(show_evidence=True).print(events())
    assert "link.py:9-9\n```\ndef deliver():\n```\n\n3 notes\n" in capsys.readouterr().err


def test_an_interrupted_answer_still_lists_its_citations(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted() -> Iterator[Event]:
        yield AnswerText("It retries.")
        yield Sentence("It retries.", 0, 11, (LINK,), True)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        AnswerPrinter(show_evidence=False).print(interrupted())
    assert capsys.readouterr().out == "It retries. [1]\n\n[1] link.py:9-15\n"
