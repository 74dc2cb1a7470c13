"""The overview in the store: exact notes after each refresh, changed only with their code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_mhm.git import open_snapshot
from repo_mhm.memory import value_update
from repo_mhm.memory.head_budgets import HEAD_BUDGETS, stored_budgets
from repo_mhm.memory.notes import (
    AUTHORS,
    DIRECTORY,
    FILE,
    OVERVIEW,
    SYMBOL,
    Note,
    Step,
    render,
)
from repo_mhm.memory.overview_update import update_overview
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
    assert_names_are_defined(store, scanned(store, repo))


def assert_names_are_defined(store: Store, notes: list[Note]) -> None:
    """Each note of the overview names what its file defines now."""
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


# A patch: the overview after a change of a few files in a large repository ------------------------

PRICE = str(FILES["shop/price.py"])
CHANGES: tuple[dict[str | bytes, str | bytes | None], ...] = (
    {"shop/price.py": PRICE.replace("tax_rate", "duty_rate")},
    {"shop/price.py": None, "shop/costs.py": PRICE},
    {"shop/post/parcel.py": '"""Parcels, and what they weigh."""\n\n\ndef weigh(parcel):\n'
     "    MOST_GRAMS = 2000\n    return parcel.grams\n"},
    {"shop/cart.py": str(FILES["shop/cart.py"]).replace("MOST_ITEMS = 30", "MOST_ITEMS = 31")},
    {"shop/errors.py": None, "shop/main.py": None},
    {"shop/cart.py": None, "shop/costs.py": None, "tests/test_cart.py": None},
    dict(FILES),
)  # fmt: skip


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count every repository as so large that not all of it is ranked after each change."""
    monkeypatch.setattr(value_update, "RANKED_EACH_TIME", 0)
    monkeypatch.setattr(value_update, "CHANGED_SHARE", 100.0)


def is_patched(store: Store, changes: int) -> bool:
    """Whether all so many refreshes since the first have left the ranks of other files."""
    return int(store.meta("links_changed")) >= changes


def change(repo: TestRepo, files: dict[str | bytes, str | bytes | None]) -> None:
    gone = [str(path) for path, text in files.items() if text is None]
    if gone:
        repo.git("rm", "--quiet", *gone)
    repo.commit({path: text for path, text in files.items() if text is not None})


@pytest.mark.parametrize("head_tokens", [60, 512])
def test_a_patch_keeps_budgets_and_says_only_what_is_there(
    store: Store, repo: TestRepo, large: None, head_tokens: int
) -> None:
    refresh(store, open_snapshot(repo.root), heads=2, head_tokens=head_tokens)
    budgets = stored_budgets(store.meta(HEAD_BUDGETS), 2, head_tokens)
    for number, files in enumerate(CHANGES, 1):
        change(repo, files)
        refresh(store, open_snapshot(repo.root), heads=2, head_tokens=head_tokens)
        assert is_patched(store, number), "not everything was ranked anew"
        assert stored_budgets(store.meta(HEAD_BUDGETS), 2, head_tokens) == budgets
        live = store.notes()
        for head, budget in enumerate(budgets):
            assert sum(note.tokens for note in live if note.head == head) <= budget
        assert {chunk for note in live for chunk in note.chunks} <= store.content_locations().keys()
        assert_names_are_defined(store, [note for note in live if note.depth == OVERVIEW])
        # Whatever each change leaves has room for the file that it is about.
        written = {str(path) for path, text in files.items() if text is not None}
        said = {note.path for note in live}
        assert said.isdisjoint(str(path) for path, text in files.items() if text is None)
        assert said & written or not written


def test_a_patch_says_new_names_and_leaves_other_heads(
    store: Store, repo: TestRepo, large: None
) -> None:
    before = {note.id: note for note in scanned(store, repo, heads=4)}
    repo.commit({"shop/price.py": PRICE.replace("tax_rate", "duty_rate")})
    after = {note.id: note for note in scanned(store, repo, heads=4)}
    assert text_of(list(after.values()), SYMBOL, "price_of") == "(item) → duty_rate"
    (head,) = {note.head for note in after.values() if note.path == "shop/price.py"}
    others = {id_ for id_, note in before.items() if note.head != head}
    assert others
    assert {id_ for id_, note in after.items() if note.head != head} == others


def many_files() -> dict[str | bytes, str | bytes]:
    """Directories of small files, so that most names stand in lists of directories."""
    files: dict[str | bytes, str | bytes] = {"README.md": "# Depot\n\nParcels are kept here.\n"}
    for part in ("belts", "racks", "docks"):
        files[f"{part}/README.md"] = f"# {part}\n\nThe {part} move parcels through the depot.\n"
        for number in range(9):
            files[f"{part}/{part}_{number}.py"] = (
                f"from belts.belts_0 import move_belts_0\n\nLIMIT_{part}_{number} = {40 + number}\n"
                f"\n\ndef move_{part}_{number}(parcel):\n    return move_belts_0(parcel)\n"
            )
    return files


def said(store: Store) -> set[tuple[int, int, str, str]]:
    return {(note.head, note.level, note.anchor, note.text) for note in store.notes()}


def test_a_patch_after_a_change_of_nothing_that_is_said_leaves_all_that_is_said(
    store: Store, make_repo: MakeRepo, large: None
) -> None:
    files = many_files()
    repo = make_repo(files)
    refresh(store, open_snapshot(repo.root), heads=3, head_tokens=200)
    before = said(store)
    lists = [text for _, level, _, text in before if level == DIRECTORY and " files: " in text]
    assert lists, "directories are listed"
    for number, path in enumerate(("belts/belts_3.py", "docks/docks_7.py"), 1):
        # Not committed: a commit would make the file worth more, as one that changed of late.
        repo.write({path: f"{files[path]!s}\n# a remark\n"})
        refresh(store, open_snapshot(repo.root), heads=3, head_tokens=200)
        assert is_patched(store, number)
        assert said(store) ^ before == set()
    with store.transaction():
        update_overview(store, 3, 200, "")
    assert said(store) ^ before == set(), "a look at all files says the same"


def test_a_patch_keeps_what_directories_are_for_and_follows_their_authors(
    store: Store, make_repo: MakeRepo, large: None
) -> None:
    files = many_files()
    repo = make_repo(files)

    def purposes() -> dict[str, str]:
        refresh(store, open_snapshot(repo.root), heads=3, head_tokens=200)
        live = store.content_locations()
        notes = [
            note for note in store.notes() if note.level == DIRECTORY and note.depth == AUTHORS
        ]
        assert all(content in live for note in notes for content in note.chunks)
        return {note.path: note.text for note in notes}

    first = purposes()
    assert first.keys() >= {"docks", "racks"}
    change(repo, {f"racks/racks_{number}.py": None for number in range(5)})
    kept = purposes()
    assert kept["racks"] == first["racks"], "files went, and the README says what it said"
    change(repo, {"racks/README.md": "# Racks\n\nParcels wait in racks for their lorry.\n"})
    assert purposes()["racks"] == "Parcels wait in racks for their lorry."
    change(repo, {f"racks/racks_{number}.py": None for number in range(5, 9)})
    change(repo, {"racks/README.md": None})
    assert "racks" not in purposes()
    assert int(store.meta("links_changed")) > 0, "everything was patched"
