"""Exact answers about what a member, or a class with its members, overrides. Reads the store."""

from __future__ import annotations

from collections.abc import Iterable

from repo_mhm.answer.exact_lines import ExactAnswer, with_remark
from repo_mhm.answer.exact_member_lookup import definition_line
from repo_mhm.answer.exact_subject_lookup import Target
from repo_mhm.formatting import count
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.source.symbols import Symbol


def overridden(relations: Relations, target: Target) -> ExactAnswer | None:
    """The definitions in bases that members override; None where the target is no member."""
    if not any(relations.owner(symbol) for symbol in target.symbols):
        return None
    definitions = [item for symbol in target.symbols for item in relations.overridden(symbol)]
    lines = [definition_line(relations, definition) for definition in dict.fromkeys(definitions)]
    number = count(len(lines), "definition") if lines else "nothing"
    return ExactAnswer("bases", f"{target.name} overrides {number}", tuple(lines))


def overriding_members(relations: Relations, target: Target) -> ExactAnswer | None:
    """The members of classes that override one of a base.

    None where there is none, but a base lies outside the repository: its members are not known.
    """
    lines = []
    for owner in target.classes:
        for member in relations.members(owner):
            definitions = relations.overridden(member)
            if definitions:
                remark = f"overrides {definitions[0].qualified}"
                lines.append(with_remark(definition_line(relations, member), remark))

    has_unknown = _has_outside_base(relations, target.classes)
    if not lines and has_unknown:
        return None
    number = count(len(lines), "member") if lines else "nothing"
    text = f"{target.name} overrides {number}"
    if lines:
        text += " of its bases"
    if has_unknown:
        text += " in this repository; the members of its other bases are not known"
    return ExactAnswer("bases", text, tuple(lines))


def _has_outside_base(relations: Relations, owners: Iterable[Symbol]) -> bool:
    """Whether a class, or one that it inherits from, has a base that is not defined here."""
    queue = list(owners)
    for owner in queue:  # grows by the bases it finds
        for base in relations.bases(owner):
            if base.symbol is None:
                if base.name != "object":
                    return True
            elif base.symbol not in queue:
                queue.append(base.symbol)
    return False
