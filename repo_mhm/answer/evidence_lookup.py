"""What evidence is cut from, read from the store."""

from __future__ import annotations

from collections.abc import Sequence

from repo_mhm.answer.evidence_pieces import Source
from repo_mhm.answer.named_files import within
from repo_mhm.location import Location
from repo_mhm.retrieval.ranking import RankedChunk
from repo_mhm.store import Store


def evidence_sources(
    store: Store, ranked: Sequence[RankedChunk], files: Sequence[Location] = ()
) -> list[Source]:
    """The ranked chunks with their texts and the symbols of their files, in the same order.

    Where the user has named `files`, only lines of these.
    """
    stored_chunks = store.chunks(chunk.chunk for chunk in ranked)
    stored_by_id = {stored.id: stored for stored in stored_chunks}
    paths = {chunk.path for chunk in ranked}
    symbols = {path: [stored.symbol for stored in store.symbols_in(path)] for path in paths}
    sources = [
        Source(
            chunk=stored_by_id[chunk.chunk].chunk,
            text=stored_by_id[chunk.chunk].text,
            symbols=symbols[chunk.path],
            score=chunk.score,
        )
        for chunk in ranked
        if chunk.chunk in stored_by_id
    ]
    return within(sources, files) if files else sources
