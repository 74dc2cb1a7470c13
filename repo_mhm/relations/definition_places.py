"""Where a definition writes its name. Pure."""

from __future__ import annotations

import re

from repo_mhm.relations.expressions import Occurrence, occurrences
from repo_mhm.relations.narrowing import assigned_owner
from repo_mhm.relations.source_file import SourceFile
from repo_mhm.source.symbols import Symbol

_DEFINED = re.compile(r"\s{0,80}(?:<[^<>]{0,400}>|\[[^\[\]]{0,400}\])?\s{0,80}[(=:?;{]")
"""What follows the name in most definitions."""
_FUNCTION = re.compile(r"\bfunction\s*\*?\s*\Z")
_MOST_HEADER = 4000
"""Characters in which a definition writes its name."""


def is_definition(file: SourceFile, name: str, occurrence: Occurrence, line: int) -> bool:
    """Whether a symbol of the name is defined by this occurrence."""
    if _FUNCTION.search(file.code, max(0, occurrence.start - 20), occurrence.start):
        return True
    return any(
        symbol.start <= line <= symbol.end and definition_offset(file, symbol) == occurrence.start
        for symbol in file.named(name)
    )


def definition_offset(file: SourceFile, symbol: Symbol) -> int:
    """Where the definition of a symbol writes its name; -1 where it does not."""
    begin, end = file.offset(symbol.start), file.offset(symbol.end + 1)
    # `app.use = …`, `fun Url.host()`
    may_follow_dot = bool(assigned_owner(file, symbol)) or f".{symbol.name}" in symbol.signature
    first = -1
    for place in occurrences(file.code[begin : min(end, begin + _MOST_HEADER)], symbol.name):
        position = begin + place.start
        is_decorator = _is_in_decorator(file, position)
        is_member = file.code[position - 1 : position] == "." and not may_follow_dot
        if is_decorator or is_member:
            continue
        if _DEFINED.match(file.code, begin + place.end):
            return position
        first = position if first < 0 else first
    return first


def _is_in_decorator(file: SourceFile, position: int) -> bool:
    """Whether a name belongs to a decorator or annotation, not to what follows it on its line."""
    before = file.code[file.offset(file.line_at(position)) : position].lstrip()
    if not before.startswith(("@", "#[")):
        return False
    has_ended = " " in before and before.count("(") == before.count(")")
    return not has_ended
