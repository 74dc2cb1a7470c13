"""Memory: heads that hold notes within a fixed token budget, and the steps that change them.

Owns what a note and a step are, and the fit rules. Pure: knows no engine, store or clock.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

SYMBOL, CHUNK, FILE, DIRECTORY = range(4)
"""Levels of notes, finest first."""


@dataclass(frozen=True, slots=True)
class Note:
    """One line of memory. `chunks` are the content ids of the chunks it stands on, never empty."""

    id: int
    """Unique in the ledger, increasing in the order notes were made."""
    head: int
    level: int
    anchor: str
    """Level 0: qualified symbol; level 1: `path:start-end`; level 2: path; level 3: directory (`.` for the root)."""
    path: str
    """The file it is about, or the directory for level 3."""
    text: str
    """The model's description, one line, without the anchor."""
    tokens: int
    """Exact tokens of its line in memory (anchor, text and line end)."""
    chunks: tuple[str, ...]
    depth: str
    """`skim` (from outlines), `read` (from whole chunks) or `merge` (from notes one level finer)."""
    value: float
    """How much the rest of the repository refers to what it describes (PageRank mass, unnormalised)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One consolidation: what was read, which notes one head gained and lost, and what it cost."""

    head: int
    """-1 for a refresh, the only step that may touch several heads."""
    kind: str
    """`note` (a chunk was read), `merge` (finer notes became one) or `refresh` (the repository changed)."""
    chunk: str
    """Content id of the chunk read; empty for a merge."""
    path: str
    depth: str
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
    """The reply was empty or unusable; the head keeps what it had."""
    moved: tuple[Note, ...] = ()
    """Live notes whose code has moved, as they stand now."""


HEAD_TOKENS = 512
"""Default budget of one head."""
MERGED_TOKENS = 36
"""About what a merged note weighs."""
MERGE_CHILDREN = 12
"""Most notes one merge takes in: keeps its prompt short."""
MERGE_LOSS = 0.1
"""Share of what would be lost with notes that is lost when they become one, which says what they are about without the
details. Of planted facts, in 2,048 tokens for 16,000 of source and in 4,096 for 32,000 and 64,000, it keeps .90, .90
and .62; .25 keeps .65, .85, .40; .5 keeps .56, .75, .23; dropping the oldest notes .90, .92, .56."""


def line(note: Note) -> str:
    """A note as it stands in memory and in prompts, with its line end; its tokens are what `Note.tokens` counts."""
    indent = "  " if note.level == SYMBOL else ""
    # A symbol's name is the repository's: it must not look like another line of memory.
    anchor = " ".join(note.anchor.split())
    return f"{indent}- {anchor}: {note.text}\n"


def render(notes: Iterable[Note]) -> str:
    """The memory as a model sees it: by path, coarse notes first, each chunk's note followed by its symbols'."""
    return "".join(map(line, ordered(notes)))


def ordered(notes: Iterable[Note]) -> list[Note]:
    """Notes in the order the model sees them."""
    return sorted(notes, key=_place)


def _place(note: Note) -> tuple[str, int, tuple[str, ...], int, int]:
    fine = note.level <= CHUNK
    return note.path, 0 if fine else -note.level, note.chunks if fine else (), -note.level, note.id


@dataclass(slots=True)
class Head:
    """One slice of memory: its live notes by id, and its budget in tokens."""

    number: int
    budget: int
    notes: dict[int, Note] = field(default_factory=dict)

    @property
    def tokens(self) -> int:
        """Tokens its live notes take."""
        return sum(note.tokens for note in self.notes.values())

    def apply(self, step: Step) -> None:
        """Make a step's change: the only way a head changes."""
        for note in step.retired:
            self.notes.pop(note, None)
        for added in step.added:
            self.notes[added.id] = added


@dataclass(frozen=True, slots=True)
class Memory:
    """All heads. The total budget is fixed whatever the repository's size."""

    heads: tuple[Head, ...]

    @classmethod
    def build(cls, heads: int, budget: int, notes: Iterable[Note] = ()) -> Memory:
        """Heads with `budget` tokens each, holding `notes`; a note of a head that is no more goes to the last one."""
        memory = cls(tuple(Head(number, budget) for number in range(heads)))
        for note in notes:
            memory.heads[min(note.head, heads - 1)].notes[note.id] = note
        return memory

    def notes(self) -> Iterator[Note]:
        """Every live note, head by head."""
        for head in self.heads:
            yield from head.notes.values()


@dataclass(frozen=True, slots=True)
class Coarsening:
    """A group of notes that gives way to one note a level coarser: to `anchor`, or (`level` CHUNK) to nothing new."""

    level: int
    anchor: str
    children: tuple[Note, ...]


def coarsen(head: Head) -> Coarsening | None:
    """The least valuable group of a head that can be coarsened by one level; None when a single note is left.

    It is the one with the least to lose for each token freed (`_worth`); of equals the oldest goes. Symbol notes give
    way to the note over them, no more of them than the head is over its budget by; the chunk notes of a file to a file
    note, files and directories to a directory note. Every coarsening leaves fewer notes, so a head settles after fewer
    coarsenings than it has notes.
    """
    notes = _own_values(head.notes.values())
    best = min([*_file_groups(notes), *_directory_groups(notes)], key=_worth, default=None)
    excess = head.tokens - head.budget
    fine: list[Note] = []
    for note in sorted(_covered_symbols(notes), key=lambda note: _worth(_to_chunks(note))):
        if (best and _worth(best) < _worth(_to_chunks(note))) or (fine and excess <= 0):
            break
        fine.append(note)
        excess -= note.tokens
    group = _to_chunks(*fine) if fine else best
    return group and replace(group, children=tuple(head.notes[note.id] for note in group.children))


def _own_values(notes: Iterable[Note]) -> list[Note]:
    """Notes at what would be lost with each: a chunk's note at the value that notes on its symbols do not stand for."""
    notes = list(notes)
    detailed: dict[tuple[str, ...], float] = defaultdict(float)
    for note in notes:
        if note.level == SYMBOL:
            detailed[note.chunks] += note.value
    return [
        replace(note, value=max(0.0, note.value - detailed[note.chunks]))
        if note.level == CHUNK
        else note
        for note in notes
    ]


def _to_chunks(*notes: Note) -> Coarsening:
    """Symbol notes that give way to what their chunks' own notes say."""
    return Coarsening(CHUNK, "", notes)


def _worth(group: Coarsening) -> tuple[float, int]:
    """What would be lost for each token freed, and its oldest note.

    The square root of PageRank mass: what ten places refer to is not ten times as well worth a line as what one does,
    and of what nothing refers to the shortest lines stay.
    """
    merged = group.level > CHUNK
    freed = sum(note.tokens for note in group.children) - (MERGED_TOKENS if merged else 0)
    lost = sum(math.sqrt(note.value) for note in group.children) * (MERGE_LOSS if merged else 1.0)
    return lost / max(1, freed), min(note.id for note in group.children)


def _covered(notes: Sequence[Note]) -> set[str]:
    """The chunks that a chunk's own note, or a coarser one over it, speaks for."""
    return {chunk for note in notes if note.level >= CHUNK for chunk in note.chunks}


def _covered_symbols(notes: Sequence[Note]) -> Iterator[Note]:
    covered = _covered(notes)
    return (note for note in notes if note.level == SYMBOL and covered.issuperset(note.chunks))


def _chunk_notes(notes: Sequence[Note]) -> dict[str, list[Note]]:
    """By path, the chunks' own notes (and symbol notes that have none over them)."""
    covered = _covered(notes)
    files: dict[str, list[Note]] = defaultdict(list)
    for note in notes:
        if note.level == CHUNK or (note.level == SYMBOL and not covered.issuperset(note.chunks)):
            files[note.path].append(note)
    return files


def _file_groups(notes: Sequence[Note]) -> Iterator[Coarsening]:
    file_notes = {note.path: note for note in notes if note.level == FILE}
    for path, group in _chunk_notes(notes).items():
        children = sorted(group, key=lambda note: (note.value, note.id))[: MERGE_CHILDREN - 1]
        if path in file_notes:
            children.append(file_notes[path])
        if len(children) > 1:
            yield Coarsening(FILE, path, tuple(children))


def _directory_groups(notes: Sequence[Note]) -> Iterator[Coarsening]:
    """Coarse notes (and a file's only chunk note) by the deepest directory that holds at least two of them."""
    single = [group[0] for group in _chunk_notes(notes).values() if len(group) == 1]
    coarse = [note for note in notes if note.level >= FILE]
    waiting = [(note, _directory(note)) for note in [*coarse, *single]]
    while waiting:
        groups: dict[str, list[Note]] = defaultdict(list)
        for note, directory in waiting:
            groups[directory].append(note)
        ready = {directory or ".": group for directory, group in groups.items() if len(group) > 1}
        for directory, group in ready.items():
            # The directory's own note must take part, or there would be two of it.
            chosen = sorted(
                group, key=lambda note: (note.anchor != directory, note.value, note.id)
            )[:MERGE_CHILDREN]
            yield Coarsening(DIRECTORY, directory, tuple(chosen))
        deepest = max(map(_depth, groups))
        if ready or not deepest:
            return
        waiting = [
            (note, directory.rpartition("/")[0] if _depth(directory) == deepest else directory)
            for note, directory in waiting
        ]


def _depth(directory: str) -> int:
    return directory.count("/") + 1 if directory else 0


def _directory(note: Note) -> str:
    if note.level == DIRECTORY:
        return "" if note.path == "." else note.path
    return note.path.rpartition("/")[0]


def drop_oldest(head: Head) -> tuple[int, ...]:
    """The `drop-oldest` fit rule: ids of the oldest notes that must go for the head to be within its budget."""
    excess = head.tokens - head.budget
    dropped: list[int] = []
    for note in sorted(head.notes):
        if excess <= 0:
            break
        excess -= head.notes[note].tokens
        dropped.append(note)
    return tuple(dropped)


Count = Callable[[str], int]
"""Counts the tokens of a text exactly, as an engine does."""
