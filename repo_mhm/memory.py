"""Memory: heads that hold notes within a fixed token budget, and the steps that change them.

Owns what a note and a step are, and the fit rules. Pure: knows no engine, store or clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

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

    Value is PageRank mass per token freed; of equals the oldest goes. Symbol notes give way to their chunk's note, no
    more of them than the head is over its budget by; the chunk notes of a file to a file note, files and directories
    to a directory note. Every coarsening leaves fewer notes, so a head settles after fewer coarsenings than it has
    notes.
    """
    notes = list(head.notes.values())
    best = min([*_file_groups(notes), *_directory_groups(notes)], key=_worth, default=None)
    excess = head.tokens - head.budget
    fine: list[Note] = []
    for note in sorted(_covered_symbols(notes), key=lambda note: _worth(_to_chunks(note))):
        if (best and _worth(best) < _worth(_to_chunks(note))) or (fine and excess <= 0):
            break
        fine.append(note)
        excess -= note.tokens
    return _to_chunks(*fine) if fine else best


def _to_chunks(*notes: Note) -> Coarsening:
    """Symbol notes that give way to what their chunks' own notes say."""
    return Coarsening(CHUNK, "", notes)


def _worth(group: Coarsening) -> tuple[float, int]:
    freed = sum(note.tokens for note in group.children) - (MERGED_TOKENS if group.level > CHUNK else 0)
    return sum(note.value for note in group.children) / max(1, freed), min(note.id for note in group.children)


def _covered_symbols(notes: Sequence[Note]) -> Iterator[Note]:
    """Symbol notes whose chunk's own note (or a coarser one over it) is there to stand for them."""
    covered = {chunk for note in notes if note.level >= CHUNK for chunk in note.chunks}
    return (note for note in notes if note.level == SYMBOL and covered.issuperset(note.chunks))


def _bare_notes(notes: Sequence[Note]) -> dict[str, list[Note]]:
    """By path, the chunk notes under which no symbol notes stand (and a symbol note that has no chunk note over it)."""
    detailed = {note.chunks for note in notes if note.level == SYMBOL}
    covered = {chunk for note in notes if note.level >= CHUNK for chunk in note.chunks}
    files: dict[str, list[Note]] = defaultdict(list)
    for note in notes:
        bare = note.level == CHUNK and note.chunks not in detailed
        if bare or (note.level == SYMBOL and not covered.issuperset(note.chunks)):
            files[note.path].append(note)
    return files


def _file_groups(notes: Sequence[Note]) -> Iterator[Coarsening]:
    file_notes = {note.path: note for note in notes if note.level == FILE}
    for path, group in _bare_notes(notes).items():
        children = sorted(group, key=lambda note: (note.value, note.id))[: MERGE_CHILDREN - 1]
        if path in file_notes:
            children.append(file_notes[path])
        if len(children) > 1:
            yield Coarsening(FILE, path, tuple(children))


def _directory_groups(notes: Sequence[Note]) -> Iterator[Coarsening]:
    """Coarse notes (and a file's only chunk note) by the deepest directory that holds at least two of them."""
    single = [group[0] for group in _bare_notes(notes).values() if len(group) == 1]
    coarse = [note for note in notes if note.level >= FILE]
    waiting = {note.id: (note, _directory(note)) for note in [*coarse, *single]}
    while waiting:
        groups: dict[str, list[Note]] = defaultdict(list)
        for note, directory in waiting.values():
            groups[directory].append(note)
        ready = {directory or ".": group for directory, group in groups.items() if len(group) > 1}
        for directory, group in ready.items():
            # The directory's own note must take part, or there would be two of it.
            chosen = sorted(group, key=lambda note: (note.anchor != directory, note.value, note.id))[:MERGE_CHILDREN]
            yield Coarsening(DIRECTORY, directory, tuple(chosen))
        if ready:
            return
        waiting = {row: (note, above.rpartition("/")[0]) for row, (note, above) in waiting.items() if above}


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
