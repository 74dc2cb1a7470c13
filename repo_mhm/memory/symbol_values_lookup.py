"""The symbols that are worth a note, with their values, as the store has them: all or of a change.

The values of a few files are measured by figures of the whole repository (`OverviewScale`), which
the last look at all files has left. So they are what that look would have found, and finding them
takes the time of the change.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from repo_mhm.memory.overview_scale import OverviewScale
from repo_mhm.memory.spelled_values import NOTHING, Spelled, spelled
from repo_mhm.memory.values import Value, file_values, is_public, is_worth_noting, symbol_value
from repo_mhm.relations.source_file import CALLABLE_KINDS, CLASS_KINDS
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.file_roles import is_test
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import Store, StoredChunk, StoredSymbol

MOST_NAMESAKES = 3
"""A name that more files define does not tell which of them is used."""
_ENTRY_KINDS = frozenset({"route", "command"})


@dataclass(frozen=True, slots=True)
class ValuedSymbol:
    """A symbol that the overview may name, with its chunk and its value."""

    symbol: Symbol
    chunk: StoredChunk
    value: Value
    worth: float
    """The value as one number."""
    parents: tuple[str, ...]
    is_entry: bool
    is_local: bool
    spelled: Spelled


@dataclass(frozen=True, slots=True)
class SymbolValues:
    """The symbols worth a note by path and position, and what their files are worth."""

    symbols: list[ValuedSymbol]
    by_file: dict[str, Value]
    most_users: int
    """How many other files use the file that most use."""


def symbol_values(
    store: Store,
    chunks: Iterable[StoredChunk],
    symbols: Iterable[StoredSymbol],
    scale: OverviewScale | None,
) -> SymbolValues:
    """Value the symbols of some files, or of all where there is no `scale`.

    Each qualified name of a file comes once.
    """
    chunks_by_path: dict[str, list[StoredChunk]] = defaultdict(list)
    for stored_chunk in chunks:
        chunks_by_path[stored_chunk.chunk.path].append(stored_chunk)
    symbols_by_path: dict[str, list[StoredSymbol]] = defaultdict(list)
    for stored in symbols:
        symbols_by_path[stored.symbol.path].append(stored)

    names = _all_names(store) if scale is None else _asked_names(store)
    own_names = {stored.symbol.name for own in symbols_by_path.values() for stored in own}
    users = _users(store, own_names)
    most_users = max(scale.most_users if scale else 0, *users.values(), 0)
    by_file = file_values(chunks_by_path, users, store.change_weights(), most_users)

    valued: list[ValuedSymbol] = []
    for path in sorted(symbols_by_path):
        own_chunks = sorted(chunks_by_path[path], key=lambda stored: stored.chunk.start_byte)
        valued += _valued_in(symbols_by_path[path], own_chunks, by_file.get(path), names)
    return SymbolValues(valued, by_file, most_users)


@dataclass(frozen=True, slots=True)
class _Names:
    """What the repository does with names."""

    called: Container[str]
    """Those that source calls, tests apart."""
    defined: Container[str]


def _all_names(store: Store) -> _Names:
    tests = [path for path in store.blobs() if is_test(path)]
    return _Names(store.called_names(outside=tests), store.symbol_names())


def _asked_names(store: Store) -> _Names:
    """Looks each name up when it is asked for, which takes no time for the others."""
    return _Names(
        _AskedFor(lambda name: not all(map(is_test, store.calling_paths(name)))),
        _AskedFor(lambda name: bool(store.symbols_named([name], most=1))),
    )


class _AskedFor(Container[str]):
    """The names for which a question has the answer yes; each is asked once."""

    def __init__(self, ask: Callable[[str], bool]) -> None:
        self._ask = ask
        self._answers: dict[str, bool] = {}

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        if name not in self._answers:
            self._answers[name] = self._ask(name)
        return self._answers[name]


def _users(store: Store, names: Collection[str]) -> dict[str, int]:
    """How many other files of source use each file that defines these names, as far as names tell.

    A name that a file defines itself means that definition, and one with many definitions none.
    """
    telling = store.defining_paths(names, most=MOST_NAMESAKES)
    users: dict[str, set[str]] = defaultdict(set)
    for name, path in store.users_of_names(telling):
        if path not in telling[name] and not is_test(path):
            for target in telling[name]:
                users[target].add(path)
    return {path: len(paths) for path, paths in users.items()}


def _valued_in(
    stored_symbols: Sequence[StoredSymbol],
    chunks: Sequence[StoredChunk],
    file_value: Value | None,
    names: _Names,
) -> list[ValuedSymbol]:
    """The symbols of one file that are worth a note."""
    if file_value is None:
        return []
    starts = [stored.chunk.start_byte for stored in chunks]
    lines = [stored.text.split("\n") for stored in chunks]
    by_qualified = {stored.symbol.qualified: stored.symbol for stored in stored_symbols}
    valued: dict[str, ValuedSymbol] = {}
    for stored in sorted(stored_symbols, key=lambda stored: stored.symbol.start_byte):
        symbol = stored.symbol
        position = bisect_right(starts, symbol.start_byte) - 1
        if position < 0 or not is_worth_noting(symbol):
            continue
        parents, is_local = _parents(symbol, by_qualified)
        is_entry = not is_local and _is_entry(symbol, names.called)
        value = symbol_value(symbol, stored.rank, file_value, is_entry=is_entry, is_local=is_local)
        worth, chunk, text = value.total, chunks[position], NOTHING
        if symbol.kind != "test":
            text = spelled(symbol, _code(symbol, chunk.chunk, lines[position]), names.defined)
        item = ValuedSymbol(symbol, chunk, value, worth, parents, is_entry, is_local, text)
        first = valued.setdefault(symbol.qualified, item)
        if symbol.kind == "constant":
            # The last assignment of several is the one that counts.
            valued[symbol.qualified] = first = item
        elif first.spelled != item.spelled:
            # It depends on more than the name which of several definitions is called.
            valued[symbol.qualified] = first = replace(first, spelled=NOTHING)
        # Overloads are one symbol, as valuable as the most valuable of them.
        if first.worth < worth:
            valued[symbol.qualified] = replace(first, value=value, worth=worth)
    return list(valued.values())


def _code(symbol: Symbol, chunk: Chunk, lines: Sequence[str]) -> str:
    """The lines of a symbol, of those of its chunk; empty where that does not hold them all."""
    if symbol.end > chunk.end:
        return ""
    return "\n".join(lines[symbol.start - chunk.start : symbol.end - chunk.start + 1])


def _is_entry(symbol: Symbol, called: Container[str]) -> bool:
    """Whether calls enter the code here: nothing of the source itself calls it."""
    if symbol.kind in _ENTRY_KINDS or symbol.name == "main":
        return True
    return symbol.kind in CALLABLE_KINDS and symbol.name not in called and is_public(symbol)


def _parents(symbol: Symbol, by_qualified: Mapping[str, Symbol]) -> tuple[tuple[str, ...], bool]:
    """The names of the classes around a symbol, outermost first; and whether a function is too.

    What is inside a function is listed beside it.
    """
    names: list[str] = []
    container, depth = symbol.container, 0
    while container and depth < 8:
        depth += 1
        parent = by_qualified.get(container)
        if parent is None:
            # Its class is in another file (Go), or is none that the parser takes for a symbol.
            return (container, *reversed(names)), False
        if parent.kind in CALLABLE_KINDS:
            return (), True
        if parent.kind in CLASS_KINDS:
            names.append(parent.name)
        container = parent.container if parent.container != container else ""
    return tuple(reversed(names)), False
