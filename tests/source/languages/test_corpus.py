"""Every language on a real-looking sample: all of its symbols, and the references that matter.

Beside each sample lie `symbols.txt` (`kind qualified start-end`, all of them, in order) and, where
the language has references, `references.txt` (`kind name line`, some of them).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm.source import languages
from repo_mhm.source.file_syntax import read_syntax
from repo_mhm.source.symbols import Reference, Symbol

CORPUS = Path(__file__).parent / "corpus"


def read(name: str, data: bytes, path: str = "sample") -> tuple[list[Symbol], list[Reference]]:
    symbols = read_syntax(path, data, languages.by_name(name)).symbols
    return list(symbols.symbols), list(symbols.references)


def sample(name: str) -> Path:
    (path,) = (CORPUS / name).glob("sample.*")
    return path


@pytest.mark.parametrize("name", languages.NAMES)
def test_symbols_of_the_sample(name: str) -> None:
    symbols, _ = read(name, sample(name).read_bytes())
    found = [f"{symbol.kind} {symbol.qualified} {symbol.start}-{symbol.end}" for symbol in symbols]
    assert found == (CORPUS / name / "symbols.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize(
    "name", sorted(path.parent.name for path in CORPUS.glob("*/references.txt"))
)
def test_references_of_the_sample(name: str) -> None:
    _, references = read(name, sample(name).read_bytes())
    found = {f"{reference.kind} {reference.name} {reference.line}" for reference in references}
    assert set((CORPUS / name / "references.txt").read_text("utf-8").splitlines()) <= found


@pytest.mark.parametrize("name", languages.NAMES)
def test_the_sample_is_recognised_by_its_name(name: str) -> None:
    path = sample(name)
    assert languages.for_file(path.name, path.read_bytes()) is languages.by_name(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", languages.NAMES)
def test_windows_line_ends_change_nothing(name: str) -> None:
    data = sample(name).read_bytes()
    unix, _ = read(name, data)
    windows, _ = read(name, data.replace(b"\n", b"\r\n"))
    assert [(symbol.kind, symbol.qualified, symbol.start, symbol.end) for symbol in windows] == [
        (symbol.kind, symbol.qualified, symbol.start, symbol.end) for symbol in unix
    ]


@pytest.mark.parametrize(
    ("name", "qualified", "signature", "doc"),
    [
        ("python", "Item.label", "def label(self) -> str", "What is printed on the shelf."),
        (
            "python",
            "format_price",
            "def format_price(cents: int) -> str",
            "Cents to a readable amount.",
        ),
        ("javascript", "Shelf.add", "add(item)", "Adds one item."),
        (
            "typescript",
            "Pricing.add",
            "export function add(a: Price, b: Price): Price",
            "Adds two prices.",
        ),
        (
            "go",
            "Item.Cost",
            "func (i *Item) Cost(ctx context.Context) (int64, error)",
            "Cost implements Sellable.",
        ),
        ("go", "Item", "type Item struct", "Item is one thing on a shelf."),
        ("rust", "Item::new", "pub fn new(sku: &str) -> Self", "Makes an item."),
        ("rust", "Item", "pub struct Item", "One thing on a shelf."),
        (
            "c",
            "shelf_add",
            "int shelf_add(shelf_t *shelf, struct item *item)",
            "Adds one item to the front.",
        ),
        ("cpp", "inventory::largest", "T largest(T a, T b)", "Largest of two."),
        ("ruby", "Inventory::Item::<=>", "def <=>(other)", "Compares by price."),
        ("kotlin", "Item.load", "@JvmStatic fun load(sku: String): Item?", ""),
        ("swift", "Item.label", "func label(width: Int) -> String", "What is printed."),
        ("scala", "Item.load", "def load(sku: String): Option[Item]", "Reads one item."),
        ("lua", "Item.new", "function Item.new(sku)", "Makes an item."),
        ("elixir", "Inventory.Item", "defmodule Inventory.Item", "One thing on a shelf."),
        ("elixir", "Inventory.Item.new", "def new(sku) when is_binary(sku)", "Makes an item."),
        (
            "elixir",
            "Inventory.Item.load",
            "def load(sku, limit \\\\ @page_size)",
            "Reads one item.",
        ),
        ("bash", "show_item", "show_item()", "Prints one item."),
        ("css", ".item", ".item,", "One item."),
        ("toml", "tool.ruff.lint", "[tool.ruff.lint]", "The linter."),
    ],
)
def test_signature_and_documentation(name: str, qualified: str, signature: str, doc: str) -> None:
    symbols, _ = read(name, sample(name).read_bytes())
    assert (signature, doc) in [
        (symbol.signature, symbol.doc) for symbol in symbols if symbol.qualified == qualified
    ]
