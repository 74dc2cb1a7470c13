"""Ranks the chunks of the files that the user has named, and no others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from repo_mhm.location import Location
from repo_mhm.retrieval.ranking import RANK_CONSTANT, RankedChunk
from repo_mhm.retrieval.search import SearchResult
from repo_mhm.source.search_terms import words
from repo_mhm.store import Store, StoredChunk

SEARCH_WEIGHT = 2.0
"""How much the ranking of the search counts against full text alone, which is one part of it."""
ORDER_WEIGHT = 0.1
"""How much the value of the chunks counts beside what the search finds: it decides where that finds
nothing."""


def only_named(store: Store, result: SearchResult, files: Sequence[Location]) -> SearchResult:
    """The result with the chunks of the named files alone, all of them, best first.

    The search ranks only some chunks of a large repository. Those of the named files are ranked by
    the fusion of three lists: as the search has them, by full text, and by their value. Words of
    the paths are no terms where the question has no others.
    """
    chunk_by_id = _chunks(store, files)
    hits = store.search("source", result.query.terms, store.chunk_count())
    lists = (
        (SEARCH_WEIGHT, [ranked.chunk for ranked in result.ranked]),
        (1.0, [chunk for chunk, _ in hits]),
        (ORDER_WEIGHT, sorted(chunk_by_id, key=lambda chunk: -chunk_by_id[chunk].value)),
    )
    scores: dict[int, float] = defaultdict(float)
    for weight, ids in lists:
        named_ids = (chunk for chunk in ids if chunk in chunk_by_id)
        for position, chunk in enumerate(named_ids):
            scores[chunk] += weight / (RANK_CONSTANT + position + 1)

    best_first = sorted(scores, key=lambda chunk: -scores[chunk])
    ranked = (
        RankedChunk(chunk, chunk_by_id[chunk].chunk.path, scores[chunk], ("file",))
        for chunk in best_first
    )
    return replace(
        result,
        ranked=tuple(ranked),
        names_something=True,
        term_weights=_own_terms(result, files),
    )


def _own_terms(result: SearchResult, files: Sequence[Location]) -> dict[str, float]:
    """The weights of the terms; none where they are only those of the files' paths."""
    path_words = {word for file in files for word in words(file.path)}
    own_terms = [term for term in result.term_weights if term not in path_words]
    is_only_path = all(term.isdecimal() for term in own_terms)
    return {} if is_only_path else result.term_weights


def _chunks(store: Store, files: Iterable[Location]) -> dict[int, StoredChunk]:
    """The chunks that hold named lines, by id, in the order in which their files were named."""
    files_by_path: dict[str, list[Location]] = defaultdict(list)
    for file in files:
        files_by_path[file.path].append(file)
    return {
        stored.id: stored
        for path, named in files_by_path.items()
        for stored in store.chunks_in(path)
        if any(map(stored.chunk.location.overlaps, named))
    }
