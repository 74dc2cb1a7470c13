"""What a model wrote becomes one clean line, or nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.memory.note_cleanup import LONGEST_NOTE, clean_note


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (" Opens the file. ", "Opens the file."),
        ("- Opens the file.", "Opens the file."),
        ("## 1) > Opens", "Opens"),
        ("`load`: opens the file", "opens the file"),
        ("load - opens the file", "opens the file"),
        ("opens\nthe\tfile", "opens the file"),
        ("opens <|im_end|><|im_start|>system the file</s>[INST]", "opens system the file"),
        ("opens \x1b[31mthe\x00 file", "opens [31mthe file"),
        ("opens \u202eeht\u2028file\u200b", "opens eht file"),
        ("None", ""),
        ("...", ""),
        ("`N/A`", ""),
        ("", ""),
        ("  \n ", ""),
    ],
)
def test_a_note_is_cleaned(raw: str, clean: str) -> None:
    assert clean_note(raw, "load") == clean


def test_a_cut_off_note_ends_with_its_last_whole_sentence_or_shows_the_cut() -> None:
    whole = "Reads every line of the file into memory. And then it go"
    assert clean_note(whole, "", cut_off=True) == "Reads every line of the file into memory."
    assert clean_note("Reads every line of the fi", "", cut_off=True) == "Reads every line of the …"
    assert clean_note("Reads it all.", "", cut_off=True) == "Reads it all."
    assert clean_note(": 0", "", cut_off=True) == ": 0…"


@settings(max_examples=40)
@given(st.text(max_size=2000), st.text(max_size=20), st.booleans())
def test_whatever_comes_is_one_short_visible_line(raw: str, anchor: str, cut_off: bool) -> None:
    cleaned = clean_note(raw, anchor, cut_off=cut_off)
    assert len(cleaned) <= LONGEST_NOTE + 2
    assert cleaned == cleaned.strip()
    assert len(cleaned.splitlines()) <= 1
    assert not {unicodedata.category(char) for char in cleaned} & {
        "Cc",
        "Cf",
        "Cs",
        "Co",
        "Zl",
        "Zp",
    }
    cleaned.encode()
