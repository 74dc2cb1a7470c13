"""Look at the memory: heads with their notes, notes by words, the whole as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from repo_mhm.memory.notes import SYMBOL, Memory, Note, ordered, render
from repo_mhm.source.search_terms import words
from repo_mhm.store import Store

LEVEL_NAMES = ("symbol", "chunk", "file", "directory")


@dataclass(frozen=True, slots=True)
class Span:
    """Lines of a file, 1-based and inclusive."""

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note with its provenance: where in the snapshot it comes from, how it was read, whether it is live."""

    id: int
    anchor: str
    level: int
    text: str
    path: str
    depth: str
    live: bool
    citations: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class HeadView:
    """One head: its budget, the tokens its notes take, and the notes as they stand in memory."""

    head: int
    budget: int
    tokens: int
    notes: tuple[NoteView, ...]


def show(store: Store, heads: int, head_tokens: int) -> list[HeadView]:
    """Every head with its live notes, in the order the model sees them."""
    sources = _Sources(store)
    memory = Memory.build(heads, head_tokens, store.notes())
    return [
        HeadView(
            head=head.number,
            budget=head.budget,
            tokens=head.tokens,
            notes=tuple(sources.view(note, live=True) for note in ordered(head.notes.values())),
        )
        for head in memory.heads
    ]


def search(store: Store, query: str, limit: int = 20) -> list[NoteView]:
    """Notes of the whole ledger by BM25, best first; retired ones say so."""
    hits = [note for note, _ in store.search("note", words(query), limit)]
    found = {note.id: note for note in store.notes(live=False, ids=hits)}
    live = store.live_note_ids()
    sources = _Sources(store)
    return [sources.view(found[hit], live=hit in live) for hit in hits if hit in found]


def export(store: Store, heads: int, head_tokens: int) -> str:
    """The memory as Markdown: a section a head, the notes as the model sees them."""
    memory = Memory.build(heads, head_tokens, store.notes())
    sections = [
        f"## Head {head.number} ({head.tokens} of {head.budget} tokens)\n\n{render(head.notes.values())}"
        for head in memory.heads
    ]
    commit = store.meta("commit") or "no commit"
    return f"# Memory of {store.meta('root')} at {commit}\n\n" + "\n".join(sections)


class _Sources:
    """Where notes come from in the snapshot as it is stored."""

    def __init__(self, store: Store) -> None:
        self._chunks = {stored.chunk.content_id: stored.chunk for stored in store.chunks()}
        self._symbols = {
            (one.symbol.path, one.symbol.qualified): one.symbol for one in store.symbols()
        }

    def view(self, note: Note, *, live: bool) -> NoteView:
        return NoteView(
            note.id,
            note.anchor,
            note.level,
            note.text,
            note.path,
            note.depth,
            live,
            tuple(self._spans(note)),
        )

    def _spans(self, note: Note) -> Sequence[Span]:
        symbol = self._symbols.get((note.path, note.anchor)) if note.level == SYMBOL else None
        if symbol is not None:
            return [Span(symbol.path, symbol.start, symbol.end)]
        chunks = (self._chunks.get(content) for content in note.chunks)
        return _joined(
            Span(chunk.path, chunk.start, chunk.end) for chunk in chunks if chunk is not None
        )


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Neighbouring spans of one file as one, by path and line."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.path, span.start)):
        last = joined[-1] if joined else None
        if last is not None and last.path == span.path and span.start <= last.end + 2:
            joined[-1] = Span(span.path, last.start, max(last.end, span.end))
        else:
            joined.append(span)
    return joined
