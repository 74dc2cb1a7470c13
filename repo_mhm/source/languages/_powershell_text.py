r"""PowerShell that the grammar cannot parse, written so that it can; every offset stays.

Arguments of a command are the trouble: a variable with a path behind it (`$root\a.ps1`), words
between commas (`-Name a, b`), a call of a method; and script blocks without a statement.
"""

from __future__ import annotations

import re

from repo_mhm.lazy_pattern import lazy_pattern

_VARIABLE_PATH = lazy_pattern(rb"(?<=[ \t])\$(?=\w+[\\/][A-Za-z.*])|(?<=^)\$(?=\w+[\\/][A-Za-z.*])")
_WORDS = lazy_pattern(
    rb"(?:[A-Z]\w*-[A-Z]\w*|[ \t]-[A-Za-z]+)[ \t]+[A-Za-z][\w.*]*(?:[ \t]*,[ \t]*[A-Za-z][\w.*]*)+"
)
"""`Get-Module A, B` and `-Property A, B`."""
_EMPTY_BLOCK = lazy_pattern(rb"(?:(?<=[=,(])|[=,(][ \t]|[ \t]-\w{1,40}[ \t]{1,4})\{[ \t]*\}")
_CALL_AS_ARGUMENT = lazy_pattern(rb"[ \t]-[A-Za-z]+[ \t]+\$\w+(?:\.\w+(?:\(\))?)+")
_SIZE = lazy_pattern(rb"(?<=\d)[KMGTP]B\b", re.IGNORECASE)


def without_pitfalls(data: bytes) -> bytes:
    """The text with what the grammar knows instead of what it does not."""
    data = _VARIABLE_PATH.sub(b"_", data)
    data = _WORDS.sub(lambda match: match[0].replace(b",", b" "), data)
    data = _EMPTY_BLOCK.sub(_as_string, data)
    data = _CALL_AS_ARGUMENT.sub(lambda match: match[0].replace(b"()", b"  "), data)
    return _SIZE.sub(b"00", data)


def _as_string(match: re.Match[bytes]) -> bytes:
    """An empty block as an empty string, which is as long and an expression too."""
    return match[0].replace(b"{", b"'").replace(b"}", b"'")
