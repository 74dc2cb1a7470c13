"""The rankings that the evaluations compare, by name.

`bm25` is BM25 over the source chunks alone. `memory`, `source` and `both` rank as `repo-mhm ask
--from` does. A list of the ranking (see `LIST_WEIGHTS`) is left out by a minus: `source-commit`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from repo_mhm.retrieval.ranking import DEFAULT_WEIGHTS, LIST_WEIGHTS
from repo_mhm.retrieval.search import Mode, SearchResult, bm25, search
from repo_mhm.store import Store

MODES = ("memory", "source", "both")


def ranking_named(name: str) -> Callable[[Store, str], SearchResult]:
    """What searches a store for a question. Raises ValueError for a name that means nothing."""
    if name == "bm25":
        return bm25
    mode, *left_out = name.split("-")
    unknown = [entry for entry in left_out if entry not in LIST_WEIGHTS]
    if mode not in MODES or unknown:
        raise ValueError(f"there is no ranking {name!r}")

    lists = {**LIST_WEIGHTS, **dict.fromkeys(left_out, 0.0)}
    weights = replace(DEFAULT_WEIGHTS, lists=lists)
    return lambda store, question: search(store, question, cast("Mode", mode), weights=weights)
