"""Where a line of source leads: the outline of its file, definitions, and the users of a symbol."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repo_mhm.location import Location

if TYPE_CHECKING:
    from repo_mhm.relations.records import Use
    from repo_mhm.relations.relation_lookup import Relations
    from repo_mhm.source.symbols import Symbol
    from repo_mhm.store import Store

_NAME = re.compile(r"[^\W\d]\w*")
MOST_NAMES = 40
"""Names of a line that are looked up; generated code has lines with thousands."""
MOST_CHARACTERS = 4_000
"""A line is looked at up to here."""
MOST_NAMESAKES = 5
"""Where nothing says what a name means, it leads nowhere if more definitions than this have it."""
BY_NAME = "by name only"
"""Remark on what nothing but the name leads to."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a file as the user sees it, which may have been edited since the last scan."""

    path: str
    number: int
    """From 1."""
    code: str


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A symbol of a file; `depth` is 0 for one that lies in no other."""

    symbol: Symbol
    depth: int


@dataclass(frozen=True, slots=True)
class CodeLink:
    """What a line leads to: a definition, or a line that uses a symbol."""

    name: str
    """Of a definition its own, of a use that of the definition around it; may be empty."""
    location: Location
    code: str
    remark: str
    symbol: Symbol | None = None
    """The symbol that is defined there."""


@dataclass(frozen=True, slots=True)
class Users:
    """The lines that use a symbol, those that are doubtful last."""

    links: list[CodeLink]
    left_out: int
    """How many files have its name and were not looked through."""


def outline(store: Store, path: str) -> list[OutlineEntry]:
    """The symbols of a file, from its top."""
    entries: list[OutlineEntry] = []
    around: list[Symbol] = []
    for symbol in (stored.symbol for stored in store.symbols_in(path)):
        while around and around[-1].end_byte < symbol.end_byte:
            around.pop()
        entries.append(OutlineEntry(symbol, len(around)))
        around.append(symbol)
    return entries


def definitions(store: Store, line: SourceLine) -> list[CodeLink]:
    """The definitions of the names on a line, in the order of the names."""
    relations = _relations(store)
    with store.view():
        number = _stored_number(relations, line)
        links = _all_meant(relations, line, number, _names(store, line))
    return _without_repeats(links)


def subjects(store: Store, line: SourceLine) -> list[CodeLink]:
    """The symbols whose users may be asked for on a line.

    That is the one that it defines, else those that its names mean, else the one around it.
    """
    relations = _relations(store)
    with store.view():
        number = _stored_number(relations, line)
        own = [
            symbol
            for symbol in relations.symbols_in(line.path)
            if number is not None and number in (symbol.start, relations.definition_line(symbol))
        ]
        if own:
            return [_definition(relations, own[-1])]
        links = _all_meant(relations, line, number, _names(store, line))
        around = relations.enclosing(line.path, number) if number is not None else None
        if not links and around is not None:
            links.append(_definition(relations, around))
    return _without_repeats(links)


def users(store: Store, symbol: Symbol) -> Users:
    """The lines that use a symbol."""
    relations = _relations(store)
    with store.view():
        uses = relations.uses(symbol)
        links = [*map(_use, uses), *map(_use, relations.doubtful_uses(symbol))]
    return Users(links, len(relations.left_out))


def _relations(store: Store) -> Relations:
    from repo_mhm.relations.relation_lookup import Relations
    from repo_mhm.relations.repository_lookup import StoreRepository

    return Relations(StoreRepository(store))


def _names(store: Store, line: SourceLine) -> list[str]:
    """The names on a line that some definition has."""
    names = list(dict.fromkeys(_NAME.findall(line.code[:MOST_CHARACTERS])))[:MOST_NAMES]
    defined = {stored.symbol.name for stored in store.symbols_named(names)}
    return [name for name in names if name in defined]


def _stored_number(relations: Relations, line: SourceLine) -> int | None:
    """Where the last scan has a line that may have moved since; None where it has none."""
    code = line.code.strip()
    if relations.line(line.path, line.number) == code:
        return line.number
    numbers = [
        number
        for number, text in enumerate(relations.text(line.path).split("\n"), 1)
        if code and text.strip() == code
    ]
    return min(numbers, key=lambda number: abs(number - line.number), default=None)


def _all_meant(
    relations: Relations, line: SourceLine, number: int | None, names: Iterable[str]
) -> list[CodeLink]:
    """The definitions that the names on a line may mean; `number` is where the scan has it."""
    return [link for name in names for link in _meant(relations, line, number, name)]


def _meant(
    relations: Relations, line: SourceLine, number: int | None, name: str
) -> Iterator[CodeLink]:
    """The definitions that a name on a line may mean; none where the line itself defines it."""
    meanings = relations.meanings(line.path, number, name) if number is not None else []
    for meaning in meanings:
        remark = BY_NAME if meaning.by_name_only or meaning.is_doubtful else ""
        for symbol in meaning.symbols:
            yield _definition(relations, symbol, remark)
    if number is None or all(meaning.is_unknown for meaning in meanings):
        yield from _namesakes(relations, line, number, name)


def _namesakes(
    relations: Relations, line: SourceLine, number: int | None, name: str
) -> Iterator[CodeLink]:
    symbols = relations.resolve(name)
    is_defined_here = any(
        symbol.path == line.path and number == relations.definition_line(symbol)
        for symbol in symbols
    )
    if is_defined_here or len(symbols) > MOST_NAMESAKES:
        return
    for symbol in symbols:
        yield _definition(relations, symbol, BY_NAME)


def _definition(relations: Relations, symbol: Symbol, remark: str = "") -> CodeLink:
    number = relations.definition_line(symbol)
    location = Location(symbol.path, number, max(number, symbol.end))
    return CodeLink(symbol.qualified, location, relations.line(symbol.path, number), remark, symbol)


def _use(use: Use) -> CodeLink:
    user = use.user.qualified if use.user else ""
    is_by_name = use.by_name_only or use.is_doubtful or use.is_guess
    remark = BY_NAME if is_by_name else ("" if use.kind == "call" else use.kind)
    return CodeLink(user, use.location, use.code, remark)


def _without_repeats(links: Iterable[CodeLink]) -> list[CodeLink]:
    by_location: dict[tuple[Location, str], CodeLink] = {}
    for link in links:
        by_location.setdefault((link.location, link.name), link)
    return list(by_location.values())
