"""Where calls enter the code, and the chain of calls that each leads into. Pure.

The idea: a chain should show the longest story. From a function it goes on to the callee that leads
to the most further functions, since a helper that much uses leads nowhere. Programs that the
package installs come first, then programs and what the README shows the use of. Candidates that no
other one leads to come before those inside the story of another, and those that lead to most before
those that lead to little. One whose chain begins in a chain that is shown already is named beside
it. Functions are read as far as MOST_READ allows: in a large repository reading all bodies would
take minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from repo_mhm.location import Location
from repo_mhm.pages.map_page import ChainStep, EntryPoint, KeySymbol
from repo_mhm.relations.records import Callee
from repo_mhm.relations.source_file import CALLABLE_KINDS
from repo_mhm.source.file_roles import is_test
from repo_mhm.source.symbols import Symbol

MOST_STEPS = 6
"""Functions of one chain."""
MOST_ENTRY_POINTS = 6
MOST_ALSO = 6
"""Other entry points that are named beside one."""
MOST_READ = 400
"""Function bodies that are read; each takes a few milliseconds."""
MOST_REACHED = 150
"""Functions that are counted as reached from one; more make no difference to the order."""
_MOST_CALLEES = 12
"""Callees of one function that are looked at."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A definition where calls may enter."""

    kind: str
    name: str
    symbol: Symbol
    location: Location
    """Where the repository says so: of a script its metadata, else the definition."""
    is_shown: bool = False
    """Whether it is a program, or the README shows its use."""


_Steps = list[tuple[Symbol, Location | None]]
"""Functions, each with the line of the one before that calls it."""


@dataclass(frozen=True, slots=True)
class _Chain:
    """A chain while others join it."""

    candidate: Candidate
    steps: _Steps
    others: list[Candidate]

    def add_other(self, candidate: Candidate) -> None:
        """Name a candidate beside the chain, unless the chain shows it."""
        symbols = [symbol for symbol, _ in self.steps]
        symbols += [other.symbol for other in self.others]
        if candidate.symbol not in symbols and len(self.others) < MOST_ALSO:
            self.others.append(candidate)

    def entry_point(self) -> EntryPoint:
        """The record of the chain as it is now."""
        first = self.candidate
        steps = tuple(
            ChainStep(symbol.qualified, symbol.location, call) for symbol, call in self.steps
        )
        also = tuple(map(_key_symbol, self.others))
        return EntryPoint(first.kind, first.name, first.location, steps, also)


class EntryPoints:
    """Finds chains; remembers what each function calls."""

    def __init__(
        self,
        callees: Callable[[Symbol], Sequence[Callee]],
        is_sure: Callable[[Symbol, Callee], bool],
        most_read: int = MOST_READ,
    ) -> None:
        self._callees = callees
        self._is_sure = is_sure
        self._left = most_read
        self._called: dict[Symbol, list[tuple[Symbol, Location]]] = {}
        self._reach: dict[Symbol, frozenset[Symbol]] = {}

    def of(self, candidates: Sequence[Candidate]) -> tuple[EntryPoint, ...]:
        """The first entry points of these candidates with their chains."""
        chains: list[_Chain] = []
        chain_by_symbol: dict[Symbol, _Chain] = {}
        names: set[tuple[str, str]] = set()
        for candidate in self._ordered(candidates):
            name = candidate.symbol.path, candidate.symbol.qualified
            if name in names:
                continue  # an overload
            names.add(name)
            steps = self._steps(candidate.symbol)
            shared = [chain_by_symbol[step] for step, _ in steps[:2] if step in chain_by_symbol]
            if shared:
                chain = shared[0]
                chain.add_other(candidate)
            elif len(chains) < MOST_ENTRY_POINTS:
                chain = _Chain(candidate, steps, [])
                chains.append(chain)
            else:
                continue
            for symbol, _ in steps:
                chain_by_symbol.setdefault(symbol, chain)
        return tuple(chain.entry_point() for chain in chains)

    def _ordered(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates, the ones that a reader should begin with first."""
        inner: set[Symbol] = set()
        for candidate in candidates:
            inner |= self._reached(candidate.symbol)

        def order(candidate: Candidate) -> tuple[bool, bool, bool, int, Symbol]:
            symbol = candidate.symbol
            reached = len(self._reached(symbol))
            is_script = candidate.kind == "script"
            return not is_script, not candidate.is_shown, symbol in inner, -reached, symbol

        return sorted(candidates, key=order)

    def _steps(self, start: Symbol) -> _Steps:
        """The functions of the longest story, each with the line that calls it."""
        chain: _Steps = [(start, None)]
        seen = {start}
        while len(chain) < MOST_STEPS:
            following = [item for item in self._calls(chain[-1][0]) if item[0] not in seen]
            if not following:
                break
            symbol, call = max(following, key=lambda item: self._rank(item[0]))
            chain.append((symbol, call))
            seen.add(symbol)
        return chain

    def _rank(self, symbol: Symbol) -> tuple[int, str, int]:
        # The last two only decide between equals, always in the same way.
        return len(self._reached(symbol)), symbol.path, -symbol.start

    def _reached(self, symbol: Symbol) -> frozenset[Symbol]:
        """The functions that calls lead to, as many as are counted."""
        if symbol not in self._reach:
            queue, reached = [symbol], {symbol: None}
            for function in queue:
                for target, _ in self._calls(function):
                    if target not in reached and len(reached) <= MOST_REACHED:
                        reached[target] = None
                        queue.append(target)
            self._reach[symbol] = frozenset(reached) - {symbol}
        return self._reach[symbol]

    def _calls(self, symbol: Symbol) -> list[tuple[Symbol, Location]]:
        """The functions that a function surely calls, each with the first line that does."""
        if symbol not in self._called:
            self._called[symbol] = self._read(symbol)
        return self._called[symbol]

    def _read(self, symbol: Symbol) -> list[tuple[Symbol, Location]]:
        if symbol.kind not in CALLABLE_KINDS or self._left <= 0:
            return []
        self._left -= 1
        calls: dict[Symbol, Location] = {}
        for callee in self._callees(symbol):
            targets = [item for item in callee.targets if item.kind in CALLABLE_KINDS]
            if not targets or callee.by_name_only or not self._is_sure(symbol, callee):
                continue
            target = min(targets, key=lambda item: (item.path, item.start))
            if target != symbol and not is_test(target.path):
                calls.setdefault(target, callee.location)
        return list(calls.items())[:_MOST_CALLEES]


def _key_symbol(candidate: Candidate) -> KeySymbol:
    symbol = candidate.symbol
    return KeySymbol(candidate.name, symbol.kind, symbol.doc, candidate.location)
