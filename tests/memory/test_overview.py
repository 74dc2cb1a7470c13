"""The overview of a head: it fits its room, and less room says less of the same."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from repo_mhm.memory.kept_overview import head_overview, kept_text, speaks_of
from repo_mhm.memory.notes import DIRECTORY, FILE, OVERVIEW, SYMBOL
from repo_mhm.memory.overview import HeadOverview, OverviewNote
from repo_mhm.memory.overview_listing import Entry
from repo_mhm.memory.overview_pieces import Detail, Purpose
from repo_mhm.memory.overview_tokens import estimated_tokens

PATHS = ["app.py", "lib/cart.py", "lib/deep/order.py", "lib/shop.py"]
NAMES = ["total", "Cart", "add_item", "remove_all", "MAX_ITEMS", "order", "ship_parcel"]


@st.composite
def entry_lists(draw: st.DrawFn) -> list[Entry]:
    keys = st.tuples(st.sampled_from(PATHS), st.sampled_from(NAMES), st.sampled_from(["", "Cart"]))
    entries = []
    for path, name, parent in sorted(draw(st.sets(keys, max_size=24))):
        entries.append(
            Entry(
                path=path,
                name=name,
                qualified=f"{parent}.{name}" if parent else name,
                parents=(parent,) if parent else (),
                content=f"content of {path} {draw(st.integers(0, 2))}",
                value=draw(st.sampled_from([0.0, 0.001, 0.02, 0.3])),
                spelled=draw(st.sampled_from(["", "=30"])) if name == "MAX_ITEMS" else "",
                spelled_value=draw(st.sampled_from([0.0, 0.1])),
                documentation=draw(st.sampled_from(["", "", f"Does all of {name}."])),
                documentation_worth=draw(st.sampled_from([0.0, 0.01, 0.5])),
            )
        )
    return entries


def detail_of(entry: Entry) -> Detail | None:
    if entry.name in ("Cart", "MAX_ITEMS"):
        return None
    return Detail(f"(item) → total, {entry.name}_inner", ("total", f"{entry.name}_inner"))


def overview(entries: list[Entry], most_tokens: int = 2000) -> HeadOverview:
    values = {entry.name: entry.value for entry in entries}
    paths = sorted({entry.path for entry in entries})
    purposes = [
        Purpose(
            FILE, path, f"All about {path[:-3]}.", f"content of {path} 0", 1.0, 0.1, number == 0
        )
        for number, path in enumerate(paths)
    ]
    return HeadOverview.of(entries, values, detail_of, most_tokens, purposes)


def said(notes: list[OverviewNote]) -> set[tuple[str, str]]:
    """What the notes say: each word of a list with its path, each line of a symbol."""
    lines = {(note.path, note.anchor) for note in notes if note.level == SYMBOL}
    for note in notes:
        if note.level != SYMBOL and note.depth == OVERVIEW:
            words = note.text.replace("(", ", ").replace(")", "").replace(": ", ", ").split(", ")
            lines |= {(note.path, word.partition("=")[0]) for word in words}
    return lines


def names_said(notes: list[OverviewNote]) -> set[str]:
    return {word.rpartition(".")[2] for _, word in said(notes)} - {"…"}


@given(entry_lists(), st.integers(0, 400), st.integers(0, 400))
def test_the_overview_fits_its_room_and_less_room_says_less(
    entries: list[Entry], first: int, second: int
) -> None:
    small, large = sorted((first, second))
    head = overview(entries)
    for room in (small, large):
        notes = head.fill(room)
        assert sum(note.tokens for note in notes) <= room
        assert all(note.tokens == estimated_tokens(note.line) for note in notes)
    assert 0 <= head.said(small) <= head.said(large)


@given(entry_lists(), st.integers(20, 400))
def test_no_name_is_left_out_that_would_fit(entries: list[Entry], room: int) -> None:
    notes = overview(entries).fill(room)
    left = room - sum(note.tokens for note in notes)
    listed = {note.path for note in notes if note.level == FILE}
    unsaid = {
        entry.name
        for entry in entries
        if entry.value and entry.path in listed and entry.name not in names_said(notes)
    }
    # A name takes its tokens, a comma, and what stands around it: brackets, its class, a value.
    assert all(estimated_tokens(f", Cart({name}=30), …") > left for name in unsaid)


@given(entry_lists(), st.integers(0, 400))
def test_equal_heads_with_equal_rooms_have_equal_notes(entries: list[Entry], room: int) -> None:
    assert overview(entries).fill(room) == overview(list(entries)).fill(room)


@given(entry_lists(), st.integers(30, 400), st.integers(0, 400))
def test_a_head_that_was_kept_as_a_text_fills_every_room_alike(
    entries: list[Entry], most_tokens: int, room: int
) -> None:
    head = overview(entries, most_tokens)
    kept = head_overview(kept_text(head))
    assert kept.fill(room) == head.fill(room)
    assert kept.said(room) == head.said(room)
    assert kept_text(kept) == kept_text(head)
    of_files = [note for note in head.fill(room) if note.level < DIRECTORY]
    assert all(speaks_of(kept_text(head), [note.path]) for note in of_files)
    assert not speaks_of(kept_text(head), ["gone.py"])


@given(entry_lists(), st.integers(0, 400))
def test_every_note_names_what_its_own_chunks_define(entries: list[Entry], room: int) -> None:
    for note in overview(entries).fill(room):
        mine = [entry for entry in entries if entry.content in note.chunks]
        assert note.chunks
        assert all(set(note.chunks) & {entry.content} for entry in mine)
        if note.level == SYMBOL:
            assert any(e.path == note.path and e.qualified == note.anchor for e in mine)
            continue
        names = {entry.name for entry in mine} | {name for e in mine for name in e.parents}
        words = {word for _, word in said([note])} - {"…"}
        assert {word for word in words if not word.endswith((" file", " files"))} <= names


def test_a_line_that_is_too_long_leaves_its_place_to_its_name_and_to_smaller_pieces() -> None:
    entries = [
        Entry("a.py", "ship_parcel", "ship_parcel", (), "a", 0.9),
        Entry("a.py", "weigh_parcel", "weigh_parcel", (), "a", 0.2),
    ]
    text = f"({', '.join(f'parameter_{number}' for number in range(40))}) → weigh_parcel"
    head = HeadOverview.of(entries, {}, lambda _: Detail(text, ("weigh_parcel",)), 400)
    (note,) = head.fill(24)
    assert note.text == "ship_parcel, weigh_parcel"
    assert any(note.text == text for note in head.fill(300))


def test_purposes_that_come_first_do_and_stand_above_the_names() -> None:
    entries = [Entry("a.py", "ship_parcel", "ship_parcel", (), "a", 0.9)]
    purpose = Purpose(FILE, "a.py", "Ships parcels by night.", "a", 0.0, 0.0, comes_first=True)
    head = HeadOverview.of(entries, {}, lambda _: None, 60, [purpose])
    assert [note.line for note in head.fill(14)] == ["- a.py: Ships parcels by night.\n"]
    lines = ["- a.py: Ships parcels by night.\n", "  ship_parcel\n"]
    assert [note.line for note in head.fill(60)] == lines
    other = HeadOverview.of(entries, {}, lambda _: None, 60, [purpose._replace(comes_first=False)])
    assert [note.text for note in other.fill(14)] == ["ship_parcel"]


def test_functions_with_the_same_parameters_say_them_once() -> None:
    names = ["get", "post", "head"]
    entries = [
        Entry("a.py", name, f"Client.{name}", ("Client",), "a", 0.9 - number / 10)
        for number, name in enumerate(names)
    ]
    parameters = ("url", "params=None", "headers=None", "cookies=None")
    text = f"({', '.join(parameters)}) → send"
    head = HeadOverview.of(
        entries, {}, lambda _: Detail(text, ("send",), parameters, "→ send"), 400
    )
    texts = {note.anchor: note.text for note in head.fill(400) if note.level == SYMBOL}
    like = "(like Client.get) → send"
    assert texts == {"Client.get": text, "Client.post": like, "Client.head": like}


def test_a_value_is_said_once_beside_the_documentation_of_its_constant() -> None:
    entry = Entry("a.py", "LIMIT", "LIMIT", (), "a", 0.9, "=30", 0.9, "The most parcels.", 5.0)
    lines = [note.line for note in HeadOverview.of([entry], {}, lambda _: None, 400).fill(400)]
    assert lines == ["- a.py: LIMIT=30\n", "  - LIMIT: The most parcels.\n"]


def test_a_name_that_was_said_gives_way_to_one_that_is_new() -> None:
    entries = [
        Entry("a.py", "ship_parcel", "ship_parcel", (), "a", 0.2),
        Entry("b.py", "ship_parcel", "ship_parcel", (), "b", 0.2),
        Entry("b.py", "weigh_parcel", "weigh_parcel", (), "b", 0.1),
    ]
    notes = HeadOverview.of(entries, {}, lambda _: None, 100).fill(24)
    assert "weigh_parcel" in "".join(note.text for note in notes)


def test_small_files_with_long_paths_stand_in_the_list_of_their_directory() -> None:
    folder = "library/src/main/java/com/example/courier/internal"
    names = ["Parcel", "Sender", "Stamp", "Route", "Depot", "Truck"]
    entries = [Entry(f"{folder}/{name}.java", name, name, (), name, 0.01) for name in sorted(names)]
    (note,) = HeadOverview.of(entries, {}, lambda _: None, 100).fill(60)
    assert (note.level, note.anchor) == (DIRECTORY, folder)
    assert note.text.startswith("6 files: Depot, Parcel,")


@pytest.mark.parametrize("room", [20, 40, 80])
def test_names_stand_in_their_file_s_order_and_members_behind_their_class(room: int) -> None:
    entries = [
        Entry("shop.py", "LIMIT", "LIMIT", (), "c", 0.1, "=30", 0.1),
        Entry("shop.py", "Cart", "Cart", (), "c", 0.3),
        Entry("shop.py", "add_item", "Cart.add_item", ("Cart",), "c", 0.2),
        Entry("shop.py", "checkout", "checkout", (), "c", 0.4),
    ]
    (note,) = HeadOverview.of(entries, {}, lambda _: None, 100).fill(room)
    assert note.level == FILE
    whole = "LIMIT=30, Cart(add_item), checkout"
    if room == 80:
        assert note.text == whole
    else:
        words = note.text.removesuffix(", …").split(", ")
        positions = [whole.index(word.partition("(")[0]) for word in words]
        assert positions == sorted(positions)


def test_names_below_a_purpose_that_another_note_says_need_no_path() -> None:
    entries = [Entry("a.py", "ship_parcel", "ship_parcel", (), "a", 0.9)]
    head = HeadOverview.of(entries, {}, lambda _: None, 60)
    (alone,) = head.fill(60)
    (below,) = head.fill(60, {("a.py", FILE)})
    assert (alone.line, below.line) == ("- a.py: ship_parcel\n", "  ship_parcel\n")
    assert below.tokens < alone.tokens
