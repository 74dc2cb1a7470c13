"""What the overview says of the code in a store: its entries by head, and the lines on symbols."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from repo_mhm.memory.note_cleanup import clean_note
from repo_mhm.memory.overview import Detail, HeadOverview
from repo_mhm.memory.overview_listing import Entry
from repo_mhm.memory.values import Value, file_values, is_public, is_worth_noting, symbol_value
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.source_file import CALLABLE_KINDS
from repo_mhm.source.file_roles import is_test
from repo_mhm.source.symbols import Reference, Symbol
from repo_mhm.store import Store, StoredChunk, StoredSymbol

MOST_CONSTANT_CHARACTERS = 24
"""A longer value of a constant is not said."""
MOST_CALLS = 8
"""Calls that one line mentions; of more, the first."""
_ENTRY_KINDS = frozenset({"route", "command"})


@dataclass(frozen=True, slots=True)
class ValuedSymbol:
    """A symbol that the overview may name, with its chunk and its value."""

    stored: StoredSymbol
    chunk: StoredChunk
    value: Value


class OverviewLookup:
    """The overview of every head, as the store is within one `Store.view`."""

    def __init__(self, store: Store) -> None:
        self._relations = Relations(store, with_tests=False)
        self._valued = _valued_symbols(store)
        self._symbol_by_entry: dict[tuple[str, str], Symbol] = {}
        self._name_values: dict[str, float] = {}
        for item in self._valued:
            symbol, value = item.stored.symbol, item.value.total
            self._symbol_by_entry.setdefault((symbol.path, symbol.qualified), symbol)
            self._name_values[symbol.name] = max(value, self._name_values.get(symbol.name, 0.0))

    def values_by_head(self) -> dict[int, float]:
        """What the symbols of each head are worth together."""
        values: dict[int, float] = defaultdict(float)
        for item in self._valued:
            values[item.chunk.head] += item.value.total
        return values

    def head(self, number: int, most_tokens: int) -> HeadOverview:
        """What one head can say of its symbols, for rooms of at most `most_tokens`."""
        entries = [_entry(item) for item in self._valued if item.chunk.head == number]
        return HeadOverview(entries, self._name_values, self._detail, most_tokens)

    def _detail(self, entry: Entry) -> Detail | None:
        """The signature of a function, what it calls in order, and the errors that it raises."""
        symbol = self._symbol_by_entry[entry.path, entry.qualified]
        if symbol.kind not in CALLABLE_KINDS or is_test(symbol.path):
            return None
        calls = self._calls(symbol)
        raised = list(dict.fromkeys(item.error for item in self._relations.raised(symbol)))
        parameters = self._parameters(symbol)
        parts = [f"({', '.join(parameters)})"]
        if calls:
            parts.append(f"→ {', '.join(calls)}")
        if raised:
            parts.append(f"raises {', '.join(raised)}")
        if len(parts) == 1 and not parameters:
            return None
        names = [name.rpartition(".")[2] for name in [*calls, *raised]]
        return Detail(clean_note(" ".join(parts), ""), tuple(dict.fromkeys(names)))

    def _parameters(self, symbol: Symbol) -> list[str]:
        written = []
        for parameter in self._relations.parameters(symbol):
            stars = {"rest": "*", "options": "**"}.get(parameter.kind, "")
            default = f"={parameter.default}" if parameter.default is not None else ""
            if len(default) > MOST_CONSTANT_CHARACTERS:
                default = "=…"
            name = (
                parameter.name if parameter.name.startswith(("*", ".")) else stars + parameter.name
            )
            written.append(f"{name}{default}")
        return written

    def _calls(self, symbol: Symbol) -> list[str]:
        """The names of the repository's functions and classes that a function calls, in order."""
        names: dict[str, None] = {}
        for callee in self._relations.callees(symbol):
            if callee.by_name_only or not callee.targets:
                continue
            target = callee.targets[0]
            if (target.path, target.qualified) != (symbol.path, symbol.qualified):
                names.setdefault(target.name)
        calls = list(names)
        return calls if len(calls) <= MOST_CALLS else [*calls[:MOST_CALLS], "…"]


def _entry(item: ValuedSymbol) -> Entry:
    symbol = item.stored.symbol
    return Entry(
        path=symbol.path,
        name=symbol.name,
        qualified=symbol.qualified,
        parents=_parents(symbol),
        content=item.chunk.chunk.content_id,
        value=item.value.total,
        constant=_constant(symbol),
    )


def _parents(symbol: Symbol) -> tuple[str, ...]:
    """The containers of a symbol, by the names that stand before its own."""
    container = symbol.container
    return (container,) if container else ()


def _constant(symbol: Symbol) -> str:
    """The value of a constant that is short enough to be said beside its name."""
    if symbol.kind != "constant":
        return ""
    value = symbol.signature.partition("=")[2].strip().rstrip(";,")
    is_short = 0 < len(value) <= MOST_CONSTANT_CHARACTERS
    is_plain = value[-1:] not in "([{" if value else False
    return value if is_short and is_plain and value != symbol.name else ""


def _valued_symbols(store: Store) -> list[ValuedSymbol]:
    """The symbols worth a note, by path and position."""
    stored_symbols = store.symbols()
    chunks_by_path: dict[str, list[StoredChunk]] = defaultdict(list)
    for stored_chunk in store.chunks():
        chunks_by_path[stored_chunk.chunk.path].append(stored_chunk)
    by_file = file_values(chunks_by_path, store.change_weights())
    called = _names_called_in_source(store.references())

    valued: list[ValuedSymbol] = []
    for stored in stored_symbols:
        symbol = stored.symbol
        chunk = _chunk_of(symbol, chunks_by_path.get(symbol.path, ()))
        if chunk is None or not is_worth_noting(symbol) or _is_dunder(symbol.name):
            continue
        is_entry = symbol.kind in _ENTRY_KINDS or symbol.name == "main"
        is_uncalled = symbol.kind in CALLABLE_KINDS and symbol.name not in called
        is_entry = is_entry or (is_uncalled and is_public(symbol))
        value = symbol_value(symbol, stored.rank, by_file[symbol.path], is_entry=is_entry)
        valued.append(ValuedSymbol(stored, chunk, value))
    return sorted(valued, key=lambda item: (item.stored.symbol.path, item.stored.symbol.start_byte))


def _names_called_in_source(references: Iterable[Reference]) -> set[str]:
    return {
        reference.name
        for reference in references
        if reference.kind == "call" and not is_test(reference.path)
    }


def _chunk_of(symbol: Symbol, chunks: Sequence[StoredChunk]) -> StoredChunk | None:
    """The chunk that a symbol begins in."""
    return next(
        (
            stored
            for stored in chunks
            if stored.chunk.start_byte <= symbol.start_byte < stored.chunk.end_byte
        ),
        None,
    )


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and name != "__version__"
