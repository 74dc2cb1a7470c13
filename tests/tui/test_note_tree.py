"""The tree of the notes of a head, and what a head is named by."""

from __future__ import annotations

from repo_mhm.commands.memory import HeadView, NoteView
from repo_mhm.location import Location
from repo_mhm.memory.notes import CHUNK, DIRECTORY, FILE, SYMBOL
from tui.note_rows import NoteLooks, head_rows, note_row
from tui.note_tree import branch_of, head_names, note_nodes

_IDS = iter(range(1, 10_000))


def _note(
    level: int,
    path: str,
    anchor: str = "",
    lines: tuple[int, int] = (1, 9),
    *,
    value: float = 1,
    tokens: int = 10,
) -> NoteView:
    return NoteView(
        id=next(_IDS),
        anchor=anchor or path,
        level=level,
        text=f"about {anchor or path}",
        path=path,
        depth="read",
        live=True,
        citations=(Location(path, *lines),),
        tokens=tokens,
        value=value,
    )


def _head(number: int, *notes: NoteView, budget: int = 100) -> HeadView:
    return HeadView(number, budget, sum(note.tokens for note in notes), notes)


def _anchors(notes: list[NoteView]) -> list[str]:
    branches = [branch_of(below) for node in note_nodes(notes) for below in node.walk()]
    return [branch.note.anchor for branch in branches if branch.note is not None]


def test_symbols_are_below_their_chunk_and_chunks_below_their_file() -> None:
    notes = [
        _note(SYMBOL, "a/x.py", "X.run", (3, 4)),
        _note(SYMBOL, "a/x.py", "helper", (30, 34)),
        _note(CHUNK, "a/x.py", "a/x.py:1-20", (1, 20)),
        _note(FILE, "a/x.py"),
        _note(DIRECTORY, "a"),
    ]
    (node,) = note_nodes(notes)
    chain = []
    while True:
        chain.append(branch_of(node).note.anchor)  # type: ignore[union-attr]
        if not node.children:
            break
        node = node.children[0]
    assert chain == ["a", "a/x.py", "a/x.py:1-20", "X.run"]
    assert _anchors(notes)[-1] == "helper", "without a chunk's note too"


def test_branches_have_the_sums_of_what_is_below_and_come_by_value() -> None:
    notes = [
        _note(SYMBOL, "a/x.py", "x", value=1),
        _note(SYMBOL, "b/y.py", "y", value=3, tokens=20),
        _note(FILE, "b/y.py", value=2),
    ]
    nodes = note_nodes(notes)
    branches = [branch_of(node) for node in nodes]
    assert [(branch.path, branch.value, branch.tokens) for branch in branches] == [
        ("b", 5, 30),
        ("a", 1, 10),
    ]
    row = note_row(nodes[0], True, 80, NoteLooks((), 6))
    assert row.text.startswith("▾ ░ b/") and row.text.endswith("83%      30")
    assert len(row.text) == 80
    assert note_row(nodes[0], True, 30, NoteLooks((), 6)).text.strip() == "▾ ░ b/"


def test_a_head_is_named_by_the_largest_directories_that_are_its_own() -> None:
    first = _head(0, _note(FILE, "lib/a.py"), _note(FILE, "lib/b.py"), _note(DIRECTORY, "lib/core"))
    second = _head(1, _note(FILE, "tests/t.py", tokens=30), _note(FILE, "docs/d.md"))
    assert head_names([first, second, _head(2)]) == [["lib/"], ["tests/", "docs/"], []]


def test_a_file_that_heads_share_names_each() -> None:
    half = [_note(SYMBOL, "lib/big.py", "a"), _note(SYMBOL, "lib/big.py", "b")]
    names = head_names(
        [_head(0, half[0]), _head(1, half[1], _note(FILE, "lib/small.py", tokens=1))]
    )
    assert names == [["lib/big.py"], ["lib/big.py"]]


def test_a_repository_in_one_head_is_all_of_it() -> None:
    heads = [_head(0, _note(FILE, "a.py"), _note(FILE, "b/c.py"))]
    assert head_names(heads) == [["./"]]
    assert head_rows(heads, head_names(heads), 30)[0].text.startswith("all ")


def test_a_head_without_notes_says_so() -> None:
    row = head_rows([_head(0)], [[]], 24)[0]
    assert row.text.startswith("no notes yet") and len(row.text) == 24
