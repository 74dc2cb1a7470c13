"""Consolidation: chunks become notes, and full heads coarsen. Generators that yield prompts and receive replies.

Owns what a model is asked when notes are taken and merged, and the steps that come of it. Does no IO: whoever drives
the generators runs the prompts on an engine and writes every Step they yield to the store before going on.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from repo_mhm.chunks import Chunk
from repo_mhm.memory import (
    CHUNK,
    DIRECTORY,
    FILE,
    SYMBOL,
    Coarsening,
    Count,
    Head,
    Memory,
    Note,
    Step,
    coarsen,
    drop_oldest,
    line,
)
from repo_mhm.prompts import Prompt, Reply, Slot
from repo_mhm.replies import clean_note

PROMPT_VERSION = "1"
"""Part of the identity of what has been read: raise it when the prompts change what notes say."""
NOTE_TOKENS = 36
"""Most tokens one description may take; about 25 words (DESIGN §5)."""
OVERALL_TOKENS = 48

SYSTEM = (
    "You take notes on a code repository, for a developer who will later ask questions about it. You are shown one "
    "part of it. Complete every line of the list with one short, specific sentence: what it does and how, with the "
    "defaults, limits, errors and side effects that matter. Use the names in the code. Write only what is shown."
)
MERGE_SYSTEM = (
    "You condense notes on a code repository. You are shown the notes on several parts of one file or directory. "
    "Complete the line with one sentence that says what it is responsible for, naming its most important parts."
)

Lane = Generator["Prompt | Step", "Reply | None", None]


@dataclass(frozen=True, slots=True)
class Reading:
    """One chunk to be read: its text (whole or an outline, secrets redacted) and the symbols worth a note each."""

    chunk: Chunk
    text: str
    depth: str
    """`skim` when `text` is an outline, else `read`."""
    anchors: tuple[str, ...]
    """Qualified names, most important first."""
    values: Mapping[str, float]
    """PageRank mass of each anchor."""
    value: float
    """PageRank mass of the whole chunk."""
    redacted: int = 0


@dataclass(frozen=True, slots=True)
class Options:
    """How notes are taken and heads fitted."""

    count: Count
    """Exact token counter of the engine that will read the notes."""
    fit: str = "coarsen"
    """`coarsen` or `drop-oldest`."""


def lanes(
    memory: Memory, queues: Sequence[Iterator[Reading]], ids: Iterator[int], options: Options, per_head: int = 1
) -> list[Lane]:
    """`per_head` generators for each head, which share its queue; notes get their ids from `ids`.

    Notes are taken without sight of the memory, so several chunks of one head may be read at once; every change to
    the head is still one step, applied whole.
    """
    return [
        _lane(head, queue, ids, options)
        for _ in range(per_head)
        for head, queue in zip(memory.heads, queues, strict=True)
    ]


def _lane(head: Head, queue: Iterator[Reading], ids: Iterator[int], options: Options) -> Lane:
    yield from _fit(head, ids, options)
    for reading in queue:
        reply = yield note_prompt(reading)
        assert reply is not None
        yield _apply(head, _note_step(head, reading, reply, ids, options))
        yield from _fit(head, ids, options)


def _apply(head: Head, step: Step) -> Step:
    head.apply(step)
    return step


def note_prompt(reading: Reading) -> Prompt:
    """Ask for notes on one chunk: the list's leads are forced, the model only completes each line."""
    chunk = reading.chunk
    leads = [Slot("- overall:", OVERALL_TOKENS)]
    leads += [Slot(f"\n- `{anchor}`:", NOTE_TOKENS) for anchor in reading.anchors]
    what = "Outline of" if reading.depth == "skim" else "From"
    enclosing = f"{chunk.enclosing}\n…\n" if chunk.enclosing and reading.depth == "read" else ""
    user = f"{what} {chunk.path}, lines {chunk.start}-{chunk.end}:\n\n{enclosing}{reading.text}\n\nNotes:"
    return Prompt(SYSTEM, user, tuple(leads))


def _note_step(head: Head, reading: Reading, reply: Reply, ids: Iterator[int], options: Options) -> Step:
    chunk = reading.chunk
    anchor = f"{chunk.path}:{chunk.start}-{chunk.end}"
    made = [_note(head, CHUNK, anchor, reading, reply.texts[0], "overall", reading.value, ids, options)]
    for name, text in zip(reading.anchors, reply.texts[1:], strict=True):
        made.append(_note(head, SYMBOL, name, reading, text, name, reading.values.get(name, 0.0), ids, options))
    added = _without_repetition(note for note in made if note is not None)
    if added and added[0].level != CHUNK:
        # A chunk always has its own note: it is what its symbols' notes give way to.
        stand_in = f"defines {', '.join(note.anchor for note in added)}"
        overall = _note(head, CHUNK, anchor, reading, stand_in, "", reading.value, ids, options)
        added = [overall, *added] if overall else added
    replaced = [note.id for note in head.notes.values() if note.chunks == (chunk.content_id,) and note.level <= CHUNK]
    return Step(
        head=head.number,
        kind="note",
        chunk=chunk.content_id,
        path=chunk.path,
        depth=reading.depth,
        added=tuple(added),
        retired=tuple(replaced) if added else (),
        prompt_tokens=reply.prompt_tokens,
        generated_tokens=reply.generated_tokens,
        seconds=reply.seconds,
        redacted=reading.redacted,
        failed=not added,
    )


def _note(
    head: Head, level: int, anchor: str, reading: Reading, text: str, lead: str, value: float, ids: Iterator[int],
    options: Options,
) -> Note | None:  # fmt: skip
    limit = OVERALL_TOKENS if level == CHUNK else NOTE_TOKENS
    cleaned = clean_note(text, lead, cut_off=options.count(text) >= limit - 1)
    if not cleaned:
        return None
    note = Note(
        id=next(ids), head=head.number, level=level, anchor=anchor, path=reading.chunk.path, text=cleaned, tokens=0,
        chunks=(reading.chunk.content_id,), depth=reading.depth, value=value,
    )  # fmt: skip
    return _weighed(note, options)


def _weighed(note: Note, options: Options) -> Note:
    return replace(note, tokens=options.count(line(note)))


def _without_repetition(notes: Iterable[Note]) -> list[Note]:
    """Drop what says word for word what an earlier note of the chunk says: small models fall into echoing."""
    seen: set[str] = set()
    kept: list[Note] = []
    for note in notes:
        if note.text.lower() not in seen:
            seen.add(note.text.lower())
            kept.append(note)
    return kept


def _fit(head: Head, ids: Iterator[int], options: Options) -> Lane:
    """Coarsen (or drop) until the head is within its budget; each change is a step of its own."""
    if options.fit == "drop-oldest":
        dropped = drop_oldest(head)
        if dropped:
            yield _apply(head, _merge_step(head, (), dropped, "", Reply(())))
        return
    while head.settling > head.budget:
        group = coarsen(head)
        if group is None:
            return
        if group.level == CHUNK:
            retired = tuple(note.id for note in group.children)
            yield _apply(head, _merge_step(head, (), retired, group.children[0].path, Reply(())))
        else:
            yield from _merge(head, group, ids, options)


def _merge(head: Head, group: Coarsening, ids: Iterator[int], options: Options) -> Lane:
    head.busy.update(note.id for note in group.children)
    reply = yield merge_prompt(group)
    assert reply is not None
    text = clean_note(reply.texts[0], group.anchor, cut_off=options.count(reply.texts[0]) >= OVERALL_TOKENS - 1)
    # A failed merge must not lose what the children said: the most valuable one then speaks for all.
    text = text or max(group.children, key=lambda note: note.value).text
    chunks = tuple(dict.fromkeys(chunk for note in group.children for chunk in note.chunks))
    merged = Note(
        id=next(ids), head=head.number, level=group.level, anchor=group.anchor, path=group.anchor, text=text, tokens=0,
        chunks=chunks, depth="merge", value=sum(note.value for note in group.children),
    )  # fmt: skip
    retired = tuple(note.id for note in group.children if note.id in head.notes)
    yield _apply(head, _merge_step(head, (_weighed(merged, options),), retired, group.anchor, reply))


def merge_prompt(group: Coarsening) -> Prompt:
    """Ask for the one line that stands for a group of finer notes."""
    what = {FILE: "file", DIRECTORY: "directory"}[group.level]
    notes = "".join(line(note) for note in sorted(group.children, key=lambda note: note.anchor))
    user = f"Notes on the {what} {group.anchor}:\n\n{notes}\nIn one sentence:"
    return Prompt(MERGE_SYSTEM, user, (Slot(f"- {group.anchor}:", OVERALL_TOKENS),))


def _merge_step(head: Head, added: tuple[Note, ...], retired: tuple[int, ...], path: str, reply: Reply) -> Step:
    return Step(
        head=head.number,
        kind="merge",
        chunk="",
        path=path,
        depth="merge",
        added=added,
        retired=retired,
        prompt_tokens=reply.prompt_tokens,
        generated_tokens=reply.generated_tokens,
        seconds=reply.seconds,
        failed=bool(added) and not any(reply.texts),
    )
