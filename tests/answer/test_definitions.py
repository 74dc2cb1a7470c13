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
    return [definition.text for definition in follow_definitions(names, define)]


def test_definitions_are_followed_from_name_to_name() -> None:
    assert texts("FIRST") == ["`FIRST` = SECOND", "`SECOND` = third_one()", "`third_one` = 7"]


def test_names_that_are_defined_by_each_other_are_listed_once() -> None:
    assert texts("ROUND") == ["`ROUND` = ROUND_TWO", "`ROUND_TWO` = ROUND"]


def test_every_definition_of_a_name_is_listed_and_unknown_names_have_none() -> None:
    assert texts("TWICE", "nowhere", "TWICE") == ["`TWICE` = 1", "`TWICE` = 2"]


def test_listed_definitions_are_left_out_and_not_followed() -> None:
    assert follow_definitions(["FIRST"], define, {("a.py", "`FIRST` = SECOND")}) == []


@given(
    st.dictionaries(
        st.sampled_from("ABCDEFGHIJKLMN"), st.lists(st.sampled_from("ABCDEFGHIJKLMN"), max_size=9)
    )
)
def test_at_most_max_definitions_are_listed_each_once(code: dict[str, list[str]]) -> None:
    def look_up(name: str) -> list[Definition]:
        return [
            Definition(Location("a", line, line), f"`{name}` = `{value}`")
            for line, value in enumerate(code.get(name, ()))
        ]

    definitions = follow_definitions(code, look_up)
    assert len(definitions) <= MAX_DEFINITIONS
    keys = {(definition.location.path, definition.text) for definition in definitions}
    assert len(keys) == len(definitions)


def test_names_are_quoted_or_spelled_as_only_code_is() -> None:
    text = (
        "The `send` of a Session uses max_retries, getAdapter and HTTPAdapter, up to LIMIT times."
    )
    assert list(names_in([text])) == ["send", "max_retries", "getAdapter", "HTTPAdapter", "LIMIT"]
