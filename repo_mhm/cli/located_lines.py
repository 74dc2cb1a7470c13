"""Locations with their lines of code, as a terminal or a pipe shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repo_mhm.cli.file_links import FileLinks
from repo_mhm.formatting import safe, single_line

if TYPE_CHECKING:
    from rich.text import Text

    from repo_mhm.answer.events import Located, LocatedLine

MOST_CHARACTERS = 300
"""A longer line of code is cut where no terminal cuts it: lines of minified files are endless."""
LEAST_CODE = 20
"""Columns that a line of code keeps on a narrow terminal, whatever stands beside it."""


def heading(located: Located) -> str:
    """What the lines are, and how many of them are shown where that is not all."""
    text = safe(located.heading)
    if located.total > len(located.lines):
        text += f", {len(located.lines):,} shown; --all lists all"
    return text


def rows(located: Located, links: FileLinks, width: int | None) -> Text:
    """A row for each location: `path:line`, its code, its symbol and the remark on it.

    Rows are cut to `width` columns; None leaves them whole.
    """
    from rich.text import Text

    places = [f"{links.shown(line.location.path)}:{line.number}" for line in located.lines]
    column = max(map(len, places), default=0)
    text = Text()
    for place, line in zip(places, located.lines, strict=True):
        row = Text(place, f"cyan link {url}" if (url := links.url(line.location.path)) else "cyan")
        row.append(" " * (column - len(place) + 2))
        row.append_text(_code_and_remarks(line, width and width - column - 2))
        text.append_text(row).append("\n")
    return text


def _code_and_remarks(line: LocatedLine, width: int | None) -> Text:
    from rich.text import Text

    code = Text(single_line(line.code))
    remarks = ", ".join(filter(None, (line.symbol, line.remark)))
    end = Text(f"  ({single_line(remarks)})" if remarks else "", "dim")

    room = MOST_CHARACTERS if width is None else max(LEAST_CODE, width - end.cell_len)
    code.truncate(room, overflow="ellipsis")
    code.append_text(end)
    if width is not None:
        code.truncate(max(LEAST_CODE, width), overflow="ellipsis")
    return code
