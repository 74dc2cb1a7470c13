"""Fortran without formats that are variables (`print form, x`), which its grammar does not know."""

from __future__ import annotations

import re

_FORMAT = re.compile(
    rb"(\bprint[ \t]+|\b(?:write|read)[ \t]*\([^(),\n]{1,80},[ \t]*)([a-z]\w*)(?=[ \t]*[,)])",
    re.IGNORECASE,
)


def without_formats(data: bytes) -> bytes:
    """The text with `*` for each format that is a variable."""
    return _FORMAT.sub(lambda match: match[1] + b"*".ljust(len(match[2])), data)
