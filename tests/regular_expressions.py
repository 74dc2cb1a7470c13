"""Attacks on every regular expression of the package; prints those that backtrack without end.

From the tree of an expression come texts that make it try much: what leads to a repeat, then what
the repeat takes, many times, then something that does not fit. How the processor time grows with
the length tells: a quarter of the length takes a quarter of the time where matching is linear, a
16th where it is quadratic, a 64th where it is cubic, and nothing of it where it is exponential.
A match at one place may be quadratic at most; a search, which matches at every place, must end.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from repo_mhm.lazy_pattern import LazyPattern

try:
    from re import _constants as codes  # type: ignore[attr-defined]
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:  # before Python 3.11
    import sre_constants as codes
    import sre_parse as parser

SHORT, LONG = 120, 480
"""How often a repeat's text is repeated: a cubic match of the longer takes a tenth of a second."""
LONGEST_RATIO = 30.0
LEAST_SECONDS = 0.02
"""What takes less tells nothing by its ratio."""
MOST_SECONDS = 3.0
"""Of processor time: an exponential search takes more on any machine."""
MOST_TEXTS = 24
_CANDIDATES = "a 0A_\t\n.-/\"'<>()[]{}:;,=*#!@$%^&|\\~`+?é\x00\r"
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}

Expression = tuple[str | bytes, int]
"""The pattern and its flags."""


def expressions() -> dict[Expression, str]:
    """Every expression that the modules compile when they are imported or name in a call."""
    where_by_expression: dict[Expression, str] = {}
    for package in ("repo_mhm", "tui"):
        top = importlib.import_module(package)
        names = [module.name for module in pkgutil.walk_packages(top.__path__, f"{package}.")]
        for name in names:
            if name.endswith("__main__"):
                continue
            module = importlib.import_module(name)
            for pattern in (*_compiled(module), *_in_calls(module)):
                where_by_expression.setdefault((pattern.pattern, pattern.flags), name)
    return where_by_expression


def _compiled(module: ModuleType) -> Iterator[re.Pattern[Any]]:
    pending = list(vars(module).values())
    while pending:
        value = pending.pop()
        if isinstance(value, re.Pattern | LazyPattern):
            yield value  # type: ignore[misc]  # a LazyPattern is used like a pattern
        elif isinstance(value, tuple | list | frozenset | set):
            pending += value
        elif isinstance(value, dict):
            pending += value.values()


def _in_calls(module: ModuleType) -> Iterator[re.Pattern[Any]]:
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    for node in ast.walk(tree):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if not is_call or not node.args:  # type: ignore[attr-defined]
            continue
        if ast.unparse(node.func).startswith("re."):  # type: ignore[attr-defined]
            first = node.args[0]  # type: ignore[attr-defined]
            if isinstance(first, ast.Constant) and isinstance(first.value, str | bytes):
                yield re.compile(first.value)


def hostile_texts(pattern: str | bytes, flags: int) -> list[tuple[str, str]]:
    """What leads to each repeat, and what the repeat takes."""
    text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
    tree = parser.parse(text, flags & ~re.UNICODE if isinstance(pattern, bytes) else flags)
    pairs = {pair: None for pair in _repeats(tree) if pair[1]}
    for before, body in list(pairs):
        pairs["", body] = None
        if before:
            pairs["", before + body] = None
    return [*list(pairs)[:MOST_TEXTS], ("", " "), ("", "a")]


def _repeats(items: Any, before: str = "") -> Iterator[tuple[str, str]]:
    for code, argument in items:
        name = str(code)
        if name in _REPEATS:
            _, most, inner = argument
            if most is codes.MAXREPEAT or most > 20:
                yield from ((before, _sample(inner, choice)) for choice in range(3))
            yield from _repeats(inner, before)
        else:
            for inner in _inner(name, argument):
                yield from _repeats(inner, before)
        before += _sample([(code, argument)])


def _inner(name: str, argument: Any) -> list[Any]:
    if name == "SUBPATTERN":
        return [argument[3]]
    if name == "ATOMIC_GROUP":
        return [argument]
    if name == "BRANCH":
        return list(argument[1])
    return [argument[1]] if name in ("ASSERT", "ASSERT_NOT") else []


def _sample(items: Any, choice: int = 0) -> str:
    """A short text that the items match."""
    parts = []
    for code, argument in items:
        name = str(code)
        if name == "LITERAL":
            parts.append(chr(argument))
        elif name == "NOT_LITERAL":
            parts.append("b" if argument == ord("a") else "a")
        elif name == "ANY":
            parts.append("a")
        elif name == "IN":
            parts.append(_member(argument))
        elif name == "CATEGORY":
            parts.append(_member([(code, argument)]))
        elif name in _REPEATS:
            least, most, inner = argument
            parts.append(_sample(inner, choice) * max(least, 1 if most else 0))
        elif name in ("SUBPATTERN", "ATOMIC_GROUP", "BRANCH"):
            inner_items = _inner(name, argument)
            parts.append(_sample(inner_items[choice % len(inner_items)], choice))
    return "".join(parts)


def _member(items: Any) -> str:
    characters = [*_CANDIDATES, *map(chr, range(0x250))]
    return next((character for character in characters if _is_in(items, character)), "a")


def _is_in(items: Any, character: str) -> bool:
    is_negated = is_member = False
    for code, argument in items:
        name = str(code)
        if name == "NEGATE":
            is_negated = True
        elif name == "LITERAL":
            is_member |= ord(character) == argument
        elif name == "RANGE":
            is_member |= argument[0] <= ord(character) <= argument[1]
        elif name == "CATEGORY":
            is_member |= _is_of(str(argument), character)
    return is_member != is_negated


def _is_of(category: str, character: str) -> bool:
    if "DIGIT" in category:
        is_member = character.isdigit()
    elif "SPACE" in category:
        is_member = character.isspace()
    else:
        is_member = character.isalnum() or character == "_"
    return is_member != ("NOT" in category)


class _TooLong(Exception):
    pass


def end(*_: object) -> None:
    """End a search whose time is up."""
    raise _TooLong


def _seconds(find: Callable[[Any], object], text: str | bytes) -> float:
    """Processor time of finding; MOST_SECONDS where it takes longer."""
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    began = time.process_time()
    try:
        find(text)
    except _TooLong:
        return MOST_SECONDS
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return time.process_time() - began


def offence(expression: re.Pattern[Any]) -> str:
    """The text that this expression takes without end, if there is one."""
    is_bytes = isinstance(expression.pattern, bytes)
    for before, body in hostile_texts(expression.pattern, expression.flags):
        for after in ("\x01", ""):
            texts: list[str | bytes] = [before + body * times + after for times in (SHORT, LONG)]
            short, long = [str(text).encode() for text in texts] if is_bytes else texts
            if _seconds(expression.search, short) >= MOST_SECONDS or _grows(
                expression, short, long
            ):
                return f"{before[:60]!r} + {body[:60]!r} * n"
    return ""


def _grows(expression: re.Pattern[Any], short: str | bytes, long: str | bytes) -> bool:
    """Whether a match at the beginning takes more than quadratic time."""
    # A match is over where the expression is; what must fit the whole text goes on trying.
    for find in (expression.match, expression.fullmatch):
        seconds = min(_seconds(find, long) for _ in range(2))
        if seconds < LEAST_SECONDS:
            continue
        if seconds / max(_seconds(find, short), 1e-6) > LONGEST_RATIO:
            return True
    return False


def main() -> None:
    """Print each expression that has an offence, and how many there are."""
    signal.signal(signal.SIGPROF, end)
    found = expressions()
    for (pattern, flags), where in found.items():
        compiled = re.compile(pattern, flags & ~re.UNICODE if isinstance(pattern, bytes) else flags)
        if text := offence(compiled):
            sys.stdout.write(f"{where}: {text}  {pattern!r:.200}\n")
    sys.stdout.write(f"{len(found)} expressions\n")


if __name__ == "__main__":
    main()
