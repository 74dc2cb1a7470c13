from __future__ import annotations

import pytest

from repo_mhm.engine.sequence import decode, repeated


@pytest.mark.parametrize(
    ("tokens", "surplus"),
    [
        ([1] * 23, 0),
        ([1] * 24, 23),
        ([0, 9, *[1, 2, 3] * 8], 21),
        ([*range(10)] * 3, 20),
        ([*range(10)] * 2, 0),
        ([*range(65)] * 3, 0),
        ([], 0),
    ],
)
def test_loops_are_noticed(tokens: list[int], surplus: int) -> None:
    assert repeated(tokens) == surplus


def test_an_unfinished_character_is_left_out() -> None:
    assert decode("né".encode()[:2]) == "n"
    assert decode(b"n\xff\xfe") == "n\ufffd\ufffd"
