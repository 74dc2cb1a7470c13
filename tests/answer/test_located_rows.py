"""The rows that a list of locations is shown in."""

from __future__ import annotations

from repo_mhm.answer.events import Located, LocatedLine
from repo_mhm.answer.located_rows import located_rows
from repo_mhm.location import Location


def line(number: int, code: str, symbol: str = "", remark: str = "") -> LocatedLine:
    return LocatedLine(Location("link.py", number, number), code, symbol=symbol, remark=remark)


def remarks(*lines: LocatedLine, kind: str = "callers") -> list[str]:
    located = Located(kind, "", lines, len(lines))  # type: ignore[arg-type]
    return [row.remark for row in located_rows(located)]


def test_a_row_says_the_symbol_that_its_code_does_not_show() -> None:
    assert remarks(
        line(1, "deliver(parcel)", "Link.send", "by name only"),
        line(5, "def frank(parcel):", "frank"),
        line(9, "franks(parcel)", "frank"),
    ) == ["Link.send, by name only", "", "frank"]


def test_a_symbol_that_all_rows_have_is_left_out() -> None:
    assert remarks(line(1, "a()", "Link.send"), line(2, "b()", "Link.send", "twice")) == [
        "",
        "twice",
    ]
    assert remarks(line(1, "a()", "Link.send")) == ["Link.send"]


def test_rows_of_one_location_stand_below_it() -> None:
    newest = line(7, "Retry later", "Link.send", "2024-05-01, Ada")
    oldest = line(7, "Send parcels", "Link.send", "2023-01-09, Bob")
    rows = located_rows(Located("history", "", (newest, oldest), 2))
    assert [(row.has_location, row.code, row.remark) for row in rows] == [
        (True, "", ""),
        (False, "Retry later", "2024-05-01, Ada"),
        (False, "Send parcels", "2023-01-09, Bob"),
    ]
