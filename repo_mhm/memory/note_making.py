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
from typing import Protocol

from repo_mhm.engine.types import Reply
from repo_mhm.memory.jobs import NO_REPLY, Job, ask
from repo_mhm.memory.merging import HeadMerger, MergeKey
from repo_mhm.memory.note_drafts import NoteDraft, StepDraft, StepInput, draft_of, prompt_of
from repo_mhm.memory.notes import Head, Memory, Note, Step, TokenCounter, line


class OverviewWorth(Protocol):
    """Weighs notes against the exact overview of their head, which gives them its room."""

    def worth(self, note: Note, *, is_code: bool) -> float:
        """What a note says, in the measure of the overview; `is_code` where code spells it so."""
        ...

    def lost(self, head: int, before: int, after: int) -> float:
        """What the overview says no more where other notes take `after` tokens, not `before`."""
        ...


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
    overview: OverviewWorth | None = None
    """Where there is one, a note is only taken that says at least what the overview loses."""


def consolidate(
    memory: Memory,
    queue: Iterable[StepInput],
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


def _work_off(inputs: Iterator[StepInput], updates: Sequence[_HeadUpdate]) -> Job:
    """Take inputs from the queue until it is empty."""
    for step_input in inputs:
        yield from updates[step_input.head].take(step_input)


@dataclass(slots=True)
class _HeadUpdate:
    """One head, and the replies for it that are not applied yet."""

    head: Head
    note_ids: Iterator[int]
    options: ConsolidationOptions
    merger: HeadMerger
    waiting: dict[int, tuple[StepInput, Reply]] = field(default_factory=dict)
    """By number among the head's inputs, the replies that wait for those before them."""
    inputs: int = 0
    """How many of the head's inputs were taken from the queue."""
    next_number: int = 0
    is_applying: bool = False
    """Whether a job applies replies: one does it for all jobs."""

    def take(self, step_input: StepInput) -> Job:
        """Ask for the notes on one input, and apply the reply when its turn has come."""
        number = self.inputs
        self.inputs += 1
        prompt = prompt_of(step_input)
        reply = (yield from ask(prompt)) if prompt else NO_REPLY
        self.waiting[number] = step_input, reply
        yield from self.apply_waiting()

    def apply_waiting(self) -> Job:
        """Apply the replies whose turn it is, and fit the head to its budget before and after."""
        if self.is_applying:
            return
        self.is_applying = True
        yield from self.merger.fit()
        # While a merge's prompt is in flight, further replies may come in.
        while self.next_number in self.waiting:
            step_input, reply = self.waiting.pop(self.next_number)
            self.next_number += 1
            draft = draft_of(step_input, reply, self.options.count)
            yield self._apply(self._step(draft, reply))
            yield from self.merger.fit()
        self.is_applying = False

    def _apply(self, step: Step) -> Step:
        self.head.apply(step)
        return step

    def _step(self, draft: StepDraft, reply: Reply) -> Step:
        """The step that puts a draft's notes in place of the head's older ones.

        Where no note of it is worth its room the head stays as it is, and the step is remembered.
        """
        replaced = [note for note in self.head.notes.values() if draft.replaces(note)]
        added = self._worthwhile(draft, sum(note.tokens for note in replaced))
        (content, depth), *also_done = draft.done
        return Step(
            head=self.head.number,
            kind="note",
            chunk=content,
            path=draft.path,
            depth=depth,
            added=tuple(replace(note, id=next(self.note_ids)) for note in added),
            retired=tuple(note.id for note in replaced) if added else (),
            prompt_tokens=reply.prompt_tokens,
            generated_tokens=reply.generated_tokens,
            seconds=reply.seconds,
            redacted=draft.redacted,
            failed=draft.is_asked and not draft.notes,
            also_done=tuple(also_done),
        )

    def _worthwhile(self, draft: StepDraft, freed: int) -> list[Note]:
        """The draft's notes that say at least what the overview of the head loses for them.

        `freed` are the tokens of the notes whose place they take.
        """
        notes = [self._new_note(draft, new) for new in draft.notes]
        overview = self.options.overview
        if overview is None:
            return notes

        tokens = self.head.tokens - freed
        chosen: set[int] = set()
        worths = [
            new.newness * overview.worth(note, is_code=new.is_code)
            for note, new in zip(notes, draft.notes, strict=True)
        ]
        by_rate = sorted(range(len(notes)), key=lambda index: -worths[index] / notes[index].tokens)
        for index in by_rate:
            note = notes[index]
            lost = overview.lost(self.head.number, tokens, tokens + note.tokens)
            new = draft.notes[index]
            # Code that the overview spells is worth nothing.
            is_new = new.newness > 0 and (worths[index] > 0 or not new.is_code)
            if new.is_always_noted or (is_new and worths[index] >= lost):
                chosen.add(index)
                tokens += note.tokens
        return [note for index, note in enumerate(notes) if index in chosen]

    def _new_note(self, draft: StepDraft, new: NoteDraft) -> Note:
        """A note without an id."""
        note = Note(
            id=0,
            head=self.head.number,
            level=new.level,
            anchor=new.anchor,
            path=new.path,
            text=new.text,
            tokens=0,
            chunks=(new.content,),
            depth=draft.note_depth,
            value=new.value,
        )
        return replace(note, tokens=self.options.count(line(note)))
