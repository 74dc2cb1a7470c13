"""Packed texts come back, those of older versions too; what is damaged or bent is an error."""

from __future__ import annotations

import zlib

import hypothesis.strategies as st
import pytest
from hypothesis import given

from repo_mhm.store.packed_text import pack, unpack

PACKED = "787d6b12d5c1031b0a5709090aa81ca8f10e0f00b09bb900a1f0115b"


@given(st.text())
def test_a_text_comes_back(text: str) -> None:
    assert unpack(pack(text)) == text


def test_a_text_packed_before_there_were_common_words_comes_back() -> None:
    assert (
        unpack(zlib.compress(b"def greet():\n    return 1\n", 4)) == "def greet():\n    return 1\n"
    )


def test_common_words_save_much_of_a_short_text() -> None:
    text = "public static void main(String args) throws Exception { return default response; }\n"
    assert len(pack(text)) < 0.7 * len(zlib.compress(text.encode(), 9))


def test_common_words_are_what_they_were() -> None:
    """Texts in people's databases are packed with them."""
    assert unpack(bytes.fromhex(PACKED)) == "this function should return the default value\n"


@pytest.mark.parametrize("packed", [b"", b"text", pack("text" * 90)[:-5]])
def test_what_is_no_packed_text_is_an_error(packed: bytes) -> None:
    with pytest.raises(ValueError, match="a text"):
        unpack(packed)
