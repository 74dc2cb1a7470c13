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
from repo_mhm.memory.note_novelty import is_copied, newly_said
from repo_mhm.memory.notes import CHUNK, FILE, SYMBOL, Note, TokenCounter
from repo_mhm.memory.prompts import (
    OVERALL_TOKENS,
    PURPOSE_TOKENS,
    SYMBOL_NOTE_TOKENS,
    note_prompt,
    purpose_prompt,
)
from repo_mhm.memory.purposes import PurposeInput, PurposeSubject, without_subject

StepInput = NoteInput | PurposeInput
"""What one prompt is about."""


class NoteDraft(NamedTuple):
    """What is new in a note; the rest is the same in all notes of a draft."""

    level: int
    anchor: str
    path: str
    text: str
    content: str
    """Content id of the chunk it rests on."""
    value: float
    is_code: bool = False
    """Whether the text is what the code itself spells, in a chunk that was read whole."""
    is_always_noted: bool = False
    """Whether it is noted whatever it takes the place of."""
    newness: float = 1.0
    """The share of its words that says more than names do; 1 where no model wrote it."""


@dataclass(frozen=True, slots=True)
class StepDraft:
    """What one step adds to its head."""

    done: tuple[tuple[str, str], ...]
    """Contents and depths under which the step is remembered, never empty."""
    path: str
    note_depth: str
    """Depth of its notes."""
    notes: tuple[NoteDraft, ...]
    """None where the reply says nothing, and where nothing is worth a note."""
    redacted: int = 0
    is_asked: bool = True
    """Whether a model was to say something."""

    def replaces(self, note: Note) -> bool:
        """Whether a note of the head is an older one on what this draft is about."""
        if note.level >= FILE:
            is_purpose = note.depth == self.note_depth
            return is_purpose and any(
                (note.level, note.anchor) == (new.level, new.anchor) for new in self.notes
            )
        chunk_contents = {new.content for new in self.notes if new.level == CHUNK}
        return note.chunks[0] in chunk_contents


def prompt_of(step_input: StepInput) -> Prompt | None:
    """The prompt for this input; None where no model is needed."""
    if isinstance(step_input, NoteInput):
        return note_prompt(step_input) if step_input.is_worth_noting else None
    return purpose_prompt(step_input)


def draft_of(step_input: StepInput, reply: Reply, count: TokenCounter) -> StepDraft:
    """What the reply to this input adds."""
    if isinstance(step_input, PurposeInput):
        return _purpose_draft(step_input, reply, count)
    return StepDraft(
        done=((step_input.chunk.content_id, step_input.depth),),
        path=step_input.chunk.path,
        note_depth=step_input.depth,
        notes=tuple(_chunk_notes(step_input, reply, count)),
        redacted=step_input.redacted,
        is_asked=step_input.is_worth_noting,
    )


def _purpose_draft(purposes: PurposeInput, reply: Reply, count: TokenCounter) -> StepDraft:
    """The purposes of several subjects; those of which the reply says nothing stay without."""
    leads = [(subject.anchor, PURPOSE_TOKENS) for subject in purposes.subjects]
    replies = _descriptions(leads, reply, count)
    texts = [
        _own_purpose(description, subject, purposes) or subject.main_words
        for subject, description in zip(purposes.subjects, replies, strict=True)
    ]
    return StepDraft(
        done=purposes.leads,
        path=purposes.subjects[0].anchor,
        note_depth="skim",
        notes=tuple(
            NoteDraft(
                level=subject.level,
                anchor=subject.anchor,
                path=subject.anchor,
                text=text,
                content=subject.lead,
                value=subject.value,
                is_always_noted=subject.anchor in purposes.always_noted,
            )
            for subject, text in zip(purposes.subjects, texts, strict=True)
            if text
        ),
    )


def _own_purpose(reply: str, subject: PurposeSubject, purposes: PurposeInput) -> str:
    """What a reply says of its subject; empty where it repeats what the prompt says of another."""
    others = (other.outline for other in purposes.subjects if other is not subject)
    text = without_subject(reply)
    return "" if is_copied(text, others) else text[:1].upper() + text[1:]


def _chunk_notes(note_input: NoteInput, reply: Reply, count: TokenCounter) -> Iterator[NoteDraft]:
    """The notes on a chunk, the chunk's own first.

    There are none where the reply says nothing at all. What it leaves out is filled in from the
    code.
    """
    leads = [("overall", OVERALL_TOKENS)]
    leads += [(name, SYMBOL_NOTE_TOKENS) for name in note_input.anchors]
    overall, *descriptions = map(without_subject, _descriptions(leads, reply, count))
    if not overall and not any(descriptions):
        return

    # A chunk always has its own note, since its symbols' notes give way to that.
    text = overall or f"defines {', '.join(note_input.anchors)}"
    chunk, values = note_input.chunk, note_input.symbol_values
    content = chunk.content_id
    beside = (chunk.path, *chunk.symbols)
    yield NoteDraft(
        level=CHUNK,
        anchor=str(chunk.location),
        path=chunk.path,
        text=text,
        content=content,
        value=note_input.value,
        newness=newly_said(text, beside),
    )
    for name, description in zip(note_input.anchors, descriptions, strict=True):
        text = description or note_input.fallbacks.get(name, "")
        if text:
            newness = newly_said(description, beside) if description else 1.0
            value = values.get(name, 0.0)
            yield NoteDraft(SYMBOL, name, chunk.path, text, content, value, newness=newness)
    for name, text in note_input.exact.items():
        value = values.get(name, 0.0)
        yield NoteDraft(SYMBOL, name, chunk.path, text, content, value, is_code=True)


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
