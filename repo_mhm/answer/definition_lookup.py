"""Where the snapshot defines a name, read from the store."""

from __future__ import annotations

from collections.abc import Iterable

from repo_mhm.answer.definitions import MAX_NAMESAKES, Definition
from repo_mhm.memory.note_input import exact_text
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import Store, StoredSymbol


def definitions_of(store: Store, name: str) -> list[Definition]:
    """The definitions of a name, by file and line."""
    symbols = sorted(
        store.symbols_named([name]),
        key=lambda stored: (stored.symbol.path, stored.symbol.start),
    )
    if len(symbols) > MAX_NAMESAKES:
        return [Definition(stored.symbol.location, "") for stored in symbols]
    return [
        _definition(store, stored, later=symbols[index:]) for index, stored in enumerate(symbols, 1)
    ]


def _definition(store: Store, stored: StoredSymbol, later: Iterable[StoredSymbol]) -> Definition:
    """The definition with its line of code; it says where one of `later` replaces it."""
    symbol = stored.symbol
    chunk = store.chunk_at(symbol.path, symbol.start)
    code = exact_text(chunk, symbol) if chunk else ""
    if not code:
        return Definition(symbol.location, "")

    equals = " = " if symbol.kind == "constant" else ""
    text = f"`{symbol.qualified}`{equals}{code}"
    for other in later:
        if _is_same_name(other.symbol, symbol):
            text += f", defined again in line {other.symbol.start}"
            break
    return Definition(symbol.location, text)


def _is_same_name(symbol: Symbol, other: Symbol) -> bool:
    return (symbol.path, symbol.qualified) == (other.path, other.qualified)
