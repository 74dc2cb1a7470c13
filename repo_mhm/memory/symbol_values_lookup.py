"""The symbols that are worth a note, with their values, as the store has them: all or of a change.

They come file by file, as those of a large repository do not fit in memory together. The values of
a few files are measured by figures of the whole repository (`OverviewScale`), which the last look
at all files has left. So they are what that look would have found, and finding them takes the time
of the change.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from repo_mhm.memory.overview_scale import OverviewScale
from repo_mhm.memory.spelled_values import MOST_LINES, NOTHING, Spelled, spelled
from repo_mhm.memory.values import FileValues, Value, is_public, is_worth_noting, symbol_worth
from repo_mhm.relations.source_file import CALLABLE_KINDS, CLASS_KINDS
from repo_mhm.source.file_roles import is_test
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import Store, StoredChunk, StoredSymbol

MOST_NAMESAKES = 3
"""A name that more files define does not tell which of them is used."""
_ENTRY_KINDS = frozenset({"route", "command"})


class ValuedSymbol(NamedTuple):
    """A symbol that the overview may name, with its value."""

    symbol: Symbol
    content: str
    """Content id of the chunk it begins in."""
    head: int
    """That of the same chunk."""
    worth: float
    """Its value as one number."""
    parents: tuple[str, ...]
    is_entry: bool
    is_local: bool
    is_setting: bool
    """Whether it lies in a file of configuration."""
    spelled: Spelled


@dataclass(frozen=True, slots=True)
class ValuedFile:
    """One file with its symbols worth a note, by position; each qualified name comes once."""

    path: str
    chunks: Sequence[StoredChunk]
    """From its top."""
    symbols: Sequence[StoredSymbol]
    """All of them."""
    noted: Sequence[StoredSymbol]
    """Those that are worth a note."""
    value: Value
    """What its symbols are worth for lying in it."""
    valued: Sequence[ValuedSymbol]


class SymbolValues:
    """Values the symbols of some files, or of all where there is no `scale`."""

    def __init__(
        self,
        store: Store,
        paths: Collection[str] | None = None,
        scale: OverviewScale | None = None,
    ) -> None:
        self._store = store
        self._paths = sorted(store.paths_with_chunks() if paths is None else paths)
        self._names = _all_names(store) if scale is None else _asked_names(store)
        users = _all_users(store) if paths is None else _users(store, paths)
        most_users = scale.most_users if scale else 0
        self._file_values = FileValues(users, store.change_weights(), most_users)

    @property
    def most_users(self) -> int:
        """How many other files use the file that most use."""
        return self._file_values.most_users

    def __iter__(self) -> Iterator[ValuedFile]:
        """The files that have chunks, by path."""
        for path in self._paths:
            chunks = self._store.chunks_in(path)
            if chunks:
                symbols = self._store.symbols_in(path)
                noted = [stored for stored in symbols if is_worth_noting(stored.symbol)]
                value = self._file_values.of(path)
                valued = _valued_in(symbols, noted, chunks, value, self._names)
                yield ValuedFile(path, chunks, symbols, noted, value, valued)


@dataclass(frozen=True, slots=True)
class _Names:
    """What the repository does with names."""

    called: Container[str]
    """Those that source calls, tests apart."""
    defined: Container[str]


def _all_names(store: Store) -> _Names:
    tests = [path for path in store.files_at("") if is_test(path)]
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


def _all_users(store: Store) -> dict[str, int]:
    """As `_users` for all names."""
    tests = [path for path in store.files_at("") if is_test(path)]
    return store.user_counts(outside=tests, most=MOST_NAMESAKES)


def _users(store: Store, paths: Iterable[str]) -> dict[str, int]:
    """How many other files of source use each file that defines what these do, by names.

    A name that a file defines itself means that definition, and one with many definitions none.
    """
    names = {stored.symbol.name for path in paths for stored in store.symbols_in(path)}
    telling = store.defining_paths(names, most=MOST_NAMESAKES)
    users: dict[str, set[str]] = defaultdict(set)
    for name, path in store.users_of_names(telling):
        if path not in telling[name] and not is_test(path):
            for target in telling[name]:
                users[target].add(path)
    return {path: len(paths) for path, paths in users.items()}


def _valued_in(
    symbols: Iterable[StoredSymbol],
    noted: Iterable[StoredSymbol],
    chunks: Sequence[StoredChunk],
    file_value: Value,
    names: _Names,
) -> list[ValuedSymbol]:
    """The symbols of one file that are worth a note: those `noted` of all its symbols."""
    starts = [stored.chunk.start_byte for stored in chunks]
    code = [_Code(stored) for stored in chunks]
    factors = [factor for _, factor in file_value.factors]
    is_setting = any(reason == "configuration" for reason, _ in file_value.factors)
    in_order = sorted(symbols, key=lambda stored: stored.id)
    by_qualified = {stored.symbol.qualified: stored.symbol for stored in in_order}
    valued: dict[str, ValuedSymbol] = {}
    for stored in sorted(noted, key=lambda stored: (stored.symbol.start_byte, stored.id)):
        symbol = stored.symbol
        position = bisect_right(starts, symbol.start_byte) - 1
        if position < 0:
            continue
        parents, is_local = _parents(symbol, by_qualified)
        is_entry = not is_local and _is_entry(symbol, names.called)
        worth = symbol_worth(symbol, stored.rank, factors, is_entry=is_entry, is_local=is_local)
        text = NOTHING
        if symbol.kind != "test":
            text = spelled(symbol, code[position].of(symbol), names.defined)
        chunk = chunks[position]
        content = chunk.chunk.content_id
        item = ValuedSymbol(
            symbol, content, chunk.head, worth, parents, is_entry, is_local, is_setting, text
        )
        first = valued.setdefault(symbol.qualified, item)
        if symbol.kind == "constant":
            # The last assignment of several is the one that counts.
            valued[symbol.qualified] = first = item
        elif first.spelled != item.spelled:
            # It depends on more than the name which of several definitions is called.
            valued[symbol.qualified] = first = first._replace(spelled=NOTHING)
        # Overloads are one symbol, as valuable as the most valuable of them.
        if first.worth < worth:
            valued[symbol.qualified] = first._replace(worth=worth)
    return list(valued.values())


class _Code:
    """The lines of a chunk, split when they are first asked for."""

    def __init__(self, stored: StoredChunk) -> None:
        self._chunk, self._text = stored.chunk, stored.text
        self._lines: list[str] = []

    def of(self, symbol: Symbol) -> str:
        """Those of a constant or a short symbol; empty where the chunk does not hold them all.

        Of longer ones the code spells nothing that is said.
        """
        is_long = symbol.end - symbol.start >= MOST_LINES and symbol.kind != "constant"
        if is_long or symbol.end > self._chunk.end:
            return ""
        self._lines = self._lines or self._text.split("\n")
        first = self._chunk.start
        return "\n".join(self._lines[symbol.start - first : symbol.end - first + 1])


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
