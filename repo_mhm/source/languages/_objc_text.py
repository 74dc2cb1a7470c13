"""Enumerations of Objective-C, which a macro of Apple's writes, as enumerations of C."""

from __future__ import annotations

import re

from repo_mhm.source.languages._c_macros import without_macros

_ENUM = re.compile(
    rb"((?:\btypedef[ \t]+)?\b(?:NS|CF)_(?:CLOSED_|ERROR_)?(?:ENUM|OPTIONS)"
    rb"\([ \t]*\w+[ \t]*,)([ \t]*\w+[ \t]*)\)"
)


def without_apple_macros(data: bytes) -> bytes:
    """The text without macros that syntax alone tells; `NS_ENUM(NSInteger, A)` is `enum A`."""
    if b"_ENUM(" in data or b"_OPTIONS(" in data:
        data = _ENUM.sub(lambda match: b"enum".ljust(len(match[1])) + match[2] + b" ", data)
    return without_macros(data)
