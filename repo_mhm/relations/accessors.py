"""Accessors: how Java calls the properties of Kotlin, and Kotlin the getters of Java. Pure.

Java reads `val size` by `getSize()` and `val isOpen` by `isOpen()`; Kotlin reads `getSize()` as
`size`.
"""

from __future__ import annotations

import re

from repo_mhm.source.symbols import Symbol

_ACCESSOR = re.compile(r"(?:get|set)([A-Z]\w*)")
_KOTLIN = (".kt", ".kts")


def names_in_other_language(symbol: Symbol, path: str) -> list[str]:
    """What a file of the other language calls a property of Kotlin, or a getter of Java."""
    if symbol.path.endswith(_KOTLIN) and path.endswith(".java") and symbol.kind == "constant":
        capital = symbol.name[:1].upper() + symbol.name[1:]
        if re.match(r"is[A-Z]", symbol.name):
            return [f"set{symbol.name[2:]}"]
        return [f"get{capital}", f"set{capital}"]
    is_getter = symbol.kind == "method" and symbol.name.startswith("get")
    if symbol.path.endswith(".java") and path.endswith(_KOTLIN) and is_getter:
        return _properties(symbol.name)
    return []


def names_behind(name: str, path: str) -> list[str]:
    """The members that a name may mean as well, where a file of Java or Kotlin uses it."""
    if path.endswith(".java"):
        return _properties(name)
    if path.endswith(_KOTLIN) and name[:1].islower():
        return [f"get{name[0].upper()}{name[1:]}"]
    return []


def _properties(accessor: str) -> list[str]:
    match = _ACCESSOR.fullmatch(accessor)
    if match is None:
        return []
    properties = [match[1][0].lower() + match[1][1:]]
    return [*properties, f"is{match[1]}"] if accessor.startswith("set") else properties
