"""What a head could say, as a text that the store keeps: an index need not look for it again. Pure.

Kept are the pieces in their order with what they say, of thousands a few hundred. Head overviews
made of the text fill every room as the one did of which it is.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from repo_mhm.memory.notes import DIRECTORY
from repo_mhm.memory.overview import HeadCounts, HeadOverview
from repo_mhm.memory.overview_listing import Entry
from repo_mhm.memory.overview_pieces import (
    PURPOSE,
    Detail,
    HeadMaterial,
    Piece,
    Purpose,
    RankedPiece,
)


def kept_text(overview: HeadOverview) -> str:
    """The text of an overview."""
    material, order, counts = overview.material, overview.order, overview.counts
    pieces = [ranked.piece for ranked in order]
    entries = sorted({piece.item for piece in pieces if piece.kind != PURPOSE})
    purposes = sorted({piece.item for piece in pieces if piece.kind == PURPOSE})
    entry_numbers = {item: number for number, item in enumerate(entries)}
    purpose_numbers = {item: number for number, item in enumerate(purposes)}
    paths = {material.entries[item].path for item in entries}
    directories = {material.subject(piece)[0] for piece in pieces if piece.kind == DIRECTORY}
    kept = {
        "order": [
            (
                (purpose_numbers if piece.kind == PURPOSE else entry_numbers)[piece.item],
                piece.kind,
                gain,
                tokens,
            )
            for piece, gain, tokens in order
        ],
        "entries": [material.entries[item] for item in entries],
        "details": {
            entry_numbers[item]: detail
            for item, detail in material.details.items()
            if item in entry_numbers
        },
        "purposes": [material.purposes[item] for item in purposes],
        "names": {path: counts.names[path] for path in sorted(paths)},
        "files": {path: counts.files(path) for path in sorted(directories)},
    }
    return json.dumps(kept, separators=(",", ":"))


def head_overview(text: str) -> HeadOverview:
    """The overview that a text is of. Raises ValueError, TypeError, LookupError."""
    kept = json.loads(text)
    material = HeadMaterial(
        entries=[_entry(values) for values in kept["entries"]],
        name_values={},
        details={int(item): _detail(values) for item, values in kept["details"].items()},
        purposes=[Purpose(*values) for values in kept["purposes"]],
    )
    order = [
        RankedPiece(Piece(item, kind), gain, tokens) for item, kind, gain, tokens in kept["order"]
    ]
    counts = HeadCounts(kept["names"], kept["files"].__getitem__)
    return HeadOverview(material, order, counts)


def speaks_of(text: str, paths: Collection[str]) -> bool:
    """Whether the overview that a text is of could say something of these files."""
    kept = json.loads(text)
    said = {*kept["names"], *(purpose[1] for purpose in kept["purposes"])}
    return not said.isdisjoint(paths)


def _entry(values: list[Any]) -> Entry:
    path, name, qualified, parents, *others = values
    return Entry(path, name, qualified, tuple(parents), *others)


def _detail(values: list[Any]) -> Detail:
    text, names, parameters, rest = values
    return Detail(text, tuple(names), tuple(parameters), rest)
