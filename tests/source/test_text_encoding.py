"""Text encoding: files with a byte order mark become UTF-8, others stay as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.source.text_encoding import to_utf8


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("utf-32-be", b"\0\0\xfe\xff")],
)
def test_a_marked_file_becomes_utf_8(encoding: str, mark: bytes) -> None:
    assert to_utf8(mark + "x = 'é'\n".encode(encoding)) == "x = 'é'\n".encode()


@given(st.binary(max_size=50))
def test_a_file_without_a_mark_stays_as_it_is(data: bytes) -> None:
    assert to_utf8(b"x" + data) == b"x" + data
