"""Paths as text: safe to show, and nothing of their bytes lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.git import printable, raw_path
from repo_mhm.git.files import printable_paths


@given(st.binary())
def test_any_path_survives_the_round_trip_and_can_be_shown(raw: bytes) -> None:
    assert printable(raw).isprintable()
    assert raw_path(printable(raw)) == raw


@given(st.lists(st.binary() | st.text(alphabet='ab/\\\n"é').map(str.encode)))
def test_many_paths_are_shown_as_each_alone(raws: list[bytes]) -> None:
    assert printable_paths(raws) == [printable(raw) for raw in raws]


@given(st.text())
def test_any_text_path_survives_the_round_trip(text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    assert raw_path(printable(raw)) == raw


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("src/naïve 文.py".encode(), "src/naïve 文.py"),
        (b"a\xff.py", "a\\377.py"),
        (b'tab\tline\n"quote"\\', 'tab\\tline\\n\\"quote\\"\\\\'),
        ("evil\u202egnp.py".encode(), "evil\\342\\200\\256gnp.py"),
        (b"\x1b[31m", "\\033[31m"),
    ],
)
def test_paths_are_escaped_as_git_quotes_them(raw: bytes, shown: str) -> None:
    assert printable(raw) == shown


def test_a_backslash_that_escapes_nothing_stands_for_itself() -> None:
    assert raw_path("a\\z\\9") == b"a\\z\\9"
