from __future__ import annotations

from repo_mhm.location import Location


def test_people_read_one_number_for_one_line() -> None:
    assert Location("a.py", 581, 581).short == "a.py:581"
    assert Location("a.py", 581, 590).short == str(Location("a.py", 581, 590)) == "a.py:581-590"
