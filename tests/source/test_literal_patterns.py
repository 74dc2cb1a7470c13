"""The code mask by patterns, against the one from the syntax tree."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.source import languages
from repo_mhm.source.code_mask import mask_literals
from repo_mhm.source.literal_patterns import pattern_mask
from repo_mhm.source.parsing import parse

SOURCES = {
    "python": (
        "x = 'a # b'  # c 'd'\n"
        "y = f\"{name!r} and {other(f'{inner}')} {{not}}\"\n"
        "'''one\ntwo'''\nz = r'\\d' + b\"\\\"\"\n"
    ),
    "typescript": (
        "const a = `x ${f(`y ${b}`)} z` // c\n/* d */ const r = /[/'\"]+/g, s = 1 / 2 / 3\n"
        "const t = 'it\\'s' + \"q\"\n"
    ),
    "go": 'package a\n\nvar r = \'x\'\nvar s = `a\n"b` // c\n/* d\n */ var t = "e\\""\n',
    "java": 'class A {\n  String s = """\n    a "b" c""";\n  char c = \'\\\'\'; // d\n}\n',
    "c": '#include "a.h"\nint x = \'\\n\'; /* y */ char *z = "a\\"b"; // c\n',
    "rust": "fn f<'a>(x: &'a str) -> char { let s = \"a\\\"b\"; let c = 'x'; c } // d\n",
}


@pytest.mark.parametrize("name", SOURCES)
def test_the_words_of_code_are_those_of_the_syntax_tree(name: str) -> None:
    language = languages.by_name(name)
    text = SOURCES[name]
    assert language.literals is not None

    by_pattern = pattern_mask(text, language.literals)

    data = text.encode()
    by_tree = mask_literals(data, parse(data, language), language)
    # What follows a colon or an exclamation mark in an interpolation is no code, but harmless.
    words = [word for word in re.findall(r"\w+", by_pattern) if word != "r"]
    assert words == [word for word in re.findall(r"\w+", by_tree) if word != "r"]
    assert len(by_pattern) == len(text)


PIECES = st.lists(
    st.sampled_from(
        [
            "'",
            '"',
            "`",
            "\\",
            "${",
            "{",
            "}",
            "/",
            "*",
            "//",
            "/*",
            "*/",
            "#",
            "\n",
            "a",
            "f'",
            '"""',
        ]
    ),
    max_size=60,
).map("".join)


@given(PIECES, st.sampled_from(sorted(SOURCES)))
def test_every_character_keeps_its_place_whatever_the_text_is(text: str, name: str) -> None:
    style = languages.by_name(name).literals
    assert style is not None

    mask = pattern_mask(text, style)

    assert len(mask) == len(text)
    assert [index for index, char in enumerate(mask) if char == "\n"] == [
        index for index, char in enumerate(text) if char == "\n"
    ]


def test_strings_nested_without_end_are_masked_in_bounded_depth() -> None:
    style = languages.by_name("typescript").literals
    assert style is not None

    assert len(pattern_mask("`${" * 5000, style)) == 15_000
