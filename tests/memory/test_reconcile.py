"""Reconciling: notes follow their code, go with it and come back with it.

Coarse notes are opened when part of their code is gone.
"""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.location import Location
from repo_mhm.memory.notes import CHUNK, DIRECTORY, FILE, SYMBOL, ContentLocation, Note
from repo_mhm.memory.reconcile import LedgerLookups, MemoryChanges, reconcile

HEADS = 4


def note(
    number: int, level: int, anchor: str, *chunks: str, path: str = "a.py", head: int = 0
) -> Note:
    depth = "merge" if level >= FILE else "read"
    return Note(number, head, level, anchor, path, f"text {number}", 10, chunks, depth, 1.0)


def at(path: str = "a.py", start: int = 1, end: int = 9, head: int = 0) -> ContentLocation:
    return ContentLocation(Location(path, start, end), head)


def run(
    live: Iterable[Note],
    locations: dict[str, list[ContentLocation]],
    defined: Iterable[tuple[str, str]] = (),
    returned: Iterable[str] = (),
    children: dict[int, list[Note]] | None = None,
    readings: dict[str, list[Note]] | None = None,
    *,
    has_lost_notes: bool = True,
) -> MemoryChanges:
    ledger = LedgerLookups(
        lambda row: (children or {}).get(row, []),
        lambda content: (readings or {}).get(content, []),
        lambda content: has_lost_notes,
    )
    return reconcile(live, locations, set(defined), returned, ledger, HEADS)


OVERALL = note(1, CHUNK, "a.py:1-9", "c1")
SYMBOLIC = note(2, SYMBOL, "f", "c1")


def test_nothing_changes_while_the_code_stays_where_it_is() -> None:
    assert not run([OVERALL, SYMBOLIC], {"c1": [at()]}, {("a.py", "f")})


def test_notes_go_with_their_code() -> None:
    changes = run([OVERALL, SYMBOLIC], {"c2": [at()]})
    assert (changes.retired, changes.unread) == ((1, 2), ())


def test_a_symbol_note_goes_when_its_symbol_is_no_longer_defined_there() -> None:
    """The chunk's text is the same, but what encloses it has another name now."""
    changes = run([OVERALL, SYMBOLIC], {"c1": [at()]}, {("a.py", "g")})
    assert changes.retired == (2,)


def test_notes_follow_code_to_other_lines_files_and_heads() -> None:
    changes = run(
        [OVERALL, SYMBOLIC], {"c1": [at("b/moved.py", 20, 28, head=3)]}, {("b/moved.py", "f")}
    )
    assert changes.retired == ()
    moved = {entry.id: entry for entry in changes.moved}
    assert (moved[1].anchor, moved[1].path, moved[1].head) == ("b/moved.py:20-28", "b/moved.py", 3)
    assert (moved[2].anchor, moved[2].path, moved[2].head) == ("f", "b/moved.py", 3)
    assert (
        moved[1].tokens > OVERALL.tokens
    )  # a longer anchor weighs more until it is counted exactly
    assert moved[1].text == OVERALL.text


def test_of_two_copies_a_note_stays_with_its_own_file() -> None:
    locations = {"c1": [at("0.py", 1, 9), at("a.py", 1, 9)]}
    assert not run([OVERALL], locations)


def test_code_that_comes_back_brings_its_notes() -> None:
    changes = run(
        [], {"c1": [at(head=2)]}, {("a.py", "f")}, ["c1"], readings={"c1": [OVERALL, SYMBOLIC]}
    )
    assert [(entry.id, entry.head) for entry in changes.revived] == [(1, 2), (2, 2)]
    assert changes.unread == ()


def test_code_that_comes_back_without_a_usable_note_counts_as_unread() -> None:
    assert run([], {"c1": [at()]}, returned=["c1"]).unread == ("c1",)
    only_symbols = {"c1": [SYMBOLIC]}
    assert run([], {"c1": [at()]}, {("a.py", "f")}, ["c1"], readings=only_symbols).unread == ("c1",)


def test_code_of_which_no_note_was_worth_its_room_comes_back_as_read() -> None:
    def back(readings: dict[str, list[Note]]) -> MemoryChanges:
        defined = {("a.py", "f")}
        return run([], {"c1": [at()]}, defined, ["c1"], readings=readings, has_lost_notes=False)

    assert back({}).unread == ()
    only_symbols = back({"c1": [SYMBOLIC]})
    assert (only_symbols.unread, only_symbols.revived) == ((), (SYMBOLIC,))


def test_of_an_opened_note_symbols_come_back_where_the_chunk_has_no_note_of_its_own() -> None:
    whole = note(9, FILE, "a.py", "c1", "c2")
    readings = {"c1": [SYMBOLIC]}
    changes = run([whole], {"c1": [at()]}, {("a.py", "f")}, readings=readings, has_lost_notes=False)
    assert (changes.unread, changes.revived) == ((), (SYMBOLIC,))


def test_a_file_note_opens_into_the_notes_of_what_remains() -> None:
    whole = note(9, FILE, "a.py", "c1", "c2")
    other = note(3, CHUNK, "a.py:10-20", "c2")
    changes = run(
        [whole],
        {"c1": [at()]},
        {("a.py", "f")},
        readings={"c1": [OVERALL, SYMBOLIC], "c2": [other]},
    )
    assert changes.retired == (9,)
    # Only the chunk's own note: the head was too full for finer ones when it was coarsened.
    assert [entry.id for entry in changes.revived] == [1]


def test_a_directory_note_gives_way_to_the_file_notes_it_was_made_of() -> None:
    first, second = (
        note(7, FILE, "d/a.py", "c1", path="d/a.py"),
        note(8, FILE, "d/b.py", "c2", path="d/b.py"),
    )
    whole = note(9, DIRECTORY, "d", "c1", "c2", path="d")
    changes = run([whole], {"c1": [at("d/a.py")]}, children={9: [first, second]})
    assert changes.retired == (9,)
    assert [entry.id for entry in changes.revived] == [7]
    assert changes.unread == ()


def test_a_directory_note_follows_when_everything_under_it_moves() -> None:
    whole = note(9, DIRECTORY, "d", "c1", "c2", path="d")
    changes = run([whole], {"c1": [at("e/x/a.py")], "c2": [at("e/x/b.py")]})
    assert [(entry.anchor, entry.path) for entry in changes.moved] == [("e/x", "e/x")]
    half = run([whole], {"c1": [at("d/a.py")], "c2": [at("e/b.py")]})
    assert half.retired == (9,)
    assert half.unread == ("c1", "c2")


def test_a_coarse_note_of_a_head_that_no_longer_exists_moves_to_another() -> None:
    whole = note(9, FILE, "a.py", "c1", "c2", head=HEADS)
    changes = run([whole], {"c1": [at(head=1)], "c2": [at(head=1)]})
    assert [entry.head for entry in changes.moved] == [1]


CONTENTS = ["c0", "c1", "c2", "c3"]
PATHS = ["a.py", "d/a.py", "d/b.py", "e/c.py"]


@st.composite
def snapshots(draw: st.DrawFn) -> dict[str, list[ContentLocation]]:
    present = draw(st.lists(st.sampled_from(CONTENTS), unique=True))
    return {
        content: [at(draw(st.sampled_from(PATHS)), head=draw(st.integers(0, 3)))]
        for content in present
    }


@st.composite
def memories(draw: st.DrawFn) -> list[Note]:
    notes = []
    for number in range(draw(st.integers(0, 6))):
        level = draw(st.sampled_from([SYMBOL, CHUNK, FILE, DIRECTORY]))
        path = draw(st.sampled_from(PATHS))
        most = 1 if level <= CHUNK else 3
        chunks = draw(st.lists(st.sampled_from(CONTENTS), min_size=1, max_size=most, unique=True))
        anchor = {SYMBOL: "f", CHUNK: f"{path}:1-9", FILE: path, DIRECTORY: "d"}[level]
        notes.append(note(number, level, anchor, *chunks, path="d" if level == DIRECTORY else path))
    return notes


@given(memories(), snapshots(), st.sets(st.sampled_from(PATHS)))
def test_whatever_happens_no_live_note_describes_code_that_is_gone(
    live: list[Note], locations: dict[str, list[ContentLocation]], defining: set[str]
) -> None:
    defined = {(path, "f") for path in defining}
    changes = run(live, locations, defined, locations)
    after = {live_note.id: live_note for live_note in live if live_note.id not in changes.retired}
    after |= {changed.id: changed for changed in (*changes.moved, *changes.revived)}
    for current in after.values():
        assert all(content in locations for content in current.chunks)
        code = [entry.location for content in current.chunks for entry in locations[content]]
        assert current.head < HEADS
        if current.level == SYMBOL:
            assert (current.path, current.anchor) in defined
        elif current.level == CHUNK:
            assert current.anchor in set(map(str, code))
        elif current.level == FILE:
            assert current.anchor == current.path
            assert {location.path for location in code} == {current.path}
    again = run(after.values(), locations, defined)
    assert not (again.retired or again.moved or again.revived), (
        "reconciling twice changes nothing more"
    )
