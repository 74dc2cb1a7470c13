"""The rows that a list of locations is shown in, without what would be said twice. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from repo_mhm.answer.events import Located, LocatedLine


@dataclass(frozen=True, slots=True)
class LocatedRow:
    """One row: its location or, below a location that several rows share, its remark; its code."""

    line: LocatedLine
    code: str
    remark: str
    """What is said of the code: the symbol that it is in, and the line's own remark."""
    has_location: bool = True
    """Whether the row begins with the location, else with the remark."""


def located_rows(located: Located) -> list[LocatedRow]:
    """The rows of a list.

    A symbol is left out where all lines have the same one or where the code itself shows it. Lines
    of one location, such as the commits that changed it, stand below it.
    """
    lines = located.lines
    symbols = {line.symbol for line in lines}
    is_shared_symbol = len(lines) > 1 and len(symbols) == 1 and located.kind != "free"
    positions = {(line.location.path, line.number) for line in lines}

    if len(lines) > 1 and len(positions) == 1:
        below = [LocatedRow(line, line.code, line.remark, has_location=False) for line in lines]
        return [LocatedRow(lines[0], "", ""), *below]
    return [
        LocatedRow(line, line.code, _remark(line, with_symbol=not is_shared_symbol))
        for line in lines
    ]


def _remark(line: LocatedLine, *, with_symbol: bool) -> str:
    is_in_code = re.search(rf"(?<!\w){re.escape(line.symbol)}(?!\w)", line.code) is not None
    symbol = line.symbol if with_symbol and not is_in_code else ""
    return ", ".join(filter(None, (symbol, line.remark)))
