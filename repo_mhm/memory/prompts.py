"""The words put to the model for notes: instructions, and prompts for chunks, purposes and merges.

These words decide what notes say: raise PROMPT_VERSION when they change. Pure.
"""

from __future__ import annotations

from repo_mhm.engine.types import Prompt, Slot
from repo_mhm.memory.coarsening import Coarsening
from repo_mhm.memory.note_input import NoteInput
from repo_mhm.memory.notes import DIRECTORY, FILE, line
from repo_mhm.memory.purposes import PurposeInput

PROMPT_VERSION = "4"
"""Part of `reader_identity`: with another version, chunks are read again."""
SYMBOL_NOTE_TOKENS = 36
"""Most tokens of the description of one symbol; about 25 words (DESIGN §5)."""
PURPOSE_TOKENS = 36
"""Most tokens of the purpose of one file or directory; about 25 words."""
OVERALL_TOKENS = 48
"""Most tokens of the description of a whole chunk, file or directory."""

NOTE_INSTRUCTIONS = (
    "You take notes on a code repository, for a developer who will later ask questions about it. "
    "You are shown one part of it. Complete every line of the list with one short, specific "
    "sentence: what it does and how, with the defaults, limits, errors, side effects and links to "
    "other code that matter. Use the names in the code. Write only what is shown."
)
PURPOSE_INSTRUCTIONS = (
    "You take notes on a code repository, for a developer who is new to it. You are shown outlines "
    "of several of its files and directories. Complete the line of each with one short sentence "
    "that says what it is for: its task in the whole, in plain words, with the names that matter "
    "most. Write only what is shown."
)
MERGE_INSTRUCTIONS = (
    "You condense notes on a code repository. You are shown the notes on several parts of one file "
    "or directory. Complete the line with one sentence that says what it is responsible for, "
    "naming its most important parts."
)


def reader_identity(model: str) -> str:
    """Identifies who read a content: notes depend on the model's weights and on the prompts."""
    return f"{model} {PROMPT_VERSION}"


def note_prompt(note_input: NoteInput) -> Prompt:
    """Ask for the notes on one chunk.

    The leads of the list are forced; the model only completes each line.
    """
    chunk = note_input.chunk
    leads = [Slot("- overall:", OVERALL_TOKENS)]
    leads += [Slot(f"\n- `{anchor}`:", SYMBOL_NOTE_TOKENS) for anchor in note_input.anchors]

    is_whole = note_input.depth == "read"
    source = "From" if is_whole else "Outline of"
    enclosing = f"{chunk.enclosing}\n…\n" if chunk.enclosing and is_whole else ""
    user = (
        f"{source} {chunk.path}, lines {chunk.start}-{chunk.end}:\n\n"
        f"{enclosing}{note_input.text}\n\n{_links(note_input)}Notes:"
    )
    return Prompt(NOTE_INSTRUCTIONS, user, tuple(leads))


def _links(note_input: NoteInput) -> str:
    """How the main symbols work together with other code; empty where they do not."""
    lines = ["Links:", *note_input.links] if note_input.links else []
    return "".join(f"{line}\n" for line in lines)


def purpose_prompt(purposes: PurposeInput) -> Prompt:
    """Ask what each of several files and directories is for, one forced lead for each.

    A lead that ends in a verb's `to` draws a purpose; after a colon the model lists definitions.
    """
    outlines = "\n\n".join(f"{subject.anchor}:\n{subject.outline}" for subject in purposes.subjects)
    leads = (f"- `{subject.anchor}` is there to" for subject in purposes.subjects)
    slots = tuple(
        Slot(f"\n{lead}" if number else lead, PURPOSE_TOKENS) for number, lead in enumerate(leads)
    )
    return Prompt(PURPOSE_INSTRUCTIONS, f"{outlines}\n\nWhat each is for:", slots)


def merge_prompt(group: Coarsening) -> Prompt:
    """Ask for the one line that replaces a group of finer notes."""
    subject = {FILE: "file", DIRECTORY: "directory"}[group.level]
    by_anchor = sorted(group.children, key=lambda note: note.anchor)
    notes = "".join(map(line, by_anchor))
    user = f"Notes on the {subject} {group.anchor}:\n\n{notes}\nIn one sentence:"
    return Prompt(MERGE_INSTRUCTIONS, user, (Slot(f"- {group.anchor}:", OVERALL_TOKENS),))
