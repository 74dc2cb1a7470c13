"""Values as people read them; the examples in the docstrings are run too."""

from __future__ import annotations

import doctest
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm import formatting, location
from repo_mhm.formatting import duration, escaped_json, fenced, safe, without_commands


@pytest.mark.parametrize("module", [formatting, location])
def test_the_examples_in_the_docstrings_hold(module: object) -> None:
    failed, tried = doctest.testmod(module)  # type: ignore[arg-type]
    assert tried > 0
    assert failed == 0


@given(st.text())
def test_safe_text_has_nothing_that_a_terminal_acts_on(text: str) -> None:
    shown = safe(text)
    assert not any(ord(character) < 32 and character not in "\t\n" for character in shown)
    assert safe(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d💻 ❤️ 1️⃣ 👍🏽 🏴󠁧󠁢󠁷󠁬󠁳󠁿 ✔︎",
        "می\u200cخواهم नमस्ते क्\u200dष ไทย\u200bคำ",
        "שלום مرحبا e\u0301 Z\u0351 한국어 漢\ufe00字",
    ],
)
def test_text_that_people_write_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize(
    "character",
    "\u200b \u200c \u200d \u2060 \ufeff \u00ad \u3164 \u2028 \u202e \u2066 \ufe0f "
    "\U000e0041 \U000e0100 \u061c \x9b \x1b \r \ud800".split(" "),
)
def test_what_shows_nothing_between_letters_is_made_visible(character: str) -> None:
    shown = safe(f"ad{character}min")
    assert character not in shown
    assert f"{ord(character):x}" in shown


@given(st.text(), st.booleans())
def test_json_has_no_raw_control_and_stays_equal(text: str, is_ascii: bool) -> None:
    document = json.dumps({"text": text}, ensure_ascii=is_ascii)
    escaped = escaped_json(document)
    assert json.loads(escaped) == {"text": text}
    assert safe(escaped).isascii() or not any(map(_is_suspect, escaped))


def _is_suspect(character: str) -> bool:
    return safe(f"a{character}b") != f"a{character}b"


def test_json_of_a_lone_surrogate_is_valid_utf_8() -> None:
    escaped = escaped_json(json.dumps("name\udcff", ensure_ascii=False))
    assert json.loads(escaped.encode()) == "name\ufffd"


@pytest.mark.parametrize(
    "line",
    ["::set-env name=PATH::x", "  ::error::x", "##[error]x", "a ##vso[task.x]y", "##teamcity[x]"],
)
def test_a_ci_server_obeys_no_line(line: str) -> None:
    for text in (line, f"first\n{line}", f"{line}\n{line}"):
        harmless = without_commands(text)
        assert not re.search(r"(?m)^\s*::|##\w*\[", harmless)
    assert without_commands("std::move(x) # comment [1]") == "std::move(x) # comment [1]"


def test_a_text_within_a_line_is_no_command() -> None:
    assert without_commands("::move\n::x", at_line_start=False) == "::move\n\\x3a:x"


def test_nothing_ends_a_fence() -> None:
    text = "a\n````\n![x](https://example.org/x.png) <img src=x>\n```"
    lines = fenced(text).splitlines()
    assert lines[0].removesuffix("text") == lines[-1] == "`" * 5
    assert not any(set(line) == {"`"} and len(line) >= 5 for line in lines[1:-1])


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 seconds"),
        (59.6, "1 minute"),
        (3599.7, "1 hour"),
        (3600, "1 hour"),
        (90_061, "1 day, 1 hour and 1 minute"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
