"""What the subject of a question is in this repository: definitions, or files. Reads the store."""

from __future__ import annotations

from dataclasses import dataclass, replace

from repo_mhm.answer.question_subject import FILE_THINGS, Subject
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.source_file import CLASS_KINDS
from repo_mhm.scope import Scope
from repo_mhm.source.symbols import Symbol

_KINDS_BY_THING = {
    "class": {"class", "type"},
    "classes": {"class", "type"},
    "interface": {"type", "class"},
    "struct": {"class", "type"},
    "type": {"class", "type"},
    "enum": {"class", "type"},
    "method": {"method", "test", "route", "function"},
    "function": {"function", "method", "test", "command", "route"},
    "constant": {"constant"},
    "variable": {"constant"},
}
LEFT_OUT_KINDS = frozenset({"heading", "key", "element", "rule"})
"""Kinds of symbols that prose and data define: a question about code does not mean them."""


@dataclass(frozen=True, slots=True)
class Target:
    """The definitions and the files that a subject may mean, the likeliest first."""

    name: str
    """As the answer writes it."""
    symbols: tuple[Symbol, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def classes(self) -> tuple[Symbol, ...]:
        """The classes among the definitions."""
        return tuple(symbol for symbol in self.symbols if symbol.kind in CLASS_KINDS)

    def preferred(self, scope: Scope) -> Target:
        """What lies in the scope, of definitions and of files; all of them where nothing does."""
        files = tuple(path for path in self.files if path in scope) or self.files
        return replace(self, symbols=tuple(scope.preferred(self.symbols)), files=files)


def find_target(relations: Relations, subject: Subject) -> Target:
    """What a subject means; empty where the repository has nothing of that name."""
    if subject.start:
        paths = _paths(relations, subject.text)
        around = relations.resolve(f"{paths[0]}:{subject.start}") if len(paths) == 1 else []
        return Target(f"{subject.text}:{subject.start}", tuple(around), paths)

    files = _files(relations, subject)
    is_file = bool(files) and subject.thing in FILE_THINGS
    symbols = () if is_file else _symbols(relations, subject)
    name = _name(subject, symbols)
    return Target(name, symbols, files)


def _symbols(relations: Relations, subject: Subject) -> tuple[Symbol, ...]:
    scope = subject.scope
    scope_files = set(_paths(relations, scope)) if scope else set()
    if scope and not scope_files:
        qualified = relations.resolve(f"{scope}.{subject.text}")
        return tuple(qualified or _inherited(relations, scope, subject.text))

    symbols = relations.resolve(subject.text)
    if scope_files:
        symbols = [symbol for symbol in symbols if symbol.path in scope_files]
    symbols = [symbol for symbol in symbols if symbol.kind not in LEFT_OUT_KINDS]
    kinds = _KINDS_BY_THING.get(subject.thing.removesuffix("s"))
    of_kind = [symbol for symbol in symbols if kinds and symbol.kind in kinds]
    if not symbols and "." in subject.text:
        owner, _, name = subject.text.rpartition(".")
        symbols = _inherited(relations, owner, name)
    return tuple(of_kind or symbols)


def _inherited(relations: Relations, owner: str, name: str) -> list[Symbol]:
    """The members that the classes called `owner` inherit under a name."""
    members = [
        member
        for symbol in relations.resolve(owner)
        if symbol.kind in CLASS_KINDS
        for member in relations.member(symbol, name)
    ]
    return list(dict.fromkeys(members))


def _files(relations: Relations, subject: Subject) -> tuple[str, ...]:
    if subject.scope:
        return ()
    return _paths(relations, subject.text)


def _paths(relations: Relations, text: str) -> tuple[str, ...]:
    """The files that a path, the end of one or a module means."""
    paths = relations.files(text)
    shortest = min((path.count("/") for path in paths), default=0)
    if "/" not in text:
        # `utils.py` means the one nearest to the root, and its namesakes at the same depth.
        paths = [path for path in paths if path.count("/") == shortest]
    return tuple(paths)


def _name(subject: Subject, symbols: tuple[Symbol, ...]) -> str:
    names = {symbol.qualified for symbol in symbols}
    if len(names) == 1:
        return names.pop()
    return f"{subject.text} in {subject.scope}" if subject.scope else subject.text
