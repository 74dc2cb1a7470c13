"""What code and git say of a symbol: its definition with its source, its users, what it calls.

All parts are answered from one open memory and one set of relations: what one part has read of a
file serves the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from repo_mhm.answer.events import LocatedLine
    from repo_mhm.answer.question_subject import Subject
    from repo_mhm.commands.open_memory import OpenedMemory
    from repo_mhm.relations.relation_lookup import Relations

Part = Literal["definition", "callers", "callees", "tests", "history"]
PARTS: tuple[Part, ...] = get_args(Part)
LONGEST_NAME = 200
"""Characters of a symbol's name."""


@dataclass(frozen=True, slots=True)
class SymbolPart:
    """One part: what it is in words, and its lines, the best first."""

    part: Part | Literal["members"]
    """Members follow the definition of a class that is the only one of its name."""
    heading: str
    lines: tuple[LocatedLine, ...]


def symbol_parts(memory: OpenedMemory, name: str, parts: Sequence[Part]) -> list[SymbolPart]:
    """Those parts that code or git has for the symbol; none where nothing has that name.

    Where a name is misspelled, the definition's heading says what may be meant, and nothing else
    comes. Raises UsageError for what can be no name.
    """
    if not name.strip() or "\n" in name or len(name) > LONGEST_NAME:
        raise UsageError("a symbol's name is one line", hint="Give a name such as Session.send.")

    with memory.store.view():
        return list(_parts(memory, name.strip(), parts))


def _parts(memory: OpenedMemory, name: str, parts: Sequence[Part]) -> Iterator[SymbolPart]:
    from repo_mhm.answer.exact_lookup import ExactAnswers
    from repo_mhm.answer.exact_spelling_lookup import misspelled
    from repo_mhm.answer.question_kind import Reading
    from repo_mhm.answer.question_subject import parse_subject
    from repo_mhm.relations.relation_lookup import Relations
    from repo_mhm.relations.repository_lookup import StoreRepository

    subject = parse_subject((f"`{name}`",), is_sure=True)
    if subject is None:
        return
    relations = Relations(StoreRepository(memory.store))
    answers = ExactAnswers(relations, memory.root)
    has_answer = False
    for part in parts:
        answer = answers.answer(Reading(part, subject))
        if answer is not None:
            has_answer = True
            heading = answer.without_files(len(relations.left_out)).heading
            yield SymbolPart(part, heading, answer.lines)
            if part == "definition" and len(answer.lines) == 1:
                yield from _members(relations, subject)
    if not has_answer:
        suggestion = misspelled(memory.store, relations, [Reading("definition", subject)])
        if suggestion is not None:
            yield SymbolPart("definition", suggestion.heading, ())


def _members(relations: Relations, subject: Subject) -> Iterator[SymbolPart]:
    from repo_mhm.answer.exact_member_lookup import class_members
    from repo_mhm.answer.exact_subject_lookup import find_target

    target = find_target(relations, subject)
    members = class_members(relations, target, part="") if target.classes else None
    if members is not None:
        yield SymbolPart("members", members.heading, members.lines)


def source_lines(memory: OpenedMemory, line: LocatedLine) -> list[str]:
    """The source at a location, secrets masked."""
    text = memory.store.text_of(line.location.path)
    return text.split("\n")[line.location.start - 1 : line.location.end]
