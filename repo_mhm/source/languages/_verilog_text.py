"""Verilog without the selections of bits (`bus[7:0]`), at many of which its grammar fails."""

from __future__ import annotations

import re

_SELECTION = re.compile(rb"(?<=\w)\[[^\]\[\n]*\]")
_MESSAGE = re.compile(rb"^[ \t]*`(?:error|warning|pragma)\b[^\n]*", re.MULTILINE)
_NOT_BLANK = re.compile(rb"[^\s]")


def without_pitfalls(data: bytes) -> bytes:
    """The text with spaces over what the grammar does not know."""
    data = _SELECTION.sub(_blank, data)
    return _MESSAGE.sub(_blank, data) if b"`" in data else data


def _blank(match: re.Match[bytes]) -> bytes:
    return _NOT_BLANK.sub(b" ", match[0])
