"""What evidence is cut from, read from the store."""

from __future__ import annotations

from collections.abc import Sequence

from repo_mhm.answer.evidence_pieces import Source
from repo_mhm.answer.named_files import within
from repo_mhm.location import Location
from repo_mhm.retrieval.pointers import Pointer
from repo_mhm.retrieval.ranking import RankedChunk
from repo_mhm.retrieval.text_path_lookup import pointer_locations
from repo_mhm.store import Store, StoredSymbol


def evidence_sources(
    store: Store,
    ranked: Sequence[RankedChunk],
    files: Sequence[Location] = (),
    pointers: Sequence[Pointer] = (),
) -> list[Source]:
    """The ranked chunks with their texts and the symbols of their files, in the same order.

    Where the user has named `files`, only lines of these. `pointers` are those of the question.
    """
    stored_chunks = store.chunks(chunk.chunk for chunk in ranked)
    stored_by_id = {stored.id: stored for stored in stored_chunks}
    paths = {chunk.path for chunk in ranked}
    stored_symbols = {path: store.symbols_in(path) for path in paths}
    values = {path: _value_by_symbol(symbols) for path, symbols in stored_symbols.items()}
    pointed = pointer_locations(store, pointers)
    sources = [
        Source(
            chunk=stored_by_id[chunk.chunk].chunk,
            text=stored_by_id[chunk.chunk].text,
            symbols=[stored.symbol for stored in stored_symbols[chunk.path]],
            score=chunk.score,
            value_by_symbol=values[chunk.path],
            pointed=pointed,
        )
        for chunk in ranked
        if chunk.chunk in stored_by_id
    ]
    return within(sources, files) if files else sources


def _value_by_symbol(symbols: Sequence[StoredSymbol]) -> dict[str, float]:
    """The rank of each symbol as a share of the highest one, by qualified name."""
    highest = max((stored.rank for stored in symbols), default=0.0) or 1.0
    return {stored.symbol.qualified: stored.rank / highest for stored in symbols}
