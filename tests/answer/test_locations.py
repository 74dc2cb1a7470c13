"""The line that stands for a definition among the locations."""

from __future__ import annotations

from repo_mhm.answer.events import LocatedLine
from repo_mhm.answer.evidence import Evidence
from repo_mhm.answer.locations import best_locations, spread
from repo_mhm.location import Location

WEIGHTS = {"unknown": 2.0, "fields": 0.5}
SIGNATURE = Evidence(
    Location("a.py", 1, 5),
    "def load(\n    data,\n    unknown=RAISE,\n):\n    one()",
    score=0.8,
    symbol="load",
)


def body(text: str, score: float) -> Evidence:
    end = 20 + text.count("\n")
    return Evidence(Location("a.py", 20, end), text, score=score, symbol="load")


def test_a_line_of_the_body_stands_for_a_function_rather_than_a_parameter() -> None:
    decides = body("    if unknown != EXCLUDE:\n        raise Error", 0.75)
    [line] = best_locations([SIGNATURE, decides], WEIGHTS)
    assert (line.number, line.code) == (20, "if unknown != EXCLUDE:")


def test_a_parameter_stands_where_the_body_says_less_or_is_worth_less() -> None:
    for other in (body("    return fields", 0.8), body("    return unknown", 0.3)):
        [line] = best_locations([SIGNATURE, other], WEIGHTS)
        assert line.number == 3


def test_the_first_of_equal_lines_of_a_body_stays() -> None:
    first, second = body("    use(unknown)", 0.8), body("    return unknown", 0.8)
    [line] = best_locations([first, second], WEIGHTS)
    assert line.code == "use(unknown)"


def test_definitions_keep_their_order() -> None:
    other = Evidence(Location("b.py", 1, 1), "unknown = 1", score=0.78, symbol="other")
    decides = body("    if unknown:\n        raise Error", 0.75)
    lines = best_locations([SIGNATURE, other, decides], WEIGHTS)
    assert [line.symbol for line in lines] == ["load", "other"]


def located(*paths: str) -> list[LocatedLine]:
    return [LocatedLine(Location(path, 1 + at, 1 + at), "") for at, path in enumerate(paths)]


def test_the_best_files_have_a_line_however_many_others_have() -> None:
    lines = located("a", "a", "a", "a", "a", "b", "c", "d")
    shown = [line.location.path for line in spread(lines, ["c", "a", "b", "d"], 6)]
    assert shown == ["a", "a", "a", "b", "c", "d"]


def test_lines_keep_their_order_and_fill_the_room_that_others_leave() -> None:
    lines = located("a", "a", "a", "a", "b")
    assert spread(lines, ["a", "b"], 10) == tuple(lines)
    assert spread(lines, ["a", "b"], 1) == (lines[0],)
    assert spread([], ["a"], 3) == ()
