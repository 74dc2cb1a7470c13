"""Definitions: what the store knows of where a name is defined."""

from __future__ import annotations

from repo_mhm.commands.reading import spelled
from repo_mhm.definitions import FEW, Definition
from repo_mhm.store import Store, StoredSymbol


def definitions(store: Store, name: str) -> list[Definition]:
    """Where the snapshot defines a name, in the order of its files' lines."""
    found = store.symbols_named([name])
    made = [_definition(store, one, told=len(found) <= FEW) for one in found]
    return sorted(made, key=lambda one: (one.path, one.start))


def _definition(store: Store, one: StoredSymbol, *, told: bool) -> Definition:
    symbol = one.symbol
    nothing = Definition(symbol.path, symbol.start, symbol.end, "")
    if not told:
        return nothing
    inside = (
        stored
        for stored in store.chunks_in(symbol.path)
        if stored.chunk.start_byte <= symbol.start_byte < stored.chunk.end_byte
    )
    stored = next(inside, None)
    code = spelled(stored, one) if stored else ""
    if not stored or not code:
        return nothing
    first = symbol.start - stored.chunk.start
    lines = stored.text.split("\n")[first : symbol.end - stored.chunk.start + 1]
    text = f"`{symbol.qualified}`{' = ' if symbol.kind == 'constant' else ''}{code}"
    return Definition(symbol.path, symbol.start, symbol.start + len(lines) - 1, text, "\n".join(lines))
