"""Macros of Apple's: what the preprocessor takes away from Objective-C before it is parsed.

Enumerations that a macro writes become enumerations of C. Remarks to the compiler, on availability,
nullability or names in Swift, are blanked: each makes the grammar lose the class around it.
"""

from __future__ import annotations

import re

from repo_mhm.lazy_pattern import lazy_pattern
from repo_mhm.source.languages._c_macros import ARGUMENTS, without_macros

_ENUM = lazy_pattern(
    rb"((?:\btypedef[ \t]+)?\b(?:NS|CF)_(?:CLOSED_|ERROR_)?(?:ENUM|OPTIONS)"
    rb"\([ \t]*\w+[ \t]*,)([ \t]*\w+[ \t]*)\)"
)
_REMARK = (
    rb"(?:NS|CF|UI|OS|API|CG|MK|AV|WK)_(?:"
    rb"(?:ASSUME_NONNULL|HEADER_AUDIT)_\w+|DESIGNATED_INITIALIZER|REQUIRES_\w+|SWIFT_\w+"
    rb"|REFINED_FOR_SWIFT|RETURNS_\w+|NOESCAPE|FORMAT_\w+|ROOT_CLASS|APPEARANCE_SELECTOR"
    rb"|(?:\w+_)?(?:UN)?AVAILABLE\w*|(?:\w+_)?DEPRECATED\w*)"
    rb"|__(?:OSX|IOS|TVOS|WATCHOS)_\w+"
)
_REMARK_OR_DIRECTIVE = lazy_pattern(
    rb"^[ \t]*#(?:[^\\\n]|\\\r?\n|\\[^\n])*|\b(?:"
    + _REMARK
    + rb")\b(?:[ \t]*"
    + ARGUMENTS
    + rb")?",
    re.MULTILINE,
)
_MARKS = (b"NONNULL", b"AVAILABLE", b"DEPRECATED", b"NS_", b"_SELECTOR")
"""A file without any of them has no such remark."""
_NOT_BLANK = lazy_pattern(rb"[^\s]")


def without_apple_macros(data: bytes) -> bytes:
    """The text without macros that syntax alone tells; `NS_ENUM(NSInteger, A)` is `enum A`."""
    if b"_ENUM(" in data or b"_OPTIONS(" in data:
        data = _ENUM.sub(lambda match: b"enum".ljust(len(match[1])) + match[2] + b" ", data)
    if any(mark in data for mark in _MARKS):
        data = _REMARK_OR_DIRECTIVE.sub(_without_remark, data)
    return without_macros(data)


def _without_remark(match: re.Match[bytes]) -> bytes:
    is_directive = match[0].lstrip().startswith(b"#")
    return match[0] if is_directive else _NOT_BLANK.sub(b" ", match[0])
