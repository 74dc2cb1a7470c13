"""Consolidation: chunks become notes, and full heads coarsen. Generators that yield prompts and receive replies.

Owns what a model is asked when notes are taken and merged, and the steps that come of it. Does no IO: whoever drives
the generators runs the prompts on an engine and writes every Step they yield to the store before going on.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, repeat

from repo_mhm.engine.types import Prompt, Reply, Slot
from repo_mhm.errors import PromptTooLong
from repo_mhm.memory.note_cleanup import clean_note
from repo_mhm.memory.notes import (
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
from repo_mhm.source.chunks import Chunk

PROMPT_VERSION = "2"
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
    exact: Mapping[str, str] = field(default_factory=dict)
    """Qualified names with what the code or its authors say of them: noted without the model."""
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    """What the code itself says of each anchor, for where the model says nothing."""


@dataclass(frozen=True, slots=True)
class Options:
    """How notes are taken and heads fitted."""

    count: Count
    """Exact token counter of the engine that will read the notes."""
    fit: str = "coarsen"
    """`coarsen` or `drop-oldest`."""
    merged: dict[tuple[int, str, frozenset[str]], Note] = field(default_factory=dict)
    """Merges made before (see `merge_key`): the same one again, after a branch switch say,
    needs no model. Each is used up by coming back."""


def merge_key(level: int, anchor: str, chunks: Iterable[str]) -> tuple[int, str, frozenset[str]]:
    """What a merge is of."""
    return level, anchor, frozenset(chunks)


def lanes(
    memory: Memory,
    queues: Sequence[Iterator[Reading]],
    ids: Iterator[int],
    options: Options,
    at_once: int = 1,
) -> Iterator[Lane]:
    """Generators that work the heads' queues off, `at_once` for each head, in turn; notes get their ids from `ids`.

    Notes are taken without sight of the memory, so several chunks of one head may be read at once. Replies are still
    applied in the order of the queue, each change whole, so what comes of it does not depend on which is ready first.
    Start more lanes as others end, and no lane idles while any queue holds work.
    """
    turns = [_Turns(enumerate(queue)) for queue in queues]
    for _ in range(at_once):
        for head, turn in zip(memory.heads, turns, strict=True):
            yield _lane(head, turn, ids, options)


@dataclass(slots=True)
class _Turns:
    """One head's queue, and the replies that wait for those before them."""

    queue: Iterator[tuple[int, Reading]]
    held: dict[int, tuple[Reading, Reply]] = field(default_factory=dict)
    next: int = 0
    applying: bool = False


def _lane(head: Head, turns: _Turns, ids: Iterator[int], options: Options) -> Lane:
    yield from _apply_held(head, turns, ids, options)
    for number, reading in turns.queue:
        try:
            reply = yield note_prompt(reading)
        except PromptTooLong:
            reply = Reply(())
        assert reply is not None
        turns.held[number] = reading, reply
        yield from _apply_held(head, turns, ids, options)


def _apply_held(head: Head, turns: _Turns, ids: Iterator[int], options: Options) -> Lane:
    """Apply what is ready and due, and fit the head after each; one lane at a time does it for all of its head."""
    if turns.applying:
        return
    turns.applying = True
    yield from _fit(head, ids, options)
    while turns.next in turns.held:
        reading, reply = turns.held.pop(turns.next)
        turns.next += 1
        yield _apply(head, _note_step(head, reading, reply, ids, options))
        yield from _fit(head, ids, options)
    turns.applying = False


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


def _note_step(
    head: Head, reading: Reading, reply: Reply, ids: Iterator[int], options: Options
) -> Step:
    chunk = reading.chunk
    made = [
        Note(
            id=next(ids), head=head.number, level=level, anchor=anchor, path=chunk.path, text=text, tokens=0,
            chunks=(chunk.content_id,), depth=reading.depth, value=value,
        )
        for level, anchor, text, value in _said(reading, reply, options)
    ]  # fmt: skip
    added = tuple(_weighed(note, options) for note in made)
    replaced = [
        note.id
        for note in head.notes.values()
        if note.chunks == (chunk.content_id,) and note.level <= CHUNK
    ]
    return Step(
        head=head.number,
        kind="note",
        chunk=chunk.content_id,
        path=chunk.path,
        depth=reading.depth,
        added=added,
        retired=tuple(replaced) if added else (),
        prompt_tokens=reply.prompt_tokens,
        generated_tokens=reply.generated_tokens,
        seconds=reply.seconds,
        redacted=reading.redacted,
        failed=not added,
    )


def _said(
    reading: Reading, reply: Reply, options: Options
) -> Iterator[tuple[int, str, str, float]]:
    """Level, anchor, text and value of each note of a chunk, its own first; none where the reply says nothing.

    What the reply leaves out is filled in from the code, so how many notes a chunk gets does not depend on its words.
    """
    chunk = reading.chunk
    overall, *described = _descriptions(reading, reply, options)
    if not overall and not any(described):
        return
    # A chunk always has its own note: it is what its symbols' notes give way to.
    stand_in = f"defines {', '.join(reading.anchors)}"
    yield CHUNK, f"{chunk.path}:{chunk.start}-{chunk.end}", overall or stand_in, reading.value
    for name, text in zip(reading.anchors, described, strict=True):
        if text or reading.stand_ins.get(name):
            yield SYMBOL, name, text or reading.stand_ins[name], reading.values.get(name, 0.0)
    for name, text in reading.exact.items():
        yield SYMBOL, name, text, reading.values.get(name, 0.0)


def _descriptions(reading: Reading, reply: Reply, options: Options) -> list[str]:
    """The reply's lines, cleaned: for the chunk, then for each anchor; empty where one is unusable.

    One that says word for word what an earlier one says is unusable: small models fall into echoing.
    """
    leads = [("overall", OVERALL_TOKENS), *((name, NOTE_TOKENS) for name in reading.anchors)]
    said: list[str] = []
    for (lead, limit), text in zip(leads, chain(reply.texts, repeat("")), strict=False):
        cleaned = clean_note(text, lead, cut_off=options.count(text) >= limit - 1)
        said.append("" if cleaned.lower() in map(str.lower, said) else cleaned)
    return said


def _weighed(note: Note, options: Options) -> Note:
    return replace(note, tokens=options.count(line(note)))


def _fit(head: Head, ids: Iterator[int], options: Options) -> Lane:
    """Coarsen (or drop) until the head is within its budget; each change is a step of its own."""
    while head.tokens > head.budget:
        if options.fit == "drop-oldest":
            yield _apply(head, _merge_step(head, (), drop_oldest(head), "", Reply(())))
            continue
        group = coarsen(head)
        if group is None:
            yield from _shorten(head, ids, options)
            return
        if group.level == CHUNK:
            retired = tuple(note.id for note in group.children)
            yield _apply(head, _merge_step(head, (), retired, group.children[0].path, Reply(())))
        else:
            yield from _merge(head, group, ids, options)


def _merge(head: Head, group: Coarsening, ids: Iterator[int], options: Options) -> Lane:
    chunks = tuple(dict.fromkeys(chunk for note in group.children for chunk in note.chunks))
    retired = tuple(note.id for note in group.children)
    value = sum(note.value for note in group.children)
    known = options.merged.pop(merge_key(group.level, group.anchor, chunks), None)
    if known is not None:
        same = replace(known, head=head.number, value=value)
        yield _apply(
            head, _merge_step(head, (_weighed(same, options),), retired, group.anchor, Reply(()))
        )
        return
    try:
        reply = yield merge_prompt(group)
    except PromptTooLong:
        reply = Reply(())
    assert reply is not None
    written = reply.texts[0] if reply.texts else ""
    text = clean_note(written, group.anchor, cut_off=options.count(written) >= OVERALL_TOKENS - 1)
    # A failed merge must not lose what the children said: the most valuable one then speaks for all.
    spoken = text or max(group.children, key=lambda note: (note.value, -note.id)).text
    merged = Note(
        id=next(ids), head=head.number, level=group.level, anchor=group.anchor, path=group.anchor, text=spoken,
        tokens=0, chunks=chunks, depth="merge", value=value,
    )  # fmt: skip
    step = _merge_step(head, (_weighed(merged, options),), retired, group.anchor, reply)
    yield _apply(head, replace(step, failed=not text))


def _shorten(head: Head, ids: Iterator[int], options: Options) -> Lane:
    """The only note left is longer than its head: it keeps as many words as fit, at least one."""
    (note,) = head.notes.values()
    words = note.text.split()
    while len(words) > 1 and note.tokens > head.budget:
        words.pop()
        note = _weighed(replace(note, text=f"{' '.join(words)} …"), options)
    if note.id in head.notes and head.notes[note.id] != note:
        short = replace(note, id=next(ids))
        yield _apply(head, _merge_step(head, (short,), (note.id,), note.path, Reply(())))


def merge_prompt(group: Coarsening) -> Prompt:
    """Ask for the one line that stands for a group of finer notes."""
    what = {FILE: "file", DIRECTORY: "directory"}[group.level]
    notes = "".join(line(note) for note in sorted(group.children, key=lambda note: note.anchor))
    user = f"Notes on the {what} {group.anchor}:\n\n{notes}\nIn one sentence:"
    return Prompt(MERGE_SYSTEM, user, (Slot(f"- {group.anchor}:", OVERALL_TOKENS),))


def _merge_step(
    head: Head, added: tuple[Note, ...], retired: tuple[int, ...], path: str, reply: Reply
) -> Step:
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
    )
