"""Small changes in many languages: what a review says of each, as the files in `changes` state it.

Each case begins with `=== language: what is done [severity category, …]`, or `[nothing]`. Below are
the files before the change (`--- path`) and after it (`+++ path`; `(deleted)` ends the line of one
that is gone). Only errors and warnings count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.review.conftest import Review

FOLDER = Path(__file__).with_name("changes")
_HEAD = re.compile(r"=== (?P<name>.+) \[(?P<expected>.+)\]")


class Case(NamedTuple):
    name: str
    expected: str
    before: dict[str, str]
    after: dict[str, str | None]


def read_cases(text: str) -> Iterator[Case]:
    for part in re.split(r"(?m)^(?==== )", text)[1:]:
        head, _, rest = part.partition("\n")
        match = _HEAD.fullmatch(head)
        assert match is not None, head
        case = Case(match["name"], match["expected"], {}, {})
        for file in re.split(r"(?m)^(?=--- |\+\+\+ )", rest)[1:]:
            line, _, content = file.partition("\n")
            path = line[4:].removesuffix(" (deleted)")
            if line.startswith("---"):
                case.before[path] = content
            else:
                case.after[path] = None if line.endswith(" (deleted)") else content
        yield case


CASES = [case for path in sorted(FOLDER.glob("*.txt")) for case in read_cases(path.read_text())]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_change_is_reviewed_as_its_case_says(case: Case, review: Review) -> None:
    report = review(case.before, case.after)
    said = sorted(
        {
            f"{finding.severity} {finding.category}"
            for finding in report.findings
            if finding.severity != "info"
        }
    )
    assert (", ".join(said) or "nothing") == case.expected, report.findings


def test_no_two_cases_share_a_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES) > 60
