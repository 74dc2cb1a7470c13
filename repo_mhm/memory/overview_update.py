"""Keep the overview in the store: fill each head with exact notes into the room others leave.

A refresh does it for every head, an index for the head that a step has changed. It needs no model.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import count as counting

from repo_mhm.memory.head_budgets import (
    HEAD_BUDGETS,
    budgets_by_value,
    budgets_text,
    stored_budgets,
)
from repo_mhm.memory.kept_overview import head_overview, kept_text, speaks_of
from repo_mhm.memory.note_values_lookup import StoredNoteValues
from repo_mhm.memory.note_worth import NoteValues, SubjectValues, note_worth
from repo_mhm.memory.notes import (
    AUTHORS,
    DIRECTORY,
    OVERVIEW,
    SCANNED_DEPTHS,
    Note,
    Step,
    TokenCounter,
    continued_ids,
    is_purpose,
    without_overview,
)
from repo_mhm.memory.overview import Group, HeadOverview, OverviewNote
from repo_mhm.memory.overview_lookup import OverviewLookup, OverviewPart
from repo_mhm.memory.overview_pieces import directory_of
from repo_mhm.memory.overview_scale import SCALE, OverviewScale
from repo_mhm.memory.overview_tokens import estimated_tokens
from repo_mhm.memory.purposes import is_about_directory
from repo_mhm.store import Store

OVERVIEW_KEY = "overview"
"""Meta key: of which version, and for which budgets, the overview is."""
FIRST_FILES = "first_files"
"""Meta key: the files whose purposes come before all else."""
OVERVIEW_VERSION = 10
"""Raised whenever the overview of the same code changes: then the next refresh fills it anew."""
MOST_UNDERCOUNT = 1.2
"""So many times the tokens that fit a room by estimate may fit it by exact counts."""
OVERVIEW_SHARE = 0.5
"""The part of a head's budget that its overview keeps, however many other notes there are."""


def overview_key(heads: int, head_tokens: int) -> str:
    """Identifies an overview's version and its budgets."""
    return f"{OVERVIEW_VERSION} {heads} {head_tokens}"


def update_overview(store: Store, heads: int, head_tokens: int, model: str) -> None:
    """Fill every head with the overview of its code, one step for each head that changes.

    The caller holds a transaction.
    """
    lookup = OverviewLookup(store, most_tokens=heads * head_tokens)
    key = overview_key(heads, head_tokens)
    is_current = store.meta(OVERVIEW_KEY) == key
    current = stored_budgets(store.meta(HEAD_BUDGETS), heads, head_tokens) if is_current else ()
    budgets = budgets_by_value(
        lookup.values_by_head(), store.tokens_by_head(), heads, head_tokens, current
    )
    store.set_meta(
        **{
            HEAD_BUDGETS: budgets_text(budgets),
            OVERVIEW_KEY: key,
            FIRST_FILES: json.dumps(sorted(lookup.first)),
            SCALE: lookup.scale.text,
        }
    )
    store.forget_head_overviews()
    _fill(store, lookup, dict(enumerate(budgets)), _notes_by_head(store, heads), model)


def patch_overview(
    store: Store, heads: int, head_tokens: int, model: str, paths: Collection[str]
) -> None:
    """Bring the overview up to date after a change of a few files, as far as it is about them.

    The idea: what a head does not say was worth less than all it says, and the change of other
    files makes it worth hardly more. So of the heads that have code of these files, only the files
    that they speak of and these files are weighed anew. What a directory is for stays as it is, but
    where the file has changed that says so. The work grows with the change and the budget, and not
    with the repository. The caller holds a transaction.
    """
    budgets = stored_budgets(store.meta(HEAD_BUDGETS), heads, head_tokens)
    notes = _notes_by_head(store, heads)
    contents = {content for own in notes.values() for note in own for content in note.chunks}
    locations = store.content_locations(contents)
    touched = _touched_heads(store, notes, locations.keys(), paths, heads)

    whole = {directory_of(path) for path in paths if is_about_directory(path)}
    weighed = set(paths).union(*map(store.paths_directly_in, whole))
    purposes: list[Note] = []
    for note in (note for head in touched for note in notes[head]):
        weighed |= {entry.location.path for it in note.chunks for entry in locations.get(it, ())}
        if note.depth == AUTHORS and note.level == DIRECTORY and note.path not in whole:
            purposes += _on_live_code(store, note, locations.keys())
    part = OverviewPart(
        paths=sorted(weighed),
        scale=OverviewScale.parse(store.meta(SCALE)),
        first=json.loads(store.meta(FIRST_FILES) or "[]"),
        whole_directories=whole,
        directory_purposes=purposes,
    )
    lookup = OverviewLookup(store, part)
    _fill(store, lookup, {head: budgets[head] for head in sorted(touched)}, notes, model)


def _touched_heads(
    store: Store,
    notes: Mapping[int, Sequence[Note]],
    live_contents: Collection[str],
    paths: Collection[str],
    heads: int,
) -> set[int]:
    """The heads that have code of these files, or that speak of it or of code that is gone."""
    touched = {min(span.head, heads - 1) for span in store.chunk_spans(paths)}
    touched |= {head for head, text in store.head_overviews().items() if speaks_of(text, paths)}
    for head, own in notes.items():
        is_about = any(note.path in paths for note in own)
        if is_about or any(content not in live_contents for it in own for content in it.chunks):
            touched.add(head)
    return touched


def _on_live_code(store: Store, note: Note, live_contents: Collection[str]) -> list[Note]:
    """What a directory is for, on its best chunk where its own is gone; nothing without one."""
    if note.chunks[0] in live_contents:
        return [note]
    best = store.main_chunks(store.paths_directly_in(note.path))
    chunks = store.chunks(best.values())
    if not chunks:
        return []
    lead = max(chunks, key=lambda stored: (stored.value, -stored.id))
    return [replace(note, chunks=(lead.chunk.content_id,))]


def _notes_by_head(store: Store, heads: int) -> Mapping[int, list[Note]]:
    by_head: dict[int, list[Note]] = defaultdict(list)
    for note in store.notes():
        by_head[min(note.head, heads - 1)].append(note)
    return by_head


def _fill(
    store: Store,
    lookup: OverviewLookup,
    budgets: Mapping[int, int],
    notes: Mapping[int, Sequence[Note]],
    model: str,
) -> None:
    """Fill these heads within their budgets, beside their live notes; keep what was found."""
    store.set_file_overviews(lookup.files)
    note_ids = counting(store.next_note_id())
    for head, budget in budgets.items():
        overview = lookup.head(head, budget)
        store.set_head_overview(head, kept_text(overview))
        step = overview_step(head, budget, notes.get(head, ()), overview, note_ids)
        if step is not None:
            store.record(step, model)


def overview_step(
    head: int,
    budget: int,
    notes: Iterable[Note],
    overview: HeadOverview,
    note_ids: Iterator[int],
) -> Step | None:
    """The step that fills a head with its overview; None where it is so already.

    `notes` are all live notes of the head.
    """
    notes = list(notes)
    others = without_overview(notes)
    live = [note for note in notes if note.depth in SCANNED_DEPTHS]
    outdated = _outdated_purposes(others, overview)
    kept = [note for note in others if note.id not in outdated]
    room = overview_room(budget, sum(note.tokens for note in kept))
    wanted = overview.fill(room, purposes_in(kept))
    added, retired = difference(head, live, continued_ids(notes), wanted, note_ids)
    if not added and not retired and not outdated:
        return None
    return Step(head, OVERVIEW, "", "", OVERVIEW, added, (*retired, *sorted(outdated)))


def purposes_in(notes: Iterable[Note]) -> frozenset[Group]:
    """The files and directories of which notes say what they are for."""
    return frozenset((note.path, note.level) for note in notes if is_purpose(note))


def _outdated_purposes(notes: Iterable[Note], overview: HeadOverview) -> set[int]:
    """Ids of a model's notes on what something is for that its authors say by now."""
    said = overview.purposes_by_authors
    return {note.id for note in notes if is_purpose(note) and (note.level, note.path) in said}


def overview_room(budget: int, other_tokens: int) -> int:
    """Tokens for a head's overview beside other notes that take `other_tokens`."""
    return max(round(budget * OVERVIEW_SHARE), budget - other_tokens)


def difference(
    head: int,
    live: Collection[Note],
    continued: Collection[int],
    wanted: Sequence[OverviewNote],
    note_ids: Iterator[int],
) -> tuple[tuple[Note, ...], tuple[int, ...]]:
    """The notes to add, and the ids of those to retire, so that `wanted` are live in a head.

    A live note that says the same on the same chunks stays, unless its tokens are those of another
    line: `continued` are the ids of live notes without an anchor.
    """
    live_by_identity = {
        (note.id in continued, *_identity(note)): note for note in live if note.head == head
    }
    wanted_by_identity = {(note.is_continued, *_identity(note)): note for note in wanted}
    added = tuple(
        _note(next(note_ids), head, note)
        for identity, note in wanted_by_identity.items()
        if identity not in live_by_identity
    )
    kept = {
        note.id for identity, note in live_by_identity.items() if identity in wanted_by_identity
    }
    return added, tuple(note.id for note in live if note.id not in kept)


def _identity(note: Note | OverviewNote) -> tuple[int, str, str, str, str, frozenset[str]]:
    return note.level, note.anchor, note.path, note.depth, note.text, frozenset(note.chunks)


def _note(note_id: int, head: int, note: OverviewNote) -> Note:
    return Note(
        id=note_id,
        head=head,
        level=note.level,
        anchor=note.anchor,
        path=note.path,
        text=note.text,
        tokens=note.tokens,
        chunks=note.chunks,
        depth=note.depth,
        value=note.value,
    )


class IndexOverview:
    """The overview while an index takes steps: each step leaves its head with a full overview."""

    def __init__(
        self,
        head_overview: Callable[[int], HeadOverview],
        budgets: Sequence[int],
        notes: Iterable[Note],
        note_ids: Iterator[int],
        count: TokenCounter,
        values: NoteValues,
    ) -> None:
        """`notes` are all live notes, with their tokens as `count` counts them.

        `head_overview` says what a head could say, and is asked for heads that change. `values` are
        those of what notes of a model may be about.
        """
        self._head_overview = head_overview
        self._values = values
        self._budgets = budgets
        self._note_ids = note_ids
        self._count = count
        self._live: list[dict[int, Note]] = [{} for _ in budgets]
        notes = list(notes)
        self._continued = continued_ids(notes)
        for note in notes:
            if note.depth in SCANNED_DEPTHS:
                self._live[min(note.head, len(budgets) - 1)][note.id] = note

    @classmethod
    def of(
        cls,
        store: Store,
        budgets: Sequence[int],
        notes: Iterable[Note],
        note_ids: Iterator[int],
        count: TokenCounter,
    ) -> IndexOverview:
        """The overview of the code in a store, as the last refresh has kept it."""
        texts = store.head_overviews()
        kept = lru_cache(maxsize=None)(lambda head: head_overview(texts[head]))
        return cls(kept, budgets, notes, note_ids, count, StoredNoteValues(store))

    @classmethod
    def empty(cls) -> IndexOverview:
        """The overview of no heads."""
        texts: dict[int, HeadOverview] = {}
        values = SubjectValues((), {})
        return cls(texts.__getitem__, (), (), counting(), estimated_tokens, values)

    def worth(self, note: Note, *, is_code: bool) -> float:
        """What a note says, in the measure of the overview; `is_code` where code spells it so."""
        return note_worth(note, self._values, is_code=is_code)

    def lost(self, head: int, before: int, after: int) -> float:
        """What the overview says no more where other notes take `after` tokens, not `before`."""
        overview, budget = self._head_overview(head), self._budgets[head]
        said_before = overview.said(overview_room(budget, before))
        return said_before - overview.said(overview_room(budget, after))

    def budgets_beside(self) -> tuple[int, ...]:
        """The tokens that other notes of each head may take."""
        return tuple(
            budget - min(round(budget * OVERVIEW_SHARE), _tokens(self._fitting(head, budget)))
            for head, budget in enumerate(self._budgets)
        )

    @property
    def tokens(self) -> int:
        """Tokens of all live notes of the overview."""
        return sum(note.tokens for notes in self._live for note in notes.values())

    def with_overview(self, step: Step, others: Collection[Note]) -> Step:
        """The step, which also fills the room that it leaves in its head with the overview.

        `others` are the head's other notes after the step.
        """
        live = self._live[step.head]
        room = overview_room(self._budgets[step.head], sum(note.tokens for note in others))
        wanted = self._fitting(step.head, room, purposes_in(others))
        added, retired = difference(
            step.head, live.values(), self._continued, wanted, self._note_ids
        )
        for note_id in retired:
            del live[note_id]
        live.update((note.id, note) for note in added)
        self._continued -= set(retired)
        self._continued |= continued_ids([*live.values(), *others])
        return replace(step, added=step.added + added, retired=step.retired + retired)

    def steps_that_fit(self, others_by_head: Sequence[Collection[Note]]) -> Iterator[Step]:
        """A step for each head that exceeds its budget now that its tokens are counted exactly.

        `others_by_head` are each head's other notes.
        """
        for head, others in enumerate(others_by_head):
            tokens = sum(note.tokens for note in (*others, *self._live[head].values()))
            if tokens > self._budgets[head]:
                empty = Step(head, OVERVIEW, "", "", OVERVIEW, (), ())
                yield self.with_overview(empty, others)

    def _fitting(
        self, head: int, room: int, purposes: Collection[Group] = ()
    ) -> list[OverviewNote]:
        """The longest beginning of the overview that fits a room by exact counts.

        Estimates are mostly too high. So more fits than a refresh would say, which has no engine.
        """
        fitting: list[OverviewNote] = []
        least, most = 0, round(room * MOST_UNDERCOUNT)
        while least <= most:
            estimated_room = (least + most) // 2
            estimated = self._head_overview(head).fill(estimated_room, purposes)
            notes = [note._replace(tokens=self._count(note.line)) for note in estimated]
            if _tokens(notes) <= room:
                fitting, least = notes, estimated_room + 1
            else:
                most = estimated_room - 1
        return fitting


def _tokens(notes: Iterable[OverviewNote]) -> int:
    return sum(note.tokens for note in notes)
