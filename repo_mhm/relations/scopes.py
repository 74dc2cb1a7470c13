"""Scopes: which definitions a bare name in a file means, and what a file offers to others. Pure.

The nearest wins: a function around, the file itself, what its imports lead to, and then whatever
the language lets every file see (the package in Go and Java, everything in C). A name that an
import takes from elsewhere means nothing in this repository, even if something here is called so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from posixpath import dirname

from repo_mhm.relations.default_exports import default_name
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.source_file import CLASS_KINDS, SourceFile
from repo_mhm.source.language_traits import ImportStatement
from repo_mhm.source.symbols import Symbol

HEADERS = (".h", ".hpp", ".hh", ".hxx", ".inc")
_MOST_PASSES = 6
"""Through how many files a name may be passed on."""
_PACKAGE_FILES = ("__init__.py", "__init__.pyi")
"""The files of Python's packages."""
_NAMES_OF_FILES = ("import", "module")
"""Reaches (see `language_traits.Reach`) in which other files' names must be imported."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name may mean: definitions, or files (a module, a package)."""

    symbols: tuple[Symbol, ...] = ()
    files: tuple[str, ...] = ()
    is_outside: bool = False
    """Whether it means something that the repository does not define."""
    by_name_only: bool = False
    """Whether several definitions share the name, and nothing else led to one of them."""
    is_collection: bool = False
    """Whether the symbols are the classes of what a list or a mapping holds."""
    is_doubtful: bool = False
    """Whether the name stands behind something of which nothing is known: it may be outside."""
    is_guess: bool = False
    """Whether nothing but names led to it: no import, class, module or scope."""

    @property
    def is_unknown(self) -> bool:
        """Whether nothing is known of it."""
        return not (self.symbols or self.files or self.is_outside)


OUTSIDE = Meaning(is_outside=True)
UNKNOWN = Meaning()


class Scopes:
    """Resolves bare names."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._default_names: dict[str, str] = {}
        self._targets: dict[tuple[str, str], tuple[str, ...]] = {}

    def meaning(self, file: SourceFile, name: str, line: int) -> Meaning:
        """What the bare name means at a line of the file, its variables left aside."""
        if local := self.local(file, name, line):
            return Meaning((local,))
        if own := file.top_level(name):
            return Meaning(tuple(own))
        imported = self._imported(file, name)
        if not imported.is_unknown:
            return imported
        return self._reached(file, name)

    def in_namespace(self, file: SourceFile, name: str, namespace: str) -> Meaning:
        """What C++ means by `namespace::name`.

        Macros may open and close a namespace, so it need not be a container: the folder may be
        called like it, or the file have it.
        """
        symbols = [
            symbol
            for symbol in self._repository.named(name)
            if self._is_in_namespace(file, symbol, namespace)
        ]
        return Meaning(tuple(symbols), by_name_only=distinct(symbols) > 1)

    def _is_in_namespace(self, file: SourceFile, symbol: Symbol, namespace: str) -> bool:
        other = self._repository.file(symbol.path)
        if other.family != file.family or _is_hidden(other, symbol):
            return False
        if not other.is_top_level(symbol):
            return False
        if symbol.container.rpartition("::")[2] == namespace:
            return True
        is_named = re.search(rf"\bnamespace\s+{re.escape(namespace)}\b", other.code) is not None
        return not symbol.container and (is_named or namespace in symbol.path.split("/")[:-1])

    def targets(self, file: SourceFile, module: str) -> tuple[str, ...]:
        """The files that a module means when this file imports it."""
        key = file.path, module
        if key not in self._targets:
            imports = file.language.imports if file.language else None
            paths = imports.targets(module, file.path, self._repository.paths) if imports else ()
            self._targets[key] = tuple(path for path in paths if path != file.path)
        return self._targets[key]

    def offered(self, path: str, name: str, depth: int = 0) -> Meaning:
        """What a file offers to others under a name: its own definition, or one passed on."""
        file = self._repository.file(path)
        if name == "default":
            name = self._default_name(file) or name
        if own := file.top_level(name) or self._inside_classes(file, name):
            return Meaning(tuple(own))
        if depth > _MOST_PASSES:
            return UNKNOWN
        return self._imported(file, name, depth + 1, passes_on=True)

    def offered_or_inner(self, path: str, name: str) -> Meaning:
        """What a file offers under a name, or the module of that name in its package."""
        offered = self.offered(path, name)
        if not offered.is_unknown or not path.endswith(_PACKAGE_FILES):
            return offered
        folder = path.rpartition("/")[0]
        stem = f"{folder}/{name}" if folder else name
        ends = (".py", ".pyi", "/__init__.py")
        inner = self._repository.paths.existing(stem + end for end in ends)
        return Meaning(files=inner) if inner else UNKNOWN

    def local(self, file: SourceFile, name: str, line: int) -> Symbol | None:
        """The function or class of this name that is defined inside a function around the line."""
        namesakes = [symbol for symbol in file.named(name) if symbol.container]
        if not namesakes:
            return None
        for function in file.around(line):
            if function.kind in CLASS_KINDS:
                continue
            for symbol in namesakes:
                if symbol.container == function.qualified:
                    return symbol
        return None

    def _inside_classes(self, file: SourceFile, name: str) -> list[Symbol]:
        """What Java's imports name inside a file's class: its classes and static members."""
        if file.language is None or file.language.name != "java":
            return []
        return file.named(name)

    def _imported(
        self, file: SourceFile, name: str, depth: int = 0, *, passes_on: bool = False
    ) -> Meaning:
        """What the file's imports make of a name."""
        stars: list[ImportStatement] = []
        for statement in file.statements:
            if statement.is_export and not passes_on:
                continue
            for original, local in statement.names:
                if local == name:
                    return self._from_module(file, statement.module, original, depth)
            if statement.local == name or statement.local.startswith(f"{name}."):
                module = statement.module if statement.local == name else name
                targets = self.targets(file, module)
                return Meaning(files=targets) if targets else OUTSIDE
            if statement.is_star:
                stars.append(statement)

        for statement in stars:
            for path in self.targets(file, statement.module):
                offered = self.offered(path, name, depth + 1) if depth <= _MOST_PASSES else UNKNOWN
                if offered.symbols or offered.files:
                    return offered
        return UNKNOWN

    def _from_module(self, file: SourceFile, module: str, original: str, depth: int) -> Meaning:
        """What `original` of a module means: a definition there, or a module inside it."""
        paths = self.targets(file, module)
        for path in paths:
            if depth <= _MOST_PASSES:
                offered = self.offered(path, original, depth + 1)
                if offered.symbols or offered.files:
                    return offered

        dot = "" if module.endswith(".") else "."
        if inner := self.targets(file, f"{module}{dot}{original}"):
            return Meaning(files=inner)
        if original == "default" and paths:
            return Meaning(files=paths)
        return OUTSIDE

    def _default_name(self, file: SourceFile) -> str:
        """The name that a JavaScript file exports as its default."""
        if file.path not in self._default_names:
            self._default_names[file.path] = default_name(file.code)
        return self._default_names[file.path]

    def _reached(self, file: SourceFile, name: str) -> Meaning:
        """The definitions in other files that the language lets this file see."""
        namesakes = [
            symbol
            for symbol in self._repository.named(name)
            if symbol.path != file.path and self._is_visible(file, symbol)
        ]
        language = file.language
        if not namesakes or language is None:
            return UNKNOWN
        if language.imports and language.reach in _NAMES_OF_FILES:
            return UNKNOWN

        if language.name == "kotlin" and (source := _kotlin_source(file, name)):
            return self._in_package(namesakes, source)

        folder = dirname(file.path)
        near = [symbol for symbol in namesakes if dirname(symbol.path) == folder]
        if language.reach == "package":
            return Meaning(tuple(near))
        if language.name == "java":
            return self._in_java_package(file, namesakes)
        included_paths = self._included(file)
        included = [symbol for symbol in namesakes if symbol.path in included_paths]
        symbols = included or near or namesakes
        return Meaning(tuple(symbols), by_name_only=distinct(symbols) > 1)

    def _in_java_package(self, file: SourceFile, namesakes: Sequence[Symbol]) -> Meaning:
        """The classes of this file's package, or of all where only one has the name."""
        package = _java_package(file)
        near = [
            symbol
            for symbol in namesakes
            if _java_package(self._repository.file(symbol.path)) == package
        ]
        return Meaning(tuple(near))

    def _in_package(self, namesakes: Sequence[Symbol], source: str) -> Meaning:
        """The definition of a package, or of a class in one, that an import of Kotlin names."""
        meant = [
            symbol
            for symbol in namesakes
            if source == _java_package(self._repository.file(symbol.path))
        ]
        return Meaning(tuple(meant)) if meant else OUTSIDE

    def _included(self, file: SourceFile) -> set[str]:
        return {
            path for statement in file.statements for path in self.targets(file, statement.module)
        }

    def _is_visible(self, file: SourceFile, symbol: Symbol) -> bool:
        """Whether another file's definition can be named here at all."""
        other = self._repository.file(symbol.path)
        if other.family != file.family or _is_hidden(other, symbol):
            return False
        return other.is_top_level(symbol) and _is_namespace_open(file, symbol)


def _is_namespace_open(file: SourceFile, symbol: Symbol) -> bool:
    """Whether a file of C++ may name a type of a namespace alone, which it is in or opens.

    Functions are also looked for in the namespaces of their arguments.
    """
    if file.family != "c" or not symbol.container or symbol.kind not in CLASS_KINDS:
        return True
    name = re.escape(re.split(r"::|\.", symbol.container)[-1])
    opening = rf"\bnamespace\s+(?:\w+::)*{name}\b|\busing\b[^;]*\b{name}::"
    return re.search(opening, file.code) is not None


def distinct(symbols: Iterable[Symbol]) -> int:
    """How many different things symbols stand for.

    A declaration and its definition (C), overloads and alternatives in one file are one.
    """
    keys = {
        (symbol.qualified,)
        if symbol.path.endswith((".c", ".h")) and symbol.kind == "function"
        else (symbol.path, symbol.qualified)
        for symbol in symbols
    }
    return len(keys)


def _is_hidden(file: SourceFile, symbol: Symbol) -> bool:
    """Whether only its own file sees a definition: Kotlin's and Swift's private ones, C's static.

    A macro of one of C's sources is hidden as well.
    """
    words = symbol.signature.split()[:3]
    if file.family != "c":
        return "private" in words or "fileprivate" in words
    if file.path.endswith(HEADERS):
        return False
    return symbol.signature.startswith("#") or "static" in words


def _kotlin_source(file: SourceFile, name: str) -> str:
    """What a file of Kotlin imports a name from; empty where it imports none of that name."""
    match = re.search(
        rf"(?m)^[ \t]*import[ \t]+([\w.]+)\.{re.escape(name)}[ \t]*;?[ \t]*$", file.code
    )
    return match[1] if match else ""


def _java_package(file: SourceFile) -> str:
    match = re.search(r"(?m)^\s*package\s+([\w.]+)", file.code)
    return match[1] if match else ""
