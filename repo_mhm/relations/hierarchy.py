"""Classes: their bases, their members with the inherited ones, and what inherits from them. Pure.

The bases are read from the class's own lines and resolved like any other name there. Go's
interfaces are implemented by whatever has their methods, so there methods decide.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from posixpath import dirname

from repo_mhm.relations.class_names import class_named
from repo_mhm.relations.records import Relative
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.scopes import Scopes
from repo_mhm.relations.source_file import CLASS_KINDS, OWNER_KINDS, SourceFile
from repo_mhm.source.symbols import Symbol

_DEEPEST = 12
"""Levels of inheritance that are followed."""
_CREATED = re.compile(r"\bnew\s+(?:\w+\.)*(\w+)\s*(?:<[^<>]*>)?\s*\([^{}]*\)\s*\Z")
_LONGEST_ANONYMOUS = 20_000
"""Characters before a member in which its anonymous class must open."""
_MOST_SUBCLASSES = 500
_PARTIAL = re.compile(r"\bpartial\s+(?:class|struct|record|interface)\b")
"""How C# begins each part of a class that stands in several places."""


class Hierarchy:
    """Resolves bases, members and subclasses."""

    def __init__(self, repository: Repository, scopes: Scopes) -> None:
        self._repository = repository
        self._scopes = scopes
        self._bases: dict[tuple[str, str], list[Relative]] = {}
        self._being_read = 0
        """How many classes' bases are being read: until they are, ancestors may be missing."""
        self._ancestors: dict[Symbol, list[Symbol]] = {}
        self._subclasses: dict[Symbol, list[Relative]] = {}
        self._namesakes: dict[str, _Namesakes] = {}

    def bases(self, owner: Symbol) -> list[Relative]:
        """The direct bases of a class, in the order it names them."""
        key = owner.path, owner.qualified
        if key not in self._bases:
            self._bases[key] = []
            self._being_read += 1
            self._bases[key] = [
                base for part in self._parts(owner) for base in self._read_bases(part)
            ]
            self._being_read -= 1
        return self._bases[key]

    def ancestors(self, owner: Symbol) -> list[Symbol]:
        """The classes that members may be inherited from, the nearest first."""
        known = self._ancestors.get(owner)
        if known is None:
            known = self._read_ancestors(owner)
            if not self._being_read:
                self._ancestors[owner] = known
        return known

    def _read_ancestors(self, owner: Symbol) -> list[Symbol]:
        ancestors: list[Symbol] = []
        level = [owner]
        for _ in range(_DEEPEST):
            level = [
                base.symbol
                for symbol in level
                for base in self.bases(symbol)
                if base.symbol is not None and base.symbol not in (owner, *ancestors)
            ]
            level = list(dict.fromkeys(level))
            ancestors += level
        return ancestors

    def own_members(self, owner: Symbol, name: str) -> list[Symbol]:
        """The class's own definitions of a member."""
        namesakes = self._namesakes_of(name)
        own = [member for part in self._parts(owner) for member in namesakes.inside(part)]
        return own or [
            symbol
            for symbol in namesakes.named_owner(owner)
            if self._is_defined_apart(owner, symbol)
        ]

    def _namesakes_of(self, name: str) -> _Namesakes:
        symbols = self._repository.named(name)
        known = self._namesakes.get(name)
        # A repository may find fields of the name later.
        if known is None or known.symbols is not symbols:
            known = self._namesakes[name] = _Namesakes(symbols)
        return known

    def own(self, owner: Symbol) -> list[Symbol]:
        """All members that a class defines itself, those outside its lines last."""
        file = self._repository.file(owner.path)
        inside = [item for item in file.symbols if item.container == owner.qualified]
        if file.language is None or file.language.reach != "package":
            return inside
        folder = dirname(owner.path)
        others = [
            item
            for path in self._repository.paths.in_folder(folder, ".go")
            if path != owner.path
            for item in self._repository.file(path).symbols
            if item.container == owner.name
        ]
        return inside + others

    def _parts(self, owner: Symbol) -> list[Symbol]:
        """A class, and its parts in other places: C# calls them partial, Ruby reopens any class."""
        if owner.path.endswith(".rb"):
            namesakes = self._repository.named(owner.name)
            same = [item for item in namesakes if item.qualified == owner.qualified]
            return [owner, *(item for item in same if item.kind in OWNER_KINDS and item != owner)]
        if not _PARTIAL.search(owner.signature):
            return [owner]
        namespace = self._repository.file(owner.path).namespace
        others = [
            symbol
            for symbol in self._repository.named(owner.name)
            if symbol.qualified == owner.qualified
            and symbol.path != owner.path
            and _PARTIAL.search(symbol.signature)
            and self._repository.file(symbol.path).namespace == namespace
        ]
        return [owner, *others]

    def member(self, owner: Symbol, name: str) -> list[Symbol]:
        """The member of a class: its own, else that of the nearest base that has one."""
        for symbol in (owner, *self.ancestors(owner)):
            if members := self.own_members(symbol, name):
                return members
        return []

    def owner(self, member: Symbol) -> Symbol | None:
        """The class of a member; None for what is no member."""
        if not member.container:
            return None
        file = self._repository.file(member.path)
        for symbol in file.symbols:
            if symbol.qualified == member.container:
                return symbol if symbol.kind in CLASS_KINDS else None
        classes = [
            symbol
            for symbol in self._repository.named(_last_part(member.container))
            if symbol.kind in CLASS_KINDS and self._is_defined_apart(symbol, member)
        ]
        return min(classes, key=lambda symbol: _distance(symbol, member), default=None)

    def subclasses(self, owner: Symbol) -> list[Relative]:
        """The classes that name this one as a base, or in Go have an interface's methods."""
        if owner not in self._subclasses:
            self._subclasses[owner] = self._read_subclasses(owner)
        return self._subclasses[owner]

    def _read_subclasses(self, owner: Symbol) -> list[Relative]:
        found = [
            base_of
            for file in self._repository.files_with([owner.name])
            for base_of in self._subclasses_in(file, owner)
        ]
        if owner.path.endswith(".go") and _is_interface(owner):
            known = {relative.symbol for relative in found}
            found += [item for item in self._implementers(owner) if item.symbol not in known]
        return found

    def descendants(self, owner: Symbol) -> list[Relative]:
        """The subclasses with all theirs, the nearest first."""
        descendants: dict[Symbol | None, Relative] = {}
        queue = [owner]
        for symbol in queue:  # grows by the classes it finds
            for relative in self.subclasses(symbol):
                is_new = relative.symbol not in descendants and relative.symbol != owner
                if is_new and relative.symbol and len(descendants) < _MOST_SUBCLASSES:
                    descendants[relative.symbol] = relative
                    queue.append(relative.symbol)
        return list(descendants.values())

    def _read_bases(self, owner: Symbol) -> Iterator[Relative]:
        file = self._repository.file(owner.path)
        if file.language is None:
            return
        types, bases = file.language.types, file.language.bases
        read = types.bases if types is not None else bases
        kinds = CLASS_KINDS if types is not None else OWNER_KINDS
        if read is None or owner.kind not in kinds:
            return
        for name in dict.fromkeys(read(file.code_of(owner))):
            line = self._line_of(file, owner, name)
            yield Relative(name, file.path, line, file.line(line), self._base(file, owner, name))

    def _line_of(self, file: SourceFile, owner: Symbol, name: str) -> int:
        """The line of a class on which it names a base."""
        code = file.code_of(owner)
        position = code.find(_last_part(name), len(owner.name))
        return owner.start + code.count("\n", 0, max(0, position))

    def _base(self, file: SourceFile, owner: Symbol, name: str) -> Symbol | None:
        if file.language is not None and file.language.types is None:
            return class_named(self._repository, file, owner, name)
        first, _, rest = name.partition(".")
        meaning = self._scopes.meaning(file, first, owner.start)
        if rest and meaning.files:
            last = _last_part(rest)
            offered = (self._scopes.offered(path, last) for path in meaning.files)
            symbols = [symbol for item in offered for symbol in item.symbols]
        elif rest:
            symbols = [
                inner for symbol in meaning.symbols for inner in self.own_members(symbol, rest)
            ]
        else:
            symbols = list(meaning.symbols)
        classes = [symbol for symbol in symbols if symbol.kind in CLASS_KINDS and symbol != owner]
        return classes[0] if classes else None

    def _is_defined_apart(self, owner: Symbol, member: Symbol) -> bool:
        """Whether a member is defined outside its class's lines, as in Go, C++ and Rust."""
        if _last_part(member.container) != owner.name:
            return False
        file = self._repository.file(member.path)
        if any(symbol.qualified == member.container for symbol in file.symbols):
            return member.path == owner.path and member.container == owner.qualified
        if file.language and file.language.reach == "package":
            return dirname(member.path) == dirname(owner.path)
        return file.family == self._repository.file(owner.path).family

    def _subclasses_in(self, file: SourceFile, owner: Symbol) -> Iterator[Relative]:
        parts = self._parts(owner)
        for symbol in file.symbols:
            if symbol.kind not in OWNER_KINDS or symbol in parts:
                continue
            for base in self.bases(symbol):
                if base.symbol is not None and any(_is_same(base.symbol, part) for part in parts):
                    line = symbol.start + _decorator_lines(file, symbol)
                    yield Relative(symbol.qualified, file.path, line, file.line(line), symbol)
                    break

    def _implementers(self, interface: Symbol) -> Iterator[Relative]:
        """The Go types that have every method of an interface."""
        names = self._methods(interface)
        if not names:
            return
        rarest = min(names, key=lambda name: len(self._repository.named(name)))
        owners = (self.owner(method) for method in self._repository.named(rarest))

        for owner in dict.fromkeys(owners):
            if owner is None or not owner.path.endswith(".go") or _is_interface(owner):
                continue
            if all(self.member(owner, name) for name in names):
                file = self._repository.file(owner.path)
                yield Relative(
                    owner.qualified, owner.path, owner.start, file.line(owner.start), owner
                )

    def interfaces(self, owner: Symbol, method: Symbol) -> list[Symbol]:
        """The Go interfaces with this method that a type implements."""
        interfaces = [self.owner(other) for other in self._repository.named(method.name)]
        return [
            interface
            for interface in dict.fromkeys(interfaces)
            if interface is not None
            and interface.path.endswith(".go")
            and _is_interface(interface)
            and all(self.member(owner, name) for name in self._methods(interface))
        ]

    def anonymous_members(self, base: Symbol, name: str) -> list[Symbol]:
        """The members of a name in Java's anonymous classes of a base (`new Base() { … }`)."""
        return [
            symbol
            for symbol in self._repository.named(name)
            if symbol.path.endswith(".java") and self._is_in_anonymous(symbol, base)
        ]

    def _is_in_anonymous(self, member: Symbol, base: Symbol) -> bool:
        file = self._repository.file(member.path)
        start = file.offset(member.start)
        depth = 0
        for index in range(start - 1, max(-1, start - _LONGEST_ANONYMOUS), -1):
            depth += (file.code[index] == "}") - (file.code[index] == "{")
            if depth < 0:
                created = _CREATED.search(file.code, max(0, index - 400), index)
                if created is None:
                    return False
                meant = self._scopes.meaning(file, created[1], member.start).symbols
                own = [item for item in file.named(created[1]) if item.kind in CLASS_KINDS]
                return any(_is_same(item, base) for item in (*meant, *own))
        return False

    def _methods(self, interface: Symbol) -> Sequence[str]:
        """The methods of an interface, those of the interfaces it embeds included."""
        names: list[str] = []
        for symbol in (interface, *self.ancestors(interface)):
            file = self._repository.file(symbol.path)
            names += [
                member.name
                for member in file.symbols
                if member.container == symbol.qualified and member.kind == "method"
            ]
        return list(dict.fromkeys(names))


class _Namesakes:
    """The symbols of one name by what holds them: a big repository has thousands of some."""

    def __init__(self, symbols: Sequence[Symbol]) -> None:
        self.symbols = symbols
        self._by_place: defaultdict[tuple[str, str], list[Symbol]] = defaultdict(list)
        self._by_owner: defaultdict[str, list[Symbol]] = defaultdict(list)
        for symbol in symbols:
            if symbol.container:
                self._by_place[symbol.path, symbol.container].append(symbol)
                self._by_owner[_last_part(symbol.container)].append(symbol)

    def inside(self, owner: Symbol) -> Sequence[Symbol]:
        """Those within the lines of a class."""
        return self._by_place.get((owner.path, owner.qualified), ())

    def named_owner(self, owner: Symbol) -> Sequence[Symbol]:
        """Those whose class is called like this one."""
        return self._by_owner.get(owner.name, ())


def _is_interface(symbol: Symbol) -> bool:
    return re.search(r"\binterface\b", symbol.signature) is not None


def _distance(owner: Symbol, member: Symbol) -> tuple[bool, bool, bool]:
    """How far a class is from a member that is defined outside of it, the nearest first.

    One program may have a class for each system: `port_posix.cc` defines that of `port_posix.h`.
    """
    return (
        owner.qualified != member.container,
        owner.path.rpartition(".")[0] != member.path.rpartition(".")[0],
        dirname(owner.path) != dirname(member.path),
    )


def _last_part(name: str) -> str:
    return name.replace("::", ".").replace("\\", ".").rpartition(".")[2]


def _is_same(symbol: Symbol, other: Symbol) -> bool:
    return (symbol.path, symbol.qualified) == (other.path, other.qualified)


def _decorator_lines(file: SourceFile, symbol: Symbol) -> int:
    """How many lines of a definition stand above the one with its name."""
    code = file.code_of(symbol)
    lines = code.split("\n")
    for index, line in enumerate(lines[:20]):
        if symbol.name in line and not line.lstrip().startswith(("@", "#[")):
            return index
    return 0
