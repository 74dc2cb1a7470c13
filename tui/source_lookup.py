"""Finds the source that a name means: a file with or without a line, or a symbol."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from repo_mhm.store import Store

_LINES = re.compile(r"(?P<path>.+):(?P<start>\d{1,9})(?:-(?P<end>\d{1,9}))?")


def find_source(store: Store, name: str) -> Citation | None:
    """Return where a file or a symbol is in the snapshot; None where there is none."""
    from repo_mhm.answer.citations import Citation
    from repo_mhm.location import Location

    name = name.removeprefix("@")
    match = _LINES.fullmatch(name)
    path, start, end = (match["path"], match["start"], match["end"]) if match else (name, "", "")
    if store.chunk_counts([path]).get(path):
        first = int(start or 1)
        return Citation(Location(path, first, max(first, int(end or first))))

    symbols = store.symbols_named([name], 50)
    return Citation(symbols[0].symbol.location) if symbols else None
