"""Where a line of source leads: outline, definitions, users; also after an edit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_mhm.commands.code_links import BY_NAME, SourceLine, definitions, outline, subjects, users
from repo_mhm.git import open_snapshot
from repo_mhm.memory.refresh import refresh
from repo_mhm.relations import repository_lookup
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo

SHOP = """class Cart:
    def add(self, item):
        self.items.append(item)

    def total(self):
        return taxed(sum(self.items))


def taxed(price):
    return price * 2
"""
MAIN = """from shop import Cart, taxed


def main():
    cart = Cart()
    cart.add(taxed(3))
    unknown(4)
"""


@pytest.fixture
def store(make_repo: MakeRepo, tmp_path: Path) -> Iterator[Store]:
    repo = make_repo({"shop.py": SHOP, "main.py": MAIN})
    with open_store(tmp_path / "memory") as store:
        refresh(store, open_snapshot(repo.root), heads=2, head_tokens=256, selector="module")
        yield store


def _line(path: str, number: int) -> SourceLine:
    text = {"shop.py": SHOP, "main.py": MAIN}[path]
    return SourceLine(path, number, text.split("\n")[number - 1])


def test_the_outline_is_nested_as_the_code_is(store: Store) -> None:
    entries = [(entry.symbol.qualified, entry.depth) for entry in outline(store, "shop.py")]
    assert entries == [("Cart", 0), ("Cart.add", 1), ("Cart.total", 1), ("taxed", 0)]
    assert outline(store, "gone.py") == []


def test_each_name_of_a_line_leads_to_its_definition(store: Store) -> None:
    links = definitions(store, _line("main.py", 6))
    assert [(link.name, link.location.short, link.remark) for link in links] == [
        ("Cart.add", "shop.py:2-3", ""),
        ("taxed", "shop.py:9-10", ""),
    ]
    assert definitions(store, _line("main.py", 7)) == [], "what is not defined leads nowhere"
    assert definitions(store, _line("shop.py", 9)) == [], "a definition does not lead to itself"


def test_files_that_were_not_looked_through_for_users_are_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    (subject,) = subjects(store, _line("shop.py", 9))
    assert subject.symbol is not None
    assert users(store, subject.symbol).left_out == 0
    monkeypatch.setattr(repository_lookup, "MOST_FILES", 1)
    assert users(store, subject.symbol).left_out == 1


def test_the_users_of_a_symbol_are_lines(store: Store) -> None:
    (subject,) = subjects(store, _line("shop.py", 9))
    assert subject.symbol is not None and subject.name == "taxed"
    links = users(store, subject.symbol).links
    found = [(link.location.short, link.name, link.remark) for link in links]
    assert found == [
        ("main.py:1", "", "import"),
        ("main.py:6", "main", ""),
        ("shop.py:6", "Cart.total", ""),
    ]


def test_a_line_without_names_asks_for_the_definition_around_it(store: Store) -> None:
    assert [link.name for link in subjects(store, _line("main.py", 7))] == ["main"]


def test_a_line_that_has_moved_since_the_scan_is_found(store: Store) -> None:
    moved = SourceLine("main.py", 40, "    cart.add(taxed(3))")
    assert [link.name for link in definitions(store, moved)] == ["Cart.add", "taxed"]
    new = SourceLine("main.py", 40, "    print(taxed(8))")
    assert [(link.name, link.remark) for link in definitions(store, new)] == [("taxed", BY_NAME)]
