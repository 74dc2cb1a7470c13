from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.durations import parse_duration
from repo_mhm.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5s", 5),
        ("2m", 120),
        ("1h30m", 5400),
        ("250ms", 0.25),
        ("1.5h", 5400),
        ("90", 90),
        (" 1 h 5 S ", 3605),
        ("0", 0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "s", "5x", "-5s", "5 parsecs", "1h 30", "1e3s", "٥s", "nan", "inf", "9" * 400, "..s"],
)
def test_what_is_not_a_duration(text: str) -> None:
    with pytest.raises(ConfigError, match="not a duration"):
        parse_duration(text)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_durations_add_up(hours: int, minutes: int, seconds: int) -> None:
    assert parse_duration(f"{hours}h{minutes}m{seconds}s") == hours * 3600 + minutes * 60 + seconds
