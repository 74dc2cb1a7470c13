"""Questions that suit this repository, from exact facts: where it begins, and what is used most."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from repo_mhm.source.file_roles import is_test

if TYPE_CHECKING:
    from repo_mhm.store import Store

MOST_QUESTIONS = 5
_SYMBOLS = 60
"""Most used symbols among which a function and a class are looked for."""
_SHORTEST_NAME = 4
"""Letters of a name that says something on its own."""
_ENTRY_NAMES = ("main", "cli", "create_app", "Main")
_CLASS_KINDS = frozenset({"class", "struct", "interface", "trait", "type"})
_CALLABLE_KINDS = frozenset({"function", "method"})


def suggested_questions(store: Store) -> list[str]:
    """Return questions that code alone answers at once; none where there are no symbols."""
    return list(dict.fromkeys(_questions(store)))[:MOST_QUESTIONS]


def _questions(store: Store) -> Iterator[str]:
    symbols = [
        (name, kind, path)
        for name, kind, path, _ in store.best_symbols(_SYMBOLS)
        if not is_test(path) and len(name) >= _SHORTEST_NAME and not _is_private(name)
    ]
    routines = [name for name, kind, _ in symbols if kind in _CALLABLE_KINDS]
    classes = [name for name, kind, _ in symbols if kind in _CLASS_KINDS]

    for entry in _entries(store)[:1]:
        yield f"what does `{entry}` call?"
    for name in routines[:1]:
        yield f"who calls `{name}`?"
    for name in classes[:1]:
        yield f"where is `{name}` used?"
    for name in routines[1:2]:
        yield f"which tests cover `{name}`?"
    for _, _, path in symbols[:1]:
        yield f"what is in {path}?"
    for name in routines[2:3]:
        yield f"when did `{name}` change?"


def _is_private(name: str) -> bool:
    return any(part.startswith(("_", "#")) for part in re.split(r"[.:]+", name))


def _entries(store: Store) -> list[str]:
    """The functions where programs begin, as far as their names say so."""
    return [
        stored.symbol.qualified
        for stored in store.symbols_named(_ENTRY_NAMES, 20)
        if stored.symbol.kind in _CALLABLE_KINDS and not is_test(stored.symbol.path)
    ]
