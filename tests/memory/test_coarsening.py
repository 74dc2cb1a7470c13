"""Coarsening: which notes of a full head give way first, and that every chunk stays covered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.memory.coarsening import Coarsening, coarsen
from repo_mhm.memory.notes import CHUNK, DIRECTORY, FILE, SYMBOL, Head, Note, Step


def note(
    number: int, level: int, path: str, chunk: str, value: float = 1.0, tokens: int = 40
) -> Note:
    anchor = {SYMBOL: f"name{number}", CHUNK: f"{path}:{number}-{number}"}.get(level, path)
    return Note(number, 0, level, anchor, path, "what it does", tokens, (chunk,), "read", value)


def head(*notes: Note, budget: int = 100) -> Head:
    return Head(0, budget, {note.id: note for note in notes})


def give_way(full: Head, group: Coarsening) -> None:
    """Replace a group by its coarser note, as consolidation does."""
    chunks = tuple(dict.fromkeys(chunk for child in group.children for chunk in child.chunks))
    merged = Note(
        id=max(full.notes) + 1,
        head=0,
        level=group.level,
        anchor=group.anchor,
        path=group.anchor,
        text="both",
        tokens=36,
        chunks=chunks,
        depth="merge",
        value=sum(child.value for child in group.children),
    )
    retired = tuple(child.id for child in group.children)
    full.apply(Step(0, "merge", "", "", "merge", (merged,) if group.level > CHUNK else (), retired))


def settle(full: Head) -> list[Coarsening]:
    """Every coarsening until none is left."""
    groups = []
    while (group := coarsen(full)) is not None:
        groups.append(group)
        give_way(full, group)
    return groups


def test_coarsening_changes_no_values_of_notes() -> None:
    full = head(
        note(1, CHUNK, "a.py", "c1", 3.0),
        note(2, SYMBOL, "a.py", "c1", 2.0),
        note(3, CHUNK, "b.py", "c2", 9.0),
    )
    groups = settle(full)
    assert len(groups) == 2
    for group in groups:
        assert all(child.value in (2.0, 3.0, 9.0) for child in group.children)
    assert [note.value for note in full.notes.values()] == [12.0]


def test_a_chunk_note_is_merged_before_notes_on_its_symbols_give_way() -> None:
    detailed = [note(1, CHUNK, "a/b.py", "c1", 5.0), note(2, SYMBOL, "a/b.py", "c1", 5.0, 12)]
    others = [note(3, CHUNK, "a/c.py", "c2", 1.0), note(4, CHUNK, "a/d.py", "c3", 1.0)]
    first = coarsen(head(*detailed, *others))
    assert first is not None
    assert (first.level, first.anchor) == (DIRECTORY, "a")
    assert {1} <= {child.id for child in first.children} <= {1, 3, 4}


def test_the_least_valuable_symbol_notes_give_way_first() -> None:
    symbols = [note(number, SYMBOL, "a.py", "c1", float(number), 20) for number in (2, 3, 4)]
    first = coarsen(head(note(1, CHUNK, "a.py", "c1", 50.0, 30), *symbols, budget=60))
    assert first is not None
    assert [child.id for child in first.children] == [2, 3]


def test_files_are_merged_in_the_deepest_directory_that_holds_two_of_them() -> None:
    deep = note(1, CHUNK, "a/b/c/d.py", "c1")
    for others, meeting in (
        ([note(2, CHUNK, "a/x.py", "c2"), note(3, CHUNK, "y.py", "c3")], "a"),
        ([note(2, CHUNK, "README.md", "c2")], "."),
        ([note(2, DIRECTORY, "a/b", "c2"), note(3, FILE, "a/b/e.py", "c3")], "a/b"),
    ):
        first = coarsen(head(deep, *others))
        assert first is not None
        assert first.anchor == meeting


PATHS = st.sampled_from(
    ["x.py", "README.md", "a/x.py", "a/y.py", "a/b/x.py", "a/b/c/d/x.py", "e/f/x.py"]
)


@st.composite
def heads(draw: st.DrawFn) -> list[Note]:
    """Chunks with their own notes, some with notes on their symbols, some already merged."""
    notes: list[Note] = []
    for chunk in range(draw(st.integers(1, 9))):
        path = draw(PATHS)
        level = draw(st.sampled_from([CHUNK, CHUNK, FILE, DIRECTORY]))
        anchor = (path.rpartition("/")[0] or ".") if level == DIRECTORY else path
        value = draw(st.floats(0, 3))
        if level == CHUNK or all((other.level, other.path) != (level, anchor) for other in notes):
            notes.append(
                note(len(notes) + 1, level, anchor, f"c{chunk}", value, draw(st.integers(8, 60)))
            )
        for _ in range(draw(st.integers(0, 3)) if level == CHUNK else 0):
            notes.append(
                note(len(notes) + 1, SYMBOL, path, f"c{chunk}", value / 4, draw(st.integers(8, 30)))
            )
    return notes


@settings(max_examples=150)
@given(heads())
def test_any_head_settles_at_one_note_and_every_chunk_stays_covered(
    notes: Sequence[Note],
) -> None:
    full = head(*notes)
    chunks = {chunk for note in notes for chunk in note.chunks}
    while (group := coarsen(full)) is not None:
        before = len(full.notes)
        give_way(full, group)
        assert len(full.notes) < before
        left = full.notes.values()
        assert {chunk for note in left if note.level >= CHUNK for chunk in note.chunks} == chunks
        coarse = [(note.level, note.anchor) for note in left if note.level >= FILE]
        assert len(coarse) == len(set(coarse))
    assert len(full.notes) == 1


def test_a_file_keeps_its_purpose_longer_than_its_chunks_keep_their_notes() -> None:
    """One note on a directory does not say what each of its files is for."""
    purposes = [
        replace(note(number, FILE, f"lib/{number}.py", f"c{number}", tokens=20), depth="skim")
        for number in (1, 2)
    ]
    chunks = [note(number, CHUNK, f"lib/{number}.py", f"c{number}", 0.9) for number in (3, 4)]
    chunks += [note(number, CHUNK, "lib/3.py", f"d{number}", 0.9) for number in (5, 6)]
    first, *_ = settle(head(*purposes, *chunks))
    assert (first.level, first.anchor) == (FILE, "lib/3.py")
    merged = [replace(purpose, depth="merge") for purpose in purposes]
    first, *_ = settle(head(*merged))
    assert first.level == DIRECTORY
