"""Exact answers about files: what is in one, what it imports, who imports it. Reads the store."""

from __future__ import annotations

from collections.abc import Iterable

from repo_mhm.answer.events import LocatedLine
from repo_mhm.answer.exact_lines import (
    MOST_LINES,
    ExactAnswer,
    by_value,
    heading,
    import_line,
    shortened,
    use_line,
)
from repo_mhm.answer.exact_member_lookup import (
    class_members,
    documented_line,
    most_valuable_first,
)
from repo_mhm.answer.exact_subject_lookup import Target
from repo_mhm.answer.question_kind import Reading
from repo_mhm.formatting import count
from repo_mhm.location import Location
from repo_mhm.relations.records import Import
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.source.symbols import Symbol


class FileAnswers:
    """Answers about files and what is in them."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations

    def answer(self, target: Target, reading: Reading) -> ExactAnswer | None:
        """The answer to a reading about a file; None where its subject is nothing that fits."""
        if reading.kind == "imports":
            return self._imports(target)
        if reading.kind == "importers":
            return self._importers(target, reading.subject.text)
        if reading.subject.text not in target.files and "." not in reading.subject.text:
            folder = self._folder(reading.subject.text) if "/" in reading.subject.text else None
            if folder is not None:
                return folder
        if target.files:
            return self._contents(target)
        if target.classes and reading.subject.thing != "file":
            return class_members(self._relations, target, reading.part)
        return self._folder(reading.subject.text)

    def first_lines(self, target: Target) -> ExactAnswer | None:
        """Where the files themselves are."""
        if not target.files:
            return None
        lines = tuple(self._file_line(path) for path in target.files)
        text = f"{target.name} is {count(len(lines), 'file')}"
        return ExactAnswer("definition", text, lines)

    def _imports(self, target: Target) -> ExactAnswer | None:
        if not target.files:
            return None
        lines = [
            import_line(statement)
            for path in target.files
            for statement in self._relations.imports(path)
        ]
        text = heading(len(lines), "import", ", ".join(target.files[:3]))
        return ExactAnswer("imports", text, tuple(lines))

    def _importers(self, target: Target, written: str) -> ExactAnswer | None:
        statements = self._statements(target, written)
        if target.symbols and not target.files:
            uses = [use for symbol in target.symbols for use in self._relations.uses(symbol)]
            lines = [use_line(use) for use in uses if use.kind == "import"]
        else:
            lines = [import_line(statement) for statement in statements]
        if not lines and not target.files and not target.symbols:
            return None
        ordered = by_value(lines, lambda line: 0.0)
        return ExactAnswer("importers", heading(len(ordered), "import", target.name), ordered)

    def _statements(self, target: Target, written: str) -> Iterable[Import]:
        if target.files:
            return [item for path in target.files for item in self._relations.importers(path)]
        return self._relations.importers_of_module(written)

    def _contents(self, target: Target) -> ExactAnswer | None:
        lines: list[LocatedLine] = []
        for path in target.files:
            symbols = self._relations.outermost(path)
            members = self._relations.members_in(path)
            lines += self._most_valuable_first(symbols, members)
        path = target.files[0]
        purpose = self._relations.purpose(path)
        number = count(len(lines), "definition")
        if len(target.files) > 1:
            text = f"{number} in {count(len(target.files), 'file')} called {target.name}"
        else:
            text = f"{path}: {purpose} ({number})" if purpose else f"{number} in {path}"
        if not lines:
            lines = [self._file_line(path)]
        return ExactAnswer("contents", text, tuple(lines))

    def _most_valuable_first(
        self, outermost: list[Symbol], members: list[Symbol]
    ) -> list[LocatedLine]:
        """All definitions from the top of the file, the most valuable of them before the others.

        Members of classes come after all outermost definitions, unless these leave room.
        """
        ordered = most_valuable_first(self._relations, outermost)
        others = most_valuable_first(self._relations, members)
        room = max(0, MOST_LINES - len(ordered))
        shown = sorted([*ordered[:MOST_LINES], *others[:room]], key=lambda item: item.start_byte)
        ordered = [*shown, *ordered[MOST_LINES:], *others[room:]]
        return [documented_line(self._relations, symbol) for symbol in ordered]

    def _folder(self, written: str) -> ExactAnswer | None:
        paths = self._relations.folder(written)
        if not paths:
            return None
        lines = tuple(self._file_line(path) for path in paths)
        text = f"{count(len(lines), 'file')} in {written.strip('/')}/"
        return ExactAnswer("contents", text, lines)

    def _file_line(self, path: str) -> LocatedLine:
        purpose = self._relations.purpose(path)
        return LocatedLine(Location(path, 1, 1), shortened(purpose))
