"""Who calls the main symbols of a chunk, and what they call: a few tokens of its prompt.

Reads relations from the store. What stands by its name only is left out: a prompt must not say what
the code does not.
"""

from __future__ import annotations

from collections.abc import Iterable

from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository_lookup import StoreRepository
from repo_mhm.relations.source_file import CALLABLE_KINDS
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import Store

MOST_CALLERS, MOST_CALLEES = 2, 4
"""Most callers and callees of one symbol that a prompt shows: about 60 tokens."""
MOST_FILES = 50
"""Files in which callers are looked for: of a name that thousands use, a look at all takes 5 s."""


class SymbolLinks:
    """Links of symbols in the code of a store, as it is when they are asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._relations = self._new_relations()

    def _new_relations(self) -> Relations:
        return Relations(StoreRepository(self._store, with_tests=False))

    def lines(self, symbols: Iterable[Symbol]) -> tuple[str, ...]:
        """A line for each symbol that has callers or callees in the repository."""
        # They remember all files that they have read: an index would in the end remember all.
        self._relations = self._new_relations()
        lines = (self._line(symbol) for symbol in symbols if symbol.kind in CALLABLE_KINDS)
        return tuple(filter(None, lines))

    def _line(self, symbol: Symbol) -> str:
        callers = list(self._callers(symbol).values())
        callees = list(self._callees(symbol).values())[:MOST_CALLEES]
        parts = [f"called by {', '.join(callers)}"] if callers else []
        parts += [f"calls {', '.join(callees)}"] if callees else []
        return f"`{symbol.qualified}`: {'; '.join(parts)}" if parts else ""

    def _callers(self, symbol: Symbol) -> dict[str, str]:
        """Name and first calling line of the first callers, by name."""
        callers: dict[str, str] = {}
        for use in self._relations.first_callers(symbol, MOST_FILES):
            if use.user is not None and not use.by_name_only and use.user != symbol:
                name = use.user.qualified
                callers.setdefault(name, f"`{name}` ({use.path}:{use.line})")
            if len(callers) == MOST_CALLERS:
                break
        return callers

    def _callees(self, symbol: Symbol) -> dict[str, str]:
        """Name and first line of each definition that is called, by its name, in order."""
        callees: dict[str, str] = {}
        for callee in self._relations.callees(symbol):
            if callee.targets and not callee.by_name_only and callee.targets[0] != symbol:
                target = callee.targets[0]
                name = target.qualified
                callees.setdefault(name, f"`{name}` ({target.path}:{target.start})")
        return callees
