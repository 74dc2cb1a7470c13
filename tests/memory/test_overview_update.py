"""The overview in the store: exact notes after each refresh, changed only with their code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_mhm.git import open_snapshot
from repo_mhm.memory.head_budgets import HEAD_BUDGETS, stored_budgets
from repo_mhm.memory.notes import AUTHORS, FILE, OVERVIEW, SYMBOL, Note, Step, render
from repo_mhm.memory.refresh import refresh
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo, TestRepo

FILES: dict[str | bytes, str | bytes] = {
    "shop/cart.py": '''"""The cart."""

from shop.errors import TooMuch
from shop.price import price_of

MOST_ITEMS = 30
_missing = object()


class Cart:
    def add_item(self, item, count=1):
        if count > MOST_ITEMS:
            raise TooMuch(item)
        self.items.append(item)
        return self.total_price()

    def total_price(self):
        prices = [price_of(item) for item in self.items]
        return sum(prices)
''',
    "shop/price.py": """def price_of(item):
    rate = tax_rate(item)
    return item.price * rate


def tax_rate(item):
    rates = item.rates
    return rates[item.country]
""",
    "shop/errors.py": "class TooMuch(Exception):\n    pass\n",
    "shop/main.py": """from shop.cart import Cart


def main(arguments):
    cart = Cart()
    cart.add_item(arguments[0])
    return cart
""",
    ".gitignore": "*.pyc\n",
    "tests/test_cart.py": "def test_cart():\n    assert True\n",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "memory") as opened:
        yield opened


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo(FILES)


def scanned(store: Store, repo: TestRepo, heads: int = 2) -> list[Note]:
    refresh(store, open_snapshot(repo.root), heads=heads)
    return [note for note in store.notes() if note.depth == OVERVIEW]


def text_of(notes: list[Note], level: int, anchor: str) -> str:
    return next(note.text for note in notes if (note.level, note.anchor) == (level, anchor))


def test_a_scan_fills_the_heads_with_exact_notes(store: Store, repo: TestRepo) -> None:
    notes = scanned(store, repo)
    assert "MOST_ITEMS=30" in text_of(notes, FILE, "shop/cart.py")
    assert "_missing" not in text_of(notes, FILE, "shop/cart.py")
    line = text_of(notes, SYMBOL, "Cart.add_item")
    assert line == "(item, count=1) → total_price raises TooMuch"
    assert not any(note.path == ".gitignore" for note in notes)
    assert all(note.chunks for note in notes)
    assert {chunk for note in notes for chunk in note.chunks} <= store.content_locations().keys()


def test_values_are_said_wherever_they_are_and_only_where_they_are_sure(
    store: Store, repo: TestRepo
) -> None:
    repo.write(
        {
            "tests/test_cart.py": """RATE = 10
if FAST:
    LIMIT = 512
RATE = 8192


def size():
    return 64


def send(parcel, depth=4096):
    parcel.open()
    parcel.close()


class First:
    def weight(self):
        return 7


class First:
    def weight(self):
        return 9
"""
        }
    )
    text = text_of(scanned(store, repo), FILE, "tests/test_cart.py")
    assert "RATE=8192" in text
    assert "size()=64" in text
    assert "send(depth=4096)" in text
    assert "weight=" not in text
    assert "weight()" not in text
    assert "LIMIT=" not in text


def test_the_chain_of_an_entry_point_goes_deeper(store: Store, repo: TestRepo) -> None:
    line = text_of(scanned(store, repo), SYMBOL, "main")
    assert line == "(arguments) → Cart, add_item(TooMuch, total_price(price_of))"


def test_every_name_is_defined_in_its_file(store: Store, repo: TestRepo) -> None:
    notes = scanned(store, repo)
    defined = store.defined_in({note.path for note in notes})
    names = {(path, name.rpartition(".")[2]) for path, name in defined}
    for note in notes:
        if note.level == SYMBOL:
            assert (note.path, note.anchor) in defined
        elif note.level == FILE:
            words = note.text.replace("(", ", ").replace(")", "").split(", ")
            said = {word.partition("=")[0] for word in words} - {"…"}
            assert {(note.path, word) for word in said} <= names


def test_a_change_of_a_file_changes_its_notes_and_leaves_the_others(
    store: Store, repo: TestRepo
) -> None:
    before = {note.id: note for note in scanned(store, repo)}
    repo.commit({"shop/price.py": str(FILES["shop/price.py"]).replace("item.price", "item.cost")})
    after = {note.id: note for note in scanned(store, repo)}
    assert before.keys() - after.keys()
    assert {note.path for id_, note in before.items() if id_ not in after} == {"shop/price.py"}
    assert {note.path for id_, note in after.items() if id_ not in before} == {"shop/price.py"}


def test_a_refresh_without_a_change_writes_no_notes(store: Store, repo: TestRepo) -> None:
    before = scanned(store, repo)
    assert scanned(store, repo) == before


def test_heads_keep_their_budgets_which_follow_the_source(store: Store, repo: TestRepo) -> None:
    notes = scanned(store, repo)
    budgets = stored_budgets(store.meta(HEAD_BUDGETS), 2, 512)
    assert sum(budgets) == 1024
    for head, budget in enumerate(budgets):
        assert sum(note.tokens for note in notes if note.head == head) <= budget


def test_other_settings_fill_the_heads_anew(store: Store, repo: TestRepo) -> None:
    scanned(store, repo)
    refresh(store, open_snapshot(repo.root), heads=2, head_tokens=40)
    budgets = stored_budgets(store.meta(HEAD_BUDGETS), 2, 40)
    assert sum(budgets) == 80
    for head, budget in enumerate(budgets):
        assert sum(note.tokens for note in store.notes() if note.head == head) <= budget
    assert scanned(store, repo, heads=1)
    assert {note.head for note in store.notes()} == {0}


def test_retired_notes_of_the_overview_are_not_searched(store: Store, repo: TestRepo) -> None:
    scanned(store, repo)
    repo.git("rm", "--quiet", "shop/price.py")
    repo.commit()
    scanned(store, repo)
    live = store.live_note_ids()
    assert all(note in live for note, _ in store.search("note", ["price"], 20))


def purpose(store: Store, path: str) -> Note:
    stored = store.chunks_in(path)[0]
    return Note(
        id=store.next_note_id(),
        head=stored.head,
        level=FILE,
        anchor=path,
        path=path,
        text="Prices for a model.",
        tokens=9,
        chunks=(stored.chunk.content_id,),
        depth="skim",
        value=1.0,
    )


def test_a_purpose_by_a_model_goes_once_the_authors_write_one(store: Store, repo: TestRepo) -> None:
    path = "shop/price.py"
    code = f"{FILES[path]}\n\n" + "".join(f"def fee_{n}():\n    return {n}\n\n\n" for n in range(9))
    repo.commit({path: code})
    scanned(store, repo)
    note = purpose(store, path)
    store.record(Step(note.head, "note", "", path, "purpose", (note,), ()), "model")
    scanned(store, repo)
    assert note.id in store.live_note_ids()
    assert f"- {path}: Prices for a model.\n  tax_rate" in render(store.notes())

    repo.commit({path: f'"""What each item costs, with its taxes."""\n\n{code}'})
    scanned(store, repo)
    assert note.id not in store.live_note_ids()
    said = [note for note in store.notes() if note.path == path and note.depth == AUTHORS]
    assert [note.text for note in said] == ["What each item costs, with its taxes."]
