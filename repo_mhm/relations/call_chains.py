"""Call chains: the shortest way from one function to another over calls. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from repo_mhm.relations.records import Call, Callee
from repo_mhm.relations.source_file import CALLABLE_KINDS
from repo_mhm.source.symbols import Symbol

LONGEST_CHAIN = 8
MOST_FUNCTIONS = 400
"""Functions whose bodies are read for one chain; each takes a few milliseconds at most."""


def shortest_chain(
    start: Symbol,
    end: Symbol,
    callees: Callable[[Symbol], Sequence[Callee]],
    most_functions: int = MOST_FUNCTIONS,
) -> list[Call]:
    """The calls that lead from `start` to `end`; empty where none do within the bounds.

    A call that by its name may mean several definitions leads nowhere, nor does one that makes an
    instance: not every method of the class is called then.
    """
    call_to: dict[Symbol, Call | None] = {start: None}
    level = [start]
    visited = 0

    for _ in range(LONGEST_CHAIN):
        next_level: list[Symbol] = []
        for caller in level:
            visited += 1
            if visited > most_functions:
                return []
            for callee in callees(caller):
                if callee.by_name_only:
                    continue
                for target in callee.targets:
                    if target in call_to:
                        continue
                    call_to[target] = Call(caller, target, callee.line)
                    if target == end:
                        return _chain(end, call_to)
                    if target.kind in CALLABLE_KINDS:
                        next_level.append(target)
        level = next_level
    return []


def _chain(end: Symbol, call_to: dict[Symbol, Call | None]) -> list[Call]:
    """The calls that led to a symbol, the first one first."""
    chain: list[Call] = []
    call = call_to[end]
    while call is not None:
        chain.append(call)
        call = call_to[call.caller]
    return list(reversed(chain))
