"""Code as text: comments and strings blanked out, uses of a name, and the arguments of a call. Any language, roughly.

Used where a syntax tree would cost too much or does not say enough. Owns no opinion on what a use means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_HASH = re.compile(
    r'[a-zA-Z]{0,2}(?:"""(?:\\.|[^\\])*?(?:"""|\Z)|' + r"'''(?:\\.|[^\\])*?(?:'''|\Z)" + r")"
    r'|[a-zA-Z]{0,2}(?:"(?:\\.|[^"\\\n])*"?|' + r"'(?:\\.|[^'\\\n])*'?)|\#[^\n]*",
    re.DOTALL,
)
_SLASH = re.compile(
    r'/\*.*?(?:\*/|\Z)|//[^\n]*|"(?:\\.|[^"\\\n])*"?|`(?:\\.|[^`\\])*(?:`|\Z)'
    + r"|'(?:\\.|[^'\\\n])+'|'(?=\n)",
    re.DOTALL,
)
HASH_LANGUAGES = frozenset("python ruby bash elixir yaml toml".split())
TOKEN = re.compile(r'"[^"\n]*"|[A-Za-z_$][\w$]*|\d[\w.]*|[<>=!]=|&&|\|\||[-+*/]=|->|\*\*|//|\S')
"""The words and marks of masked code."""
CALL_CHARACTERS = 4000
"""A call longer than this is data."""
_PAIRS = {")": "(", "]": "[", "}": "{"}


class Use(NamedTuple):
    """One occurrence of a name in code. `line` from 1; `chain` is what stands before it with dots (`self`, `a.b`), a
    lone dot where that is no plain name; `called` is the index of its opening parenthesis, or -1."""

    line: int
    start: int
    chain: str
    called: int


@lru_cache(maxsize=256)
def masked(text: str, language: str) -> str:
    """`text` with the insides of strings and comments as spaces: same length, same lines."""
    pattern = _HASH if language in HASH_LANGUAGES else _SLASH
    return pattern.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    found = match[0]
    if found.startswith(("#", "/")) or found[-1] not in "\"'`" or len(found) < 2:
        return _BLANKED.sub(" ", found)
    prefix = found[:2].lower().partition("'")[0].partition('"')[0]
    inner = _EXPRESSION.sub(_spared, found) if "f" in prefix else _BLANKED.sub(" ", found)
    # Something must be left of a string, else an argument that is one would vanish.
    return '"' + inner[1:-1] + '"'


_BLANKED = re.compile(r"[^\n]")
_EXPRESSION = re.compile(r"\{\{|\}\}|\{([A-Za-z_][\w.]*)[^{}\n\"']*\}|[^\n]")


def _spared(match: re.Match[str]) -> str:
    """The names that an f-string uses, without the rest of it."""
    return f" {match[1]}".ljust(len(match[0])) if match[1] else " " * len(match[0])


_CHAIN = re.compile(r"(?:[A-Za-z_$][\w$]*\s*(?:\.|::|->)\s*)+\Z")


def uses(code: str, name: str) -> Iterator[Use]:
    """Where masked `code` says `name` as a whole word."""
    line, counted, start = 1, 0, code.find(name)
    while start >= 0:
        end = start + len(name)
        if not _is_word(code[start - 1 : start]) and not _is_word(code[end : end + 1]):
            line += code.count("\n", counted, start)
            counted = start
            after = _OPENING.match(code, end)
            yield Use(
                line,
                start,
                _chain(code[max(0, start - 200) : start]),
                after.end() - 1 if after else -1,
            )
        start = code.find(name, end)


_OPENING = re.compile(r"\s*\(")


def _is_word(char: str) -> bool:
    return char.isalnum() or char in ("_", "$")


def _chain(before: str) -> str:
    found = _CHAIN.search(before)
    if found is None:
        return "." if before.rstrip().endswith((".", "::", "->")) else ""
    if found.start() and before[found.start() - 1] in ".)]":
        return "."
    return re.sub(r"\s+", "", found[0]).replace("::", ".").replace("->", ".").rstrip(".")


def inside(code: str, text: str, opening: int) -> list[str] | None:
    """The comma-separated parts between the bracket at `opening` and its partner, from `text`; None if it has none.

    `code` is `text` masked.
    """
    stack = [code[opening]]
    parts: list[str] = []
    begin = opening + 1
    for at in range(opening + 1, min(len(code), opening + CALL_CHARACTERS)):
        char = code[at]
        if char in "([{":
            stack.append(char)
        elif char in ")]}":
            if stack.pop() != _PAIRS[char]:
                return None
            if not stack:
                last = text[begin:at]
                return [*parts, last.strip()] if last.strip() else parts
        elif char == "," and len(stack) == 1:
            parts.append(text[begin:at].strip())
            begin = at + 1
    return None


def closing(code: str, opening: int) -> int:
    """The index of the bracket that closes the one at `opening` in masked code; `opening` itself if there is none."""
    depth = 0
    for at in range(opening, min(len(code), opening + CALL_CHARACTERS)):
        depth += (code[at] in "([{") - (code[at] in ")]}")
        if not depth:
            return at
    return opening


def shape(text: str) -> str:
    """Code with white space and trailing commas folded away, to compare two spellings of it."""
    return re.sub(r",([)\]}])", r"\1", re.sub(r"\s+", "", text))
