"""Search: run the searches a question needs against the store and fuse what they find. Needs no model."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from repo_mhm.answer.evidence import Source
from repo_mhm.memory.notes import Note
from repo_mhm.retrieval import ranking
from repo_mhm.retrieval.ranking import Place, Query, Ranked
from repo_mhm.source.file_order import file_order
from repo_mhm.source.search_terms import words
from repo_mhm.store import Store, StoredChunk

Mode = Literal["memory", "source", "both"]

HITS = 100
"""Hits taken from each full-text search; further down nothing changes the first ranks."""
NAMESAKES = 12
"""A name defined more often than this says nothing about where to look."""
HUBS = 5
"""Best chunks whose definitions' users and whose used definitions are recalled with them."""
FEW = 4
"""A name with more definitions than this links nothing."""
COMPANIED = 2
"""Best files whose companions (the tests of a module, the module of tests) are recalled with them."""
USERS = 0.5
"""How near a user is, against a definition that is used."""
JUDGED = 5
"""Best chunks that together must hold the question's terms for it to be answered."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a question. `coverage` is the share of its term weight that the best chunks hold (0 to 1)."""

    query: Query
    ranked: tuple[Ranked, ...]
    idf: dict[str, float]
    coverage: float
    notes: tuple[Note, ...]
    """Notes that match, best first, live ones and those that left the heads."""
    named: bool
    """Whether the question names something the snapshot has, by its exact name or path."""

    @property
    def answerable(self) -> bool:
        """Whether enough was found to answer at all."""
        return bool(self.ranked) and (self.named or not self.idf or self.coverage >= ranking.FLOOR)


def search(store: Store, question: str, mode: Mode = "both") -> Found:
    """Rank the snapshot's chunks for a question by what `mode` may look at."""
    query = ranking.read_question(question)
    chunks: dict[int, StoredChunk] = {}
    lists: dict[str, list[tuple[int, ...]]] = {}
    notes: list[Note] = []
    if mode != "source":
        notes = _matching_notes(store, query.terms)
        live = store.live_note_ids()
        places = store.chunk_ids(content for note in notes for content in note.chunks)
        lists["note"] = [_chunks_of(note, places) for note in notes if note.id in live]
        lists["ledger"] = [_chunks_of(note, places) for note in notes if note.id not in live]
    if mode != "memory":
        lists["source"] = [(row,) for row, _ in store.search("source", query.terms, HITS)]
        lists["symbol"] = list(_symbol_hits(store, query.terms))
    exact = list(_exact_hits(store, query))
    paths = list(_path_hits(store, query.paths))
    lists |= {"exact": exact, "path": paths}
    if not query.terms:
        lists["path"] += _entry_documents(store)
    rows = {row for entries in lists.values() for entry in entries for row in entry}
    chunks = {stored.id: stored for stored in store.chunks(rows)}
    ranked = _rank(store, query, lists, chunks, mode)
    if mode != "memory":
        lists["neighbour"] = _neighbours(store, [chunks[one.chunk] for one in ranked[:HUBS]], query)
        lists["companion"] = list(_companions(store, ranked))
        missing = {
            row for name in ("neighbour", "companion") for (row,) in lists[name]
        } - chunks.keys()
        chunks |= {stored.id: stored for stored in store.chunks(missing)}
        ranked = _rank(store, query, lists, chunks, mode)
    frequencies = store.frequencies(query.terms)
    idf = ranking.weigh(query, frequencies, store.chunk_count())
    texts = [f"{found.path} {chunks[found.chunk].text}" for found in ranked[:JUDGED]]
    texts += [note.text for note in notes[:JUDGED]]
    share = ranking.coverage(idf, frequencies, texts)
    return Found(
        query, tuple(ranked), idf, share, tuple(notes), bool(_strong(store, query) or paths)
    )


def bm25(store: Store, question: str, _: Mode = "source") -> Found:
    """What BM25 over the source chunks alone finds: the baseline that recall is measured against."""
    found = search(store, question, "source")
    hits = store.search("source", words(question), 100)
    paths = {stored.id: stored.chunk.path for stored in store.chunks(row for row, _ in hits)}
    ranked = tuple(Ranked(row, paths[row], score, ("source",)) for row, score in hits)
    query = replace(
        found.query, names=()
    )  # nothing may know them: neither the ranking nor the cutting of evidence
    return Found(query, ranked, found.idf, found.coverage, (), found.named)


def _rank(
    store: Store,
    query: Query,
    lists: Mapping[str, Sequence[Sequence[int]]],
    chunks: Mapping[int, StoredChunk],
    mode: Mode,
) -> list[Ranked]:
    read = store.read_contents() if mode == "both" else set()
    unread = (
        {row for row, stored in chunks.items() if stored.chunk.content_id not in read}
        if read
        else set()
    )
    return ranking.rank(
        query, lists, {row: _place(stored) for row, stored in chunks.items()}, unread=unread
    )


def _neighbours(store: Store, hubs: Sequence[StoredChunk], query: Query) -> list[tuple[int, ...]]:
    """Chunks of other files that define what the best ones use or use what they define, the closest first."""
    terms = set(query.terms)
    nearness: dict[int, float] = defaultdict(float)
    for position, hub in enumerate(hubs):
        defined = store.defined_elsewhere(hub.chunk, FEW)
        namesakes = Counter(name for name, _ in defined)
        for name, row in defined:
            nearness[row] += (2 if name.lower() in terms else 1) / namesakes[name] / (position + 1)
        used = store.used_elsewhere(hub.chunk, FEW)
        uses = Counter[str]()
        for name, _, times in used:
            uses[name] += times
        for name, row, times in used:
            nearness[row] += USERS * times / uses[name] / (position + 1)
    return [(row,) for row in sorted(nearness, key=lambda row: (-nearness[row], row))]


def _companions(store: Store, ranked: Sequence[Ranked]) -> Iterator[tuple[int, ...]]:
    """The best chunks of the tests of what the best files hold, and of what the best tests are of."""
    best = {}
    for one in reversed(ranked):
        best[one.path] = one.chunk
    paths = sorted(store.blobs())
    for path in ranking.rank_files(ranked)[:COMPANIED]:
        for other in ranking.companions(path, paths)[:1]:
            if place := (best[other],) if other in best else _at(store, other, 1):
                yield place


def sources(store: Store, ranked: Sequence[Ranked]) -> list[Source]:
    """The ranked chunks with what evidence is cut from, in the same order."""
    chunks = {stored.id: stored for stored in store.chunks(found.chunk for found in ranked)}
    symbols = {
        path: [one.symbol for one in store.symbols_in(path)]
        for path in {found.path for found in ranked}
    }
    return [
        Source(
            chunks[found.chunk].chunk, chunks[found.chunk].text, symbols[found.path], found.score
        )
        for found in ranked
        if found.chunk in chunks
    ]


def _matching_notes(store: Store, terms: Iterable[str]) -> list[Note]:
    order = [row for row, _ in store.search("note", terms, HITS)]
    by_id = {note.id: note for note in store.notes(ids=order)}
    return [by_id[row] for row in order if row in by_id]


def _chunks_of(note: Note, places: dict[str, list[int]]) -> tuple[int, ...]:
    return tuple(row for content in note.chunks for row in places.get(content, ()))


def _symbol_hits(store: Store, terms: Iterable[str]) -> Iterable[tuple[int, ...]]:
    order = [row for row, _ in store.search("symbol", terms, HITS)]
    by_id = {stored.id: stored.symbol for stored in store.symbols(order)}
    for row in order:
        yield _at(store, by_id[row].path, by_id[row].start)


def _exact_hits(store: Store, query: Query) -> Iterable[tuple[int, ...]]:
    """Definitions of what the question names: the fewer namesakes the better, then the higher rank."""
    found: list[tuple[int, float, str, int]] = []
    for name in [*query.names, *(word for word in query.maybe if word[0].isupper())]:
        dotted = name.replace("::", ".").replace("#", ".")
        defined = store.symbols_named([name, dotted]) or store.symbols_named(
            [dotted.rpartition(".")[2]]
        )
        if len(defined) <= NAMESAKES:
            found += [
                (len(defined), -one.rank, one.symbol.path, one.symbol.start) for one in defined
            ]
    for _, _, path, line in sorted(found):
        yield _at(store, path, line)


def _strong(store: Store, query: Query) -> bool:
    return any(store.symbols_named([name]) for name in query.names)


def _path_hits(store: Store, wanted: Sequence[str]) -> Iterable[tuple[int, ...]]:
    for path in sorted(store.blobs()) if wanted else ():
        if any(path == name or path.endswith(f"/{name}") for name in wanted):
            yield _at(store, path, 1)
            for one in store.symbols_in(path)[:HITS]:
                yield _at(store, path, one.symbol.start)


def _entry_documents(store: Store) -> list[tuple[int, ...]]:
    """The README and packaging metadata: where a question about nothing in particular is answered."""
    return [_at(store, path, 1) for path in sorted(store.blobs()) if file_order(path)[0] == 0]


def _at(store: Store, path: str, line: int) -> tuple[int, ...]:
    stored = store.chunk_at(path, line)
    return (stored.id,) if stored else ()


def _place(stored: StoredChunk) -> Place:
    return Place(stored.id, stored.chunk.path, stored.chunk.kind, stored.value)
