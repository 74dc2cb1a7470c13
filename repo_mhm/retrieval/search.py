"""Search: run the searches that a question needs against the store, and rank what they return.

Needs no model. Two rounds: the first ranks what text, names and paths find; the second adds what
is linked to the best of those, and ranks again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from repo_mhm.memory.notes import Note, without_overview
from repo_mhm.retrieval import ranking
from repo_mhm.retrieval.answerability import is_about_snapshot
from repo_mhm.retrieval.best_text_lookup import second_look
from repo_mhm.retrieval.file_lookup import file_lists, representatives
from repo_mhm.retrieval.linked_chunks import companion_chunks, neighbours, uses
from repo_mhm.retrieval.query import Query, parse_question
from repo_mhm.retrieval.ranking import (
    DEFAULT_WEIGHTS,
    FileEvidence,
    RankableChunk,
    RankedChunk,
    Weights,
    file_values,
)
from repo_mhm.retrieval.spellings import other_spellings, respelled
from repo_mhm.retrieval.term_weights import affordable_terms, term_weights
from repo_mhm.retrieval.text_path_lookup import module_hits, phrase_hits, pointer_hits
from repo_mhm.scope import WHOLE, Scope
from repo_mhm.source.file_order import file_order
from repo_mhm.source.search_terms import words
from repo_mhm.source.symbols import is_declaration
from repo_mhm.store import Store, StoredChunk, StoredSymbol

Mode = Literal["memory", "source", "both"]
"""What a question is answered from: the memory alone, the source alone, or both.

The memory is the notes, live and retired, and what the scan has recorded beside them: symbols with
the first sentence of their documentation, who refers to what, paths and commits. No text of the
source is searched for it.
"""
Entry = tuple[int, ...]
"""Row ids of the chunks that share one rank of a list; empty where none of them is stored."""

MAX_HITS = 100
"""Most hits of each full-text search; later ones do not change the first ranks."""
MAX_NAMESAKES = 12
"""A name with more definitions than this says nothing about where to look."""
HUBS = 5
"""For how many of the best chunks the neighbours in the symbol graph are added."""
MEMORY_FACTORS: Mapping[str, float] = MappingProxyType({"symbol": 3.0, "companion": 1.5})
"""How much more lists count where no source is searched: symbols have the weight of source then,
and tests, on which there are hardly any notes, are found by their names."""
TERM_CHUNKS = 5
"""How many of the best chunks, and of the best notes, are searched for the question's terms."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What the searches found for a question."""

    query: Query
    ranked: tuple[RankedChunk, ...]
    term_weights: dict[str, float]
    is_about_snapshot: bool
    """Whether the snapshot has what the question's words are about, as `answerability` tells."""
    notes: tuple[Note, ...]
    """Notes that match, best first, live ones and those that left the heads."""
    names_something: bool
    """Whether the question names a symbol or a file of the snapshot exactly.

    A question without any term counts as naming the README.
    """

    @property
    def answerable(self) -> bool:
        """Whether enough was found for an answer."""
        if not self.ranked:
            return False
        return self.names_something or self.is_about_snapshot


def search(
    store: Store,
    question: str,
    mode: Mode = "both",
    scope: Scope = WHOLE,
    weights: Weights = DEFAULT_WEIGHTS,
) -> SearchResult:
    """Rank the snapshot's chunks for a question, by the sources that `mode` allows.

    Only those of files in the scope.
    """
    query, frequencies = _parsed(store, question)
    terms = affordable_terms(query, frequencies)
    notes = _matching_notes(store, dict.fromkeys(terms), scope) if mode != "source" else []
    candidates = _Candidates(store, query, mode, scope, _weights_for(mode, weights))

    candidates.add(_direct_lists(store, query, mode, notes, scope))
    candidates.add(_text_lists(store, query, mode, terms, scope))
    candidates.add_files(file_lists(store, query, terms, scope))
    ranked = candidates.rank()
    hubs = _stored(store, ranked[:HUBS])
    candidates.add(
        {
            "neighbour": neighbours(store, hubs, query),
            "companion": list(companion_chunks(store, ranked)),
        }
    )
    values = file_values(candidates.chunks.values())
    ranked = second_look(store, candidates.rank(), values, weights.declaration_factor)

    weight_by_term = term_weights(query, frequencies, store.chunk_count())
    best_texts = _best_texts(store, _stored(store, ranked[:TERM_CHUNKS]), notes, mode)
    return SearchResult(
        query=query,
        ranked=tuple(ranked),
        term_weights=weight_by_term,
        is_about_snapshot=is_about_snapshot(query, frequencies, best_texts),
        notes=tuple(notes),
        names_something=_names_symbol(store, query, scope) or candidates.holds_any("path"),
    )


def bm25(store: Store, question: str, _: Mode = "source") -> SearchResult:
    """Rank by BM25 over the source chunks alone: the baseline of `repo-mhm bench`.

    The names in the question are left out, so that evidence is cut without them too.
    """
    result = search(store, question, "source")
    hits = store.search("source", dict.fromkeys(words(question)), MAX_HITS)
    paths = {stored.id: stored.chunk.path for stored in store.chunks(chunk for chunk, _ in hits)}
    ranked = tuple(RankedChunk(chunk, paths[chunk], score, ("source",)) for chunk, score in hits)
    return replace(result, query=replace(result.query, names=()), ranked=ranked, notes=())


def symbols_for_name(store: Store, name: str, most: int | None = None) -> list[StoredSymbol]:
    """The symbols of a name, which may be qualified as in any language; else of its last part.

    At most `most`, as `Store.symbols_named` says.
    """
    dotted = name.replace("::", ".").replace("#", ".")
    last_part = dotted.rpartition(".")[2]
    return store.symbols_named([name, dotted], most) or store.symbols_named([last_part], most)


def _parsed(store: Store, question: str) -> tuple[Query, dict[str, int]]:
    """The question, spelled as the snapshot spells it, and in how many chunks each term occurs."""
    query = parse_question(question)
    frequencies = store.frequencies(query.terms)

    others = {term: other_spellings(term) for term in query.terms if not frequencies[term]}
    known = store.frequencies(spelling for spellings in others.values() for spelling in spellings)
    spelling_by_term = {
        term: max(spellings, key=known.__getitem__)
        for term, spellings in others.items()
        if any(known[spelling] for spelling in spellings)
    }
    if not spelling_by_term:
        return query, frequencies
    query = parse_question(respelled(question, spelling_by_term))
    return query, store.frequencies(query.terms)


@dataclass(slots=True)
class _Candidates:
    """The ranked lists of one search, and the chunks they name."""

    store: Store
    query: Query
    mode: Mode
    scope: Scope = WHOLE
    """Only its files count."""
    weights: Weights = DEFAULT_WEIGHTS
    lists: dict[str, list[Entry]] = field(default_factory=dict)
    file_lists: dict[str, list[str]] = field(default_factory=dict)
    chunks: dict[int, RankableChunk] = field(default_factory=dict)
    contents: dict[int, str] = field(default_factory=dict)
    """Content ids of the chunks."""

    def add(self, lists: dict[str, list[Entry]]) -> None:
        """Add lists, and load the chunks they name that count."""
        self.lists |= lists
        self._load({chunk for entries in lists.values() for entry in entries for chunk in entry})

    def add_files(self, lists: dict[str, list[str]]) -> None:
        """Add lists of files, and load a chunk for each file found."""
        self.file_lists |= lists
        self._load(set(representatives(self.store, lists)))

    def _load(self, ids: set[int]) -> None:
        new_ids = ids - self.chunks.keys()
        declaring = self.store.declaring_chunks(new_ids)
        for entry in self.store.chunk_entries(new_ids):
            if entry.path in self.scope:
                self.chunks[entry.id] = RankableChunk(
                    entry.id, entry.path, entry.kind, entry.value, entry.id in declaring
                )
                self.contents[entry.id] = entry.content_id

    def holds_any(self, name: str) -> bool:
        """Whether a list has a chunk that counts."""
        return any(chunk in self.chunks for entry in self.lists[name] for chunk in entry)

    def rank(self) -> list[RankedChunk]:
        """All lists fused into one."""
        counts = self.store.chunk_counts({chunk.path for chunk in self.chunks.values()})
        files = FileEvidence(self.file_lists, counts)
        return ranking.rank(
            self.query, self.lists, self.chunks, self.weights, unread=self._unread(), files=files
        )

    def _unread(self) -> set[int]:
        """The chunks that the memory has not read, where it has read any and both are searched."""
        read = self.store.read_contents() if self.mode == "both" else set()
        if not read:
            return set()
        return {chunk for chunk, content in self.contents.items() if content not in read}


def _direct_lists(
    store: Store, query: Query, mode: Mode, notes: Sequence[Note], scope: Scope
) -> dict[str, list[Entry]]:
    """What notes, names and paths find."""
    # What code notes, source and symbols say as well: beside them it would count twice.
    ranked_notes = without_overview(notes) if mode == "both" else notes
    lists = _note_lists(store, ranked_notes) if mode != "source" else {}
    lists["exact"] = list(_exact_hits(store, query, scope))
    lists["path"] = list(_path_hits(store, query.paths))
    if not query.terms:
        lists["path"] += _entry_documents(store)
    return lists


def _weights_for(mode: Mode, weights: Weights) -> Weights:
    """The weights, with other lists in the part of the source where that is not searched."""
    if mode != "memory":
        return weights
    lists = {name: weight * MEMORY_FACTORS.get(name, 1.0) for name, weight in weights.lists.items()}
    return replace(weights, lists=lists)


def _text_lists(
    store: Store, query: Query, mode: Mode, terms: Sequence[str], scope: Scope
) -> dict[str, list[Entry]]:
    """What the text of the question finds: in symbols, and in the source where `mode` allows it."""
    lists: dict[str, list[Entry]] = {}
    if mode != "memory":
        source_hits = store.search("source", terms, MAX_HITS, scope)
        lists["source"] = [(chunk,) for chunk, _ in source_hits]
    lists["symbol"] = list(_symbol_hits(store, terms, scope))
    if mode == "memory":
        lists["use"] = uses(store, query)
    else:
        lists["phrase"] = list(phrase_hits(store, query.phrases))
    lists["pointer"] = list(pointer_hits(store, query.pointers))
    lists["module"] = list(module_hits(store, query.modules))
    return lists


def _stored(store: Store, ranked: Sequence[RankedChunk]) -> list[StoredChunk]:
    """The chunks as they are stored, in the order of the ranking."""
    stored_by_id = {stored.id: stored for stored in store.chunks(chunk.chunk for chunk in ranked)}
    return [stored_by_id[chunk.chunk] for chunk in ranked]


def _best_texts(
    store: Store, best: Sequence[StoredChunk], notes: Sequence[Note], mode: Mode
) -> list[str]:
    """What the question's terms are looked for in, to tell whether it can be answered."""
    texts = (_recorded_text(store, chunk) if mode == "memory" else chunk.text for chunk in best)
    chunk_texts = [f"{chunk.chunk.path} {text}" for chunk, text in zip(best, texts, strict=True)]
    return chunk_texts + [note.text for note in notes[:TERM_CHUNKS]]


def _recorded_text(store: Store, stored: StoredChunk) -> str:
    """What the scan has recorded of a chunk: its symbols, with what their authors say of them."""
    chunk = stored.chunk
    symbols = [row.symbol for row in store.symbols_in(chunk.path)]
    own = [symbol for symbol in symbols if chunk.start <= symbol.start <= chunk.end]
    return " ".join(f"{symbol.qualified} {symbol.doc}" for symbol in own)


# Notes ----------------------------------------------------------------------------------------


def _matching_notes(store: Store, terms: Iterable[str], scope: Scope) -> list[Note]:
    ids = [note for note, _ in store.search("note", terms, MAX_HITS, scope)]
    by_id = {note.id: note for note in store.notes(ids=ids)}
    return [by_id[note] for note in ids if note in by_id]


def _note_lists(store: Store, notes: Sequence[Note]) -> dict[str, list[Entry]]:
    """The chunks that the notes rest on: a list for live notes, one for retired ones."""
    live_ids = store.live_note_ids()
    chunk_ids = store.chunk_ids(content for note in notes for content in note.chunks)

    def entry(note: Note) -> Entry:
        return tuple(chunk for content in note.chunks for chunk in chunk_ids.get(content, ()))

    return {
        ranking.NOTE: [entry(note) for note in notes if note.id in live_ids],
        "ledger": [entry(note) for note in notes if note.id not in live_ids],
    }


# Symbols and names ----------------------------------------------------------------------------


def _symbol_hits(store: Store, terms: Iterable[str], scope: Scope) -> Iterator[Entry]:
    ids = [symbol for symbol, _ in store.search("symbol", terms, MAX_HITS, scope)]
    chunk_by_symbol = store.chunks_of_symbols(ids)
    for symbol in ids:
        yield (chunk_by_symbol[symbol],) if symbol in chunk_by_symbol else ()


def _exact_hits(store: Store, query: Query, scope: Scope) -> Iterator[Entry]:
    """Definitions of the names in the question: fewer namesakes first, then higher rank.

    What only declares a name comes after all that says what it does.
    """
    hits: list[tuple[bool, int, float, str, int]] = []

    for name in (*query.names, *query.likely_names):
        definitions = _definitions(store, name, scope)
        if len(definitions) <= MAX_NAMESAKES:
            hits += [
                (
                    is_declaration(stored.symbol),
                    len(definitions),
                    -stored.rank,
                    stored.symbol.path,
                    stored.symbol.start,
                )
                for stored in definitions
            ]

    for *_, path, line in sorted(hits):
        yield _chunk_at(store, path, line)


def _definitions(store: Store, name: str, scope: Scope) -> list[StoredSymbol]:
    """The definitions of a name in the scope, of which more than MAX_NAMESAKES need not be all."""
    if scope.is_whole:
        return symbols_for_name(store, name, MAX_NAMESAKES + 1)
    return [stored for stored in symbols_for_name(store, name) if stored.symbol.path in scope]


def _names_symbol(store: Store, query: Query, scope: Scope) -> bool:
    if scope.is_whole:
        return any(store.symbols_named([name], most=1) for name in query.names)
    return any(
        stored.symbol.path in scope
        for name in query.names
        for stored in store.symbols_named([name])
    )


# Files ----------------------------------------------------------------------------------------


def _path_hits(store: Store, names: Sequence[str]) -> Iterator[Entry]:
    """The first chunk, and those with symbols, of files whose path ends with one of `names`."""
    if not names:
        return
    for path in store.paths_named(names):
        yield _chunk_at(store, path, 1)
        for stored in store.symbols_in(path)[:MAX_HITS]:
            yield _chunk_at(store, path, stored.symbol.start)


def _entry_documents(store: Store) -> list[Entry]:
    """The README and packaging metadata, which answer a question without terms."""
    return [_chunk_at(store, path, 1) for path in sorted(store.blobs()) if file_order(path)[0] == 0]


def _chunk_at(store: Store, path: str, line: int) -> Entry:
    stored = store.chunk_at(path, line)
    return (stored.id,) if stored else ()
