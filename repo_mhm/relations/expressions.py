"""Expressions as text: the receiver before a name, and the steps of a chain of accesses. Pure.

Works on code whose comments and strings are blanked out. What is no plain chain of names, calls and
subscripts (`a + b`, a conditional) is None: nothing is guessed about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from repo_mhm.lazy_pattern import lazy_pattern
from repo_mhm.source.code_tokens import word_starts

_MOST_STEPS = 40
"""Steps of a chain that are followed; people write ten."""
_FARTHEST = 2000
"""Characters that a receiver's brackets may span."""
_MOST_LITERAL = 4000
"""Characters of a literal before a key that are searched for where it opens."""
_TYPE_BEFORE = lazy_pattern(r"(\w+)(?:\[[^\[\]]*\])?\Z")
_LINK = lazy_pattern(r"\s*(?:\?\.|!!?\.|\.|::)\s*\Z|(?<=[\w\])])->\Z")
_BRACKETS = lazy_pattern(r"<[^<>]*>|\[[^\[\]]*\]")
_WORD_END = lazy_pattern(r"(?:(?<=\.)#)?[\w$]+\Z")
_OPENING = {")": "(", "]": "[", "}": "{", ">": "<"}
_CLOSING = {opening: closing for closing, opening in _OPENING.items()}
_STEP = lazy_pattern(r"(?:\?\.|!!?\.|\.|::|->)?\s*((?:(?<=\.)#)?[A-Za-z_$][\w$]*)")
_PREFIX = lazy_pattern(r"(?:\(*\s*(?:await|new|return|&|\*|not)\b\s*|[&*]\s*)+")
_TYPE_ARGUMENTS = lazy_pattern(r"\s*(?:::)?<[^<>(){};=]*(?:<[^<>(){};=]*>[^<>(){};=]*)*>(?=\s*\()")
# Comments are blanks in code: two runs of them without bounds take the square of their length.
_CALL_OPENING = lazy_pattern(r"\s{0,80}(?:\?\.\s{0,80})?\(")
_GO_TYPE_ARGUMENTS = lazy_pattern(r"\[[\w.*, \[\]]+\](?=\()")
_END = lazy_pattern(r"\s*(?:$|[;,){:!?]|\bor\b|\bif\b|\belse\b|\bas\b|\bfor\b|\|\||\?\?)", re.M)
_ASSERTION = lazy_pattern(r"\.\(\s*\*?([\w.]+)\s*\)|\bas\s+([\w.$]+)")


_KEYWORDS = frozenset(
    "and assert await case catch do elif else except for foreach if in is lock new not or return"
    " switch throw typeof using when while with yield".split()
)


class Step(NamedTuple):
    """One step of a chain: a name, and whether it is called or indexed."""

    name: str
    suffix: str = ""
    """`()`, `[]`, `{}` (a literal of a type), or empty."""


LITERAL = Step("", "literal")
"""The only step of a text, number, list or mapping."""
Chain = tuple[Step, ...]


class Occurrence(NamedTuple):
    """One place where code has a name."""

    start: int
    end: int
    is_call: bool
    has_receiver: bool


def occurrences(code: str, name: str) -> Iterator[Occurrence]:
    """Where the code has the name as a whole word, and how."""
    for start in word_starts(code, name, 0, len(code)):
        end = start + len(name)
        yield Occurrence(start, end, is_call(code, end), has_receiver(code, start))


def is_call(code: str, end: int) -> bool:
    """Whether the name that ends here is called."""
    if _CALL_OPENING.match(code, end):
        return True
    arguments = _TYPE_ARGUMENTS.match(code, end) or _GO_TYPE_ARGUMENTS.match(code, end)
    return arguments is not None


def has_receiver(code: str, start: int) -> bool:
    """Whether the name that starts here is a member of what stands before it."""
    before = code[max(0, start - 80) : start]
    if before.endswith("->"):
        # With a blank before or behind it, it is the arrow of a lambda.
        return before[-3:-2] not in ("", " ", "\n")
    before = before.rstrip()
    return before.endswith((".", "::")) and not before.endswith("...")


def literal_type(code: str, position: int) -> re.Match[str] | None:
    """The type written before the brace that opens around a position; None where none is."""
    depth = 0
    for index in range(position - 1, max(-1, position - _MOST_LITERAL), -1):
        depth += (code[index] in "}])") - (code[index] in "{[(")
        if depth < 0:
            return _TYPE_BEFORE.search(code, max(0, index - 100), index)
    return None


def receiver(code: str, start: int) -> Chain | None:
    """The chain before the link in front of the name at `start`; None where it is no chain."""
    steps: list[Step] = []
    position = start

    while True:
        link = _LINK.search(code, max(0, position - 200), position)
        if link is None:
            break
        end = link.start()
        step, position = _step_before(code, end)
        if step is None:
            group = chain_of(code[position + 1 : end - 1]) if code[end - 1 : end] == ")" else None
            return (*group, *reversed(steps)) if group else None
        steps.append(step)
        if len(steps) > _MOST_STEPS:
            return None
        if step is LITERAL:
            break
    return tuple(reversed(steps)) or None


def _step_before(code: str, end: int) -> tuple[Step | None, int]:
    """The step that ends at `end`, and where it starts."""
    suffix = ""
    position = end
    while position and code[position - 1] in ")]}":
        opening = opening_bracket(code, position - 1)
        if opening is None:
            return None, position
        suffix = code[opening] + code[position - 1]
        position = opening
        if suffix == "()" and code[position - 1 : position] == ">":
            type_opening = opening_bracket(code, position - 1)
            position = type_opening if type_opening is not None else position

    if code[position - 1 : position] in ('"', "'") and not suffix:
        return LITERAL, position
    word = _WORD_END.search(code, max(0, position - 200), position)
    if word is None or word[0] in _KEYWORDS:
        return None, position
    return Step(word[0], suffix), word.start()


def opening_bracket(code: str, closing: int) -> int | None:
    """Where the bracket opens that closes at `closing`; None where that is too far away."""
    opening, depth = _OPENING[code[closing]], 0
    for position in range(closing, max(-1, closing - _FARTHEST), -1):
        depth += (code[position] == code[closing]) - (code[position] == opening)
        if not depth:
            return position
    return None


def chain_of(expression: str) -> Chain | None:
    """The chain that an expression begins with; None where it goes on with something else."""
    prefix = _PREFIX.match(expression)
    position = prefix.end() if prefix else len(expression) - len(expression.lstrip())
    if expression[position : position + 1] in ('"', "'", "[", "{", "`", *"0123456789"):
        return (LITERAL,)

    steps: list[Step] = []
    while match := _STEP.match(expression, position):
        if steps and match[0][0] not in ".:?!-":
            break
        suffix, position = _suffix_after(expression, match.end())
        steps.append(Step(match[1], suffix))
    is_whole = bool(steps) and _END.match(expression, position) is not None
    return tuple(steps) if is_whole else None


def _suffix_after(expression: str, position: int) -> tuple[str, int]:
    """The brackets behind a name, the last of several, and where they end."""
    arguments = _TYPE_ARGUMENTS.match(expression, position)
    position = arguments.end() if arguments else position
    suffix = ""
    while expression[position : position + 1] in ("(", "[", "{"):
        opening = expression[position]
        depth = 0
        for end in range(position, len(expression)):
            depth += (expression[end] == opening) - (expression[end] == _CLOSING[opening])
            if not depth:
                break
        else:
            # It goes on in the next line.
            return opening + _CLOSING[opening], len(expression)
        suffix, position = opening + _CLOSING[opening], end + 1
    return suffix, position


def without_brackets(text: str) -> str:
    """The text without what stands in square or angle brackets, inner ones first."""
    shorter = _BRACKETS.sub(" ", text)
    while shorter != text:
        text, shorter = shorter, _BRACKETS.sub(" ", shorter)
    return text


def asserted_type(expression: str) -> str:
    """The type that an expression is asserted to have: `x.(*T)`, `x as T`; else empty."""
    match = _ASSERTION.search(expression)
    return (match[1] or match[2]) if match else ""
