"""Keep the ranks of symbols and the values of chunks in the store current.

The idea. Ranks depend on all references, so one line may change all of them, but hardly. Ranking
everything takes seconds in a large repository, and hooks ask for it after each commit. So symbols
of changed files take over the ranks of their namesakes there, and everything is ranked anew once a
part of all references (CHANGED_SHARE) has changed since it last was. The work for a change is then
in proportion to the change, on average. A small repository is ranked each time.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from statistics import median

from repo_mhm.memory.chunk_values import chunk_masses, with_average
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.symbol_graph import KIND_WEIGHTS, Mention, SymbolGraph
from repo_mhm.source.symbols import Symbol, new_tuple
from repo_mhm.store import ChunkSpan, Store, StoredChunk
from repo_mhm.store.symbols import UNRANKED, Mentions

CHANGED_SHARE = 0.02
"""At most this part of symbols and references has ranks from before they changed. Values lie 15 %
apart, and ranks of 98 % of all change less than that."""
RANKED_EACH_TIME = 10_000
"""With so many symbols and references, ranking and the overview of all files take less than half a
second; with 31,000 they take 2 s (two busy cores, `scripts/bench_growth`)."""
_AVERAGE, _CHANGED, _LEAST = "average_chunk_value", "links_changed", "least_rank"
"""Meta keys of the last ranking: the average value of a chunk, how many symbols and references have
changed since, and the rank of a symbol that nothing uses."""


def is_ranking_due(store: Store, links: int) -> bool:
    """Whether everything is to be ranked, where so many symbols and references change now."""
    total = store.link_count()
    is_ranked = total > RANKED_EACH_TIME and store.meta(_AVERAGE)
    return not is_ranked or _links_changed(store) + links > CHANGED_SHARE * total


def _links_changed(store: Store) -> int:
    return int(store.meta(_CHANGED) or 0)


def rank_everything(store: Store) -> int:
    """Rank all symbols and value all chunks; write those that changed.

    Returns the number of symbols, and of edges between them and names, that it took.
    """
    graph = SymbolGraph()
    ids = array("q")
    for links in store.file_links():
        graph.add_file(links.symbols, _weighed(links.mentions))
        ids.extend(symbol.id for symbol in links.symbols)
    ranks = array("d", graph.ranks().tobytes())
    work = graph.work
    del graph
    changed = array("q"), array("d")
    for row, rank, before in zip(ids, ranks, store.ranks(), strict=True):
        if rank != before:
            changed[0].append(row)
            changed[1].append(rank)
    store.set_ranks(zip(*changed, strict=True), ())

    spans = store.chunk_spans()
    masses = _masses(store, spans)
    average = sum(masses.values()) / max(1, len(masses))
    store.set_ranks((), _new_values(spans, masses, average).items())
    least = min(ranks, default=0.0)
    store.set_meta(**{_AVERAGE: repr(average), _CHANGED: "0", _LEAST: repr(least)})
    return work


def _weighed(mentions: Iterable[Mentions]) -> Iterator[Mention]:
    for name, kind, lines in mentions:
        yield new_tuple(Mention, (name, lines, KIND_WEIGHTS[kind]))


def _masses(store: Store, spans: Iterable[ChunkSpan]) -> dict[int, float]:
    """The mass of every chunk, by row id; `spans` are by path and position."""
    masses: dict[int, float] = {}
    files = store.ranks_by_file()
    ranked_path, ranks = next(files, ("", []))
    for path, group in groupby(spans, key=lambda chunk: chunk.path):
        while ranked_path < path and (following := next(files, None)):
            ranked_path, ranks = following
        masses |= chunk_masses(list(group), ranks if ranked_path == path else ())
    return masses


def _new_values(
    spans: Iterable[ChunkSpan], masses: Mapping[int, float], average: float
) -> dict[int, float]:
    """The values that differ from those in the store, by row id."""
    values = ((span, with_average(span, masses[span.id], average)) for span in spans)
    return {span.id: value for span, value in values if value != span.value}


def keep_ranks(store: Store, former: FormerRanks, paths: Iterable[str], links: int) -> None:
    """Rank the symbols of files that were stored anew as before, and value their chunks by that.

    Remembers how many symbols and references that change was about: `links`.
    """
    store.set_meta(**{_CHANGED: str(_links_changed(store) + links)})
    average, least = float(store.meta(_AVERAGE) or 0), float(store.meta(_LEAST) or 0)
    for path in paths:
        symbols = store.symbols_in(path)
        unused = former.usual_rank(path, least)
        ranks = {stored.id: former.rank(stored.symbol, unused) for stored in symbols}
        spans = store.chunk_spans([path])
        by_start = [(stored.symbol.start_byte, ranks[stored.id]) for stored in symbols]
        masses = chunk_masses(spans, by_start)
        store.set_ranks(ranks.items(), _new_values(spans, masses, average).items())


class FormerRanks:
    """Ranks of the symbols of files that are about to be stored anew.

    Symbols that a question's update has added since the last refresh have none yet.
    """

    def __init__(self, store: Store, paths: Iterable[str]) -> None:
        self._ranks: dict[tuple[str, str], float] = {}
        self._ranks_by_path: dict[str, list[float]] = {}
        for path in paths:
            ranked = [stored for stored in store.symbols_in(path) if stored.rank > UNRANKED]
            self._ranks_by_path[path] = [former.rank for former in ranked]
            for former in ranked:
                self._ranks[path, former.symbol.qualified] = former.rank

    def usual_rank(self, path: str, least: float) -> float:
        """That of half of a file's symbols, for new ones; `least` in a new file."""
        ranks = self._ranks_by_path.get(path)
        return median(ranks) if ranks else least

    def rank(self, symbol: Symbol, otherwise: float = 0.0) -> float:
        """That of its namesake in the file as it was."""
        return self._ranks.get((symbol.path, symbol.qualified), otherwise)


class FormerValues(FormerRanks):
    """The values of their chunks as well, and what the overview has found of the files."""

    def __init__(self, store: Store, paths: Iterable[str]) -> None:
        paths = list(paths)
        super().__init__(store, paths)
        self._overviews = {file.path: file for file in store.file_overviews(paths)}
        self._chunks = {path: store.chunks_in(path) for path in paths}
        self._value_by_content = {
            stored.chunk.content_id: stored.value
            for chunks in self._chunks.values()
            for stored in chunks
        }

    def value(self, chunk: Chunk) -> float:
        """That of the same content, else of the chunk of its file with the most common symbols."""
        if chunk.content_id in self._value_by_content:
            return self._value_by_content[chunk.content_id]
        names = set(chunk.symbols)

        def similarity(former: StoredChunk) -> tuple[int, int]:
            distance = abs(former.chunk.start - chunk.start)
            return len(names.intersection(former.chunk.symbols)), -distance

        nearest = max(self._chunks[chunk.path], key=similarity, default=None)
        return nearest.value if nearest else 0.0

    def restore(self, store: Store, path: str) -> None:
        """Set them in a file that has been stored anew."""
        ranks = {stored.id: self.rank(stored.symbol) for stored in store.symbols_in(path)}
        values = {stored.id: self.value(stored.chunk) for stored in store.chunks_in(path)}
        store.set_ranks(ranks.items(), values.items())
        if path in self._overviews:
            store.set_file_overviews([self._overviews[path]])
