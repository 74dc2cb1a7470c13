"""Notes, the heads that hold them, and the steps that change a head. Pure.

Owns the records of the memory and how notes are written for a model. `coarsening` decides which
notes a full head gives up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from repo_mhm.location import Location

SYMBOL, CHUNK, FILE, DIRECTORY = range(4)
"""Levels of notes, finest first."""

PURPOSE_DEPTHS = {FILE: "purpose", DIRECTORY: "directory"}
"""Depth of the step that notes what a file or directory is for, by the note's level."""

OVERVIEW = "overview"
"""Depth of the notes that code alone writes, from what the parser found."""
AUTHORS = "authors"
"""Depth of the notes that are a sentence of the code's authors, which a scan takes over."""
SCANNED_DEPTHS = frozenset({OVERVIEW, AUTHORS})
"""Depths of the notes that a scan makes without a model: together they are the overview."""

TokenCounter = Callable[[str], int]
"""Counts the tokens of a text exactly, as an engine does."""


@dataclass(frozen=True, slots=True)
class ContentLocation:
    """Where the snapshot has a content (a chunk's text, by its id), and the head of that chunk."""

    location: Location
    head: int


class FormerChunk(NamedTuple):
    """What is kept of a chunk of a changed file as it was when heads and notes were settled."""

    start: int
    """Its first line."""
    content_id: str
    symbols: tuple[str, ...]
    """Qualified names."""
    head: int


@dataclass(frozen=True, slots=True)
class Note:
    """One line of memory."""

    id: int
    """Unique in the ledger; later notes have larger ids."""
    head: int
    level: int
    anchor: str
    """By level: 0 the qualified symbol, 1 the location of the chunk, 2 the path, 3 the directory
    (`.` for the root)."""
    path: str
    """The file it is about; for level 3 the directory."""
    text: str
    """The description, one line, without the anchor."""
    tokens: int
    """Tokens of its line in memory: anchor, text and line end; see `counted_lines`.

    Exact but for notes that a refresh has renamed: until the next index, theirs are an upper bound.
    """
    chunks: tuple[str, ...]
    """Content ids of the chunks it describes, never empty."""
    depth: str
    """`skim` (written from outlines), `read` (from whole chunks), `merge` (from finer notes),
    `overview` (by code alone, from what the parser found) or `authors` (a sentence of theirs)."""
    value: float
    """How much the rest of the repository refers to what it describes (PageRank mass)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the memory: the notes gained and lost, why, and what it cost."""

    head: int
    """-1 for a refresh, the only step that may change several heads."""
    kind: str
    """`note` (notes on a chunk, file or directory), `merge` (finer notes became one), `refresh`
    (the repository changed) or `overview` (exact notes on changed code)."""
    chunk: str
    """Content id under which it is remembered that this step was taken; empty for a merge or a
    refresh."""
    path: str
    depth: str
    """`skim` or `read` for a chunk; for a purpose see `PURPOSE_DEPTHS`; `merge`."""
    added: tuple[Note, ...]
    """New notes, and retired ones that come back under their old ids."""
    retired: tuple[int, ...]
    """Ids of notes that left the head; they stay in the ledger."""
    prompt_tokens: int = 0
    generated_tokens: int = 0
    seconds: float = 0.0
    redacted: int = 0
    """Secrets masked in the chunk before the model or the store saw it."""
    failed: bool = False
    """The reply was empty or unusable; the head keeps its notes."""
    also_done: tuple[tuple[str, str], ...] = ()
    """Further contents and depths under which it is remembered that this step was taken."""
    moved: tuple[Note, ...] = ()
    """Live notes whose code has moved, with their new anchors, paths and heads."""


def is_purpose(note: Note) -> bool:
    """Whether a note says what a file or directory is for, and was not made of finer notes."""
    return note.level >= FILE and note.depth in ("skim", AUTHORS)


def line(note: Note) -> str:
    """A note as memory and prompts show it, with its line end; `Note.tokens` counts this text."""
    return line_text(note.level, note.anchor, note.text)


def line_text(level: int, anchor: str, text: str) -> str:
    """The line of a note that has this level, anchor and text."""
    indent = "  " if level == SYMBOL else ""
    # A symbol's name comes from the repository: it must not look like another line of memory.
    anchor = " ".join(anchor.split())
    return f"{indent}- {anchor}: {text}\n"


def without_overview(notes: Iterable[Note]) -> list[Note]:
    """The notes that readings and merges left."""
    return [note for note in notes if note.depth not in SCANNED_DEPTHS]


def render(notes: Iterable[Note]) -> str:
    """The memory as a model sees it: notes in order, one a line.

    Where two are on the same subject, the second is indented below the first, without an anchor.
    """
    lines: list[str] = []
    subject = None
    for note in ordered(notes):
        is_continued = _subject(note) == subject
        lines.append(continuation_text(note.level, note.text) if is_continued else line(note))
        subject = _subject(note)
    return "".join(lines)


def ordered(notes: Iterable[Note]) -> list[Note]:
    """Notes by path: coarse notes first, then each chunk's note followed by its symbols' notes.

    Notes on the same subject stand together, what code alone says of it last.
    """
    by_subject: dict[tuple[str, int, str], list[Note]] = {}
    for note in sorted(notes, key=_order):
        by_subject.setdefault(_subject(note), []).append(note)
    return [
        note
        for group in by_subject.values()
        for note in sorted(group, key=lambda note: note.depth == OVERVIEW)
    ]


def _subject(note: Note) -> tuple[str, int, str]:
    return note.path, note.level, note.anchor


def continuation_text(level: int, text: str) -> str:
    """A further line on the subject of the note before."""
    indent = "    " if level == SYMBOL else "  "
    return f"{indent}{text}\n"


def counted_lines(notes: Iterable[Note]) -> list[tuple[Note, str]]:
    """Each note with the line that its tokens are those of.

    What the overview says of a subject below the words of its authors, or below its purpose, has no
    anchor. Other notes count with theirs, since the note above them may go.
    """
    notes = list(notes)
    continued = continued_ids(notes)
    return [
        (note, continuation_text(note.level, note.text) if note.id in continued else line(note))
        for note in notes
    ]


def continued_ids(notes: Iterable[Note]) -> set[int]:
    """Ids of what the overview says in a head below the subject's purpose or its authors' words."""
    notes = list(notes)
    with_words = {
        (note.head, _subject(note)) for note in notes if note.depth == AUTHORS or is_purpose(note)
    }
    return {
        note.id
        for note in notes
        if note.depth == OVERVIEW and (note.head, _subject(note)) in with_words
    }


def _order(note: Note) -> tuple[str, int, tuple[str, ...], int, int]:
    is_fine = note.level <= CHUNK
    coarseness = 0 if is_fine else -note.level
    return note.path, coarseness, note.chunks if is_fine else (), -note.level, note.id


@dataclass(slots=True)
class Head:
    """One slice of memory: its live notes by id, and its budget in tokens."""

    number: int
    budget: int
    notes: dict[int, Note] = field(default_factory=dict)

    @property
    def tokens(self) -> int:
        """Tokens that its live notes take."""
        return sum(note.tokens for note in self.notes.values())

    def apply(self, step: Step) -> None:
        """Remove the notes that a step retires, and add those that it brings."""
        for note_id in step.retired:
            self.notes.pop(note_id, None)
        for note in step.added:
            self.notes[note.id] = note


@dataclass(frozen=True, slots=True)
class Memory:
    """All heads. The total budget is fixed whatever the repository's size."""

    heads: tuple[Head, ...]

    @classmethod
    def build(cls, budgets: Sequence[int], notes: Iterable[Note] = ()) -> Memory:
        """Heads with these budgets in tokens, holding `notes`.

        Notes of heads beyond the last go to the last one.
        """
        memory = cls(tuple(Head(number, budget) for number, budget in enumerate(budgets)))
        for note in notes:
            memory.heads[min(note.head, len(budgets) - 1)].notes[note.id] = note
        return memory

    @property
    def tokens(self) -> int:
        """Tokens that all live notes take."""
        return sum(head.tokens for head in self.heads)

    def notes(self) -> Iterator[Note]:
        """Every live note, head by head."""
        for head in self.heads:
            yield from head.notes.values()
