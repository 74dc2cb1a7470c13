"""Stubs: functions that are declared or left to others, and do nothing themselves. Pure.

An abstract method, a prototype or a member of an interface has the words of what it is about, in
its name and its documentation, but what a question asks is decided by what implements it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from repo_mhm.source.doc_comments import begins_comment, begins_decorator
from repo_mhm.source.symbols import Symbol, is_declaration

_ROUTINES = frozenset({"function", "method"})
_LONGEST_STUB = 60
"""Lines of a routine that are looked at: one with more is no stub, whatever it documents."""
_DOC_QUOTES = ('"""', "'''")
_HEADER_END = re.compile(r"(?::|\{|\bdo|=>?)\s*(?:(?:#|//).*)?\Z")
_STUB_WORD = re.compile(
    r"NotImplemented|NotSupported|UnsupportedOperation|not implemented|unimplemented|todo!"
    r"|\babstract\b|\bpass$|\.\.\.$",
    re.MULTILINE,
)
_DOES_NOTHING = re.compile(
    r"(?:pass|\.\.\.|end|[{}();]+|raise (?:\w+\.)?NotImplemented\w*\b.*"
    r"|throw new (?:\w+\.)?(?:NotImplemented|NotSupported|UnsupportedOperation)\w*\b.*"
    r"|throw (?:new )?Error\([\"'`][^\"'`]{0,80}\b(?:not implemented|abstract)\b.*"
    r"|(?:unimplemented|todo)!\(.*|panic\(\"(?:not implemented|unimplemented|todo)\b.*"
    r"|fail(?:With)? \"not implemented\".*)[;})\s]*",
    re.IGNORECASE,
)


def may_hold_stubs(text: str) -> bool:
    """Whether a text has any word that stubs with a body have; telling so takes no time."""
    return bool(_STUB_WORD.search(text))


def is_stub(symbol: Symbol, lines: Sequence[str]) -> bool:
    """Whether the definition of a routine, whose `lines` these are, does nothing itself."""
    if symbol.kind not in _ROUTINES or len(lines) > _LONGEST_STUB:
        return False
    if is_declaration(symbol):
        return True

    code = list(_code_lines(lines))
    header_end = next((at for at, line in enumerate(code, 1) if _HEADER_END.search(line)), None)
    if header_end is None:
        # A prototype of several lines, or a body on the line of its header.
        return bool(code) and code[-1].endswith(");") and "{" not in "".join(code)
    body = code[header_end:]
    return bool(body) and all(map(_DOES_NOTHING.fullmatch, body))


def _code_lines(lines: Sequence[str]) -> Iterator[str]:
    """The lines without documentation, comments, decorators and blank ones, stripped."""
    open_quotes = ""
    for line in map(str.strip, lines):
        if open_quotes:
            open_quotes = "" if open_quotes in line else open_quotes
            continue
        quotes = line.lstrip("rRbBuU")[:3]
        if quotes in _DOC_QUOTES:
            open_quotes = quotes if line.count(quotes) == 1 else ""
            continue
        is_code = line and not begins_comment(line) and not begins_decorator(line)
        if is_code and not line.startswith("*"):
            yield line
