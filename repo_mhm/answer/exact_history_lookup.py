"""Exact answers about history: when, by whom and why something changed. Asks git and the store."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

from repo_mhm.answer.events import LocatedLine
from repo_mhm.answer.exact_lines import ExactAnswer, shortened
from repo_mhm.answer.exact_subject_lookup import Target
from repo_mhm.answer.question_subject import Subject
from repo_mhm.errors import RepositoryError
from repo_mhm.formatting import count
from repo_mhm.git.history import (
    History,
    HistoryCommit,
    history_of_file,
    history_of_lines,
    text_at_head,
)
from repo_mhm.location import Location
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.source.file_roles import is_test
from repo_mhm.source.symbols import Symbol

_HEADERS = (".h", ".hpp", ".hh", ".d.ts", ".pyi")
_ID_CHARACTERS = 9
_MOST_DEFINITIONS = 3
"""Definitions of one name whose histories are looked up, source before tests."""


def history_answer(
    relations: Relations, root: Path, target: Target, subject: Subject
) -> ExactAnswer | None:
    """The commits that changed the target, newest first; None where there is no history of it."""
    places = _places(target, subject)
    lines: list[LocatedLine] = []
    texts: list[str] = []
    for location, name in places:
        history = _history(relations, root, location, is_file=not (name or subject.start))
        if history.commits:
            lines += [_line(location, name, commit) for commit in history.commits]
            texts.append(_summary(name or str(location.path), location, history))
    if not lines:
        return None
    newest_first = sorted(lines, key=lambda line: line.remark.split(", ")[0], reverse=True)
    return ExactAnswer("history", "; ".join(texts), tuple(newest_first))


def _places(target: Target, subject: Subject) -> list[tuple[Location, str]]:
    """The lines whose history is asked for, each with the name of the definition."""
    if subject.start:
        return [(Location(path, subject.start, subject.end), "") for path in target.files[:1]]
    if target.symbols:
        return _definitions(target.symbols)[:_MOST_DEFINITIONS]
    return [(Location(path, 1, 1), "") for path in target.files[:1]]


def _definitions(symbols: Sequence[Symbol]) -> list[tuple[Location, str]]:
    """The lines of the definitions, overloads together.

    Tests are left out where source defines the name, and declarations in headers where another file
    defines it.
    """
    in_source = [symbol for symbol in symbols if not is_test(symbol.path)] or list(symbols)
    defined = [item for item in in_source if not item.path.endswith(_HEADERS)] or in_source
    by_definition: dict[tuple[str, str], list[Symbol]] = {}
    for symbol in defined:
        by_definition.setdefault((symbol.path, symbol.qualified), []).append(symbol)

    return [
        (
            Location(path, min(item.start for item in items), max(item.end for item in items)),
            qualified,
        )
        for (path, qualified), items in by_definition.items()
    ]


def _history(relations: Relations, root: Path, location: Location, *, is_file: bool) -> History:
    nothing = History((), is_complete=True)
    try:
        if is_file:
            return history_of_file(root, location.path)
        head = text_at_head(root, location.path)
        if head is None:
            return nothing
        lines = _lines_at_head(relations.text(location.path), head, location)
        return history_of_lines(root, location.path, *lines) if lines else nothing
    except RepositoryError:
        # A folder without git has no history.
        return nothing


def _lines_at_head(text: str, head: str, location: Location) -> tuple[int, int] | None:
    """The lines that HEAD has in the place of these; None where it has none of them."""
    now, then = text.splitlines(), head.splitlines()
    if now == then:
        return location.start, min(location.end, len(then))
    kept = [
        block.b + line - block.a + 1
        for block in SequenceMatcher(None, now, then, autojunk=False).get_matching_blocks()
        for line in range(block.a, block.a + block.size)
        if location.start <= line + 1 <= location.end
    ]
    return (min(kept), max(kept)) if kept else None


def _line(location: Location, name: str, commit: HistoryCommit) -> LocatedLine:
    remark = f"{commit.date}, {commit.author}, {commit.id[:_ID_CHARACTERS]}"
    return LocatedLine(location, shortened(commit.subject), symbol=name, remark=remark)


def _summary(name: str, location: Location, history: History) -> str:
    """Who changed it last, when and why; and who added it, where that is known."""
    newest, oldest = history.commits[0], history.commits[-1]
    subject = name if name != location.path or location.end == 1 else str(location)
    if len(history.commits) == 1 and history.is_complete:
        return f"{subject}: one commit, {_said(newest)}"
    number = count(len(history.commits), "commit")
    text = f"{subject}: {number}, the last {_said(newest)}"
    if history.is_complete:
        return f"{text}; added {_said(oldest)}"
    return f"{text}; earlier ones were not looked for"


def _said(commit: HistoryCommit) -> str:
    return f"on {commit.date} by {commit.author} ({commit.id[:_ID_CHARACTERS]}): {commit.subject}"
