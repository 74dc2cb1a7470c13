"""Lists of locations: those for a question, above the answer or as it, and those it cites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.content import Content, Span
from textual.style import Style
from textual.widgets import Static

from repo_mhm.answer.located_rows import located_rows
from tui.safe_text import single_line
from tui.source import OpenSource

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from repo_mhm.answer.events import Located, LocatedLine
    from repo_mhm.answer.located_rows import LocatedRow


class LocationList(Static):
    """A heading, and a row for each location; a click opens its source."""

    DEFAULT_CSS: ClassVar[str] = """
    LocationList { margin: 0 0 1 0; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, located: Located) -> None:
        rows = located_rows(located)
        super().__init__(_content(located, rows), classes="locations")
        self.is_answer = located.is_answer
        self.citations = tuple(_citation(row.line) for row in rows if row.has_location)
        """The locations, as the source panel takes them."""

    def action_open(self, number: int) -> None:
        """Open location `number`, counted from 1."""
        if 1 <= number <= len(self.citations):
            self.post_message(OpenSource(self.citations, number - 1))


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


def _content(located: Located, rows: Sequence[LocatedRow]) -> Content:
    heading = single_line(located.heading)
    if located.total > len(located.lines):
        heading += f", {len(located.lines):,} shown"
    parts = [Content.styled(heading, "bold")]

    leads = [_lead(row) for row in rows]
    width = max((len(lead) for lead, row in zip(leads, rows, strict=True) if row.code), default=0)
    marks = iter(_marks(sum(row.has_location for row in rows), is_answer=located.is_answer))
    for number, (lead, row) in enumerate(zip(leads, rows, strict=True), 1):
        if row.has_location:
            # Rows without a location stand below the only one.
            click = Style.from_meta({"@click": f"open({number})"})
            parts.append(Content.styled(f"\n{next(marks)}{lead}", click))
        else:
            parts.append(Content(f"\n{lead}"))
        if row.code:
            parts.append(Content(f"{' ' * (width - len(lead))}  {single_line(row.code)}"))
        if row.remark and row.has_location:
            parts.append(Content.styled(f"  ({single_line(row.remark)})", "dim"))

    return Content("").join(parts)


def _lead(row: LocatedRow) -> str:
    """What a row begins with: its location, or its remark."""
    if not row.has_location:
        return f"  {single_line(row.remark)}"
    return f"{single_line(row.line.location.path)}:{row.line.number}"


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
