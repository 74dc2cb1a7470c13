"""The memory as a model sees it: one line a note, each subject named once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.memory.notes import FILE, OVERVIEW, SYMBOL, Note, ordered, render


def note(number: int, level: int, anchor: str, text: str, depth: str, content: str = "c") -> Note:
    return Note(number, 0, level, anchor, "shop/cart.py", text, 9, (content,), depth, 1.0)


NOTES = [
    note(1, FILE, "shop/cart.py", "Cart(add_item)", OVERVIEW),
    note(2, SYMBOL, "Cart.add_item", "(item) → total", OVERVIEW),
    note(3, SYMBOL, "Cart.total", "() → price_of", OVERVIEW),
    note(4, FILE, "shop/cart.py", "Keeps what a customer buys.", "skim"),
    note(5, SYMBOL, "Cart.add_item", "Refuses what is sold out.", "read"),
]


def test_two_notes_on_one_subject_name_it_once() -> None:
    assert render(NOTES) == (
        "- shop/cart.py: Keeps what a customer buys.\n"
        "  Cart(add_item)\n"
        "  - Cart.add_item: Refuses what is sold out.\n"
        "    (item) → total\n"
        "  - Cart.total: () → price_of\n"
    )


@given(notes=st.permutations(NOTES))
def test_the_order_of_notes_does_not_depend_on_how_they_come(notes: list[Note]) -> None:
    assert ordered(notes) == ordered(NOTES)
