"""The source panel: a file beside the chat, with syntax colours and the cited lines marked.

It shows a file as citations count its lines: as it was indexed, or as it is now where it has
changed since. From a line it leads to definitions and users, and back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.style import Style
from textual.widgets import Static

from tui.background_reader import BackgroundReader
from tui.link_list import LinkList
from tui.rows import Row, Rows
from tui.safe_text import single_line
from tui.source_file import ShownFile, Stop, Trail, read_file
from tui.source_rows import SourceRows, outline_row, wrapped

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation

_LINES_ABOVE = 3
"""Lines that are shown above the first cited one."""


class OpenSource(Message):
    """The source of citations is to be shown, at the one with number `index` (from 0)."""

    def __init__(self, citations: Sequence[Citation], index: int = 0) -> None:
        super().__init__()
        self.citations = citations
        self.index = index


class SourcePanel(Vertical):
    """Shows the source of one citation at a time."""

    HELP = """
**A source**

- n, p or a number go to another citation
- d goes to the definition of a name on the line, u lists users
- b goes back, f forward
- o shows the symbols of the file, w wraps long lines
- e opens it in $EDITOR, at the line
- Escape closes it
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "step(1)", "Next citation"),
        Binding("p,N", "step(-1)", "Previous", show=False),
        Binding("d", "definitions", "Definition"),
        Binding("u", "users", "Users"),
        Binding("b,alt+left", "travel(-1)", "Back"),
        Binding("f,alt+right", "travel(1)", "Forward", show=False),
        Binding("o", "outline", "Outline"),
        Binding("w", "wrap", "Wrap"),
        Binding("e", "edit", "Edit"),
        Binding("escape", "close", "Close"),
        *(Binding(str(number), f"citation({number})", show=False) for number in range(1, 10)),
    ]
    DEFAULT_CSS = """
    SourcePanel {
        width: 1fr; display: none; border-left: vkey $primary 40%; padding: 0 0 0 1;
        &.-open { display: block; }
        #location { height: 1; text-style: bold; color: $text-primary; text-wrap: nowrap;
            text-overflow: ellipsis; }
        #citations { height: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis;
            link-style: none; link-color: $text-muted; display: none; }
        &.-several #citations { display: block; }
        #file { height: 1fr; }
        #outline { display: none; width: 34%; max-width: 44; border-left: vkey $primary 20%;
            padding: 0 0 0 1; }
        &.-outline #outline { display: block; }
    }
    """

    class EditFile(Message):
        """A file is to be opened in the user's editor."""

        def __init__(self, path: str, line: int) -> None:
            super().__init__()
            self.path = path
            self.line = line

    class Closed(Message):
        """The panel was closed."""

    def __init__(self, reader: BackgroundReader) -> None:
        super().__init__(id="source")
        self._reader = reader
        self.stop = Stop()
        """What is shown."""
        self._trail = Trail()
        self._shown: ShownFile | None = None
        """None until it has been read."""
        self._rows: SourceRows | None = None
        """The rows as they are shown: wrapped, or as the file has them."""
        self._wraps = False
        self._outline_line: object = None
        """The line of the symbol under the cursor of the outline."""

    def compose(self) -> ComposeResult:
        """Yield the location, the citations, the file with its outline, and a list of links."""
        yield Static("", id="location")
        yield Static("", id="citations")
        with Horizontal(id="file"):
            yield Rows(dom_id="lines", scrolls_sideways=True)
            yield Rows(dom_id="outline")
        yield LinkList(self._reader)

    @property
    def citations(self) -> Sequence[Citation]:
        """The citations of the answer or the note that it was opened for."""
        return self.stop.citations

    @property
    def index(self) -> int:
        """Number of the citation that is shown, from 0."""
        return self.stop.index

    @property
    def lines(self) -> Rows:
        """The lines of the file."""
        return self.query_one("#lines", Rows)

    @property
    def outline(self) -> Rows:
        """The symbols of the file."""
        return self.query_one("#outline", Rows)

    @property
    def links(self) -> LinkList:
        """Where a line leads."""
        return self.query_one(LinkList)

    @property
    def is_open(self) -> bool:
        """Whether the panel is visible."""
        return self.has_class("-open")

    # Opening and moving -----------------------------------------------------------------------

    def open(self, citations: Sequence[Citation], index: int) -> None:
        """Show citation number `index` (from 0) of an answer or a note."""
        if not citations:
            return
        if self.is_open and self._shown is not None:
            self._trail.leave(self._here())
        self.add_class("-open")
        self._go_to(Stop(tuple(citations), max(0, min(index, len(citations) - 1))))

    def _here(self) -> Stop:
        return replace(self.stop, line=self._line_number())

    def _go_to(self, stop: Stop) -> None:
        self.stop = stop
        self.links.close()
        self._show()

    def action_step(self, by: int) -> None:
        """Go to the citation that is `by` further."""
        if self.citations:
            self._go_to(Stop(self.stop.citations, (self.index + by) % len(self.citations)))

    def action_citation(self, number: int) -> None:
        """Go to citation `number`, counted from 1."""
        if 1 <= number <= len(self.citations):
            self._go_to(Stop(self.stop.citations, number - 1))

    def action_travel(self, by: int) -> None:
        """Go back to where the panel was before, or forward again."""
        stop = self._trail.travel(self._here(), by)
        if stop is None:
            self.notify(
                "There is nothing before this." if by < 0 else "There is nothing after this."
            )
        else:
            self._go_to(stop)

    def action_close(self) -> None:
        """Close the list of links; where none is shown, the panel."""
        if self.links.is_open:
            self.links.close()
            self.lines.focus()
            return
        if not self.is_open:
            raise SkipAction
        self.remove_class("-open")
        self._trail, self._shown = Trail(), None
        self.post_message(self.Closed())

    def action_edit(self) -> None:
        """Edit the file at the first cited line, or at the cursor where it has left them."""
        if self._shown is None:
            return
        location, line = self._shown.location, self._line_number()
        is_cited = location.start <= line <= location.end
        self.post_message(self.EditFile(location.path, location.start if is_cited else line))

    # The file ---------------------------------------------------------------------------------

    @work(exclusive=True)
    async def _show(self) -> None:
        self._shown = await read_file(self._reader, self.stop)
        await self._show_rows(self.stop.line or self._shown.location.start)
        self._show_outline()
        self._show_location()
        self.lines.focus()

    async def _show_rows(self, line: int) -> None:
        """Show the lines, with the cursor on one of them."""
        shown, rows = self._shown, self.lines
        if shown is None:
            return
        self._rows = shown.rows
        if self._wraps:
            width = rows.scrollable_content_region.width or self.size.width
            self._rows = await self._reader.run(partial(wrapped, shown.rows, width))
        index = self._rows.row_of(line)
        missing = [Row((("There is no such file.", "warn"),))]
        rows.show_rows(self._rows.rows or missing, index, width=self._rows.width)
        # The panel knows how far it can scroll only after it has been laid out.
        top = max(0, index - _LINES_ABOVE)
        self.call_after_refresh(rows.scroll_to, 0, top, animate=False, immediate=True)

    def _show_location(self) -> None:
        """Show where the cursor is, and which citation of which that is."""
        shown, citations = self._shown, self.citations
        if shown is None:
            return
        position = f"   {self.index + 1} of {len(citations)}" if len(citations) > 1 else ""
        around = shown.symbol_around(self._line_number())
        symbol = f"   in {single_line(around.symbol.qualified)}" if around else ""
        location = f"{single_line(shown.location.short)}{position}"
        text = Content.assemble(location, (symbol, "dim"))
        self.query_one("#location", Static).update(text, layout=False)
        self.set_class(len(citations) > 1, "-several")
        line = _citation_line(citations, self.index)
        self.query_one("#citations", Static).update(line, layout=False)
        if around is not None and not self.outline.has_focus:
            self.outline.cursor = shown.outline.index(around)

    def _line_number(self) -> int:
        """The line under the cursor, from 1."""
        row = self.lines.current
        return row.key if row is not None and isinstance(row.key, int) else 1

    @on(Rows.Moved, "#lines")
    def _line_moved(self, event: Rows.Moved) -> None:
        event.stop()
        self._show_location()

    @on(Rows.Chosen, "#lines")
    def _line_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        self.action_definitions()

    def action_wrap(self) -> None:
        """Wrap long lines, or do not."""
        self._wraps = not self._wraps
        self._break_lines()

    def on_resize(self, event: Resize) -> None:
        """Wrap long lines anew."""
        if self._wraps:
            self._break_lines()

    @work(exclusive=True, group="wrap")
    async def _break_lines(self) -> None:
        await self._show_rows(self._line_number())

    # The outline ------------------------------------------------------------------------------

    def action_outline(self) -> None:
        """Show the symbols of the file, or hide them."""
        self.toggle_class("-outline")
        rows = self.outline if self.has_class("-outline") else self.lines
        # Only after the layout are there a list that can have the focus and the new width.
        self.call_after_refresh(rows.focus)
        if self._wraps:
            self.call_after_refresh(self._break_lines)

    def _show_outline(self) -> None:
        entries = self._shown.outline if self._shown else ()
        rows = [outline_row(entry) for entry in entries]
        self.outline.show_rows(rows or [Row((("no symbols", "dim"),))], 0)
        self._outline_line = self.outline.current.key if self.outline.current else None

    @on(Rows.Moved, "#outline")
    def _outline_moved(self, event: Rows.Moved) -> None:
        event.stop()
        # The cursor of the outline also follows that of the lines.
        if self.outline.has_focus and event.row.key != self._outline_line:
            self._put_cursor_on(event.row.key)
        self._outline_line = event.row.key

    @on(Rows.Chosen, "#outline")
    def _outline_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        self._put_cursor_on(event.row.key)
        self.lines.focus()

    def _put_cursor_on(self, line: object) -> None:
        if isinstance(line, int) and self._rows is not None:
            self.lines.cursor = self._rows.row_of(line)
            self.lines.reveal(self.lines.cursor)

    # Definitions and users --------------------------------------------------------------------

    def action_definitions(self) -> None:
        """Go to the definition of the name on the line; where it has several names, list them."""
        line = self._shown.line(self._line_number()) if self._shown else None
        if line is not None:
            self.links.find_definitions(line)

    def action_users(self) -> None:
        """List the lines that use the symbol on the line."""
        line = self._shown.line(self._line_number()) if self._shown else None
        if line is not None:
            self.links.find_users(line)

    @on(LinkList.Followed)
    def _follow(self, event: LinkList.Followed) -> None:
        from repo_mhm.answer.citations import Citation

        event.stop()
        self.open([Citation(event.link.location)], 0)


def _citation_line(citations: Sequence[Citation], index: int) -> Content:
    """All citations with their numbers, the one that is shown first; a click goes to one."""
    numbered = list(enumerate(citations, 1))
    parts: list[Content] = []
    for number, citation in [*numbered[index:], *numbered[:index]]:
        path, _, lines = citation.location.short.rpartition(":")
        label = f"[{number}] {single_line(path.rpartition('/')[2])}:{lines}"
        look = "bold" if number == index + 1 else ""
        click = Style.from_meta({"@click": f"citation({number})"})
        parts.append(Content.styled(label, look).stylize(click))
    return Content("  ").join(parts)
