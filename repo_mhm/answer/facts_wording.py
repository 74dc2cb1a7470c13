"""How each kind of fact is worded, from what `relations` says of a symbol. Pure.

A fact whose lines the evidence shows already is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from repo_mhm.answer.definitions import Definition
from repo_mhm.answer.facts import Fact, FactKind
from repo_mhm.location import Location
from repo_mhm.relations.records import Call, Callee, ConstantUse, Raised, Relative, Use
from repo_mhm.source.symbols import Symbol

MAX_ITEMS = 8
"""Most items that a fact lists; it says how many more there are."""
MAX_NAMES = 40
"""Most items of a fact whose items are bare names: calls and members."""
MAX_CODE = 120
"""Longest signature, value or documentation, in characters."""

_KINDS_OF_LINES = frozenset({"callees", "raises", "constants", "members"})
"""Kinds of facts that the lines of evidence say themselves."""
_CODE_SHAPE = re.compile(r"\w_\w|[a-z][A-Z]")
_RAISES = re.compile(r"(raise|throw)\b")
_CATCHES = re.compile(r"(\}\s*)?(except|catch|rescue)\b")


@dataclass(frozen=True, slots=True)
class _Item:
    """One item of a fact's list, and the lines that bear it out."""

    text: str
    location: Location


@dataclass(frozen=True, slots=True)
class FactWriter:
    """Words facts about one symbol."""

    symbol: Symbol
    shown: Sequence[Location]
    """The evidence that the reader sees."""
    most_names: int = MAX_NAMES
    """Most items of a fact whose items are bare names."""

    def signature(self) -> list[Fact]:
        """Its signature, and what its authors say it does."""
        symbol = self.symbol
        if self._is_shown(_line(symbol.path, symbol.start)):
            return []
        says_more = symbol.signature.split() != [symbol.kind, symbol.name]
        code = f"`{one_line(symbol.signature)}`" if says_more and symbol.signature else ""
        text = " ".join(filter(None, (code, one_line(symbol.doc))))
        return [Fact("signature", symbol, text, (symbol.location,))] if text else []

    def callees(self, callees: Iterable[Callee]) -> list[Fact]:
        """What it calls, each once, in the order of its body.

        Without the errors it raises, and without what is defined elsewhere and has a plain name,
        such as `len`.
        """
        items = [
            _Item(f"`{_callee_name(callee)}`", _line(callee.path, callee.line))
            for callee in callees
            if self.symbol not in callee.targets and _says_something(callee)
        ]
        return self._list("callees", "calls, in order", items, self.most_names)

    def callers(self, uses: Iterable[Use]) -> list[Fact]:
        """Who calls it; the lines that raise an error are facts of another kind."""
        calls = self._users(use for use in uses if not _RAISES.match(use.code))
        return self._list("callers", "is called by", calls)

    def raises(self, errors: Iterable[Raised]) -> list[Fact]:
        """The errors that its body raises."""
        items = [
            _Item(f"`{error.error}` (line {error.line})", _line(error.path, error.line))
            for error in errors
        ]
        return self._list("raises", "raises", items)

    def raised_in(self, uses: Sequence[Use]) -> list[Fact]:
        """Where this error is raised, and where it is caught."""
        raising = self._users(use for use in uses if _RAISES.match(use.code))
        catching = self._users(use for use in uses if _CATCHES.match(use.code))
        return [
            *self._list("raised in", "is raised in", raising),
            *self._list("raised in", "is caught in", catching),
        ]

    def constants(
        self, uses: Iterable[ConstantUse], results: Iterable[tuple[Symbol, str]]
    ) -> list[Fact]:
        """The values of the constants that its body uses, and of functions that return a literal.

        `results` are such functions with what they return.
        """
        values = [(f"`{use.symbol.qualified}`", use.symbol, use.value) for use in uses]
        values += [(f"`{symbol.qualified}()`", symbol, result) for symbol, result in results]
        items = []
        for name, symbol, value in values:
            where = self._where(symbol.path, symbol.start)
            if value and len(value) <= MAX_CODE:
                items.append(_Item(f"{name} = `{one_line(value)}` ({where})", symbol.location))
        return self._list("constants", "uses", items)

    def bases(self, relatives: Iterable[Relative]) -> list[Fact]:
        """What the class inherits from."""
        return self._list("bases", "inherits from", map(self._relative, relatives))

    def subclasses(self, relatives: Iterable[Relative]) -> list[Fact]:
        """What inherits from the class."""
        return self._list("subclasses", "is the base class of", map(self._relative, relatives))

    def overrides(self, overridden: Iterable[Symbol], overriding: Iterable[Symbol]) -> list[Fact]:
        """The definitions that the method replaces, and those that replace it."""
        return [
            *self._list("overrides", "overrides", map(self._definition, overridden)),
            *self._list("overrides", "is overridden by", map(self._definition, overriding)),
        ]

    def members(self, members: Iterable[Symbol]) -> list[Fact]:
        """What the class defines."""
        items = [_Item(f"`{member.name}`", _line(member.path, member.start)) for member in members]
        return self._list("members", "defines", items, self.most_names)

    def _list(
        self, kind: FactKind, verb: str, items: Iterable[_Item], most: int = MAX_ITEMS
    ) -> list[Fact]:
        """A fact that lists items, each once; none where the evidence says all of them itself."""
        item_by_text: dict[str, _Item] = {}
        for item in items:
            item_by_text.setdefault(item.text, item)
        different = list(item_by_text.values())
        is_shown = kind in _KINDS_OF_LINES and all(
            self._is_shown(item.location) for item in different
        )
        if is_shown or not different:
            return []

        texts = [item.text for item in different[:most]]
        if len(different) > most:
            texts.append(f"and {len(different) - most} more")
        locations = tuple(item.location for item in different[:most])
        return [Fact(kind, self.symbol, f"{verb}: {', '.join(texts)}", locations)]

    def _users(self, uses: Iterable[Use]) -> Iterable[_Item]:
        """The first use in each definition, or at each file's level."""
        first_uses: dict[tuple[str, str], Use] = {}
        for use in uses:
            first_uses.setdefault((use.path, use.user.qualified if use.user else ""), use)
        for use in first_uses.values():
            where = self._where(use.path, use.line)
            text = f"`{use.user.qualified}` ({where})" if use.user else where
            yield _Item(text, _line(use.path, use.line))

    def _relative(self, relative: Relative) -> _Item:
        name = relative.symbol.qualified if relative.symbol else relative.name
        return _Item(f"`{name}`", _line(relative.path, relative.line))

    def _definition(self, symbol: Symbol) -> _Item:
        where = self._where(symbol.path, symbol.start)
        text = f"`{symbol.qualified}` ({where})"
        return _Item(text, _line(symbol.path, symbol.start))

    def _where(self, path: str, line: int) -> str:
        """A line, with its path unless that is the symbol's own."""
        return f"line {line}" if path == self.symbol.path else f"{path}:{line}"

    def _is_shown(self, location: Location) -> bool:
        return is_within(location, self.shown)


def is_within(location: Location, shown: Iterable[Location]) -> bool:
    """Whether one of some locations holds all lines of a location."""
    return any(
        other.path == location.path and other.start <= location.start and location.end <= other.end
        for other in shown
    )


def value_fact(definition: Definition) -> Fact:
    """The code of a constant or of a short function."""
    text = f"{definition.text} ({definition.location})"
    return Fact("values", None, text, (definition.location,))


def chain_fact(calls: Sequence[Call]) -> Fact:
    """How one symbol reaches another, call by call."""
    steps = [
        f"`{call.caller.qualified}` calls `{call.callee.qualified}`"
        f" ({call.caller.path}:{call.line})"
        for call in calls
    ]
    locations = tuple(_line(call.caller.path, call.line) for call in calls)
    return Fact("chain", None, ", then ".join(steps), locations)


def one_line(text: str) -> str:
    """Text with its white space folded, and cut where it is longer than MAX_CODE."""
    folded = " ".join(text.split())
    return folded if len(folded) <= MAX_CODE else f"{folded[: MAX_CODE - 1].rstrip()}…"


def _callee_name(callee: Callee) -> str:
    """The qualified name of what a call reaches, or its name where that is not certain."""
    is_certain = len(callee.targets) == 1 and not callee.by_name_only
    return callee.targets[0].qualified if is_certain else callee.name


def _says_something(callee: Callee) -> bool:
    """Whether a call tells a reader more than that something common is called."""
    last_name = callee.name.rpartition(".")[2]
    is_distinctive = bool(callee.targets) or _CODE_SHAPE.search(last_name) is not None
    return is_distinctive and not _is_raised(callee)


def _is_raised(callee: Callee) -> bool:
    """Whether a call makes the error that its line raises."""
    raised = callee.code.partition("(")[0]
    return _RAISES.match(raised) is not None and raised.endswith(callee.name)


def _line(path: str, line: int) -> Location:
    return Location(path, line, line)
