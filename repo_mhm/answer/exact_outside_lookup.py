"""Exact answers about classes that the repository does not define. Reads the store."""

from __future__ import annotations

from repo_mhm.answer.events import LocatedLine
from repo_mhm.answer.exact_lines import (
    BY_NAME_ONLY,
    ExactAnswer,
    by_value,
    one_place_each,
    with_remark,
)
from repo_mhm.answer.exact_member_lookup import definition_line
from repo_mhm.answer.question_subject import Subject
from repo_mhm.formatting import count
from repo_mhm.relations.records import Relative
from repo_mhm.relations.relation_lookup import Relations


def subclasses_of_outside(relations: Relations, subject: Subject) -> ExactAnswer | None:
    """The classes that name an outside class as a base, and theirs; None where no class does."""
    if subject.scope:
        return None
    direct = relations.classes_with_outside_base(subject.text)
    if not direct:
        return None

    lines = by_value([_direct_line(relations, item) for item in direct], lambda line: 0.0)
    certain = [item.symbol for item in direct if item.symbol and not item.by_name_only]
    indirect = [
        with_remark(definition_line(relations, relative.symbol), "indirect")
        for symbol in certain
        for relative in relations.subclasses(symbol, deep=True)
        if relative.symbol
    ]
    below = by_value(indirect, lambda line: 0.0)

    ordered = one_place_each((*lines, *below))
    number = count(len(ordered), "subclass")
    text = f"{number} of {subject.text}, which this repository does not define"
    return ExactAnswer("subclasses", text, ordered)


def _direct_line(relations: Relations, relative: Relative) -> LocatedLine:
    if relative.symbol is None:
        line = LocatedLine(relative.location, relative.code)
    else:
        line = definition_line(relations, relative.symbol)
    if relative.path.endswith(".go"):
        line = with_remark(line, "embeds it")
    return with_remark(line, BY_NAME_ONLY) if relative.by_name_only else line
