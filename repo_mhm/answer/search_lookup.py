"""Search without a model: what code answers exactly, else what retrieval ranks. Reads the store."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from repo_mhm.answer.comparison import BackgroundComparison
from repo_mhm.answer.context import AnswerContext, AskOptions
from repo_mhm.answer.events import LocatedLine
from repo_mhm.answer.evidence import term_share
from repo_mhm.answer.implied_files_lookup import implied_files
from repo_mhm.answer.left_out_lookup import left_out_remarks
from repo_mhm.answer.location_lookup import LOCATION_CHUNKS, best_chunks, locations_for
from repo_mhm.answer.locations import spread
from repo_mhm.answer.named_files_lookup import only_named
from repo_mhm.answer.question_kind import readings
from repo_mhm.answer.search_hits import (
    SearchHit,
    SearchHits,
    Unit,
    grouped_by_file,
    matching_column,
)
from repo_mhm.formatting import count
from repo_mhm.location import Location
from repo_mhm.retrieval.ranking import RankedChunk, rank_files
from repo_mhm.retrieval.search import SearchResult, search
from repo_mhm.scope import WHOLE, Scope
from repo_mhm.source.search_terms import words
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import Store, StoredChunk

Rerank = Callable[[SearchResult], SearchResult]
"""Another order of a result, by a model."""

FIT_CHUNKS = 3
"""The best chunks, which tell how well a repository fits a query."""
NEAREST_HITS = 3
"""Most results that are shown as near where nothing matches."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is searched for, and where."""

    text: str
    attached: str = ""
    """Text that came with the query, which directs the search."""
    unit: Unit = "location"
    limit: int = 10
    other_files: int = 0
    """How many files to name that follow those of the results."""
    scope: Scope = WHOLE
    """Only its files count."""
    rerank: Rerank | None = None
    """Puts what the ranking found into another order."""


def find_hits(store: Store, query: SearchQuery) -> SearchHits:
    """The results for a query. Raises StoreError when the store cannot be read."""
    with store.view():
        hits = _exact_hits(store, query) or _ranked_hits(store, query)
        is_complete = hits.is_exact or not hits.hits
        remarks = left_out_remarks(store, query.text, is_complete=is_complete)
        return replace(hits, warnings=remarks)


# What code answers ----------------------------------------------------------------------------


def _exact_hits(store: Store, query: SearchQuery) -> SearchHits | None:
    """The lines of an exact answer; None where the query is for retrieval."""
    if not any(readings(query.text)):
        return None
    from repo_mhm.answer.exact_lookup import exact_answer

    options = AskOptions(attached=query.attached, show_all=True, scope=query.scope)
    comparison = BackgroundComparison(lambda blobs: None)
    context = AnswerContext(store, query.text, options, comparison, time.monotonic, 0.0)
    located = exact_answer(context)
    if located is None:
        return None

    lines = _lines_by_unit(store, located.lines, query.unit)
    finder = _HitFinder(store, (located.kind,), {})
    hits = [finder.hit(line) for line in lines[: query.limit]]
    scope = query.scope.names
    return SearchHits(
        query.text, located.kind, located.heading, tuple(hits), len(lines), scope=scope
    )


def _lines_by_unit(store: Store, lines: Sequence[LocatedLine], unit: Unit) -> list[LocatedLine]:
    """The lines themselves, the first of each file, or the definitions that they lie in."""
    if unit == "file":
        return list({line.location.path: line for line in reversed(lines)}.values())[::-1]
    return _definitions(store, lines) if unit == "symbol" else list(lines)


def _definitions(store: Store, lines: Sequence[LocatedLine]) -> list[LocatedLine]:
    """The innermost definitions around the lines, each once, by their signatures."""
    definitions: dict[Location, LocatedLine] = {}
    for line in lines:
        symbol = _symbol_around(store, line)
        if symbol is not None:
            location = Location(symbol.path, symbol.start, symbol.end)
            signature = symbol.signature or line.code
            definitions.setdefault(
                location, LocatedLine(location, signature, symbol=symbol.qualified)
            )
    return list(definitions.values())


def _symbol_around(store: Store, line: LocatedLine) -> Symbol | None:
    """The innermost definition around a line that has the line's symbol as its name."""
    around = [
        stored.symbol
        for stored in store.symbols_in(line.location.path)
        if stored.symbol.qualified == line.symbol
        and stored.symbol.start <= line.number <= stored.symbol.end
    ]
    return around[-1] if around else None


# What retrieval ranks -------------------------------------------------------------------------


def _ranked_hits(store: Store, query: SearchQuery) -> SearchHits:
    from repo_mhm.answer.attached_lookup import mentions

    text = query.text
    if query.attached:
        text += f"\n{mentions(store, query.attached)}"
    result = search(store, text, scope=query.scope)
    files = () if query.attached else implied_files(store, query.text, query.scope)
    if files:
        result = only_named(store, result, files)
    elif query.rerank is not None and result.answerable:
        result = query.rerank(result)

    hits, total = _hits(store, result, query, files)
    scope = query.scope.names
    nothing = f"nothing matches in {query.scope}" if scope else "nothing matches"
    if result.answerable or (query.attached and hits):
        heading = f"{count(total, query.unit)} for {query.text!r}"
        others = _other_files(store, result, hits, query.other_files)
        return SearchHits(
            query.text,
            "free",
            heading,
            tuple(hits),
            total,
            other_files=others,
            scope=scope,
            fit=_fit(store, result),
        )
    nearest = tuple(hits[:NEAREST_HITS])
    return SearchHits(query.text, "free", nothing, (), 0, nearest=nearest, scope=scope)


def _fit(store: Store, result: SearchResult) -> float:
    """Share of the query's term weight that one of the best chunks holds."""
    best = store.chunks(chunk.chunk for chunk in result.ranked[:FIT_CHUNKS])
    texts = (f"{stored.chunk.path} {stored.text}" for stored in best)
    return max((term_share(text, result.term_weights) for text in texts), default=0.0)


def _hits(
    store: Store, result: SearchResult, query: SearchQuery, files: Sequence[Location]
) -> tuple[list[SearchHit], int]:
    """The best hits, those of one file together, and how many there are."""
    chosen = _chunks_to_show(result.ranked, query)
    paths = rank_files(result.ranked)
    shown = replace(result, ranked=tuple(chosen))
    lines = locations_for(store, shown, files, most=sys.maxsize, chunks=len(chosen))
    if query.unit == "file":
        unit_lines = _file_lines(store, chosen, lines)
        total = len(paths)
    else:
        unit_lines = _lines_by_unit(store, lines, query.unit)
        total = len(unit_lines)
        unit_lines = list(spread(unit_lines, paths, query.limit))

    finder = _HitFinder(store, (), result.term_weights, chosen)
    hits = [finder.hit(line) for line in unit_lines[: query.limit]]
    return grouped_by_file(hits, paths), total


def _other_files(
    store: Store, result: SearchResult, hits: Sequence[SearchHit], most: int
) -> tuple[LocatedLine, ...]:
    """The best chunk of each of the next best files, beyond those of the hits."""
    if not most:
        return ()
    shown_paths = {hit.line.location.path for hit in hits}
    best_by_path = _best_chunk_by_path(result.ranked)
    paths = [path for path in rank_files(result.ranked) if path not in shown_paths][:most]
    ids = [best_by_path[path].chunk for path in paths]
    line_by_path = {chunk.chunk.path: _chunk_line(chunk) for chunk in store.chunks(ids)}
    return tuple(line_by_path[path] for path in paths)


def _chunk_line(chunk: StoredChunk) -> LocatedLine:
    """A whole chunk, by the first definition in it instead of a line."""
    return LocatedLine(chunk.chunk.location, "", symbol=next(iter(chunk.chunk.symbols), ""))


def _best_chunk_by_path(ranked: Sequence[RankedChunk]) -> dict[str, RankedChunk]:
    best_by_path: dict[str, RankedChunk] = {}
    for chunk in ranked:
        best_by_path.setdefault(chunk.path, chunk)
    return best_by_path


def _chunks_to_show(ranked: Sequence[RankedChunk], query: SearchQuery) -> list[RankedChunk]:
    """The chunks that lines are taken from: the best ones, or the best one of each file."""
    if query.unit != "file":
        return best_chunks(ranked, max(LOCATION_CHUNKS, query.limit))
    return list(_best_chunk_by_path(ranked).values())[: query.limit]


def _file_lines(
    store: Store, best_chunks: Sequence[RankedChunk], lines: Sequence[LocatedLine]
) -> list[LocatedLine]:
    """One line of each file, its best one; in the order of the files' best chunks."""
    line_by_path = {line.location.path: line for line in reversed(lines)}
    chunk_by_id = {
        stored.id: stored for stored in store.chunks(chunk.chunk for chunk in best_chunks)
    }
    return [
        line_by_path.get(chunk.path) or _first_line(chunk_by_id[chunk.chunk])
        for chunk in best_chunks
    ]


def _first_line(chunk: StoredChunk) -> LocatedLine:
    return LocatedLine(chunk.chunk.location, chunk.text.strip().partition("\n")[0].strip())


class _HitFinder:
    """Makes hits of lines: adds what the ranking and the store know of them."""

    def __init__(
        self,
        store: Store,
        found_by: tuple[str, ...],
        term_weights: Mapping[str, float],
        ranked: Sequence[RankedChunk] = (),
    ) -> None:
        self._store = store
        self._found_by = found_by
        self._terms = sorted(term_weights, key=lambda term: -term_weights[term])
        self._ranked = {chunk.chunk: chunk for chunk in ranked}

    def hit(self, line: LocatedLine) -> SearchHit:
        """The hit at a line."""
        chunk = self._store.chunk_at(line.location.path, line.number)
        if chunk is None:
            return SearchHit(line, found_by=self._found_by, source_line=line.code)

        ranked = self._ranked.get(chunk.id)
        source_lines = list(_lines_of(chunk, line.location))
        text_words = set(words("\n".join(source_lines)))
        matching = tuple(term for term in self._terms if term in text_words)
        source_line = next(_lines_of(chunk, line.location.at(line.number)), line.code)
        return SearchHit(
            line=line,
            symbols=(line.symbol,) if line.symbol else (),
            score=ranked.score if ranked else None,
            found_by=ranked.found_by if ranked else self._found_by,
            words=matching,
            column=matching_column(source_line, matching),
            source_line=source_line,
        )


def _lines_of(chunk: StoredChunk, location: Location) -> Iterator[str]:
    """The chunk's lines at a location."""
    first = max(0, location.start - chunk.chunk.start)
    yield from chunk.text.split("\n")[first : max(0, location.end - chunk.chunk.start + 1)]
