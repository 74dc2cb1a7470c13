"""Steps: what the code that decides a question does, as the code itself spells it. Pure.

A small model says roughly what code does, and leaves out or invents conditions. The statements of
the best functions say it exactly. So they follow the model's answer: of each function its
statements, each in one line, without comments and documentation; those that hold most of the
question's terms where there are too many, and marks where some are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from repo_mhm.answer.evidence import term_share
from repo_mhm.answer.evidence_pieces import Piece
from repo_mhm.location import Location
from repo_mhm.source.file_roles import is_documentation, is_history

MAX_FUNCTIONS = 3
"""Most functions whose steps follow an answer."""
MIN_RELATIVE_SCORE = 0.5
"""Functions worth less than this share of the best are left out: what is beside the question only
tires its reader."""
MAX_STATEMENTS = 8
"""Most statements of one function: a reader takes in no more at a glance."""
MAX_CHARACTERS = 120
"""Characters after which a statement is cut."""
MIN_CHARACTERS = 20
"""Shorter steps, such as `pass`, say nothing."""
CONTROL_SHARE = 0.08
"""What a statement that decides what happens next is worth beside the share of the question's term
weight that it holds."""
LEFT_OUT = "…"

_CONTROL = re.compile(
    r"(?:if|elif|else if|switch|case|match|raise|throw|return|yield|except|catch|for|while|with)\b"
)
_COMMENT = re.compile(
    r"//|/\*|\*/|\*\s|\*$|--\s|#(?!\s*(?:include|define|if|ifdef|ifndef|else|endif|pragma)\b|\[)"
)
_REMARK = re.compile(r"\s+(?:#|//)\s[^\"']*$")
"""A comment at the end of a line, where it cannot be part of a string."""
_DOC_QUOTES = re.compile(r"[rRbBuUfF]*(\"\"\"|''')")
_OPENING, _CLOSING = "([", ")]"
_ONLY_BRACKETS = re.compile(r"[\s{}()\[\];,]*")


@dataclass(frozen=True, slots=True)
class Steps:
    """What one definition does."""

    symbol: str
    """Its qualified name."""
    location: Location
    """From the first to the last statement in `text`."""
    text: str
    """Its statements, one a line, indented as they are under each other."""


def best_steps(
    definitions: Iterable[tuple[float, Piece]], term_weights: Mapping[str, float]
) -> list[Steps]:
    """The steps of the first few `definitions`, which come with their scores, the best first."""
    by_symbol: dict[str, Steps] = {}
    best_score = 0.0
    for score, piece in definitions:
        best_score = best_score or score
        if score < MIN_RELATIVE_SCORE * best_score:
            break
        steps = steps_of(piece, term_weights)
        if steps is not None:
            by_symbol.setdefault(steps.symbol, steps)
        if len(by_symbol) == MAX_FUNCTIONS:
            break
    return list(by_symbol.values())


def steps_of(piece: Piece, term_weights: Mapping[str, float]) -> Steps | None:
    """The statements of a piece; None where it is prose, has no owner or does little."""
    path = piece.location.path
    if piece.owner is None or is_documentation(path) or is_history(path):
        return None
    statements = _statements(piece.lines)
    if piece.owner.start == piece.location.start:
        statements = _without_signature(statements, piece.owner.name)

    chosen = _chosen(statements, term_weights)
    text = _joined(statements, chosen)
    if len(text) < MIN_CHARACTERS:
        return None
    top = piece.location.start
    first, last = statements[chosen[0]], statements[chosen[-1]]
    location = Location(path, top + first.start, top + last.end)
    return Steps(piece.owner.qualified, location, text)


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement in one line; `start` and `end` count lines from the top of its piece."""

    indent: int
    text: str
    start: int
    end: int


def _statements(lines: Sequence[str]) -> list[_Statement]:
    """The statements of some lines, those over several lines folded; no comments, no docstrings."""
    statements: list[_Statement] = []
    parts: list[str] = []
    depth, start, quotes = 0, 0, ""

    for index, line in enumerate(lines):
        text = line.strip()
        if quotes:
            quotes = "" if quotes in text else quotes
            continue
        documentation = None if parts else _DOC_QUOTES.match(text)
        if documentation:
            quotes = documentation[1] if text.count(documentation[1]) < 2 else ""
            continue
        if _ONLY_BRACKETS.fullmatch(text) and not parts:
            continue
        if not text or _COMMENT.match(text):
            continue

        start = start if parts else index
        text = _REMARK.sub("", text)
        parts.append(text)
        depth += sum(text.count(char) for char in _OPENING)
        depth -= sum(text.count(char) for char in _CLOSING)
        if depth <= 0 and not text.endswith("\\"):
            statements.append(_Statement(_indent(lines[start]), _folded(parts), start, index))
            parts, depth = [], 0

    if parts:
        indent = _indent(lines[start])
        statements.append(_Statement(indent, _folded(parts), start, len(lines) - 1))
    return statements


def _folded(parts: Sequence[str]) -> str:
    text = " ".join(parts)
    text = re.sub(r"([(\[])\s+", r"\1", text)
    text = re.sub(r",?\s+([)\]])", r"\1", text)
    return text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS] + LEFT_OUT


def _indent(line: str) -> int:
    """Columns before a line's first character."""
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _without_signature(statements: list[_Statement], name: str) -> list[_Statement]:
    """The statements after the one that holds the definition's name, its decorators before it."""
    for index, statement in enumerate(statements):
        if re.search(rf"\b{re.escape(name)}\b", statement.text):
            return statements[index + 1 :]
        if index > 2:
            break
    return statements[1:]


def _chosen(statements: Sequence[_Statement], term_weights: Mapping[str, float]) -> list[int]:
    """The indexes of all statements, or of the most telling where there are too many; in order.

    A statement comes with those that it stands under, such as `else:`: alone it would mislead.
    """
    indexes = range(len(statements))
    if len(statements) <= MAX_STATEMENTS:
        return list(indexes)

    def worth(index: int) -> tuple[float, int]:
        text = statements[index].text
        share = CONTROL_SHARE if _CONTROL.match(text.lstrip("} ")) else 0.0
        return share + term_share(text, term_weights), -index

    chosen: set[int] = set()
    for index in sorted(indexes, key=worth, reverse=True):
        more = chosen.union([index], _heads(statements, index))
        if len(more) <= MAX_STATEMENTS:
            chosen = more
    return sorted(chosen)


def _heads(statements: Sequence[_Statement], index: int) -> Iterator[int]:
    """The statements whose blocks a statement is in, the innermost first."""
    indent = statements[index].indent
    for before in range(index - 1, -1, -1):
        if statements[before].indent < indent:
            indent = statements[before].indent
            yield before


def _joined(statements: Sequence[_Statement], chosen: Sequence[int]) -> str:
    """The chosen statements, one a line, with marks where others are left out."""
    left = min((statements[index].indent for index in chosen), default=0)
    lines = []
    before = -1
    for index in chosen:
        statement = statements[index]
        margin = " " * (statement.indent - left)
        if index != before + 1:
            lines.append(margin + LEFT_OUT)
        lines.append(margin + statement.text)
        before = index
    if chosen and chosen[-1] != len(statements) - 1:
        lines.append(LEFT_OUT)
    return "\n".join(lines)
