"""Lists of locations: those for a question, above the answer or as it, and those it cites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content, Span
from textual.events import Click
from textual.message import Message
from textual.style import Style
from textual.widgets import Static

from repo_mhm.answer.located_rows import located_rows
from tui.formatting import shortened_start
from tui.rows import Row, Rows
from tui.safe_text import single_line
from tui.source import OpenSource

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from repo_mhm.answer.events import Located, LocatedLine
    from repo_mhm.answer.located_rows import LocatedRow

_LONGEST_LOCATION = 50
"""Cells of a location in a list; its code needs the rest of the line."""


class AnswerRows(Rows, inherit_bindings=False):
    """The rows of an answer. Letters are no keys here: they go to the prompt."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "first", "Top", show=False),
        Binding("end", "last", "Bottom", show=False),
        Binding("enter", "choose", "Open source"),
    ]
    DEFAULT_CSS = """
    AnswerRows {
        height: auto; max-height: 16;
        & > .rows--cursor { background: transparent; }
        &:ansi > .rows--cursor { background: ansi_default; }
    }
    """

    class Left(Message):
        """The cursor moved up from the first row (`by` -1), or down from the last one (1)."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def action_move(self, by: int) -> None:
        """Move the cursor; from the first and the last row out of the list."""
        if 0 <= self.cursor + by < len(self.rows):
            self.cursor += by
        else:
            self.post_message(self.Left(by))

    def action_first(self) -> None:
        """Go to the first row."""
        self.cursor = 0

    def action_last(self) -> None:
        """Go to the last row."""
        self.cursor = len(self.rows) - 1

    def on_click(self, event: Click) -> None:
        """Choose the row that is clicked."""
        event.prevent_default()
        line = event.y + self.scroll_offset.y
        if 0 <= line < len(self.rows):
            self.cursor = line
            self.action_choose()


class LocationList(Vertical):
    """A heading, and a row for each location; Enter or a click opens its source."""

    DEFAULT_CSS: ClassVar[str] = """
    LocationList { height: auto; margin: 0 0 1 0; }
    LocationList > .heading { text-style: bold; }
    """

    class ShowAll(Message):
        """The lines that were left out are to be shown too."""

    def __init__(self, located: Located) -> None:
        super().__init__(classes="locations")
        rows = located_rows(located)
        self._heading = _heading(located)
        self._rows = _rows(located, rows)
        self.is_answer = located.is_answer
        self.citations = tuple(_citation(row.line) for row in rows if row.has_location)
        """The locations, as the source panel takes them."""

    def compose(self) -> ComposeResult:
        """Yield the heading and the rows."""
        yield Static(Content(self._heading), classes="heading")
        if self._rows:
            yield AnswerRows(self._rows)

    @on(Rows.Chosen)
    def _chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        if isinstance(event.row.key, int):
            self.post_message(OpenSource(self.citations, event.row.key))
        else:
            self.post_message(self.ShowAll())

    @on(Rows.Moved)
    def _moved(self, event: Rows.Moved) -> None:
        event.stop()


class CitationLinks(Static):
    """The citations under an answer, one on each line; a click opens it."""

    def __init__(self, citations: Sequence[Citation]) -> None:
        super().__init__(_links(citations), classes="citations")
        self._citations = citations

    def action_open(self, number: int) -> None:
        """Open citation `number`, counted from 1."""
        self.post_message(OpenSource(self._citations, number - 1))


def stored_located(result: dict[str, Any]) -> Located | None:
    """The locations of a stored answer; None where it was kept without any."""
    from repo_mhm.answer.events import Located, LocatedLine
    from repo_mhm.location import Location

    stored_lines = result.get("locations")
    if not stored_lines:
        return None
    lines = tuple(
        LocatedLine(
            location=Location(line["path"], line["start"], line["end"]),
            code=line["code"],
            line=line["line"],
            symbol=line["symbol"],
            remark=line["remark"],
        )
        for line in stored_lines
    )
    return Located(
        kind=result.get("kind", "free"),
        heading=str(result.get("heading", "")),
        lines=lines,
        total=int(result.get("total", len(lines))),
        is_answer=not result.get("model"),
    )


def _citation(line: LocatedLine) -> Citation:
    """The lines to mark: all from the line of code on where it begins them, else that line."""
    from repo_mhm.answer.citations import Citation
    from repo_mhm.location import Location

    location, number = line.location, line.number
    end = location.end if number == location.start else number
    return Citation(Location(location.path, number, end))


def _heading(located: Located) -> str:
    heading = single_line(located.heading)
    if located.total > len(located.lines):
        heading += f", {len(located.lines):,} shown"
    return heading


def _rows(located: Located, rows: Sequence[LocatedRow]) -> list[Row]:
    """A row for each location; its key is the number of its citation, from 0."""
    leads = [_lead(row) for row in rows]
    width = max((len(lead) for lead, row in zip(leads, rows, strict=True) if row.code), default=0)
    marks = iter(_marks(sum(row.has_location for row in rows), is_answer=located.is_answer))

    table: list[Row] = []
    number = -1
    for lead, row in zip(leads, rows, strict=True):
        # Rows without a location stand below the only one.
        number += row.has_location
        mark = next(marks) if row.has_location else ""
        look = "chunk" if row.has_location else ""
        parts = [(mark, "dim"), (lead, look)]
        if row.code:
            parts.append((f"{' ' * (width - len(lead))}  {single_line(row.code)}", ""))
        if row.remark and row.has_location:
            parts.append((f"  ({single_line(row.remark)})", "dim"))
        table.append(Row(tuple(parts), number))

    more = located.total - len(located.lines)
    if more > 0 and located.is_answer and located.kind != "free":
        table.append(Row(((f"… {more:,} more: Enter shows all", "accent"),)))
    return table


def _lead(row: LocatedRow) -> str:
    """What a row begins with: its location, or its remark."""
    if not row.has_location:
        return f"  {single_line(row.remark)}"
    location = f"{single_line(row.line.location.path)}:{row.line.number}"
    return shortened_start(location, _LONGEST_LOCATION)


def _marks(count: int, *, is_answer: bool) -> Sequence[str]:
    """What stands before each row: its number where the list is the answer, for the keys."""
    if not is_answer:
        return [""] * count
    width = len(str(count))
    return [f"[{number:>{width}}] " for number in range(1, count + 1)]


def _links(citations: Sequence[Citation]) -> Content:
    from repo_mhm.answer.citations import STATE_REMARKS

    lines: list[str] = []
    spans: list[Span] = []
    start = 0
    for number, citation in enumerate(citations, 1):
        line = f"[{number}] {single_line(citation.location.short)}{STATE_REMARKS[citation.state]}"
        click = Style.from_meta({"@click": f"open({number})"})
        spans.append(Span(start, start + len(line), click))
        lines.append(line)
        start += len(line) + 1
    return Content("\n".join(lines), spans=spans)
