"""Doubts: what in a change and its trees speaks against what relations say of a name. Pure.

The idea: relations read names, and may miss how a language, a build or a library gives one a
meaning. The author's own lines tell. Whoever takes a definition away and writes its name anew has
it from elsewhere; whoever changes parameters and calls of them writes calls that fit. And a name
that also stands for something from outside the tree may do so where only names led to it. What is
in doubt is a remark, not a warning.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from repo_mhm.relations.definition_places import definition_offset
from repo_mhm.relations.expressions import Occurrence, has_receiver, occurrences
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.scopes import Meaning
from repo_mhm.relations.source_file import SourceFile
from repo_mhm.review.calls import Reference
from repo_mhm.review.edits import Edit
from repo_mhm.source.symbols import Symbol

_SHORTEST_MENTION = 3
"""Shorter names of owners are not looked for in a text."""


class Doubts:
    """Asks the edits and both trees."""

    def __init__(
        self,
        old: Relations,
        new: Relations,
        old_files: Repository,
        new_files: Repository,
        edits: Sequence[Edit],
    ) -> None:
        self._old = old
        self._new = new
        self._old_files = old_files
        self._new_files = new_files
        self._edits = edits

    def lives_on(self, symbol: Symbol, places: Sequence[Reference]) -> bool:
        """Whether the change writes the name of a definition that is gone anew.

        In the form in which `places` use it, with a meaning that relations do not see; or as a
        definition of something that these places, or its old file, name as well.
        """
        if any(place.kind == "import" for place in places):
            return False
        forms = {form for place in places for form in self._forms(place, symbol.name)}
        for edit in self._edits:
            if edit.new is None or edit.new.source.family != self._family(symbol):
                continue
            file = edit.new.source
            for occurrence, line in _written(edit, symbol.name):
                definition = _definition_at(file, symbol.name, occurrence, line)
                if definition is not None:
                    is_itself = (file.path, definition.qualified) == (symbol.path, symbol.qualified)
                    if not is_itself and self._may_reach(definition, symbol, places):
                        return True
                elif self._is_unknown(file, line, symbol, forms):
                    return True
        return False

    def means_others(self, symbol: Symbol) -> bool:
        """Whether the name of a member also stands for something from outside the old tree."""
        return any(
            meaning.is_outside and not meaning.is_doubtful
            for _, _, meaning in self._member_meanings(symbol)
        )

    def lines_that_may_mean(self, symbol: Symbol) -> Iterator[tuple[str, int]]:
        """Paths and lines of the old tree on which a member of any type may be meant.

        Its name is one that a language's own types have, too.
        """
        for path, line, meaning in self._member_meanings(symbol):
            if meaning.is_outside and meaning.is_doubtful:
                yield path, line

    def _member_meanings(self, symbol: Symbol) -> Iterator[tuple[str, int, Meaning]]:
        """What the name of a member means behind something, on each line of the old tree."""
        family = self._family(symbol)
        self._old.resolve(symbol.name)
        for file in self._old_files.files_with([symbol.name]):
            if file.family == family:
                for line in _lines_with_member(file, symbol.name):
                    for meaning in self._old.meanings(file.path, line, symbol.name):
                        yield file.path, line, meaning

    def _family(self, symbol: Symbol) -> str:
        return self._old_files.file(symbol.path).family

    def _forms(self, place: Reference, name: str) -> set[bool]:
        file = self._new_files.file(place.path)
        return _forms_on(file, place.line, place.name or name)

    def _is_unknown(
        self, file: SourceFile, line: int, symbol: Symbol, forms: Collection[bool]
    ) -> bool:
        """Whether a line of the new tree uses a name in these forms, with an unknown meaning."""
        if not _forms_on(file, line, symbol.name) <= set(forms):
            return False
        self._new.resolve(symbol.name)
        return not all(
            (meaning.symbols or meaning.files) and not (meaning.is_guess or meaning.by_name_only)
            for meaning in self._new.meanings(file.path, line, symbol.name)
        )

    def _may_reach(self, definition: Symbol, symbol: Symbol, places: Sequence[Reference]) -> bool:
        """Whether files that use what is gone, or had it, name what has a definition now."""
        if definition.container == symbol.container and symbol.container:
            return True
        own = next((edit for edit in self._edits if edit.diff.old_path == symbol.path), None)
        paths = {place.path for place in places} | ({own.diff.path} if own else set())
        words = set(_owners(definition))
        return any(
            word in re.findall(r"\w+", self._new_files.file(path).code)
            for path in paths
            for word in words
        )


def _owners(definition: Symbol) -> Iterable[str]:
    """What a file must name, as a rule, that uses a definition."""
    owner = definition.container.rpartition(".")[2]
    return [owner] if len(owner) >= _SHORTEST_MENTION else []


def _written(edit: Edit, name: str) -> Iterator[tuple[Occurrence, int]]:
    """Where the lines that a change brings have the name, with the number of the line."""
    assert edit.new is not None
    added = edit.added_lines
    if not any(name in line.text for line in edit.diff.added()):
        return
    file = edit.new.source
    for occurrence in occurrences(file.code, name):
        line = file.line_at(occurrence.start)
        if line in added:
            yield occurrence, line


def _forms_on(file: SourceFile, line: int, name: str) -> set[bool]:
    """Whether a name stands behind something, each time that it is on a line."""
    begin, end = file.offset(line), file.offset(line + 1)
    starts = (begin + each.start for each in occurrences(file.code[begin:end], name))
    return {has_receiver(file.code, start) for start in starts}


def _lines_with_member(file: SourceFile, name: str) -> Iterator[int]:
    """The lines that have a name behind something, and not also alone, as a variable is."""
    lines = {file.line_at(each.start) for each in occurrences(file.code, name)}
    yield from (line for line in sorted(lines) if _forms_on(file, line, name) == {True})


def _definition_at(file: SourceFile, name: str, occurrence: Occurrence, line: int) -> Symbol | None:
    """The symbol that an occurrence defines."""
    return next(
        (
            symbol
            for symbol in file.named(name)
            if symbol.start <= line <= symbol.end
            and definition_offset(file, symbol) == occurrence.start
        ),
        None,
    )
