"""Coarsening: which notes of a full head give way, and to which coarser note. Pure.

The idea. A head has a fixed budget of tokens and new notes keep coming. When the notes exceed the
budget, a group of them gives way to one note a level coarser, so that less is said about the same
code. Three kinds of groups can give way:

- symbol notes whose chunk has a note of its own, or a coarser one over it. Nothing new is
  written: the note that covers their chunk remains.
- the chunk notes of one file, with the note on that file if there is one. A model writes one file
  note.
- the notes on files and directories below one directory. A model writes one directory note.

The group that loses least for each token it frees gives way first. The loss of a note is the square
root of its value (PageRank mass). A merge counts only a tenth of that, since it loses the details
and keeps the subject. The purpose of a file counts in full where files are merged into their
directory: what each of them is for is then lost. A chunk's note counts only the value that notes on
its own symbols do not already carry. Every coarsening leaves fewer notes and keeps every chunk
covered by some note, so a head settles after fewer coarsenings than it has notes, and no code is
forgotten altogether.

The rule `drop-oldest` forgets notes instead. It is only there for comparison.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from repo_mhm.memory.notes import CHUNK, DIRECTORY, FILE, SYMBOL, Head, Note, is_purpose

MERGED_TOKENS = 36
"""Tokens that a merged note is expected to take, about as many as a description may have."""
MERGE_CHILDREN = 12
"""Most notes that one merge takes in, which keeps its prompt short."""
MERGE_LOSS = 0.1
"""Share of the notes' loss that counts when they are merged into one note.

Share of the facts kept, measured with `repo-mhm bench retention`:

    memory / source (tokens)    2,048 / 16,000   4,096 / 32,000   4,096 / 64,000
    0.1                              .90              .90              .62
    0.25                             .65              .85              .40
    0.5                              .56              .75              .23
    drop-oldest                      .90              .92              .56
"""


@dataclass(frozen=True, slots=True)
class Coarsening:
    """A group of notes that gives way to one note at `level` on `anchor`.

    At level CHUNK, where `anchor` is empty, they give way to notes that exist already.
    """

    level: int
    anchor: str
    children: tuple[Note, ...]


def coarsen(head: Head) -> Coarsening | None:
    """The group of a head that loses least for each token freed; of equals the oldest.

    None when a single note is left. Several symbol notes may give way together, but no more than
    it takes to bring the head within its budget.
    """
    notes = _with_own_values(head.notes.values())
    merge = min([*_file_merges(notes), *_directory_merges(notes)], key=_loss_rate, default=None)

    symbols = _cheaper_symbols(notes, merge, head.tokens - head.budget)
    group = _without_symbols(*symbols) if symbols else merge
    if group is None:
        return None

    # The values were changed for the comparison only.
    originals = tuple(head.notes[note.id] for note in group.children)
    return replace(group, children=originals)


def _with_own_values(notes: Iterable[Note]) -> list[Note]:
    """Notes with the value that only they carry.

    For a chunk's note that is what the notes on the chunk's symbols leave of its value.
    """
    notes = list(notes)
    symbol_values: dict[tuple[str, ...], float] = defaultdict(float)
    for note in notes:
        if note.level == SYMBOL:
            symbol_values[note.chunks] += note.value

    def own_value(note: Note) -> float:
        return max(0.0, note.value - symbol_values[note.chunks])

    return [replace(note, value=own_value(note)) if note.level == CHUNK else note for note in notes]


def _cheaper_symbols(notes: Sequence[Note], merge: Coarsening | None, excess: int) -> list[Note]:
    """Covered symbol notes that lose less per token than `merge`, until `excess` tokens are free.

    At least one, where one is cheaper.
    """

    def loss_rate(note: Note) -> tuple[float, int]:
        return _loss_rate(_without_symbols(note))

    merge_rate = _loss_rate(merge) if merge else None
    chosen: list[Note] = []
    for note in sorted(_covered_symbols(notes), key=loss_rate):
        if merge_rate is not None and merge_rate < loss_rate(note):
            break
        if chosen and excess <= 0:
            break
        chosen.append(note)
        excess -= note.tokens
    return chosen


def _without_symbols(*symbols: Note) -> Coarsening:
    """Symbol notes that give way to the notes that cover their chunks."""
    return Coarsening(CHUNK, "", symbols)


def _loss_rate(group: Coarsening) -> tuple[float, int]:
    """The loss for each token freed, and the group's oldest note to decide between equals.

    The loss is the square root of the value, since a symbol with ten users is not worth ten times
    as many tokens as a symbol with one.
    """
    freed = sum(note.tokens for note in group.children)
    if group.level > CHUNK:
        freed -= MERGED_TOKENS
    loss = sum(_loss(note, group.level) for note in group.children)
    return loss / max(1, freed), min(note.id for note in group.children)


def _loss(note: Note, level: int) -> float:
    """What is lost of a note that gives way to one at `level`."""
    keeps_subject = level > CHUNK and not (level == DIRECTORY and is_purpose(note))
    return math.sqrt(note.value) * (MERGE_LOSS if keeps_subject else 1.0)


def _covered_chunks(notes: Sequence[Note]) -> set[str]:
    """Content ids of the chunks with a note of their own or a coarser one over them."""
    return {chunk for note in notes if note.level >= CHUNK for chunk in note.chunks}


def _covered_symbols(notes: Sequence[Note]) -> Iterator[Note]:
    covered = _covered_chunks(notes)
    return (note for note in notes if note.level == SYMBOL and covered.issuperset(note.chunks))


def _chunk_notes(notes: Sequence[Note]) -> dict[str, list[Note]]:
    """By path, the notes on chunks, and on symbols whose chunk has no other note."""
    covered = _covered_chunks(notes)
    by_path: dict[str, list[Note]] = defaultdict(list)
    for note in notes:
        is_uncovered_symbol = note.level == SYMBOL and not covered.issuperset(note.chunks)
        if note.level == CHUNK or is_uncovered_symbol:
            by_path[note.path].append(note)
    return by_path


def _file_merges(notes: Sequence[Note]) -> Iterator[Coarsening]:
    file_notes = {note.path: note for note in notes if note.level == FILE}
    for path, chunk_notes in _chunk_notes(notes).items():
        by_value = sorted(chunk_notes, key=lambda note: (note.value, note.id))
        children = by_value[: MERGE_CHILDREN - 1]
        # The file's own note must take part, or there would be two of it.
        if path in file_notes:
            children.append(file_notes[path])
        if len(children) > 1:
            yield Coarsening(FILE, path, tuple(children))


def _directory_merges(notes: Sequence[Note]) -> Iterator[Coarsening]:
    """Merges of coarse notes, and of chunk notes that are alone in their file, by directory.

    Notes are merged in the deepest directories that hold at least two of them. So the notes of the
    deepest directories move up to their parents, one level at a time, until two are in one.
    """
    only_chunks = [group[0] for group in _chunk_notes(notes).values() if len(group) == 1]
    coarse = [note for note in notes if note.level >= FILE]
    notes_with_directory = [(note, _directory(note)) for note in [*coarse, *only_chunks]]

    while notes_with_directory:
        by_directory: dict[str, list[Note]] = defaultdict(list)
        for note, directory in notes_with_directory:
            by_directory[directory].append(note)

        mergeable = {
            directory or ".": group for directory, group in by_directory.items() if len(group) > 1
        }
        for directory, group in mergeable.items():
            yield _directory_merge(directory, group)

        deepest = max(map(_depth, by_directory))
        if mergeable or not deepest:
            return
        notes_with_directory = [
            (note, _parent(directory) if _depth(directory) == deepest else directory)
            for note, directory in notes_with_directory
        ]


def _directory_merge(directory: str, notes: Iterable[Note]) -> Coarsening:
    # The directory's own note must take part, or there would be two of it.
    by_value = sorted(notes, key=lambda note: (note.anchor != directory, note.value, note.id))
    return Coarsening(DIRECTORY, directory, tuple(by_value[:MERGE_CHILDREN]))


def _depth(directory: str) -> int:
    return directory.count("/") + 1 if directory else 0


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _directory(note: Note) -> str:
    if note.level == DIRECTORY:
        return "" if note.path == "." else note.path
    return _parent(note.path)


def drop_oldest(head: Head) -> tuple[int, ...]:
    """The rule `drop-oldest`: ids of the oldest notes that must go to keep the head's budget."""
    excess = head.tokens - head.budget
    dropped: list[int] = []
    for note_id in sorted(head.notes):
        if excess <= 0:
            break
        excess -= head.notes[note_id].tokens
        dropped.append(note_id)
    return tuple(dropped)
