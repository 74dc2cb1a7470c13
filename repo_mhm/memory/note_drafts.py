"""Drafts: what the reply to one prompt adds to a head. Pure.

Owns how replies become texts of notes: what the model leaves out is filled in from the code, what
it echoes is dropped. A draft says which notes of the head its own take the place of. `note_making`
makes steps of drafts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from typing import NamedTuple

from repo_mhm.engine.types import Prompt, Reply
from repo_mhm.memory.note_cleanup import clean_note
from repo_mhm.memory.note_input import NoteInput
from repo_mhm.memory.notes import CHUNK, FILE, SYMBOL, Note, TokenCounter
from repo_mhm.memory.prompts import (
    OVERALL_TOKENS,
    PURPOSE_TOKENS,
    SYMBOL_NOTE_TOKENS,
    note_prompt,
    purpose_prompt,
)
from repo_mhm.memory.purposes import PurposeInput, without_subject

StepInput = NoteInput | PurposeInput
"""What one prompt is about."""


class NoteDraft(NamedTuple):
    """What is new in a note; the rest is the same in all notes of a draft."""

    level: int
    anchor: str
    text: str
    value: float


@dataclass(frozen=True, slots=True)
class StepDraft:
    """What one step adds: the notes on one content."""

    content: str
    """Content id under which the step is remembered."""
    path: str
    depth: str
    """Depth of the step."""
    note_depth: str
    """Depth of its notes."""
    notes: tuple[NoteDraft, ...]
    """None where the reply says nothing."""
    redacted: int = 0

    def replaces(self, note: Note) -> bool:
        """Whether a note of the head is an older one on the same subject."""
        if self.notes and self.notes[0].level >= FILE:
            same_subject = (note.level, note.anchor) == self.notes[0][:2]
            return same_subject and note.depth == self.note_depth
        return note.chunks == (self.content,) and note.level <= CHUNK


def prompt_of(step_input: StepInput) -> Prompt | None:
    """The prompt for this input; None where no model is needed."""
    if isinstance(step_input, NoteInput):
        return note_prompt(step_input)
    return purpose_prompt(step_input) if step_input.asked else None


def drafts(step_input: StepInput, reply: Reply, count: TokenCounter) -> Iterator[StepDraft]:
    """What the reply to this input adds, a draft for each step."""
    if isinstance(step_input, PurposeInput):
        yield from _purpose_drafts(step_input, reply, count)
        return
    yield StepDraft(
        content=step_input.chunk.content_id,
        path=step_input.chunk.path,
        depth=step_input.depth,
        note_depth=step_input.depth,
        notes=tuple(_chunk_notes(step_input, reply, count)),
        redacted=step_input.redacted,
    )


def _purpose_drafts(
    purposes: PurposeInput, reply: Reply, count: TokenCounter
) -> Iterator[StepDraft]:
    leads = [(subject.anchor, PURPOSE_TOKENS) for subject in purposes.asked]
    replies = iter(_descriptions(leads, reply, count))
    for subject in purposes.subjects:
        text = subject.words or without_subject(next(replies))
        notes = (NoteDraft(subject.level, subject.anchor, text, subject.value),) if text else ()
        yield StepDraft(subject.lead, subject.anchor, subject.depth, "skim", notes)


def _chunk_notes(note_input: NoteInput, reply: Reply, count: TokenCounter) -> Iterator[NoteDraft]:
    """The notes on a chunk, the chunk's own first.

    There are none where the reply says nothing at all. What it leaves out is filled in from the
    code.
    """
    leads = [("overall", OVERALL_TOKENS)]
    leads += [(name, SYMBOL_NOTE_TOKENS) for name in note_input.anchors]
    overall, *descriptions = _descriptions(leads, reply, count)
    if not overall and not any(descriptions):
        return

    # A chunk always has its own note, since its symbols' notes give way to that.
    text = overall or f"defines {', '.join(note_input.anchors)}"
    yield NoteDraft(CHUNK, str(note_input.chunk.location), text, note_input.value)

    values = note_input.symbol_values
    for name, description in zip(note_input.anchors, descriptions, strict=True):
        text = description or note_input.fallbacks.get(name, "")
        if text:
            yield NoteDraft(SYMBOL, name, text, values.get(name, 0.0))
    for name, text in note_input.exact.items():
        yield NoteDraft(SYMBOL, name, text, values.get(name, 0.0))


def _descriptions(leads: list[tuple[str, int]], reply: Reply, count: TokenCounter) -> list[str]:
    """The reply's lines, cleaned, one for each anchor with its limit; empty where unusable.

    A line that repeats an earlier one word for word is unusable: small models fall into echoing.
    """
    descriptions: list[str] = []
    for (anchor, limit), text in zip(leads, chain(reply.texts, repeat("")), strict=False):
        cleaned = clean_note(text, anchor, cut_off=count(text) >= limit - 1)
        is_echo = cleaned.lower() in map(str.lower, descriptions)
        descriptions.append("" if is_echo else cleaned)
    return descriptions
