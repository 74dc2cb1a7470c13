"""Locations with their lines of code, as a terminal or a pipe shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repo_mhm.cli.file_links import FileLinks
from repo_mhm.formatting import safe, single_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from repo_mhm.answer.events import Located
    from repo_mhm.answer.located_rows import LocatedRow

MOST_CHARACTERS = 300
"""A longer line of code is cut where no terminal cuts it: lines of minified files are endless."""
LEAST_CODE = 20
"""Columns that a line of code keeps on a narrow terminal, whatever stands beside it."""
CODE_SHARE = 0.65
"""Share of a row that its code may take before the remark on it gives way."""


def heading(located: Located) -> Text:
    """What the lines are, and how many of them are shown where that is not all."""
    from rich.text import Text

    text = Text(safe(located.heading), "bold")
    if located.total > len(located.lines):
        text.append(f", {len(located.lines):,} shown; --all lists all", "not bold dim")
    return text


def rows(located: Located, links: FileLinks, width: int | None) -> Text:
    """The rows of the list, each a location or a remark, its code, and what is said of the code.

    They are cut to `width` columns; None leaves them whole.
    """
    from repo_mhm.answer.located_rows import located_rows

    return table(located_rows(located), links, width)


def table(
    shown_rows: Sequence[LocatedRow],
    links: FileLinks,
    width: int | None,
    *,
    with_line: bool = True,
) -> Text:
    """These rows, cut as `rows` says; a location without its line where only files are meant."""
    from rich.text import Text

    leads = [_lead(row, links, with_line=with_line) for row in shown_rows]
    pairs = list(zip(leads, shown_rows, strict=True))
    column = max((lead.cell_len for lead, row in pairs if row.code), default=0)
    text = Text()
    for lead, row in pairs:
        if row.code:
            lead.append(" " * (column - lead.cell_len + 2))
            lead.append_text(_code_and_remark(row, width and width - column - 2))
        text.append_text(lead).append("\n")
    return text


def _lead(row: LocatedRow, links: FileLinks, *, with_line: bool) -> Text:
    """What a row begins with: its location as a link, or its remark."""
    from rich.text import Text

    if not row.has_location:
        return Text(f"  {single_line(row.remark)}")
    path = row.line.location.path
    url = links.url(path)
    style = f"cyan link {url}" if url else "cyan"
    # The row goes on in another style, which that of a whole text would not allow.
    number = f":{row.line.number}" if with_line else ""
    return Text().append(f"{links.shown(path)}{number}", style)


def _code_and_remark(row: LocatedRow, width: int | None) -> Text:
    from rich.text import Text

    code = Text(single_line(row.code))
    remark = single_line(row.remark) if row.has_location else ""
    end = Text(f"  ({remark})" if remark else "", "dim")

    room = MOST_CHARACTERS
    if width is not None:
        room = max(LEAST_CODE, width - end.cell_len, int(width * CODE_SHARE))
    code.truncate(room, overflow="ellipsis")
    code.append_text(end)
    if width is not None:
        code.truncate(max(LEAST_CODE, width), overflow="ellipsis")
    return code
