"""What the grammar of Kotlin takes for something else, and the same in words that it knows.

Some words are modifiers only before a declaration. Behind an annotation the grammar reads them as
names: `@Internal const val A = 1` becomes an assignment. It also takes a line that begins with
`set` or `get` for an accessor. `without_pitfalls` changes such words and keeps every offset and
line.
"""

from __future__ import annotations

import re

from repo_mhm.lazy_pattern import lazy_pattern

_ARGUMENTS = rb"(?:\((?:[^()]|\((?:[^()]|\([^()]*\)){0,200}\)){0,400}\))?"
_SOFT_MODIFIER = lazy_pattern(
    rb"\b(?:const|annotation|inner|operator|expect|actual)(?=[ \t]+(?:\w+[ \t]+){0,4}"
    rb"(?:class|object|val|var|fun|interface)\b)"
)
"""What the grammar takes for a name behind an annotation, and what need not be known."""
_NEEDED_MODIFIER = lazy_pattern(
    rb"(@[A-Za-z][\w.:]*" + _ARGUMENTS + rb")"
    rb"(?=[ \t\r\n]+(?:enum[ \t]+class|companion[ \t]+object)\b)"
)
"""`enum` and `companion` must be known; instead of them, the annotation becomes a modifier."""
_FIRST_ANNOTATION = lazy_pattern(
    rb"^([ \t]*)(@[A-Za-z][\w.:]{2,}" + _ARGUMENTS + rb")(?=[ \t]+@[A-Za-z][\w.:]*[ \t(])",
    re.MULTILINE,
)
"""Two annotations on one line are read as an expression, unless a modifier comes first."""
_CONSTRUCTOR = lazy_pattern(
    rb"\bclass[ \t]+\w+(?:<[^<>\n]{0,200}>)?[ \t]*\r?\n[ \t]*"
    rb"((?:(?:private|internal|protected|public)[ \t]+)?constructor[ \t]*"
    rb"\((?:[^()]|\((?:[^()]|\([^()]*\)){0,200}\)){0,4000}\))"
)
"""A constructor on the line below the name of its class."""
_FUN_INTERFACE = lazy_pattern(rb"\bfun(?=[ \t]+interface[ \t]+\w)")
_ACCESSOR_NAME = lazy_pattern(
    rb"^([ \t]*)[gs]et(?=[ \t]*(?:[-+*/%]?=(?!=)|\??\.|\[|\+\+|--)"
    rb"|\((?!\))(?:[^()\n]|\([^()\n]*\)){0,200}"
    rb"\)[ \t]*(?![ \t={:]))",
    re.MULTILINE,
)
_NOT_BLANK = lazy_pattern(rb"[^\s]")


def without_pitfalls(data: bytes) -> bytes:
    """The text without what the grammar misreads."""
    data = _SOFT_MODIFIER.sub(_blanked, data)
    if b"@" in data:
        data = _NEEDED_MODIFIER.sub(_as_modifier, data)
        data = _FIRST_ANNOTATION.sub(_first_as_modifier, data)
    if b"constructor" in data:
        data = _CONSTRUCTOR.sub(_without_constructor, data)
    if b"fun interface" in data:
        data = _FUN_INTERFACE.sub(b"   ", data)
    return _ACCESSOR_NAME.sub(rb"\1_et", data)


def _blanked(match: re.Match[bytes]) -> bytes:
    return _NOT_BLANK.sub(b" ", match[0])


def _as_modifier(match: re.Match[bytes]) -> bytes:
    """An annotation as a modifier of the same length."""
    annotation = match[1]
    if len(annotation) < len(b"open"):
        return match[0]
    return b"open" + _NOT_BLANK.sub(b" ", annotation[4:])


def _first_as_modifier(match: re.Match[bytes]) -> bytes:
    indentation, annotation = match.groups()
    return bytes(indentation + b"open" + _NOT_BLANK.sub(b" ", annotation[4:]))


def _without_constructor(match: re.Match[bytes]) -> bytes:
    start = match.start(1) - match.start()
    return match[0][:start] + _NOT_BLANK.sub(b" ", match[1])
