"""A small inventory service."""

from __future__ import annotations

import os.path
from collections.abc import Iterator
from dataclasses import dataclass, field as attribute

import click
from flask import Flask, abort, jsonify

from . import storage

app = Flask(__name__)
DEFAULT_LIMIT = 50
type Rows = list["Item"]


@dataclass(frozen=True)
class Item:
    """One thing on a shelf. It never changes.

    Prices are in cents.
    """

    table = "items"
    sku: str
    price: int = 0
    tags: list[str] = attribute(default_factory=list)

    class Meta:
        ordering = ("sku",)

        def fields(self) -> list[str]:
            return [*self.ordering]

    @property
    def label(self) -> str:
        """What is printed on the shelf."""
        limit = DEFAULT_LIMIT
        return os.path.join(self.sku[:limit], format_price(self.price))

    @classmethod
    def load(cls, sku: str) -> Item | None:
        row = storage.fetch(sku, kind=Item)
        return cls(*row) if row else None


# Cents to a readable amount.
def format_price(cents: int) -> str:
    def pad(number: int) -> str:
        return f"{number:02d}"

    return f"{cents // 100}.{pad(cents % 100)}"


async def walk(root: str) -> Iterator[Item]:
    try:
        for sku in await storage.list_all(root):
            yield Item(sku)
    except StorageError as exc:
        raise LookupError(root) from exc


@app.route("/items/<sku>", methods=["GET"])
def show_item(sku: str):
    """Serve one item as JSON."""
    item = Item.load(sku) or abort(404)
    return jsonify(item)


@click.command()
@click.option("--limit", type=int, default=DEFAULT_LIMIT)
def export(limit):
    """Write every item to standard output."""
    click.echo(limit)


class TestItem:
    def test_label_is_short(self):
        assert Item("a" * 99).label


def test_format_price():
    assert format_price(105) == "1.05"
