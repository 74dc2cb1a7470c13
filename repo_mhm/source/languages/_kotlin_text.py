"""What the grammar of Kotlin takes for something else, and the same in words that it knows.

Some words are modifiers only before a declaration. Behind an annotation the grammar reads them as
names: `@Internal const val A = 1` becomes an assignment. It also takes a line that begins with
`set` or `get` for an accessor. `without_pitfalls` changes such words and keeps every offset and
line.
"""

from __future__ import annotations

import re

_ARGUMENTS = rb"(?:\((?:[^()]|\((?:[^()]|\([^()]*\)){0,200}\)){0,400}\))?"
_SOFT_MODIFIER = re.compile(
    rb"(@[A-Za-z][\w.:]*"
    + _ARGUMENTS
    + rb")([ \t\r\n]+)(const|annotation|inner|operator|expect|actual|enum|companion)\b"
    rb"(?=[ \t]+(?:\w+[ \t]+){0,6}(?:class|object|val|var|fun|interface)\b)"
)
_NEEDED = (b"enum", b"companion")
"""What the grammar needs to know; instead of it, the annotation becomes a modifier."""
_FUN_INTERFACE = re.compile(rb"\bfun(?=[ \t]+interface[ \t]+\w)")
_ACCESSOR_NAME = re.compile(
    rb"^([ \t]*)[gs]et(?=[ \t]*(?:[-+*/%]?=(?!=)|\??\.|\[|\+\+|--)"
    rb"|\((?!\))(?:[^()\n]|\([^()\n]*\)){0,200}"
    rb"\)[ \t]*(?![ \t={:]))",
    re.MULTILINE,
)
_NOT_BLANK = re.compile(rb"[^\s]")


def without_pitfalls(data: bytes) -> bytes:
    """The text without what the grammar misreads."""
    if b"@" in data:
        data = _SOFT_MODIFIER.sub(_hard_modifier, data)
    if b"fun interface" in data:
        data = _FUN_INTERFACE.sub(b"   ", data)
    return _ACCESSOR_NAME.sub(rb"\1_et", data)


def _hard_modifier(match: re.Match[bytes]) -> bytes:
    annotation, space, modifier = match.groups()
    if modifier not in _NEEDED:
        return bytes(annotation + space + b" " * len(modifier))
    if len(annotation) < len(b"open"):
        return match[0]
    return b"open" + _NOT_BLANK.sub(b" ", annotation[4:]) + space + modifier
