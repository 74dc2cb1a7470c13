"""Consolidation: chunks become notes, in steps, and full heads merge theirs. Pure.

The idea. One queue holds the chunks of all heads, the most valuable first. A *job* is a generator:
it takes the next chunk of the queue, yields the prompt for its notes and receives the reply, and
yields a `Step` for each change of the chunk's head. Whoever drives the jobs runs the prompts on an
engine and writes every step to the store before it resumes the job.

Prompts for notes do not show the memory, so several jobs may ask for chunks of one head at once.
Replies then arrive in any order, but each head applies its own in the order of the queue: a reply
waits until all before it are applied. After each applied reply the head coarsens until it is within
its budget, which may take prompts for merges of its own; meanwhile other jobs only collect replies
for this head. So the resulting notes do not depend on which reply arrives first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from typing import NamedTuple

from repo_mhm.engine.types import Reply
from repo_mhm.memory.jobs import Job, ask
from repo_mhm.memory.merging import HeadMerger, MergeKey
from repo_mhm.memory.note_cleanup import clean_note
from repo_mhm.memory.note_input import NoteInput
from repo_mhm.memory.notes import CHUNK, SYMBOL, Head, Memory, Note, Step, TokenCounter, line
from repo_mhm.memory.prompts import OVERALL_TOKENS, SYMBOL_NOTE_TOKENS, note_prompt


@dataclass(frozen=True, slots=True)
class ConsolidationOptions:
    """How notes are counted and heads kept within their budgets."""

    count: TokenCounter
    """Counts as the engine does that will read the notes."""
    fit: str = "coarsen"
    """`coarsen` or `drop-oldest`."""
    earlier_merges: dict[MergeKey, Note] = field(default_factory=dict)
    """Merged notes of the past by `merge_key`, each removed once it is used again.

    The same merge again, after a branch switch for example, then needs no model.
    """


def consolidate(
    memory: Memory,
    queue: Iterable[NoteInput],
    note_ids: Iterator[int],
    options: ConsolidationOptions,
    most_jobs: int = 1,
) -> Iterator[Job]:
    """Jobs that work off the queue and change `memory`.

    First comes a job for each head that only fits it to its budget, then `most_jobs` jobs that
    share the queue. The queue is read lazily.
    """
    updates = [
        _HeadUpdate(
            head,
            note_ids,
            options,
            HeadMerger(head, note_ids, options.count, options.fit, options.earlier_merges),
        )
        for head in memory.heads
    ]
    for update in updates:
        yield update.apply_waiting()

    inputs = iter(queue)
    for _ in range(most_jobs):
        yield _work_off(inputs, updates)


def _work_off(inputs: Iterator[NoteInput], updates: Sequence[_HeadUpdate]) -> Job:
    """Take inputs from the queue until it is empty."""
    for note_input in inputs:
        yield from updates[note_input.head].take(note_input)


@dataclass(slots=True)
class _HeadUpdate:
    """One head, and the replies for it that are not applied yet."""

    head: Head
    note_ids: Iterator[int]
    options: ConsolidationOptions
    merger: HeadMerger
    waiting: dict[int, tuple[NoteInput, Reply]] = field(default_factory=dict)
    """By number among the head's inputs, the replies that wait for those before them."""
    inputs: int = 0
    """How many of the head's inputs were taken from the queue."""
    next_number: int = 0
    is_applying: bool = False
    """Whether a job applies replies: one does it for all jobs."""

    def take(self, note_input: NoteInput) -> Job:
        """Ask for the notes on one input, and apply the reply when its turn has come."""
        number = self.inputs
        self.inputs += 1
        reply = yield from ask(note_prompt(note_input))
        self.waiting[number] = note_input, reply
        yield from self.apply_waiting()

    def apply_waiting(self) -> Job:
        """Apply the replies whose turn it is, and fit the head to its budget before and after."""
        if self.is_applying:
            return
        self.is_applying = True
        yield from self.merger.fit()
        # While a merge's prompt is in flight, further replies may come in.
        while self.next_number in self.waiting:
            note_input, reply = self.waiting.pop(self.next_number)
            self.next_number += 1
            yield self._apply(self._note_step(note_input, reply))
            yield from self.merger.fit()
        self.is_applying = False

    def _apply(self, step: Step) -> Step:
        self.head.apply(step)
        return step

    def _note_step(self, note_input: NoteInput, reply: Reply) -> Step:
        """The step that puts a chunk's new notes in place of its old ones."""
        content = note_input.chunk.content_id
        added = tuple(self._new_notes(note_input, reply))
        replaced = tuple(
            note.id
            for note in self.head.notes.values()
            if note.chunks == (content,) and note.level <= CHUNK
        )
        return Step(
            head=self.head.number,
            kind="note",
            chunk=content,
            path=note_input.chunk.path,
            depth=note_input.depth,
            added=added,
            retired=replaced if added else (),
            prompt_tokens=reply.prompt_tokens,
            generated_tokens=reply.generated_tokens,
            seconds=reply.seconds,
            redacted=note_input.redacted,
            failed=not added,
        )

    def _new_notes(self, note_input: NoteInput, reply: Reply) -> Iterator[Note]:
        chunk = note_input.chunk
        for new in _new_texts(note_input, reply, self.options.count):
            note = Note(
                id=next(self.note_ids),
                head=self.head.number,
                level=new.level,
                anchor=new.anchor,
                path=chunk.path,
                text=new.text,
                tokens=0,
                chunks=(chunk.content_id,),
                depth=note_input.depth,
                value=new.value,
            )
            yield self._counted(note)

    def _counted(self, note: Note) -> Note:
        return replace(note, tokens=self.options.count(line(note)))


class _NewText(NamedTuple):
    """What is new in a note; the rest is the same in all notes on a chunk."""

    level: int
    anchor: str
    text: str
    value: float


def _new_texts(note_input: NoteInput, reply: Reply, count: TokenCounter) -> Iterator[_NewText]:
    """The texts of the notes on a chunk, the chunk's own first.

    There are none where the reply says nothing at all. What it leaves out is filled in from the
    code.
    """
    overall, *descriptions = _descriptions(note_input, reply, count)
    if not overall and not any(descriptions):
        return

    # A chunk always has its own note, since its symbols' notes give way to that.
    text = overall or f"defines {', '.join(note_input.anchors)}"
    yield _NewText(CHUNK, str(note_input.chunk.location), text, note_input.value)

    values = note_input.symbol_values
    for name, description in zip(note_input.anchors, descriptions, strict=True):
        text = description or note_input.fallbacks.get(name, "")
        if text:
            yield _NewText(SYMBOL, name, text, values.get(name, 0.0))
    for name, text in note_input.exact.items():
        yield _NewText(SYMBOL, name, text, values.get(name, 0.0))


def _descriptions(note_input: NoteInput, reply: Reply, count: TokenCounter) -> list[str]:
    """The reply's lines, cleaned: for the chunk, then for each anchor; empty where unusable.

    A line that repeats an earlier one word for word is unusable: small models fall into echoing.
    """
    anchors = [("overall", OVERALL_TOKENS)]
    anchors += [(name, SYMBOL_NOTE_TOKENS) for name in note_input.anchors]

    descriptions: list[str] = []
    for (anchor, limit), text in zip(anchors, chain(reply.texts, repeat("")), strict=False):
        cleaned = clean_note(text, anchor, cut_off=count(text) >= limit - 1)
        is_echo = cleaned.lower() in map(str.lower, descriptions)
        descriptions.append("" if is_echo else cleaned)
    return descriptions
