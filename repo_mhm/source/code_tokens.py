"""Code as text: tokens, the uses of a name, and the arguments of a call. Pure.

Works on code masks (`source.code_mask`) of any language, and so only roughly. It serves where
syntax trees say too little, or differ too much between languages. Does not decide what a use means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

TOKEN = re.compile(r'"[^"\n]*"|[A-Za-z_$][\w$]*|\d[\w.]*|[<>=!]=|&&|\|\||[-+*/]=|->|\*\*|//|\S')
"""Words, numbers, masked strings and operators."""
MOST_CALL_CHARACTERS = 4000
"""A longer call is data."""
_MOST_CHAIN_CHARACTERS = 200
"""Characters before a name that are searched for its chain."""

_CHAIN = re.compile(r"(?:[A-Za-z_$][\w$]*\s*(?:\.|::|->)\s*)+\Z")
_LINKS = (".", "::", "->")
_OPENING = re.compile(r"\s*\(")
_OPENING_BY_CLOSING = {")": "(", "]": "[", "}": "{"}


_MOST_TYPE_CHARACTERS = 400
"""Characters between angle brackets; more are no types."""
_COMMAND = re.compile(
    r"[ \t]+(?=[\w@$\"']|:[\w\"]|[*&][\w@(\[])"
    r"(?!(?:if|unless|while|until|rescue|and|or|do|then|in|end|is|not|when)\b)"
)
"""What separates a command of Ruby from its first argument."""
_COMMAND_END = re.compile(
    r"\n|;|[ \t](?:if|unless|while|until|rescue|and|or|do|then)\b|[ \t]:[ \t]|[()\[\]{}]"
)
_GOES_ON = re.compile(r"(?:[,\\+*/&|=.<?-]|[ \t]:)[ \t]*\Z")
"""What ends a line with which no statement ends."""
_ALIAS = re.compile(r"\b(?:alias|undef)[ \t]+(?:[\w?!]+[ \t]+)?\Z")


class Use(NamedTuple):
    """One occurrence of a name in code."""

    line: int
    """From 1."""
    start: int
    """Character of the file."""
    chain: str
    """The dotted names before it (`self`, `a.b`), or empty; `.` where that is no plain name."""
    opening: int
    """Index of the parenthesis that calls it, or -1."""

    @property
    def is_call(self) -> bool:
        """Whether the name is called here."""
        return self.opening >= 0


def uses(code: str, name: str) -> Iterator[Use]:
    """Where masked `code` has `name` as a whole word."""
    line, counted_to = 1, 0
    for start in word_starts(code, name, 0, len(code)):
        line += code.count("\n", counted_to, start)
        counted_to = start
        opening = _OPENING.match(code, start + len(name))
        before = code[max(0, start - _MOST_CHAIN_CHARACTERS) : start]
        yield Use(line, start, _chain(before), opening.end() - 1 if opening else -1)


def word_starts(code: str, name: str, begin: int, stop: int) -> Iterator[int]:
    """Where the code between two offsets has the name as a whole word."""
    start = code.find(name, begin, stop)
    while start >= 0:
        end = start + len(name)
        if not _is_in_word(code[start - 1 : start]) and not _is_in_word(code[end : end + 1]):
            yield start
        start = code.find(name, end, stop)


def _is_in_word(char: str) -> bool:
    return char.isalnum() or char in ("_", "$")


def _chain(before: str) -> str:
    match = _CHAIN.search(before)
    if match is None:
        return "." if before.rstrip().endswith(_LINKS) else ""

    is_part_of_more = match.start() > 0 and before[match.start() - 1] in ".)]"
    if is_part_of_more:
        return "."
    return re.sub(r"\s+", "", match[0]).replace("::", ".").replace("->", ".").rstrip(".")


def arguments(code: str, text: str, opening: int) -> list[str] | None:
    """The parts between the commas of the bracket at `opening`, from `text`.

    `code` is the mask of `text`. None where the bracket is not closed.
    """
    stack = [code[opening]]
    parts: list[str] = []
    begin = opening + 1
    index = opening
    stop = min(len(code), opening + MOST_CALL_CHARACTERS)

    while (index := index + 1) < stop:
        char = code[index]
        if char in "([{":
            stack.append(char)
        elif char in ")]}":
            if stack.pop() != _OPENING_BY_CLOSING[char]:
                return None
            if not stack:
                last = text[begin:index].strip()
                return [*parts, last] if last else parts
        elif char == "<" and len(stack) == 1:
            index = _type_arguments_end(code, index)
        elif char == "," and len(stack) == 1:
            parts.append(text[begin:index].strip())
            begin = index + 1
    return None


def _type_arguments_end(code: str, opening: int) -> int:
    """The index of the `>` that closes type arguments; `opening` where it opens none.

    `f(a < b, c > d)` compares, `Map<String, Integer> m` does not.
    """
    if not _is_in_word(code[opening - 1]):
        return opening
    depth = 0
    for index in range(opening, min(len(code), opening + _MOST_TYPE_CHARACTERS)):
        char = code[index]
        is_arrow = char == ">" and code[index - 1] in "-="
        if char in "<([":
            depth += 1
        elif char in ")]" or (char == ">" and not is_arrow):
            depth -= 1
        elif char in ";{}\"'+*/%!" or code.startswith(("&&", "||"), index):
            return opening
        if not depth:
            follows = code[index + 1 : index + 2]
            is_compared = char != ">" or _is_in_word(follows) or follows in ('"', "'")
            return opening if is_compared else index
    return opening


def command_arguments(code: str, text: str, start: int, end: int) -> list[str] | None:
    """The arguments of a call of Ruby without brackets, whose name is from `start` to `end`.

    None where that is none, or is not clear.
    """
    begin = _COMMAND.match(code, end)
    if begin is None or _ALIAS.search(code, max(0, start - _MOST_CHAIN_CHARACTERS), start):
        return None
    position = begin.end()
    while stop := _COMMAND_END.search(code, position, end + MOST_CALL_CHARACTERS):
        if stop[0] not in "([{":
            break
        position = closing_bracket(code, stop.start()) + 1
        if position == stop.start() + 1:
            return None
    last = stop.start() if stop else len(code)
    if stop is not None and stop[0] == "\n" and _GOES_ON.search(code, begin.end(), last):
        return None
    first = begin.end()
    return arguments(f"({code[first:last]})", f"({text[first:last]})", 0)


def closing_bracket(code: str, opening: int) -> int:
    """The index of the bracket that closes the one at `opening`; `opening` if there is none."""
    depth = 0
    for index in range(opening, min(len(code), opening + MOST_CALL_CHARACTERS)):
        depth += (code[index] in "([{") - (code[index] in ")]}")
        if not depth:
            return index
    return opening


def compact(text: str) -> str:
    """Code without white space and trailing commas, to compare two ways of writing it."""
    return re.sub(r",([)\]}])", r"\1", re.sub(r"\s+", "", text))
