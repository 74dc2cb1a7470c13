"""What a person sees of an answer: marks, citations, remarks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from repo_mhm.answer.citations import Citation, Sentence
from repo_mhm.answer.events import (
    Answer,
    AnswerText,
    Event,
    Finished,
    Located,
    LocatedLine,
    Retrieved,
)
from repo_mhm.answer.evidence import Evidence
from repo_mhm.cli.answer_printer import AnswerPrinter, PrintOptions
from repo_mhm.cli.file_links import FileLinks
from repo_mhm.location import Location

LINK = Citation(Location("link.py", 9, 10), text="def deliver():\n    retry()")
STAMP = Citation(Location("stamp.py", 1, 3), "changed", text="STAMP = 1\n\n")
LOCATED = Located(
    kind="free",
    heading="Best locations",
    lines=(
        LocatedLine(Location("link.py", 9, 10), "def deliver():", symbol="Link.deliver"),
        LocatedLine(Location("stamp.py", 1, 3), "STAMP = 1"),
    ),
    total=2,
    is_answer=False,
)
RETRIEVED = Retrieved(
    evidence=(Evidence(Location("link.py", 9, 9), "def deliver():"),),
    notes=3,
    files=("link.py",),
    coverage={},
    seconds_expected=(4.8, 5.2),
)
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
    model="scripted",
    warnings=("the exchange was not kept",),
    locations_seconds=0.2,
)


def events() -> Iterator[Event]:
    yield LOCATED
    yield RETRIEVED
    yield AnswerText("It retries.")
    yield Sentence("It retries.", 0, 11, (LINK, STAMP), True)
    yield AnswerText(" It flies.")
    yield Sentence("It flies.", 12, 21, (), False, ("fly",))
    yield Finished(ANSWER)


def list_events(located: Located) -> Iterator[Event]:
    yield located
    yield AnswerText("- link.py:9")
    yield Sentence("- link.py:9", 0, 11, (LINK,))
    yield Finished(replace(ANSWER, model="", kind=located.kind))


def run(events: Iterator[Event], root: Path = Path(), **options: bool) -> None:
    AnswerPrinter(PrintOptions(**options), FileLinks(root, Path.cwd())).print(events)


def test_sentences_are_marked_and_their_citations_listed_with_their_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(events())
    printed = capsys.readouterr()
    assert printed.out == (
        "It retries. [1][2] It flies. [?]\n\n"
        "[1] link.py:9-10\n"
        "     9  def deliver():\n"
        "    10      retry()\n"
        "[2] stamp.py:1-3 (changed since it was read)\n"
        "      STAMP = 1\n"
        "[?] no line says this by itself: check it\n"
        "not in this repository: fly\n"
    )
    assert printed.err == (
        "Best locations\n"
        "link.py:9   def deliver():  (Link.deliver)\n"
        "stamp.py:1  STAMP = 1\n"
        "\n"
        "reading 1 passage of 1 file and 3 notes, about 5 s\n"
        "memory has read 20% of 10 chunks and skimmed 30% more; commit 012345678; "
        "1 chunk changed since: run repo-mhm index; first word after 0.5 s, all after 2.0 s\n"
        "warning: the exchange was not kept\n"
    )


def test_no_source_leaves_the_cited_lines_out(capsys: pytest.CaptureFixture[str]) -> None:
    run(events(), source=False)
    printed = capsys.readouterr().out
    assert "def deliver" not in printed
    assert "[1] link.py:9-10\n[2] stamp.py:1-3" in printed


def test_quiet_prints_only_the_answer_its_citations_and_warnings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(events(), quiet=True)
    printed = capsys.readouterr()
    assert printed.out.startswith("It retries. [1][2] It flies. [?]\n\n[1] link.py:9-10\n[2] st")
    assert printed.err == "warning: the exchange was not kept\n"


def test_evidence_is_shown_where_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    run(events(), evidence=True)
    assert "link.py:9-9\n```\ndef deliver():\n```\n\n3 notes\n" in capsys.readouterr().err


def test_an_interrupted_answer_still_lists_its_citations(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted() -> Iterator[Event]:
        yield AnswerText("It retries.")
        yield Sentence("It retries.", 0, 11, (LINK,), True)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(interrupted())
    assert capsys.readouterr().out == "It retries. [1]\n\n[1] link.py:9-10\n"


def test_an_interrupt_before_the_first_word_prints_nothing_more(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted() -> Iterator[Event]:
        yield LOCATED
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(interrupted())
    assert capsys.readouterr().out == ""


def test_a_list_is_printed_once_and_is_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    callers = Located("callers", "38 callers of Link.deliver", LOCATED.lines, 38)
    run(list_events(callers))
    printed = capsys.readouterr()
    assert printed.out == (
        "38 callers of Link.deliver, 2 shown; --all lists all\n"
        "link.py:9   def deliver():  (Link.deliver)\n"
        "stamp.py:1  STAMP = 1\n"
    )
    assert printed.err == (
        "commit 012345678; 1 chunk changed since: run repo-mhm index; 0.2 s, without a model\n"
        "warning: the exchange was not kept\n"
    )

    run(list_events(callers), quiet=True)
    assert capsys.readouterr().out == (
        "link.py:9   def deliver():  (Link.deliver)\nstamp.py:1  STAMP = 1\n"
    )


def test_a_list_without_lines_is_its_heading(capsys: pytest.CaptureFixture[str]) -> None:
    nobody = Located("callers", "no callers of Link.deliver", (), 0)
    run(list_events(nobody), quiet=True)
    assert capsys.readouterr().out == "no callers of Link.deliver\n"


def test_paths_are_relative_to_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "link.py").touch()
    monkeypatch.chdir(tmp_path / "docs")
    run(events(), tmp_path)
    printed = capsys.readouterr()
    assert "[1] ../link.py:9-10\n" in printed.out
    assert "\n../link.py:9  def deliver():" in printed.err
    # A file that is not there keeps the repository's path.
    assert "[2] stamp.py:1-3" in printed.out


def test_what_is_printed_cannot_control_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "x\x1b[31m\u202e"
    line = LocatedLine(Location(evil, 1, 1), evil, symbol=evil, remark=evil)
    cited = Citation(Location(evil, 1, 1), text=evil)

    def hostile() -> Iterator[Event]:
        yield Located("free", evil, (line,), 1, is_answer=False)
        yield AnswerText(evil)
        yield Sentence(evil, 0, 5, (cited,), False, (evil,))
        yield Finished(replace(ANSWER, warnings=(evil,)))

    run(hostile())
    printed = capsys.readouterr()
    assert "\x1b" not in printed.out + printed.err
    assert "\u202e" not in printed.out + printed.err
    assert printed.out.count(r"x\x1b[31m\u202e") == 4


def test_a_contradicted_sentence_is_marked_and_corrected(
    capsys: pytest.CaptureFixture[str],
) -> None:
    correction = "`a` calls `b` (a.py:1), not `c\x1b[31m`"

    def contradicted() -> Iterator[Event]:
        yield AnswerText("`a` calls `c`.")
        yield Sentence(
            "`a` calls `c`.", 0, 14, supported=False, contradicted=True, correction=correction
        )
        yield Finished(ANSWER)

    run(contradicted())
    out = capsys.readouterr().out
    assert "`a` calls `c`. [!]" in out
    assert "[!] the code says: `a` calls `b` (a.py:1), not `c" in out
    assert "\x1b[31m" not in out
    assert "[?]" not in out


@pytest.mark.parametrize(
    ("skimmed", "said"),
    [(0, "an overview of 196 chunks and 21 purposes;"), (6, "21 purposes, and has skimmed 3%;")],
)
def test_an_index_of_purposes_alone_is_not_called_unread(
    capsys: pytest.CaptureFixture[str], skimmed: int, said: str
) -> None:
    coverage = {"chunks": 196, "read": 0, "skimmed": skimmed, "purposes": 21}
    run(iter([Finished(replace(ANSWER, coverage=coverage))]))
    assert said in capsys.readouterr().err
