"""Lists of locations: those for a question, above the answer or as it, and those it cites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.content import Content, Span
from textual.style import Style
from textual.widgets import Static

from tui.safe_text import single_line
from tui.source import OpenSource

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from repo_mhm.answer.events import Located, LocatedLine
    from repo_mhm.location import Location


class LocationList(Static):
    """A heading, and a row for each location; a click opens its source."""

    DEFAULT_CSS: ClassVar[str] = """
    LocationList { margin: 0 0 1 0; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, located: Located) -> None:
        super().__init__(_content(located), classes="locations")
        self.is_answer = located.is_answer
        self.citations = tuple(_citation(line) for line in located.lines)
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


def _content(located: Located) -> Content:
    heading = single_line(located.heading)
    if located.total > len(located.lines):
        heading += f", {len(located.lines):,} shown"
    text = heading
    spans = [Span(0, len(heading), "bold")]

    places = [f"{single_line(line.location.path)}:{line.number}" for line in located.lines]
    marks = _marks(len(places), is_answer=located.is_answer)
    width = max(map(len, places), default=0)
    for number, line in enumerate(located.lines, 1):
        place = f"{marks[number - 1]}{places[number - 1]}"
        start = len(text) + 1
        text += f"\n{place}{' ' * (width - len(places[number - 1]))}  {single_line(line.code)}"
        spans.append(
            Span(start, start + len(place), Style.from_meta({"@click": f"open({number})"}))
        )
        remarks = ", ".join(filter(None, (single_line(line.symbol), single_line(line.remark))))
        if remarks:
            spans.append(Span(len(text), len(text) + len(remarks) + 4, "dim"))
            text += f"  ({remarks})"

    return Content(text, spans=spans)


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
        line = f"[{number}] {_short_location(citation.location)}{STATE_REMARKS[citation.state]}"
        click = Style.from_meta({"@click": f"open({number})"})
        spans.append(Span(start, start + len(line), click))
        lines.append(line)
        start += len(line) + 1
    return Content("\n".join(lines), spans=spans)


def _short_location(location: Location) -> str:
    """The location, with one number where it is one line."""
    if location.start == location.end:
        return f"{single_line(location.path)}:{location.start}"
    return single_line(str(location))
