"""A second look at the best chunks of a ranking, by their texts: copies and stubs come later.

Ranking needs no text of the hundreds of chunks that searches find, and reading it takes long. What
only the text tells is looked for in the few chunks that are shown. Reads the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from repo_mhm.retrieval.copies import namesakes, without_copies
from repo_mhm.retrieval.ranking import RankedChunk
from repo_mhm.source.stubs import is_stub, may_hold_stubs
from repo_mhm.store import Store, StoredChunk

EXAMINED_CHUNKS = 12
"""The best chunks are examined for stubs: as many as locations are taken from."""


def second_look(
    store: Store,
    ranked: Sequence[RankedChunk],
    value_by_path: Mapping[str, float],
    stub_factor: float,
) -> list[RankedChunk]:
    """The chunks without the favour that copies and stubs have found.

    `value_by_path` says how much each file is referred to; the score of a chunk in which all
    functions are left to others is multiplied by `stub_factor`.
    """
    alike = namesakes(ranked)
    if alike:
        texts = {stored.chunk.path: stored.text for stored in _stored(store, alike)}
        ranked = without_copies(ranked, texts, value_by_path)

    best = _stored(store, ranked[:EXAMINED_CHUNKS])
    stubs = {stored.id for stored in best if _holds_only_stubs(store, stored)}
    if not stubs:
        return list(ranked)
    scored = [
        replace(chunk, score=chunk.score * (stub_factor if chunk.chunk in stubs else 1.0))
        for chunk in ranked
    ]
    return sorted(scored, key=lambda chunk: -chunk.score)


def _stored(store: Store, ranked: Sequence[RankedChunk]) -> list[StoredChunk]:
    return store.chunks(chunk.chunk for chunk in ranked)


def _holds_only_stubs(store: Store, stored: StoredChunk) -> bool:
    """Whether a chunk defines functions, all of which are left to others."""
    if not may_hold_stubs(stored.text):
        return False
    lines = stored.text.split("\n")
    first_line = stored.chunk.start
    own_symbols = [
        row.symbol
        for row in store.symbols_in(stored.chunk.path)
        if first_line <= row.symbol.start <= stored.chunk.end
    ]
    routines = [symbol for symbol in own_symbols if symbol.kind in ("function", "method")]
    return bool(routines) and all(
        is_stub(symbol, lines[symbol.start - first_line : symbol.end - first_line + 1])
        for symbol in routines
    )
