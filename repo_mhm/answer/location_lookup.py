"""The locations for a question that retrieval answers, read from the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from repo_mhm.answer.events import LocatedLine
from repo_mhm.answer.evidence import Evidence, collect_evidence
from repo_mhm.answer.evidence_lookup import evidence_sources
from repo_mhm.answer.evidence_pieces import Source
from repo_mhm.answer.locations import BEST_FILES, MOST_LOCATIONS, best_locations, spread
from repo_mhm.location import Location
from repo_mhm.retrieval.ranking import RankedChunk, rank_files
from repo_mhm.retrieval.search import SearchResult
from repo_mhm.store import Store

LOCATION_CHUNKS = 12
"""How many of the best chunks locations are taken from: six locations need no more."""


def locations_for(
    store: Store,
    result: SearchResult,
    files: Sequence[Location] = (),
    *,
    most: int = MOST_LOCATIONS,
    chunks: int = LOCATION_CHUNKS,
) -> tuple[LocatedLine, ...]:
    """The best locations for a question, the best first; only in `files` where there are any.

    At most `most` of them, taken from the best `chunks` chunks and those of the best files.
    """
    ranked = best_chunks(result.ranked, chunks)
    sources = evidence_sources(store, ranked, files, result.query.pointers)
    pool = collect_evidence(sources, result.term_weights, result.query.names)
    # No piece holds a term of a question that has none, such as "what is this?". Of named files all
    # pieces count nevertheless.
    is_ranked = bool(pool.pieces and (result.term_weights or files))
    pieces = pool.pieces if is_ranked else [_beginning(source) for source in sources]
    lines = best_locations(pieces, result.term_weights)
    return spread(lines, rank_files(result.ranked), most)


def best_chunks(ranked: Sequence[RankedChunk], chunks: int) -> list[RankedChunk]:
    """The best chunks, with the best one of each of the best files."""
    best_paths = rank_files(ranked)[:BEST_FILES]
    best_by_path = {chunk.path: chunk for chunk in reversed(ranked) if chunk.path in best_paths}
    later = [chunk for chunk in best_by_path.values() if chunk not in ranked[:chunks]]
    return [*ranked[:chunks], *sorted(later, key=lambda chunk: -chunk.score)]


def _beginning(source: Source) -> Evidence:
    """The whole chunk as a piece, without the blank lines at its beginning."""
    text = source.text.lstrip("\n")
    blank_lines = len(source.text) - len(text)
    location = source.chunk.location
    start = min(location.start + blank_lines, location.end)
    return Evidence(replace(location, start=start), text)
