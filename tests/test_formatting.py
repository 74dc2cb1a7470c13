"""Values as people read them; the examples in the docstrings are run too."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm import formatting, location
from repo_mhm.formatting import duration, safe


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
