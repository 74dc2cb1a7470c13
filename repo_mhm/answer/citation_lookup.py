"""What an answer is grounded in: passages, names and lines looked up in the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from repo_mhm.answer.citations import Citation, Ground, Passage
from repo_mhm.location import Location
from repo_mhm.memory.notes import SYMBOL, Note
from repo_mhm.retrieval.search import Found
from repo_mhm.store import Store, StoredChunk, StoredSymbol

DEFINITIONS = 4
"""Definitions of a name that a sentence may be attributed to."""
CITED_LINES = 30
"""Definitions longer than this are cited by their beginning."""
NEAREST = 3
"""Places named when there is no answer."""


def ground_of(store: Store, passages: Sequence[Passage]) -> Ground:
    """What the sentences of one answer are checked against."""
    return Ground(
        passages=passages,
        frequency=lambda word: store.frequencies([word]).get(word, 0),
        total=max(1, store.chunk_count()),
        defines=_remembered(lambda name: _definitions(store, name)),
        knows=lambda name: store.source_has_word(name) or bool(store.symbols_named([name])),
        resolve=lambda path, first, last: _resolve(store, path, first, last),
    )


def note_passages(store: Store, notes: Sequence[Note]) -> list[Passage]:
    """Notes as passages, each cited by the symbol or the first chunk it stands on, if that is still there."""
    rows = store.chunk_ids(content for note in notes for content in note.chunks[:1])
    chunks = {
        stored.id: stored
        for stored in store.chunks(row for found in rows.values() for row in found)
    }
    symbols: dict[str, list[StoredSymbol]] = {}
    made = []
    for note in notes:
        stored = next((chunks[row] for row in rows.get(note.chunks[0], ())), None)
        if stored is None:
            continue
        path = stored.chunk.path
        if note.level == SYMBOL and path not in symbols:
            symbols[path] = store.symbols_in(path)
        start, end = _lines(note, stored, symbols.get(path, ()))
        made.append(Passage(Location(path, start, end), f"{note.anchor} {note.text}", lines=False))
    return made


def nearest(store: Store, found: Found) -> list[tuple[Citation, str]]:
    """The best places for a question that has no answer here, each with the names it holds."""
    ranked = found.ranked[:NEAREST]
    chunks = {stored.id: stored.chunk for stored in store.chunks(one.chunk for one in ranked)}
    best = [chunks[one.chunk] for one in ranked]
    return [
        (Citation(chunk.location), ", ".join(chunk.symbols[:3]))
        for chunk in best
    ]


def _lines(note: Note, stored: StoredChunk, symbols: Iterable[StoredSymbol]) -> tuple[int, int]:
    """The lines a note is cited by: its symbol's as far as they lie in its chunk, else the chunk's."""
    chunk = stored.chunk
    for one in symbols:
        symbol = one.symbol
        if (
            note.level == SYMBOL
            and symbol.qualified == note.anchor
            and chunk.start <= symbol.start <= chunk.end
        ):
            return symbol.start, min(symbol.end, chunk.end)
    return chunk.start, chunk.end


def _definitions(store: Store, name: str) -> list[Passage]:
    dotted = name.replace("::", ".").replace("#", ".")
    found = store.symbols_named([name, dotted]) or store.symbols_named([dotted.rpartition(".")[2]])
    made = []
    for one in found[:DEFINITIONS]:
        symbol = one.symbol
        stored = store.chunk_at(symbol.path, symbol.start)
        if stored is not None:
            end = min(symbol.end, stored.chunk.end, symbol.start + CITED_LINES)
            text = f"{symbol.qualified} {symbol.signature} {symbol.doc}"
            made.append(Passage(replace(symbol.location, end=end), text, lines=False))
    return made


def _resolve(store: Store, path: str, first: int, last: int) -> Citation | None:
    """Lines the model wrote down, if the snapshot has them; a bare file name counts when it is the only one."""
    path = path.removeprefix("./")
    if store.chunk_at(path, first) is None:
        matches = [known for known in store.blobs() if known.endswith(f"/{path}")]
        path = matches[0] if len(matches) == 1 else path
    stored = store.chunk_at(path, first)
    if stored is None or last < first:
        return None
    return Citation(Location(path, first, min(last, stored.chunk.end)))


def _remembered(look_up: Callable[[str], list[Passage]]) -> Callable[[str], list[Passage]]:
    known: dict[str, list[Passage]] = {}

    def find(name: str) -> list[Passage]:
        if name not in known:
            known[name] = look_up(name)
        return known[name]

    return find
