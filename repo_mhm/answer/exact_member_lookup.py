"""Exact answers about the members of classes. Reads the store."""

from __future__ import annotations

from collections.abc import Sequence

from repo_mhm.answer.events import LocatedLine
from repo_mhm.answer.exact_lines import (
    MOST_LINES,
    ExactAnswer,
    heading,
    one_place_each,
    shortened,
    symbol_line,
)
from repo_mhm.answer.exact_subject_lookup import Target
from repo_mhm.location import Location
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.source_file import CALLABLE_KINDS
from repo_mhm.source.symbols import Symbol

_METHODS = frozenset({"methods", "functions"})
_FIELDS = frozenset({"fields", "variables"})


def class_members(relations: Relations, target: Target, part: str) -> ExactAnswer | None:
    """The members of classes, or the part of them that is asked for.

    None where a class has code of which no line is known to be a member: that would deny what was
    not looked for.
    """
    members = [item for owner in target.classes for item in relations.members(owner)]
    symbols = _of_part(members, part)
    lines = [documented_line(relations, item) for item in most_valuable_first(relations, symbols)]
    noun = "member"

    if part in _METHODS and lines:
        noun = "method"
    else:
        lines += _other_lines(relations, target.classes, part)
    lines = list(one_place_each(lines))
    if part in _FIELDS and lines:
        noun = "field"
    if not lines and members:
        return class_members(relations, target, part="")
    if not lines and any(relations.has_class_body(owner) for owner in target.classes):
        return None

    docs = [owner.doc for owner in target.classes if owner.doc]
    text = heading(len(lines), noun, target.name)
    return ExactAnswer("contents", f"{text}: {docs[0]}" if docs else text, tuple(lines))


def most_valuable_first(relations: Relations, symbols: Sequence[Symbol]) -> list[Symbol]:
    """The definitions in their order, the most valuable of them before the others."""
    by_rank = sorted(symbols, key=lambda symbol: -relations.rank(symbol))
    best = set(by_rank[:MOST_LINES])
    first = [symbol for symbol in symbols if symbol in best]
    return first + [symbol for symbol in symbols if symbol not in best]


def documented_line(relations: Relations, symbol: Symbol) -> LocatedLine:
    """The line of a definition, with the first sentence of its documentation."""
    return definition_line(relations, symbol, symbol.doc)


def definition_line(relations: Relations, symbol: Symbol, remark: str = "") -> LocatedLine:
    """The line of a definition that has its name."""
    line = relations.definition_line(symbol)
    return symbol_line(symbol, line, relations.line(symbol.path, line), remark)


def _of_part(members: Sequence[Symbol], part: str) -> list[Symbol]:
    if part in _METHODS:
        return [item for item in members if item.kind in CALLABLE_KINDS]
    if part in _FIELDS:
        return [item for item in members if item.kind not in CALLABLE_KINDS]
    return list(members)


def _other_lines(relations: Relations, owners: Sequence[Symbol], part: str) -> list[LocatedLine]:
    """The lines of the classes that begin members which are no symbols."""
    lines: list[LocatedLine] = []
    for owner in owners:
        for number in relations.member_lines(owner):
            code = shortened(relations.line(owner.path, number))
            location = Location(owner.path, number, number)
            lines.append(LocatedLine(location, code, symbol=owner.qualified))
        if part in _FIELDS | {"attributes"}:
            # Python and JavaScript declare fields in the bodies of methods.
            names = {member.name for member in relations.members(owner)}
            fields = [item for item in relations.fields(owner) if item.name not in names]
            lines += [documented_line(relations, item) for item in fields]
    return lines
