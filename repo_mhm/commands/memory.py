"""Look at the memory and its history: heads with their notes, notes by words, changes; and `gc`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm.errors import StoreError, UnwritableStore
from repo_mhm.formatting import fenced, without_commands
from repo_mhm.git import state_dir
from repo_mhm.location import Location
from repo_mhm.memory.head_budgets import HEAD_BUDGETS, stored_budgets
from repo_mhm.memory.notes import SYMBOL, Head, Memory, Note, line_text, ordered
from repo_mhm.scope import WHOLE, Scope
from repo_mhm.store import (
    GcResult,
    NoteChange,
    Store,
    disk_use,
    find_store,
    make_room,
    writer_lock,
)

if TYPE_CHECKING:
    from repo_mhm.commands.workspace import Workspace

LEVEL_NAMES = ("symbol", "chunk", "file", "directory")
"""Names of the levels of notes, finest first."""
IDENTITY_SHOWN = 8
"""Characters of a model's hash that name it, where it is not the last one."""
GAP_LINES = 2
"""Locations of one file so close to each other are shown as one: blank lines lie between them."""


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note with the source it describes, the depth it was read at, and whether it is live."""

    id: int
    anchor: str
    level: int
    text: str
    path: str
    depth: str
    live: bool
    citations: tuple[Location, ...]
    tokens: int
    value: float
    """How much the rest of the repository refers to what it describes (PageRank mass)."""


@dataclass(frozen=True, slots=True)
class NoteEvent:
    """One event of a note's history: it came into a head, or left it."""

    came: bool
    kind: str
    """That of the step: `note`, `merge`, `refresh` or `overview`."""
    head: int
    at: float
    """Seconds since the epoch."""
    model: str
    commit: str


@dataclass(frozen=True, slots=True)
class NoteHistory:
    """What the ledger says of a note: its events in order, and the notes before and after it."""

    events: tuple[NoteEvent, ...]
    made_of: tuple[str, ...]
    """Anchors of the finer notes that were merged into it."""
    merged_into: tuple[str, ...]
    """Anchors of the coarser notes that took its place; none for a live one."""


@dataclass(frozen=True, slots=True)
class HeadView:
    """One head: its budget, the tokens its notes take, and its notes in order."""

    head: int
    budget: int
    tokens: int
    notes: tuple[NoteView, ...]


@contextmanager
def open_existing(path: Path) -> Iterator[tuple[Store, Workspace]]:
    """The memory of the repository around `path`, and the workspace.

    Raises StoreError when nothing is indexed, and what `open_workspace` raises.
    """
    from repo_mhm.commands.workspace import open_workspace

    workspace = open_workspace(path)
    store = find_store(workspace.directory)
    if store is None:
        raise StoreError(f"{workspace.root} has no memory yet", hint="Run: repo-mhm index")
    with store:
        yield store, workspace


def show(store: Store, heads: int, head_tokens: int, scope: Scope = WHOLE) -> list[HeadView]:
    """Every head with its live notes, in the order the model sees them.

    Of a part of the repository, only the heads that have notes on it, with those.
    """
    notes = store.notes()
    sources = _Sources(store, notes)
    budgets = stored_budgets(store.meta(HEAD_BUDGETS), heads, head_tokens)
    memory = Memory.build(budgets, notes)
    views = [_head_view(head, sources, scope) for head in memory.heads]
    return [view for view in views if scope.is_whole or view.notes]


def _head_view(head: Head, sources: _Sources, scope: Scope) -> HeadView:
    notes = [note for note in ordered(head.notes.values()) if note.path in scope]
    views = tuple(sources.view(note, live=True) for note in notes)
    return HeadView(head.number, head.budget, head.tokens, views)


def search(store: Store, query: str, limit: int = 20, scope: Scope = WHOLE) -> list[NoteView]:
    """Notes of the whole ledger that match, ranked as retrieval does; retired ones not `live`."""
    from repo_mhm.retrieval.note_ranking import rank_notes
    from repo_mhm.retrieval.search import search as retrieve

    result = retrieve(store, query, "memory", scope)
    live = store.live_note_ids()
    chunk_ids = store.chunk_ids(content for note in result.notes for content in note.chunks)
    notes = rank_notes(result.notes, live, result.ranked, chunk_ids)
    sources = _Sources(store, notes[:limit])
    return [sources.view(note, live=note.id in live) for note in notes[:limit]]


def live_notes(store: Store) -> list[NoteView]:
    """All live notes, by id."""
    notes = store.notes()
    sources = _Sources(store, notes)
    return [sources.view(note, live=True) for note in notes]


def note_history(store: Store, note_id: int) -> NoteHistory:
    """When a note came and went, by which steps, what it was made of and what it became."""
    with store.view():
        lives = store.lives(note_id)
        made_of = store.replaced_by(note_id)
        names = {store.meta("identity"): store.meta("model_name")}
        merged_into = store.replacements(note_id)

    events: list[NoteEvent] = []
    for life in lives:
        steps = [(life.born, True)] + ([(life.died, False)] if life.died else [])
        for step, came in steps:
            model = names.get(step.model) or step.model[:IDENTITY_SHOWN]
            events.append(NoteEvent(came, step.kind, life.head, step.at, model, step.commit))
    return NoteHistory(
        tuple(events),
        tuple(note.anchor for note in made_of),
        tuple(note.anchor for note in merged_into),
    )


def as_markdown(heads: Iterable[HeadView], commit: str) -> str:
    """The memory as Markdown: one section for each head, each note with its lines.

    Notes stand in blocks of code: a docstring's links, images and HTML are shown, not followed.
    """
    sections = "\n".join(map(_section, heads))
    at = fenced(f"at {commit or 'no commit'}")
    return without_commands(f"# Memory\n\n{at}\n{sections}")


def _section(head: HeadView) -> str:
    title = f"## Head {head.head} ({head.tokens} of {head.budget} tokens)"
    notes = "\n".join(map(_note_line, head.notes))
    return f"{title}\n\n{fenced(notes)}"


def _note_line(note: NoteView) -> str:
    """A note as the model sees it, with the lines that it rests on."""
    places = ", ".join(location.short for location in note.citations)
    line = line_text(note.level, note.anchor, note.text).rstrip("\n")
    return f"{line}  [{places}]" if places else line


def diff(path: Path, before: str, after: str) -> list[NoteChange]:
    """How the notes differ between two commits, given as git names them, by head.

    Raises RepositoryError for a commit that git does not know, StoreError for one that the memory
    was never updated to.
    """
    from repo_mhm.git import open_snapshot

    commits = [open_snapshot(path, commit).commit for commit in (before, after)]
    with open_existing(path) as (store, _):
        return store.memory_diff(*commits)


def gc(path: Path, days: float) -> GcResult:
    """Drop notes on code that has been gone for `days`, and give the space back.

    What killed processes left in the user's cache goes too. On a full disk, what can be made again
    goes first, so that there is room for the rest. Raises StoreLocked while an index is running.
    """
    from repo_mhm.answer.prefill_file import remove_unfinished_file

    remove_unfinished_file()
    directory = state_dir(path)
    bytes_before = disk_use(directory)
    freed_bytes = make_room(directory)
    try:
        with open_existing(path) as (store, workspace), writer_lock(workspace.directory):
            result = store.gc(days=days)
    except UnwritableStore:
        if not freed_bytes:
            raise
        result = GcResult(0, 0, bytes_before, disk_use(directory))
    return replace(result, bytes_before=bytes_before)


class _Sources:
    """The source that notes describe, in the snapshot as it is stored."""

    def __init__(self, store: Store, notes: Sequence[Note]) -> None:
        contents = {content for note in notes for content in note.chunks}
        names = {note.anchor for note in notes if note.level == SYMBOL}
        self._places = store.content_locations(contents)
        # Of several definitions of one name the highest ranked counts: it comes last here.
        self._symbols = {
            (row.symbol.path, row.symbol.qualified): row.symbol
            for row in reversed(store.symbols_named(names))
        }

    def view(self, note: Note, *, live: bool) -> NoteView:
        return NoteView(
            id=note.id,
            anchor=note.anchor,
            level=note.level,
            text=note.text,
            path=note.path,
            depth=note.depth,
            live=live,
            citations=tuple(self._locations(note)),
            tokens=note.tokens,
            value=note.value,
        )

    def _locations(self, note: Note) -> Sequence[Location]:
        """That of its symbol, else those of its chunks."""
        symbol = self._symbols.get((note.path, note.anchor)) if note.level == SYMBOL else None
        if symbol is not None:
            return [symbol.location]
        places = (self._places.get(content, [])[-1:] for content in note.chunks)
        return _joined(place.location for group in places for place in group)


def _joined(locations: Iterable[Location]) -> list[Location]:
    """Neighbouring locations of one file as one, by path and line."""
    joined: list[Location] = []
    for location in sorted(locations, key=lambda location: (location.path, location.start)):
        last = joined[-1] if joined else None
        if last is None or not _are_neighbours(last, location):
            joined.append(location)
            continue
        joined[-1] = Location(location.path, last.start, max(last.end, location.end))
    return joined


def _are_neighbours(first: Location, second: Location) -> bool:
    return first.path == second.path and second.start <= first.end + GAP_LINES
