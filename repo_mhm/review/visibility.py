"""Visibility: whether other files can name a definition, and whether they still can. Pure.

A JavaScript module exports it no longer, C made it `static`, a class made it private, Rust dropped
`pub`. What stands in the body of a function is local.
"""

from __future__ import annotations

import re
from bisect import bisect
from functools import lru_cache

from repo_mhm.lazy_pattern import lazy_pattern
from repo_mhm.review.edits import Side
from repo_mhm.source.code_tokens import closing_bracket
from repo_mhm.source.symbols import Symbol

_WITH_PRIVATE = frozenset("java csharp kotlin php typescript tsx swift scala".split())
_HEADERS = (".h", ".hh", ".hpp", ".hxx")
_EXPORTED = lazy_pattern(
    r"\bexport\s+(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?"
    r"(?:function\b\s*\*?|class\b|const\s+enum\b|const\b|let\b|var\b|type\b|interface\b|enum\b"
    r"|namespace\b)\s*([\w$]+)"
)
_EXPORT_DEFAULT = lazy_pattern(r"\bexport\s+(?:default|=)\s*([\w$]+)")
_EXPORT_LIST = lazy_pattern(r"\bexport\s+(?:type\s+)?\{([^{}]*)\}(?!\s*from\b)")
_EXPORTS_MEMBER = lazy_pattern(r"\bexports\.([\w$]+)\s*=\s*([\w$]*)")
_MODULE_EXPORTS = lazy_pattern(r"\bmodule\.exports\s*=\s*")


_BRACE = re.compile(r"[{}]")
_MOST_BLANKS = 200
"""Characters between the brackets of a head and its body that are looked at."""


def is_local(side: Side, symbol: Symbol) -> bool:
    """Whether C's braces show a definition to be in a body, even in one whose head is no symbol.

    `TEST(name) {` is such a head; within it, declarations below `#ifdef` look like those of a file.
    """
    if side.source.family != "c" or symbol.container:
        return False
    start = side.character(symbol.start_byte)
    bodies = _bodies(side.code)
    position = bisect(bodies, (start, 0))
    return position > 0 and bodies[position - 1][1] > start


@lru_cache(maxsize=2)
def _bodies(code: str) -> list[tuple[int, int]]:
    """The spans of outermost blocks behind brackets: `f(x) {…}`; one that is never closed is none.

    In order.
    """
    spans: list[tuple[int, int]] = []
    open_braces: list[int] = []
    for brace in _BRACE.finditer(code):
        if brace[0] == "{":
            open_braces.append(brace.start())
        elif open_braces:
            begin = open_braces.pop()
            if code[max(0, begin - _MOST_BLANKS) : begin].rstrip().endswith(")"):
                while spans and spans[-1][0] > begin:
                    spans.pop()
                spans.append((begin, brace.start()))
    return spans


def hidden_event(old: Side, before: Symbol, new: Side, after: Symbol) -> str:
    """What now keeps other files from naming a definition; empty where nothing new does."""
    if old.language is None or old.language != new.language:
        return ""
    if old.source.family == "javascript" and not before.container:
        return _unexported(old, new, before.name)
    for language_names, word, event in (
        (_WITH_PRIVATE, "private", "is private now"),
        ({"c", "cpp"}, "static", "is static now"),
    ):
        is_apart = word != "static" or not (before.container or new.path.endswith(_HEADERS))
        if old.language.name in language_names and is_apart:
            had, has = (_has_modifier(*pair, word) for pair in ((old, before), (new, after)))
            return event if has and not had else ""
    if old.language.name == "rust":
        had, has = (_has_modifier(*pair, "pub") for pair in ((old, before), (new, after)))
        return "is no longer `pub`" if had and not has else ""
    return ""


def _has_modifier(side: Side, symbol: Symbol, word: str) -> bool:
    head = side.code_of(symbol)
    before_name = re.split(rf"\b{re.escape(symbol.name)}\b", head, maxsplit=1)[0]
    # Swift's `private(set)` hides the setter only.
    return re.search(rf"\b{word}\b(?!\s*\(set\))", before_name) is not None


def _unexported(old: Side, new: Side, name: str) -> str:
    before, after = exported_names(old.code), exported_names(new.code)
    if before is None or not after or name not in before or name in after:
        return ""
    return f"is no longer exported from {new.path}"


@lru_cache(maxsize=2)
def exported_names(code: str) -> frozenset[str] | None:
    """The names of a JavaScript file's definitions that it exports; None where that is unclear.

    Both sides of a file are kept, as each of its definitions asks for them.
    """
    names = {match[1] for match in _EXPORTED.finditer(code)}
    names |= {match[1] for match in _EXPORT_DEFAULT.finditer(code)}
    for listed in _EXPORT_LIST.finditer(code):
        names |= {part.split()[0] for part in listed[1].split(",") if part.strip()}
    for match in _EXPORTS_MEMBER.finditer(code):
        names |= {match[1], match[2]} - {""}
    for match in _MODULE_EXPORTS.finditer(code):
        value = code[match.end() : match.end() + 200]
        if not value.startswith("{"):
            word = re.match(r"[\w$]+\s*(?:;|\n|\Z)", value)
            if word is None and not value.startswith(("function", "class", "async", "(")):
                return None
            names |= set(re.findall(r"[\w$]+", value.partition("\n")[0]))
            continue
        closing = closing_bracket(code, match.end())
        listed_names = code[match.end() : closing]
        if "..." in listed_names:
            return None
        names |= set(re.findall(r"[\w$]+", listed_names))
    return frozenset(names)
