"""What citations need from the store: notes and definitions as passages, and which lines exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache, partial

from repo_mhm.answer.citations import Citation, Passage, SnapshotLookup
from repo_mhm.location import Location
from repo_mhm.memory.notes import SYMBOL, Note
from repo_mhm.retrieval.search import symbols_for_name
from repo_mhm.store import Store, StoredChunk, StoredSymbol

MAX_DEFINITIONS = 4
"""Most definitions of one name that a sentence may be attributed to."""
MAX_DEFINITION_LINES = 30
"""Longer definitions are cited by their beginning."""


def snapshot_lookup(store: Store) -> SnapshotLookup:
    """What the sentences of one answer are checked against."""

    def has_name(name: str) -> bool:
        return store.source_has_word(name) or bool(store.symbols_named([name]))

    return SnapshotLookup(
        chunk_count=max(1, store.chunk_count()),
        frequency=lambda word: store.frequencies([word]).get(word, 0),
        definitions=cache(partial(_definition_passages, store)),
        has_name=has_name,
        resolve=partial(_resolve, store),
    )


def note_passages(store: Store, notes: Sequence[Note]) -> list[Passage]:
    """Notes as passages, each at the symbol or the first chunk it rests on.

    Notes whose first chunk is no longer stored are left out.
    """
    ids_by_content = store.chunk_ids(content for note in notes for content in note.chunks[:1])
    stored_chunks = store.chunks(chunk for ids in ids_by_content.values() for chunk in ids)
    chunk_by_id = {stored.id: stored for stored in stored_chunks}
    symbols_by_path: dict[str, list[StoredSymbol]] = {}
    passages = []

    for note in notes:
        ids = ids_by_content.get(note.chunks[0])
        if not ids:
            continue
        stored = chunk_by_id[ids[0]]
        path = stored.chunk.path
        if note.level == SYMBOL and path not in symbols_by_path:
            symbols_by_path[path] = store.symbols_in(path)
        location = _note_location(note, stored, symbols_by_path.get(path, ()))
        passages.append(Passage(location, f"{note.anchor} {note.text}", is_source=False))

    return passages


def _note_location(note: Note, stored: StoredChunk, symbols: Iterable[StoredSymbol]) -> Location:
    """The lines of a note's symbol as far as they lie in its chunk, else those of the chunk."""
    chunk = stored.chunk
    if note.level != SYMBOL:
        return chunk.location
    for symbol in (stored_symbol.symbol for stored_symbol in symbols):
        if symbol.qualified == note.anchor and chunk.start <= symbol.start <= chunk.end:
            return replace(symbol.location, end=min(symbol.end, chunk.end))
    return chunk.location


def _definition_passages(store: Store, name: str) -> list[Passage]:
    """The first definitions of a name, each with its signature and documentation."""
    passages = []
    for stored in symbols_for_name(store, name)[:MAX_DEFINITIONS]:
        symbol = stored.symbol
        chunk = store.chunk_at(symbol.path, symbol.start)
        if chunk is None:
            continue
        end = min(symbol.end, chunk.chunk.end, symbol.start + MAX_DEFINITION_LINES)
        text = f"{symbol.qualified} {symbol.signature} {symbol.doc}"
        passages.append(Passage(replace(symbol.location, end=end), text, is_source=False))
    return passages


def _resolve(store: Store, written: Location) -> Citation | None:
    """The lines at a location that the model wrote, if the snapshot has them.

    Leading folders may be missing where only one path ends with what was written. Lines beyond the
    chunk of the first one are left out.
    """
    path = written.path.removeprefix("./")
    stored = store.chunk_at(path, written.start)
    if stored is None:
        matches = [other for other in store.blobs() if other.endswith(f"/{path}")]
        if len(matches) != 1:
            return None
        (path,) = matches
        stored = store.chunk_at(path, written.start)

    if stored is None or written.end < written.start:
        return None
    return Citation(Location(path, written.start, min(written.end, stored.chunk.end)))
