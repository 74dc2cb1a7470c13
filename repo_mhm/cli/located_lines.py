"""Locations with their lines of code, as a terminal or a pipe shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repo_mhm.formatting import safe

if TYPE_CHECKING:
    from rich.text import Text

    from repo_mhm.answer.events import Located, LocatedLine


def located_text(located: Located) -> Text:
    """The heading, then each location in a column, its code, its symbol and the remark on it."""
    from rich.text import Text

    text = Text(safe(located.heading), style="bold")
    columns = [_place(line) for line in located.lines]
    width = max(map(len, columns), default=0)

    for column, line in zip(columns, located.lines, strict=True):
        text.append("\n")
        text.append(column.ljust(width), "cyan")
        text.append(f"  {_one_line(line.code)}", "not bold")
        remarks = ", ".join(filter(None, (line.symbol, line.remark)))
        if remarks:
            text.append(f"  ({_one_line(remarks)})", "not bold dim")

    return text


def _place(line: LocatedLine) -> str:
    return f"{_one_line(line.location.path)}:{line.number}"


def _one_line(text: str) -> str:
    return " ".join(safe(text).split())
