"""Values: of which class an expression is, as far as declarations near it tell. Pure.

A chain (`self.session.get_adapter(url)`) is followed step by step. Its first name is a receiver
(`self`, `this`), a variable or parameter with a declaration in the functions around, or a name of
the file's scope. Each further step is a member of the class or module so far. A variable's class
comes from its declared type, or from the expression it was assigned: a class that is called, a
function whose signature or `return` says what comes back. Where that ends outside the repository,
the expression is surely nothing of ours; where nothing is declared, it is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from repo_mhm.relations.common_names import COMMON_NAMES
from repo_mhm.relations.declarations import Declaration
from repo_mhm.relations.expressions import (
    LITERAL,
    Chain,
    Step,
    asserted_type,
    chain_of,
)
from repo_mhm.relations.hierarchy import Hierarchy
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.scopes import OUTSIDE, UNKNOWN, Meaning, Scopes, distinct
from repo_mhm.relations.source_file import CALLABLE_KINDS, CLASS_KINDS, SourceFile, is_namespace
from repo_mhm.relations.type_words import COLLECTIONS, TYPE_WRAPPERS
from repo_mhm.relations.variables import (
    Place,
    Variables,
    functions_around,
    is_parameter,
    span_of,
    types_of,
)
from repo_mhm.source.language_traits import TypeSyntax
from repo_mhm.source.symbols import Symbol

_DEEPEST = 8
"""Declarations that are followed from one to the next."""
_MOST_CHAINS = 300
"""Chains that are followed to tell what one is of: declarations may lead around in circles."""
_MOST_DECLARATIONS = 12
"""Declarations of one name that are looked at."""
_COMPUTED = re.compile(r"\s*@[\w.]*property\b|\s*(?:static\s+|public\s+)*get\s+\w")
_SUPER = frozenset({"super", "base", "parent"})
_TYPE_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")
_LOOP = re.compile(r"\bfor\b|\brange\b")
_NOTHING = frozenset({"None", "null", "nil", "undefined", "NULL", "nullptr", "..."})


class Values:
    """Finds the classes of expressions."""

    def __init__(
        self,
        repository: Repository,
        scopes: Scopes,
        hierarchy: Hierarchy,
        variables: Variables,
    ) -> None:
        self._repository = repository
        self._scopes = scopes
        self._hierarchy = hierarchy
        self._variables = variables
        self._depth = 0
        self._chains_left = _MOST_CHAINS
        self._fields: dict[tuple[Symbol, str], Meaning | None] = {}

    def of_chain(self, file: SourceFile, chain: Chain, line: int) -> Meaning:
        """The classes or the module that the value of a chain at a line is of."""
        if not self._depth:
            self._chains_left = _MOST_CHAINS
        self._chains_left -= 1
        if self._depth > _DEEPEST or self._chains_left < 0:
            return UNKNOWN
        self._depth += 1
        try:
            return self._follow(Place(file, line), chain)
        finally:
            self._depth -= 1

    def _follow(self, place: Place, chain: Chain) -> Meaning:
        first, *rest = chain
        value = self._first(place, first)
        for step in rest:
            if value.is_outside:
                return value
            value = self._of_only_member(step) if value.is_unknown else self._step(value, step)
            if step.suffix == "[]":
                value = replace(value, is_collection=False)
        return value

    def _of_only_member(self, step: Step) -> Meaning:
        """What a member is of, of whatever: where only one class has a member of this name."""
        if step.suffix != "()" or step.name in COMMON_NAMES:
            return UNKNOWN
        members = [
            symbol
            for symbol in self._repository.named(step.name)
            if symbol.kind in CALLABLE_KINDS and self._hierarchy.owner(symbol)
        ]
        return self._returned(members[0]) if distinct(members) == 1 else UNKNOWN

    # The first name of a chain

    def _first(self, place: Place, step: Step) -> Meaning:
        if step is LITERAL or step.name in _NOTHING:
            return OUTSIDE if step is LITERAL else UNKNOWN
        if receiver := self._receiver(place, step):
            return receiver

        variable = self._variable(place, step.name)
        if variable is not None:
            return self._result(variable, step, is_value=True)
        meaning = self._scopes.meaning(place.file, step.name, place.line)
        if is_member := meaning.is_unknown:
            meaning = self._implicit_member(place, step.name)
        if is_member and meaning.symbols:
            return self._of_members(meaning.symbols, step)
        if meaning.symbols and not _is_itself(meaning.symbols):
            return self._of_members(meaning.symbols, step)
        return self._result(meaning, step)

    def _receiver(self, place: Place, step: Step) -> Meaning | None:
        """What `self`, `this` or `super` stand for; None for any other name."""
        language = place.file.language
        if language is None or (step.name in _SUPER and place.file.family == "go"):
            return None
        owner = place.file.class_at(place.line)
        function = place.file.function_at(place.line)
        if owner is None and function is not None:
            owner = self._hierarchy.owner(function)

        if step.name in _SUPER and (step.suffix == "()" or language.name != "python"):
            bases = self._hierarchy.bases(owner) if owner else []
            symbols = tuple(base.symbol for base in bases if base.symbol)
            return Meaning(symbols) if symbols else OUTSIDE
        if step.name in language.methods.receivers:
            return Meaning((owner,)) if owner else UNKNOWN
        return None

    def _implicit_member(self, place: Place, name: str) -> Meaning:
        """The member of a class around, where its bare name means it."""
        types = types_of(place.file)
        if types is None or not types.implicit_receiver:
            return UNKNOWN
        for symbol in self._owners_around(place):
            if members := self._hierarchy.member(symbol, name):
                return Meaning(tuple(members))
        return UNKNOWN

    def elements(self, owner: Symbol) -> tuple[Symbol, ...]:
        """The classes in a Go type that stands for others: `type Rules map[string][]Rule`."""
        file = self._repository.file(owner.path)
        types = types_of(file)
        written = owner.signature.partition(owner.name)[2]
        if types is None or file.family != "go" or "{" in written or owner.kind != "type":
            return ()
        meaning = self._of_type(file, written, owner.start, types)
        return tuple(symbol for symbol in meaning.symbols if symbol != owner)

    def implicit_member(self, file: SourceFile, name: str, line: int) -> Meaning:
        """The member that a bare name at a line means, where the language allows that."""
        return self._implicit_member(Place(file, line), name)

    def _owners_around(self, place: Place) -> Iterator[Symbol]:
        for symbol in place.file.around(place.line):
            if symbol.kind in CLASS_KINDS:
                yield symbol
            elif owner := self._hierarchy.owner(symbol):
                yield owner

    # Variables

    def _variable(self, place: Place, name: str) -> Meaning | None:
        """What a variable is of; None where the name is no variable."""
        types = types_of(place.file)
        if types is None:
            return None
        for function in functions_around(place.file, place.line):
            span = span_of(place.file, function)
            places = [
                *self._variables.declarations(place.file, types.variables, name, *span),
                *self._variables.declarations(place.file, types.assignments, name, *span),
            ]
            places.sort(key=lambda declaration: declaration.start)
            if places:
                return self._declared(place, places, types) or UNKNOWN
            if is_parameter(place.file, function, name):
                return UNKNOWN
        return self._file_variable(place, name, types)

    def _file_variable(self, place: Place, name: str, types: TypeSyntax) -> Meaning | None:
        """What a variable at the top of the file is of."""
        symbols = [symbol for symbol in place.file.top_level(name) if symbol.kind == "constant"]
        for symbol in symbols:
            begin, end = span_of(place.file, symbol)
            places = self._variables.declarations(place.file, types.variables, name, begin, end)
            value = self._declared(Place(place.file, symbol.start), places, types)
            if value is not None:
                return value
        return UNKNOWN if symbols else None

    def _declared(
        self, place: Place, places: Sequence[Declaration], types: TypeSyntax
    ) -> Meaning | None:
        """The class that declarations give a name, the nearest before the place first."""
        offset = place.file.offset(place.line + 1)
        before = [declaration for declaration in places if declaration.start < offset]
        after = [declaration for declaration in places if declaration.start >= offset]
        value: Meaning | None = None

        for declaration in (*reversed(before[-_MOST_DECLARATIONS:]), *after[:2]):
            value = self._of_declaration(place.file, declaration, types)
            if not value.is_unknown:
                return value
        return value

    def _of_declaration(
        self, file: SourceFile, declaration: Declaration, types: TypeSyntax
    ) -> Meaning:
        line = file.line_at(declaration.start)
        if declaration.type is not None:
            # An annotation may be written as a string.
            written = file.text[slice(*declaration.type)]
            return self._of_type(file, written, line, types)
        if declaration.value is None:
            return UNKNOWN
        expression = file.code[slice(*declaration.value)]
        if written := asserted_type(expression):
            return self._of_type(file, written, line, types)
        chain = chain_of(expression)
        value = self.of_chain(file, chain, line) if chain else UNKNOWN
        is_element = _LOOP.search(file.code, declaration.begin, declaration.start) is not None
        return replace(value, is_collection=False) if is_element else value

    def _of_type(self, file: SourceFile, written: str, line: int, types: TypeSyntax) -> Meaning:
        """The classes that a written type names."""
        written_names = _TYPE_NAME.findall(written)
        names = [name for name in written_names if name not in TYPE_WRAPPERS] or written_names
        symbols: list[Symbol] = []
        is_outside = not names
        for name in names:
            first, *rest = name.split(".")
            meaning = self._type_around(file, first, line)
            if meaning.is_unknown:
                meaning = self._scopes.meaning(file, first, line)
            for part in rest:
                meaning = self._step(meaning, Step(part), is_type=True)
            symbols += [symbol for symbol in meaning.symbols if symbol.kind in CLASS_KINDS]
            is_outside = is_outside or not meaning.symbols
        if symbols:
            is_collection = bool(written_names) and written_names[0] in COLLECTIONS
            return Meaning(tuple(dict.fromkeys(symbols)), is_collection=is_collection)
        says_something = not any(name in types.any_types for name in names)
        return OUTSIDE if is_outside and says_something else UNKNOWN

    def _type_around(self, file: SourceFile, name: str, line: int) -> Meaning:
        """The class around the line, or one inside it, in languages that see it there."""
        types = types_of(file)
        if types is None or not types.implicit_receiver:
            return UNKNOWN
        for owner in self._owners_around(Place(file, line)):
            if owner.name == name:
                return Meaning((owner,))
            members = self._hierarchy.member(owner, name)
            if classes := tuple(item for item in members if item.kind in CLASS_KINDS):
                return Meaning(classes)
        return UNKNOWN

    # Further steps

    def _step(self, value: Meaning, step: Step, *, is_type: bool = False) -> Meaning:
        """What a member of a value is of."""
        if value.files:
            return self._in_module(value.files, step)
        members: list[Symbol] = []
        for owner in value.symbols:
            if owner.kind in CLASS_KINDS or is_namespace(owner):
                members += self._hierarchy.member(owner, step.name)
        if is_type:
            return Meaning(tuple(members)) if members else UNKNOWN
        if members:
            return self._of_members(members, step)

        fields = [self._field(owner, step.name) for owner in value.symbols]
        known = [field for field in fields if field is not None and not field.is_unknown]
        return self._result(known[0], step, is_value=True) if known else UNKNOWN

    def _in_module(self, paths: Iterable[str], step: Step) -> Meaning:
        for path in paths:
            offered = self._scopes.offered_or_inner(path, step.name)
            if offered.symbols and not _is_itself(offered.symbols):
                return self._of_members(offered.symbols, step)
            if not offered.is_unknown:
                return self._result(offered, step)
        return UNKNOWN

    def _of_members(self, members: Sequence[Symbol], step: Step) -> Meaning:
        """What a member is of: a field of its declared class, a call of what the method returns."""
        if any(symbol.kind in CLASS_KINDS for symbol in members):
            return Meaning(tuple(members))
        callables = [symbol for symbol in members if symbol.kind in CALLABLE_KINDS]
        is_called = step.suffix == "()"
        member = callables[0] if callables and is_called else members[0]
        if member.kind in CALLABLE_KINDS:
            return self._returned(member) if is_called or self._is_computed(member) else UNKNOWN
        owner = self._hierarchy.owner(member)
        file = self._repository.file(member.path)
        types = types_of(file)
        if types is None:
            return UNKNOWN
        patterns = types.fields if owner else types.variables
        places = self._variables.declarations(file, patterns, member.name, *span_of(file, member))
        value = self._declared(Place(file, member.start), places, types)
        if (value is None or value.is_unknown) and owner:
            value = self._field(owner, member.name)
        return value or UNKNOWN

    def _is_computed(self, member: Symbol) -> bool:
        """Whether a method is read like a field (`@property`, `get name()`)."""
        file = self._repository.file(member.path)
        head = file.text[file.offset(member.start) : file.offset(member.end + 1)][:300]
        return _COMPUTED.match(head) is not None

    def _field(self, owner: Symbol, name: str) -> Meaning | None:
        """What a field is of, by its declarations in its class and the bases."""
        field = owner, name
        if field not in self._fields:
            # Fields may be declared by each other: while one is looked up, it is of nothing.
            self._fields[field] = None
            self._fields[field] = self._declared_field(owner, name)
        return self._fields[field]

    def _declared_field(self, owner: Symbol, name: str) -> Meaning | None:
        for symbol in (owner, *self._hierarchy.ancestors(owner)):
            file = self._repository.file(symbol.path)
            types = types_of(file)
            if types is None or symbol.kind not in CLASS_KINDS:
                continue
            places = self._variables.declarations(file, types.fields, name, *span_of(file, symbol))
            for declaration in places[:_MOST_DECLARATIONS]:
                value = self._of_declaration(file, declaration, types)
                if not value.is_unknown:
                    return value
        return None

    def _result(self, meaning: Meaning, step: Step, *, is_value: bool = False) -> Meaning:
        """The value after a step's brackets: an instance, or what a function returns."""
        if step.suffix != "()" or not meaning.symbols:
            return meaning
        if is_value:
            return self._called(meaning.symbols)
        classes = tuple(symbol for symbol in meaning.symbols if symbol.kind in CLASS_KINDS)
        if classes:
            return Meaning(classes)
        return self._returned(meaning.symbols[0])

    def _called(self, owners: Sequence[Symbol]) -> Meaning:
        """What calling an instance returns, as far as its class says."""
        members = [item for owner in owners for item in self._hierarchy.member(owner, "__call__")]
        return self._returned(members[0]) if members else UNKNOWN

    def _returned(self, function: Symbol) -> Meaning:
        """What a function returns: as its signature says, else as all its `return` lines do."""
        file = self._repository.file(function.path)
        types = types_of(file)
        if types is None or self._depth > _DEEPEST:
            return UNKNOWN
        if match := re.search(types.result, function.signature):
            if re.search(r"\bSelf\b", match["type"]):
                owner = self._hierarchy.owner(function)
                return Meaning((owner,)) if owner else UNKNOWN
            return self._of_type(file, match["type"], function.start, types)
        if file.family not in ("python", "javascript"):
            return OUTSIDE
        return self._by_return_lines(file, function)

    def _by_return_lines(self, file: SourceFile, function: Symbol) -> Meaning:
        values: list[Meaning] = []
        self._depth += 1
        code = file.code_of(function)
        for match in list(re.finditer(r"(?m)^[ \t]*return\b[ \t]*([^\n;]+)", code))[:4]:
            line = function.start + code.count("\n", 0, match.start())
            chain = chain_of(match[1])
            if chain is None or chain[0].name in _NOTHING:
                continue
            values.append(self.of_chain(file, chain, line))
        self._depth -= 1
        is_same = bool(values) and all(value == values[0] for value in values)
        return values[0] if is_same and values[0].symbols else UNKNOWN


def _is_itself(symbols: Iterable[Symbol]) -> bool:
    """Whether a name means a class, a function or a namespace, and not what a variable is of."""
    kinds = CLASS_KINDS | CALLABLE_KINDS
    return any(item.kind in kinds or is_namespace(item) for item in symbols)
