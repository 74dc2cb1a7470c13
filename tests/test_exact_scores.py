"""The measure of exact answers: what counts as right, and the questions themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest
from exact_scores import Reply, Score, compare, read_case

from repo_mhm.answer.events import QuestionKind
from repo_mhm.location import Location

QUESTIONS = sorted(
    (Path(__file__).resolve().parent.parent / "scripts").glob("exact_questions*.jsonl")
)


def entry(**values: object) -> dict[str, object]:
    question = {"repo": "r", "commit": "c", "language": "Go", "question": "q", "kind": "callers"}
    return question | values


def scored(question: dict[str, object], *locations: Location, kind: str = "callers") -> Score:
    return compare(read_case(question), Reply(kind, locations, "heading: 25", 0.1))


@pytest.mark.parametrize(
    ("location", "is_right"),
    [
        (Location("a.go", 10, 10), True),
        (Location("a.go", 12, 90), True),  # begins within the lines
        (Location("a.go", 8, 12), True),  # short, and overlaps them
        (Location("a.go", 1, 90), False),  # overlaps them, but says too little
        (Location("a.go", 13, 13), False),
        (Location("b.go", 10, 10), False),
    ],
)
def test_place_is_listed_where_a_location_begins_or_a_short_one_overlaps(
    location: Location, is_right: bool
) -> None:
    score = scored(entry(expected=["a.go:10-12"]), location)
    assert score.is_perfect is is_right
    assert score.missing == (() if is_right else ("a.go:10-12",))
    assert score.extra == (() if is_right else (str(location),))


def test_places_joined_by_a_bar_stand_for_each_other() -> None:
    question = entry(expected=["a.go:10 | b.go:3-5"])
    assert scored(question, Location("b.go", 4, 4)).is_perfect
    assert scored(question).missing == ("a.go:10-10",)


def test_optional_and_undetermined_places_are_neither_missing_nor_extra() -> None:
    question = entry(expected=["a.go:1"], optional=["a.go:5"], undetermined=["a.go:9"])
    locations = [Location("a.go", line, line) for line in (1, 5, 9)]
    score = scored(question, *locations)
    assert score.is_perfect
    assert score.undetermined == 1
    assert scored(question, locations[0]).is_perfect


def test_expected_text_must_be_in_the_answer() -> None:
    assert scored(entry(expected_text=["25"])).is_perfect
    assert scored(entry(expected_text=["25", "30"])).missing_texts == ("30",)


def test_kind_may_be_one_of_several() -> None:
    question = entry(also_kinds=["uses"])
    assert scored(question, kind="uses").kind_is_right
    assert not scored(question, kind="free").kind_is_right


def test_of_a_free_question_only_the_kind_counts() -> None:
    score = scored(entry(kind="free"), Location("a.go", 1, 1), kind="free")
    assert score.is_perfect
    assert score.listed == 0


@pytest.mark.parametrize("file", QUESTIONS, ids=lambda path: path.stem)
def test_questions_are_well_formed_and_ask_for_every_kind(file: Path) -> None:
    entries = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    cases = [read_case(entry) for entry in entries]
    kinds = {kind for case in cases for kind in case.kinds}
    assert set(get_args(QuestionKind)) - kinds <= {"bases"}
    assert len({(case.repo, case.question) for case in cases}) == len(cases)
    for case in cases:
        assert len(case.commit) == 40
        assert case.kind == "free" or case.expected or case.texts, case.question
        for place in (*case.expected, *case.optional, *case.undetermined):
            assert all(1 <= lines.start <= lines.end for lines in place), case.question
