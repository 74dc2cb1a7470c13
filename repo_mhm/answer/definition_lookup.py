"""Definitions: what the store knows of where a name is defined."""

from __future__ import annotations

from collections.abc import Iterable

from repo_mhm.answer.definitions import FEW, Definition
from repo_mhm.memory.note_input import exact_text
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import Store, StoredSymbol


def definitions(store: Store, name: str) -> list[Definition]:
    """Where the snapshot defines a name, by file and line."""
    found = sorted(store.symbols_named([name]), key=lambda one: (one.symbol.path, one.symbol.start))
    if len(found) > FEW:
        return [Definition(one.symbol.location, "") for one in found]
    return [_definition(store, one, found[number + 1 :]) for number, one in enumerate(found)]


def _definition(store: Store, one: StoredSymbol, later: Iterable[StoredSymbol]) -> Definition:
    symbol = one.symbol
    stored = store.chunk_at(symbol.path, symbol.start)
    text = exact_text(stored, symbol) if stored else ""
    if text:
        text = f"`{symbol.qualified}`{' = ' if symbol.kind == 'constant' else ''}{text}"
        again = (next_.symbol for next_ in later)
        text += next(
            (f", defined again in line {next_.start}" for next_ in again if _same(next_, symbol)),
            "",
        )
    return Definition(symbol.location, text)


def _same(one: Symbol, other: Symbol) -> bool:
    return (one.path, one.qualified) == (other.path, other.qualified)
