"""Relations of a repository's symbols: the one place to ask who uses, calls or inherits what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set

from repo_mhm.relations.bodies import Bodies
from repo_mhm.relations.call_chains import MOST_FUNCTIONS, shortest_chain
from repo_mhm.relations.definition_places import definition_offset
from repo_mhm.relations.fields import fields_of
from repo_mhm.relations.hierarchy import Hierarchy
from repo_mhm.relations.member_lines import has_body, member_lines
from repo_mhm.relations.narrowing import Narrowing
from repo_mhm.relations.outside_bases import classes_with_outside_base
from repo_mhm.relations.reassignments import reassigned_lines
from repo_mhm.relations.records import (
    Call,
    Callee,
    ConstantUse,
    Import,
    Raised,
    Relative,
    Use,
)
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.scopes import Meaning, Scopes
from repo_mhm.relations.source_file import OWNER_KINDS, SourceFile
from repo_mhm.relations.subjects import PACKAGE_STEMS, Subjects
from repo_mhm.relations.uses import Uses, is_same
from repo_mhm.relations.values import Values
from repo_mhm.relations.variables import Variables
from repo_mhm.source.doc_comments import leading_comment
from repo_mhm.source.file_roles import is_test
from repo_mhm.source.language_traits import Parameter
from repo_mhm.source.symbols import Symbol


class Relations:
    """What code relates exactly to a symbol of one repository."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._subjects = Subjects(repository)
        self._scopes = Scopes(self._repository)
        self._hierarchy = Hierarchy(self._repository, self._scopes)
        variables = Variables()
        self._values = Values(self._repository, self._scopes, self._hierarchy, variables)
        self._narrowing = Narrowing(
            self._repository, self._scopes, self._hierarchy, self._values, variables
        )
        self._uses = Uses(self._repository, self._scopes, self._hierarchy, self._narrowing)
        self._bodies = Bodies(self._repository, self._hierarchy, self._narrowing)
        self._used: dict[tuple[str, str], list[Use]] = {}

    @property
    def left_out(self) -> Set[str]:
        """The files that have a name whose uses were asked for, and were not looked through."""
        return self._repository.left_out

    # What a subject means

    def resolve(self, subject: str) -> list[Symbol]:
        """The symbols that a subject means, highest rank first; none where it means nothing.

        A subject is a name, a qualified name or the end of one, or a line (`path:12`), which means
        the innermost definition around it.
        """
        return self._subjects.symbols(subject)

    def files(self, subject: str) -> list[str]:
        """The files that a subject means: a path, the end of one, or a dotted module."""
        return self._subjects.files(subject)

    def rank(self, symbol: Symbol | None) -> float:
        """PageRank of a symbol; 0 for none."""
        return self._repository.rank(symbol) if symbol else 0.0

    def definition_line(self, symbol: Symbol) -> int:
        """The line of a definition that has its name: decorators and comments stand above it."""
        file = self._repository.file(symbol.path)
        offset = definition_offset(file, symbol)
        return file.line_at(offset) if offset >= 0 else symbol.start

    def line(self, path: str, line: int) -> str:
        """A line of a file, without the white space around it."""
        return self._repository.file(path).line(line)

    def enclosing(self, path: str, line: int) -> Symbol | None:
        """The innermost definition around a line."""
        return self._repository.file(path).user_at(line)

    def symbols_in(self, path: str) -> Sequence[Symbol]:
        """The definitions of a file, outermost and topmost first."""
        return self._repository.file(path).symbols

    def members(self, owner: Symbol) -> list[Symbol]:
        """The class's own members, from its top."""
        return self._hierarchy.own(owner)

    def fields(self, owner: Symbol) -> list[Symbol]:
        """The fields that the lines of a class declare, from its top."""
        return fields_of(self._repository.file(owner.path), owner)

    def member_lines(self, owner: Symbol) -> list[int]:
        """The lines of a class that begin members which are no symbols."""
        return member_lines(self._repository.file(owner.path), owner, self.members(owner))

    def has_class_body(self, owner: Symbol) -> bool:
        """Whether a class has code besides its name and bases."""
        return has_body(self._repository.file(owner.path), owner)

    def purpose(self, path: str) -> str:
        """The first sentence of a file's docstring or of the comment at its top; may be empty."""
        return leading_comment(self.text(path))

    def folder(self, subject: str) -> list[str]:
        """The files directly in the folder that a path, or the end of one, means."""
        wanted = subject.removeprefix("./").strip("/")
        folders = self._repository.paths.folders_above
        ending = f"/{wanted}"
        matches = [item for item in folders if item == wanted or item.endswith(ending)]
        best = min(matches, key=lambda item: (item.count("/"), item), default="")
        return self._repository.paths.in_folder(best) if best else []

    def outermost(self, path: str) -> list[Symbol]:
        """The definitions of a file that lie in no other one of it, from its top.

        Namespaces are no definitions here.
        """
        symbols = self.symbols_in(path)
        namespaces = self._namespaces(path)
        members = set(self.members_in(path))
        return [
            symbol
            for symbol in symbols
            if symbol not in members
            and symbol.qualified not in namespaces
            and not any(_lies_in(symbol, other) for other in symbols if other.end > other.start)
        ]

    def members_in(self, path: str) -> list[Symbol]:
        """The members of the classes of a file, those of classes in them too, from its top."""
        symbols = self.symbols_in(path)
        owners = {symbol.qualified for symbol in symbols if symbol.kind in OWNER_KINDS}
        owners -= self._namespaces(path)
        return [symbol for symbol in symbols if symbol.container in owners]

    def _namespaces(self, path: str) -> set[str]:
        """The modules of a file that others or classes are in, by qualified name."""
        symbols = self.symbols_in(path)
        modules = {symbol.qualified for symbol in symbols if symbol.kind == "module"}
        return {
            symbol.container
            for symbol in symbols
            if symbol.kind in OWNER_KINDS and symbol.container in modules
        }

    def text(self, path: str) -> str:
        """The text of a file, secrets masked."""
        return self._repository.file(path).text

    # Uses

    def uses(self, symbol: Symbol) -> list[Use]:
        """The uses of a symbol but its definition, by path and line."""
        return [use for use in self._all_uses(symbol) if not use.is_doubtful]

    def doubtful_uses(self, symbol: Symbol) -> list[Use]:
        """Lines with the name behind receivers of which nothing is known."""
        return [use for use in self._all_uses(symbol) if use.is_doubtful]

    def _all_uses(self, symbol: Symbol) -> list[Use]:
        # Overloads are used alike.
        key = symbol.path, symbol.qualified
        if key not in self._used:
            self._used[key] = self._uses.of(symbol)
        return self._used[key]

    def meanings(self, path: str, line: int, name: str) -> list[Meaning]:
        """What a name means on a line of a file, each time that it stands there as a use."""
        return self._uses.meanings(path, line, name)

    def callers(self, symbol: Symbol) -> list[Use]:
        """The uses that call or instantiate a symbol."""
        return [use for use in self.uses(symbol) if use.kind == "call"]

    def first_callers(self, symbol: Symbol, most_files: int) -> Iterator[Use]:
        """The callers in the first files that name a symbol, one by one."""
        uses = self._uses.first(symbol, most_files)
        return (use for use in uses if use.kind == "call" and not use.is_doubtful)

    def tests(self, symbol: Symbol) -> list[Use]:
        """The uses of a symbol in tests."""
        return [use for use in self.uses(symbol) if use.kind != "import" and is_test(use.path)]

    # Bodies

    def callees(self, symbol: Symbol) -> list[Callee]:
        """The calls in a function's body, in their order."""
        return self._bodies.callees(symbol)

    def has_body(self, symbol: Symbol) -> bool:
        """Whether a definition is more than a declaration in C."""
        return self._bodies.has_body(symbol)

    def body_lines(self, symbol: Symbol) -> int:
        """How many lines of code a function has below its signature."""
        return self._bodies.body_lines(symbol)

    def raised(self, symbol: Symbol) -> list[Raised]:
        """The errors that a function raises itself."""
        return self._bodies.raised(symbol)

    def constants(self, symbol: Symbol) -> list[ConstantUse]:
        """The constants that a function's body uses, in order of first use."""
        return self._bodies.constants(symbol)

    def value(self, symbol: Symbol) -> str:
        """The right-hand side of a constant on one line; empty where it has none."""
        return self._bodies.value(symbol)

    def reassigned_lines(self, symbol: Symbol) -> list[int]:
        """The lines of its file that change a variable and do not define it."""
        return reassigned_lines(self._repository.file(symbol.path), symbol)

    def parameters(self, symbol: Symbol) -> tuple[Parameter, ...]:
        """The parameters of a function, or those with which a class is instantiated."""
        return self._bodies.parameters(symbol)

    def constructors(self, symbol: Symbol) -> list[Symbol]:
        """The methods that calling a class may call."""
        return self._bodies.constructors(symbol)

    def signature(self, symbol: Symbol) -> str:
        """How a definition begins, up to its body, on one line."""
        return self._bodies.signature(symbol)

    def parameter_line(self, symbol: Symbol, name: str) -> int:
        """The line on which a function writes a parameter."""
        return self._bodies.parameter_line(symbol, name)

    def call_chain(
        self, start: Symbol, end: Symbol, most_functions: int = MOST_FUNCTIONS
    ) -> list[Call]:
        """The shortest chain of calls from one function to another; none within bounds: empty.

        At most `most_functions` bodies are read for it.
        """
        return shortest_chain(start, end, self.callees, most_functions)

    # Classes

    def bases(self, symbol: Symbol) -> list[Relative]:
        """The direct bases of a class."""
        return self._hierarchy.bases(symbol)

    def subclasses(self, symbol: Symbol, *, deep: bool = False) -> list[Relative]:
        """The classes that inherit from or implement a class, with `deep` also theirs."""
        if deep:
            return self._hierarchy.descendants(symbol)
        return self._hierarchy.subclasses(symbol)

    def classes_with_outside_base(self, subject: str) -> list[Relative]:
        """The classes that name as a base a class that the repository does not define."""
        return classes_with_outside_base(self._repository, self._hierarchy, subject)

    def member(self, owner: Symbol, name: str) -> list[Symbol]:
        """A class's member, its own or that of the nearest base that has it."""
        return self._hierarchy.member(owner, name)

    def owner(self, symbol: Symbol) -> Symbol | None:
        """The class of a member; None for what is no member."""
        return self._hierarchy.owner(symbol)

    def overrides(self, symbol: Symbol) -> list[Symbol]:
        """The members of subclasses that override or implement a member."""
        owner = self._hierarchy.owner(symbol)
        if owner is None:
            return []
        members = [
            member
            for relative in self._hierarchy.descendants(owner)
            if relative.symbol is not None
            for member in self._hierarchy.own_members(relative.symbol, symbol.name)
        ]
        members += self._hierarchy.anonymous_members(owner, symbol.name)
        return [
            item
            for item in dict.fromkeys(members)
            if not is_same(item, symbol) and self._bodies.may_override(item, symbol)
        ]

    def overridden(self, symbol: Symbol) -> list[Symbol]:
        """The members of bases that a member overrides or implements."""
        return self._uses.overridden(symbol)

    # Files

    def imports(self, path: str) -> list[Import]:
        """What a file imports."""
        file = self._repository.file(path)
        return [
            Import(
                path=path,
                line=file.line_at(statement.start),
                code=file.line(file.line_at(statement.start)),
                module=statement.module,
                names=tuple(original for original, _ in statement.names),
                targets=self._imported_files(file, statement.module, statement.names),
            )
            for statement in file.statements
        ]

    def offers(self, path: str, name: str) -> bool:
        """Whether a file defines a name, or passes it on to those who import it."""
        return not self._scopes.offered_or_inner(path, name).is_unknown

    def importers(self, path: str) -> list[Import]:
        """The import statements of other files that lead to a file."""
        stem = path.rpartition("/")[2].partition(".")[0]
        folder = path.rpartition("/")[0].rpartition("/")[2]
        words = [folder] if stem in PACKAGE_STEMS and folder else [stem]
        if path.endswith(".go"):
            words = [folder, self._go_module(path)]
        candidates = self._paths_with(word for word in words if word)
        return [
            statement
            for candidate in candidates
            if candidate != path
            for statement in self.imports(candidate)
            if path in statement.targets
        ]

    def importers_of_module(self, module: str) -> list[Import]:
        """The statements that import a module as they write it, wherever that is defined."""
        words = [part for part in re.split(r"[./:@-]", module) if part]
        candidates = self._paths_with(words[-1:])
        inner = tuple(f"{module}{separator}" for separator in ("/", ".", "::"))
        return [
            statement
            for path in candidates
            for statement in self.imports(path)
            if statement.module == module
            or f"{statement.module}.".startswith(inner)
            or any(f"{statement.module}.{name}" == module for name in statement.names)
        ]

    def _paths_with(self, words: Iterable[str]) -> list[str]:
        return [file.path for file in self._repository.files_with(words)]

    def _imported_files(
        self, file: SourceFile, module: str, names: Iterable[tuple[str, str]]
    ) -> tuple[str, ...]:
        """The files of a module, and of the modules inside it that the names may be."""
        targets = list(self._scopes.targets(file, module))
        if file.family == "python":
            dot = "" if module.endswith(".") else "."
            for original, _ in names:
                targets += self._scopes.targets(file, f"{module}{dot}{original}")
        return tuple(dict.fromkeys(targets))

    def _go_module(self, path: str) -> str:
        """The last part of the module that a root package belongs to."""
        match = re.search(r"(?m)^module[ \t]+(\S+)", self.text("go.mod"))
        return match[1].rpartition("/")[2] if match and "/" not in path else ""


def _lies_in(symbol: Symbol, other: Symbol) -> bool:
    is_inside = other.start_byte <= symbol.start_byte and symbol.end_byte <= other.end_byte
    return is_inside and symbol != other and other.kind != "module"
