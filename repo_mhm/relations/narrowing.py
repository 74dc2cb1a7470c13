"""Narrowing: which definitions one occurrence of a name means. Pure.

The idea: candidates are all definitions of the name; what stands around the occurrence decides.

1. Behind a receiver (`x.name`), `values` tells the class or module of the receiver as far as it
   can. A class leads to its member, own or inherited; a module to what it offers; what is defined
   elsewhere to nothing.
2. Behind a receiver of which nothing is known, every member of the name may be meant. If there are
   several, that is by name only. A name that the language's own types have too (`get`, `append`)
   then means nothing.
3. A bare name means what its scope says: a local function, a variable (then nothing of ours), a
   member of the class around where the language allows that, the file's own definition, an import,
   or what the language lets every file see.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from posixpath import dirname

from repo_mhm.relations.accessors import names_behind
from repo_mhm.relations.class_names import php_classes_at
from repo_mhm.relations.common_names import COMMON_NAMES
from repo_mhm.relations.constructions import constructed_class
from repo_mhm.relations.csharp_usings import StaticUsings
from repo_mhm.relations.declarations import declarations
from repo_mhm.relations.expressions import Chain, Occurrence, receiver
from repo_mhm.relations.hierarchy import Hierarchy
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.ruby_names import is_ruby_key, is_ruby_variable
from repo_mhm.relations.rust_names import (
    is_in_rust_module,
    is_of_rust_library,
    is_private_in_rust,
    is_rust_variable,
)
from repo_mhm.relations.scopes import OUTSIDE, UNKNOWN, Meaning, Scopes, distinct
from repo_mhm.relations.source_file import CALLABLE_KINDS, OWNER_KINDS, SourceFile
from repo_mhm.relations.values import Values
from repo_mhm.relations.variables import Variables
from repo_mhm.source.search_terms import identifier_parts
from repo_mhm.source.symbols import Symbol

_ASSIGNED = (r"(?P<type>[\w$]+)(?:\.prototype)?\.{name}\s*=",)
_EXPORTS = frozenset({"exports", "module"})
_EXTENSION = re.compile(
    r"\(\s*this\s+(?:(?:in|ref|scoped)\s+)?(?P<csharp>[\w.]+)"
    r"|\b(?:fun|va[lr])\s+(?:<[^>]*>\s*)?(?P<kotlin>\w+)(?:<[^=()]*>)?\??\."
)
"""An extension function or property, with the type it extends."""
_EXTENSION_PROPERTY = re.compile(
    r"\bva[lr]\s+(?:<[^=]{0,99}>\s*)?[\w.]+(?:<[^=()]{0,99}>)?\??\.\w+"
)
_WITH_FUNCTIONS_AS_OBJECTS = ("javascript", "python")
"""Families in which functions have members. Elsewhere a receiver is a variable called like one."""
_RUST_OWN = ("crate", "self", "super", "Self")
_MOST_MODIFIERS = 4
"""Words at the beginning of a signature among which `private` is a modifier."""


class Narrowing:
    """Finds the meaning of occurrences."""

    def __init__(
        self,
        repository: Repository,
        scopes: Scopes,
        hierarchy: Hierarchy,
        values: Values,
        variables: Variables,
    ) -> None:
        self._repository = repository
        self._scopes = scopes
        self._hierarchy = hierarchy
        self._values = values
        self._variables = variables
        self._meanings: dict[tuple[str, int], Meaning] = {}
        self._static_usings = StaticUsings(repository)

    def meaning(self, file: SourceFile, name: str, occurrence: Occurrence, line: int) -> Meaning:
        """The definitions that the name may mean at this place of the file."""
        place = file.path, occurrence.start
        if place not in self._meanings:
            find = self._member if occurrence.has_receiver else self._bare
            self._meanings[place] = find(file, name, occurrence, line)
        return self._meanings[place]

    def _member(self, file: SourceFile, name: str, occurrence: Occurrence, line: int) -> Meaning:
        chain = receiver(file.code, occurrence.start)
        if file.language is None or file.language.types is None:
            return self._member_without_types(file, name, chain, line)
        value = self._values.of_chain(file, chain, line) if chain else UNKNOWN
        if chain and value.is_unknown and file.code.startswith("::", occurrence.start - 2):
            inner = self._scopes.in_namespace(file, name, chain[-1].name)
            if file.family == "c" and inner.symbols:
                return inner
        return self._member_of_value(file, name, value, chain, line)

    def _member_of_value(
        self, file: SourceFile, name: str, value: Meaning, chain: Chain | None, line: int
    ) -> Meaning:
        if value.is_outside:
            is_class = chain is not None and self._is_foreign_class(file, chain)
            return OUTSIDE if is_class else self._extensions(file, name)
        if value.files:
            return self._offered(value.files, name)

        owners = [symbol for symbol in value.symbols if symbol.kind in OWNER_KINDS]
        if owners and value.is_collection and self._is_builtin(file, name):
            return OUTSIDE
        if owners:
            member = self._member_of(owners, name)
            if member.is_outside:
                member = self._accessed(file, owners, name)
            return self._extensions(file, name) if member.is_outside else member
        is_function = all(symbol.kind in CALLABLE_KINDS for symbol in value.symbols)
        if value.symbols and not (is_function and file.family not in _WITH_FUNCTIONS_AS_OBJECTS):
            return self._assigned_to(value.symbols, name)
        return self._behind_unknown(file, name, chain, line)

    def _behind_unknown(
        self, file: SourceFile, name: str, chain: Chain | None, line: int
    ) -> Meaning:
        if chain and self._is_foreign_class(file, chain):
            return OUTSIDE
        return self._by_name(file, name, chain[-1].name if chain else "", line)

    def _is_foreign_class(self, file: SourceFile, chain: Chain) -> bool:
        """Whether a receiver is written like a class, and the repository defines none of its name.

        `PropertyListSerialization.propertyList(…)`.
        """
        first = chain[0]
        if len(chain) > 1 or first.suffix or not first.name[:1].isupper():
            return False
        if first.name in _RUST_OWN or self._repository.named(first.name):
            return False
        return re.search(rf"\bas\s+{re.escape(first.name)}\b", file.code) is None

    def _member_without_types(
        self, file: SourceFile, name: str, chain: Chain | None, line: int
    ) -> Meaning:
        """Behind the receiver or a class's own name its member, else as the name alone tells."""
        if chain and chain[0].name not in _RUST_OWN and is_of_rust_library(file, name, chain):
            return OUTSIDE
        last = chain[-1] if chain else None
        is_class_name = last is not None and last.name[:1].isupper()
        if chain and last and not last.suffix and (len(chain) == 1 or is_class_name):
            receivers = file.language.methods.receivers if file.language else frozenset()
            around = _owner_at(file, line) if last.name in receivers else None
            owners = [around] if around else self._repository.named(last.name)
            if len(chain) == 1 and (made := constructed_class(file, last.name, line)):
                owners = self._repository.named(made)
                if not any(owner.kind in OWNER_KINDS for owner in owners):
                    return self._extensions(file, name)
            for owner in owners:
                members = self._hierarchy.member(owner, name)
                if owner.kind in OWNER_KINDS and members:
                    return Meaning(tuple(members))
        return self._behind_unknown(file, name, chain, line)

    def _extensions(self, file: SourceFile, name: str) -> Meaning:
        """What types that are defined elsewhere are extended by."""
        symbols = [
            symbol
            for symbol in self._repository.named(name)
            if _is_extension(symbol) and self._is_possible_member(file, symbol)
        ]
        if not symbols:
            return OUTSIDE
        return Meaning(tuple(symbols), by_name_only=distinct(symbols) > 1, is_guess=True)

    def _is_builtin(self, file: SourceFile, name: str) -> bool:
        types = file.language.types if file.language else None
        return types is not None and name in types.builtin_members

    def _offered(self, paths: Sequence[str], name: str) -> Meaning:
        for path in paths:
            offered = self._scopes.offered_or_inner(path, name)
            if not offered.is_unknown:
                return offered
        return OUTSIDE

    def _member_of(self, owners: Sequence[Symbol], name: str) -> Meaning:
        """The member of the classes; of one that only its subclasses define, theirs."""
        members = [item for owner in owners for item in self._hierarchy.member(owner, name)]
        if not members:
            elements = [item for owner in owners for item in self._values.elements(owner)]
            members = [item for owner in elements for item in self._hierarchy.member(owner, name)]
        if members:
            return Meaning(tuple(dict.fromkeys(members)))
        if not self._repository.named(name):
            return OUTSIDE
        below = [
            member
            for owner in owners
            for relative in self._hierarchy.descendants(owner)
            if relative.symbol is not None
            for member in self._hierarchy.own_members(relative.symbol, name)
        ]
        is_ambiguous = distinct(below) > 1
        return Meaning(tuple(below), by_name_only=is_ambiguous) if below else OUTSIDE

    def _accessed(self, file: SourceFile, owners: Sequence[Symbol], name: str) -> Meaning:
        """The property of Kotlin, or getter of Java, that the other language calls so."""
        for other in names_behind(name, file.path):
            member = self._member_of(owners, other)
            suffixes = {item.path.rpartition(".")[2] for item in member.symbols}
            if suffixes and file.path.rpartition(".")[2] not in suffixes:
                return member
        return OUTSIDE

    def _assigned_to(self, owners: Sequence[Symbol], name: str) -> Meaning:
        """JavaScript's members of a function or object, assigned one by one (`app.use = …`)."""
        for owner in owners:
            file = self._repository.file(owner.path)
            members = [
                symbol for symbol in file.named(name) if assigned_owner(file, symbol) == owner.name
            ]
            if members:
                return Meaning(tuple(members))
        return OUTSIDE

    def _by_name(self, file: SourceFile, name: str, receiver_name: str, line: int) -> Meaning:
        """All members of the name that this file might mean, behind an unknown receiver.

        A receiver that is called like some of their classes (`adapter` like `HTTPAdapter`) means
        one of those.
        """
        types = file.language.types if file.language else None
        candidates = [
            symbol
            for symbol in self._repository.named(name)
            if self._is_possible_member(file, symbol)
        ]
        is_ambiguous = distinct(candidates) > 1
        if receiver_name == "this":
            near = self._beside(file, candidates, line) or candidates
            return Meaning(tuple(near), by_name_only=distinct(near) > 1, is_guess=True)

        alike = [item for item in candidates if self._is_called_like(receiver_name, item)]
        is_builtin = types is not None and name in types.builtin_members
        if not candidates:
            return OUTSIDE
        if is_builtin and not alike:
            return Meaning(is_outside=True, is_doubtful=True)
        return Meaning(
            tuple(alike or candidates),
            by_name_only=is_ambiguous,
            is_doubtful=not alike and (is_ambiguous or name in COMMON_NAMES),
            is_guess=True,
        )

    def _beside(self, file: SourceFile, candidates: list[Symbol], line: int) -> list[Symbol]:
        """The candidates of the file; those assigned to what the function around is, if any are."""
        in_file = [item for item in candidates if item.path == file.path]
        function = file.function_at(line)
        owner = assigned_owner(file, function) if function else ""
        alike = [item for item in in_file if owner and assigned_owner(file, item) == owner]
        return alike or in_file

    def _is_called_like(self, receiver_name: str, member: Symbol) -> bool:
        """Whether a receiver's name ends with a word of its class's name, or is short for one."""
        file = self._repository.file(member.path)
        owner = member.container or assigned_owner(file, member)
        words = identifier_parts(receiver_name)
        return bool(words) and any(
            is_short_for(words[-1], word) for word in identifier_parts(owner)
        )

    def _is_possible_member(self, file: SourceFile, symbol: Symbol) -> bool:
        other = self._repository.file(symbol.path)
        if other.family != file.family:
            return False
        if file.language is None or file.language.types is None:
            return not is_private_in_rust(file, symbol)
        # Go's lower-case members are seen in their own package only.
        is_private = file.language.reach == "package" and symbol.name[0].islower()
        if is_private and dirname(file.path) != dirname(symbol.path):
            return False
        if file.path != symbol.path and "private" in symbol.signature.split()[:_MOST_MODIFIERS]:
            return False
        if self._hierarchy.owner(symbol) is not None or _is_extension(symbol):
            return True
        return bool(assigned_owner(other, symbol))

    def _bare(self, file: SourceFile, name: str, occurrence: Occurrence, line: int) -> Meaning:
        language = file.language
        types = language.types if language else None
        if language is None or types is None:
            implicit = self._implicit(file, name, occurrence, line)
            return (
                self._without_types(file, name, occurrence.start) if implicit is None else implicit
            )
        if local := self._scopes.local(file, name, line):
            return Meaning((local,))

        may_be_member = types.implicit_receiver
        may_be_variable = types.variables_hide_calls or not occurrence.is_call
        if may_be_variable and self._variables.is_variable(file, name, line):
            return OUTSIDE
        if may_be_member:
            member = self._values.implicit_member(file, name, line)
            if not member.is_unknown:
                return member
        meaning = self._scopes.meaning(file, name, line)
        if meaning.is_unknown and language.name == "csharp":
            meaning = Meaning(tuple(self._static_usings.named(file, name)))
        return OUTSIDE if meaning.is_unknown else meaning

    def _implicit(
        self, file: SourceFile, name: str, occurrence: Occurrence, line: int
    ) -> Meaning | None:
        """What a bare name of Ruby means: a variable or key, or a member of the class around.

        None where nothing tells.
        """
        if file.language is None or not file.language.methods.is_implicit:
            return None
        if is_ruby_key(file.code, occurrence) or is_ruby_variable(file, name, line):
            return None if occurrence.is_call else OUTSIDE
        around = _owner_at(file, line)
        members = self._hierarchy.member(around, name) if around is not None else []
        return Meaning(tuple(members)) if members else None

    def _without_types(self, file: SourceFile, name: str, start: int) -> Meaning:
        """In a language of which less is known: the nearest definitions, else all of them."""
        if file.family == "php":
            classes = php_classes_at(self._repository, file, name, start)
            if classes is not None:
                return Meaning(tuple(classes)) if classes else OUTSIDE
        if file.family == "rust" and is_rust_variable(file, name, start):
            return OUTSIDE
        own = [item for item in file.named(name) if is_in_rust_module(file, item, start)]
        namesakes = own or [
            symbol
            for symbol in self._repository.named(name)
            if self._repository.file(symbol.path).family == file.family
            and symbol.path != file.path
            and not is_private_in_rust(file, symbol)
        ]
        if not namesakes or (not own and is_of_rust_library(file, name)):
            return OUTSIDE
        is_ambiguous = distinct(namesakes) > 1
        return Meaning(tuple(namesakes), by_name_only=is_ambiguous, is_guess=not own)


def _owner_at(file: SourceFile, line: int) -> Symbol | None:
    """The innermost class or module around a line."""
    return next((item for item in file.around(line) if item.kind in OWNER_KINDS), None)


def _is_extension(symbol: Symbol) -> bool:
    """Whether it is named like a member of another type: `fun Url.host()`, `val Url.host`, `(this`.

    That is Kotlin's way to write extensions, and C#'s.
    """
    signature = symbol.signature
    if f".{symbol.name}(" in signature or "(this " in signature:
        return True
    return f".{symbol.name}" in signature and _EXTENSION_PROPERTY.search(signature) is not None


def extended_type(symbol: Symbol) -> str:
    """The type that an extension of C# or Kotlin adds something to; empty for anything else."""
    match = _EXTENSION.search(symbol.signature)
    return (match["csharp"] or match["kotlin"]).rpartition(".")[2] if match else ""


def is_short_for(word: str, whole: str) -> bool:
    """Whether a word is another's beginning (`req`), or its consonants (`ctx` of `context`)."""
    if whole.startswith(word) or word.removesuffix("s") == whole:
        return True
    if len(word) < 3 or word[0] != whole[0]:
        return False
    rest = iter(whole)
    return all(letter in rest for letter in word)


def assigned_owner(file: SourceFile, symbol: Symbol) -> str:
    """The object that a JavaScript function is assigned to (`app.use = …`), or empty."""
    if file.family != "javascript" or symbol.container:
        return ""
    begin = file.offset(symbol.start)
    for place in declarations(file.code, _ASSIGNED, symbol.name, begin, begin + 300):
        owner = file.code[slice(*place.type)] if place.type else ""
        return "" if owner in _EXPORTS else owner
    return ""
