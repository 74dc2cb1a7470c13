"""One member of a JSON text is set and removed; comments, layout and all else stay."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.mcp.json_members import members_of, remove_member, set_member

PATH = ("servers", "mine")
ENTRY = {"command": "x", "args": ["y"]}

COMMENTED = """// my settings
{
    // the theme, not {"servers": {}}
    "theme": "One // Dark",
    /* a list, */ "list": [1, {"a": "}"}, ], // its end
    "servers": {
        "other": { "command": "o" } // stays
    },
}
"""


def test_comments_and_trailing_commas_stay() -> None:
    added = set_member(COMMENTED, PATH, ENTRY)
    assert members_of(added, ("servers",)) == {"other": True, "mine": True}
    lines = COMMENTED.replace('"o" } //', '"o" }, //').splitlines()
    assert [line for line in lines if line not in added.splitlines()] == []
    assert '        "mine": {\n            "command": "x",' in added
    assert remove_member(added, PATH) == COMMENTED
    assert set_member(added, PATH, ENTRY) == added


@pytest.mark.parametrize(
    "text",
    [
        "{}\n",
        "{ }",
        '{"a": 1}',
        '{\n  "a": 1\n}\n',
        '{\n\t"a": {\n\t\t"b": 1,\n\t},\n}\n',
        '{\n  "servers": {\n    "other": {}\n  }\n}\n',
        '{\n  "a": 1 // one\n}\n',
        '{"servers": {"other": {}}, "z": []}',
        '{\n  "a": 1, // one\n  // more\n}\n',
    ],
)
def test_removing_undoes_adding(text: str) -> None:
    added = set_member(text, PATH, ENTRY)
    assert members_of(added, PATH) is not None
    assert "".join(remove_member(added, PATH).split()) == "".join(text.split())
    assert remove_member(text, PATH) == text


def test_an_entry_that_is_there_is_replaced_in_place() -> None:
    text = set_member(COMMENTED, PATH, {"old": True})
    assert set_member(text, PATH, ENTRY) == set_member(COMMENTED, PATH, ENTRY)


def test_an_empty_file_becomes_an_object() -> None:
    assert json.loads(set_member("", PATH, ENTRY)) == {"servers": {"mine": ENTRY}}
    assert remove_member("", PATH) == ""


@pytest.mark.parametrize(
    "text",
    [
        *("{", "[]", '{"servers": 7}', "[" * 100_000, "{}{}", '{"a" 1}', '{"a": }', "{,}", "/*"),
        *("{'a': 1}", '{"a": "\n"}', '{"servers": {"mine": }}', '{"a": 1 "b": 2}'),
        '{"a": 1, "a": 2}',
    ],
)
def test_what_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):
        set_member(text, PATH, ENTRY)


TEXTS = st.text(max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=4)


@given(OBJECTS, st.dictionaries(TEXTS, VALUES, max_size=3), st.sampled_from([None, 0, 2, "\t"]))
def test_any_object_keeps_its_other_members(
    document: dict[str, Any], servers: dict[str, Any], indent: int | str | None
) -> None:
    document = {**document, "servers": servers}
    document["servers"].pop("mine", None)
    text = json.dumps(document, indent=indent)
    added = set_member(text, PATH, ENTRY)
    expected = {**document, "servers": {**document["servers"], "mine": ENTRY}}
    assert json.loads(added) == expected
    removed = json.loads(remove_member(added, PATH))
    if not document["servers"]:
        del document["servers"]
    assert removed == document
