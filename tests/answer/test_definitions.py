from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.definitions import MAX_DEFINITIONS, Definition, follow_definitions, names_in
from repo_mhm.location import Location

CODE = {
    "FIRST": ["SECOND"],
    "SECOND": ["third_one()"],
    "third_one": ["7"],
    "ROUND": ["ROUND_TWO"],
    "ROUND_TWO": ["ROUND"],
    "TWICE": ["1", "2"],
}


def define(name: str) -> list[Definition]:
    return [
        Definition(Location("a.py", line, line), f"`{name}` = {value}")
        for line, value in enumerate(CODE.get(name, ()), 1)
    ]


def texts(*names: str) -> list[str]:
    return [one.text for one in follow_definitions(names, define)]


def test_names_are_followed_to_what_they_stand_for() -> None:
    assert texts("FIRST") == ["`FIRST` = SECOND", "`SECOND` = third_one()", "`third_one` = 7"]


def test_names_that_stand_for_each_other_end() -> None:
    assert texts("ROUND") == ["`ROUND` = ROUND_TWO", "`ROUND_TWO` = ROUND"]


def test_every_definition_of_a_name_is_told_and_unknown_names_are_none() -> None:
    assert texts("TWICE", "nowhere", "TWICE") == ["`TWICE` = 1", "`TWICE` = 2"]


def test_what_is_known_is_not_told_again_but_followed_no_further() -> None:
    assert follow_definitions(["FIRST"], define, {("a.py", "`FIRST` = SECOND")}) == []


@given(
    st.dictionaries(
        st.sampled_from("ABCDEFGHIJKLMN"), st.lists(st.sampled_from("ABCDEFGHIJKLMN"), max_size=9)
    )
)
def test_no_more_are_told_than_can_be_read(code: dict[str, list[str]]) -> None:
    found = follow_definitions(
        code,
        lambda name: [
            Definition(Location("a", at, at), f"`{name}` = `{one}`")
            for at, one in enumerate(code.get(name, ()))
        ],
    )
    assert len(found) <= MAX_DEFINITIONS
    assert len({(one.location.path, one.text) for one in found}) == len(found)


def test_names_are_what_is_quoted_or_written_as_only_code_is() -> None:
    said = (
        "The `send` of a Session uses max_retries, getAdapter and HTTPAdapter, up to LIMIT times."
    )
    assert list(names_in([said])) == ["send", "max_retries", "getAdapter", "HTTPAdapter", "LIMIT"]
