"""A list of one-line rows, of which only the visible ones are rendered.

A row that is cut at the right ends in "…". Knows nothing about what the rows show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

Part = tuple[str, str]
"""A piece of a row: its text (safe, without line ends) and its look, one of LOOKS or empty."""

LOOKS = tuple(
    "dim strong accent good warn bad comment keyword string number name kind"
    " symbol chunk file directory unread".split()
)
ROW_LOOKS = frozenset({"highlighted", "marked", "cursor"})
"""Looks of a whole row."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `look` colours all of it (`highlighted`, `marked` or empty).

    `key` is the owner's object or name for it.
    """

    parts: tuple[Part, ...]
    key: object = None
    look: str = ""

    @property
    def text(self) -> str:
        """The row as plain text."""
        return "".join(text for text, _ in self.parts)


class Rows(ScrollView, can_focus=True):
    """Rows under a cursor that keys and the mouse move."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "move(-1000000000)", "Top", show=False),
        Binding("end,G", "move(1000000000)", "Bottom", show=False),
        Binding("enter", "choose", "Open", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"rows--{look}" for look in (*LOOKS, *ROW_LOOKS)}
    DEFAULT_CSS = """
    Rows {
        height: 1fr; width: 1fr; scrollbar-size: 0 1; background: transparent;
        & > .rows--dim { text-style: dim; }
        & > .rows--strong { text-style: bold; }
        & > .rows--accent { color: $text-accent; text-style: bold; }
        & > .rows--good { color: $text-success; }
        & > .rows--warn { color: $text-warning; }
        & > .rows--bad { color: $text-error; }
        & > .rows--comment { text-style: dim italic; }
        & > .rows--keyword { color: $text-accent; }
        & > .rows--string { color: $text-success; }
        & > .rows--number { color: $text-warning; }
        & > .rows--name { color: $text-primary; text-style: bold; }
        & > .rows--kind { color: $text-secondary; }
        & > .rows--symbol { color: $text-success; }
        & > .rows--chunk { color: $text-primary; }
        & > .rows--file { color: $text-warning; }
        & > .rows--directory { color: $text-error; }
        & > .rows--unread { text-style: dim; }
        & > .rows--highlighted { background: $success 20%; text-style: bold; }
        & > .rows--marked { background: $warning 18%; }
        & > .rows--cursor { background: $surface-lighten-2; }
        &:focus > .rows--cursor { background: $primary 45%; color: $foreground; text-style: bold; }
        &:ansi > .rows--highlighted { background: ansi_default; text-style: bold underline; }
        &:ansi > .rows--marked { background: ansi_default; text-style: bold; }
        &:ansi > .rows--cursor { background: ansi_default; }
        &:ansi:focus > .rows--cursor {
            color: ansi_default; background: ansi_default; text-style: reverse;
        }
        &:ansi > .rows--symbol { color: ansi_green; }
        &:ansi > .rows--chunk { color: ansi_cyan; }
        &:ansi > .rows--file { color: ansi_yellow; }
        &:ansi > .rows--directory { color: ansi_red; }
    }
    """

    cursor: reactive[int] = reactive(0)

    class Resized(Message):
        """The list has another width or height, also when it is laid out for the first time."""

        def __init__(self, rows: Rows) -> None:
            super().__init__()
            self.rows = rows

        @property
        def control(self) -> Rows:
            """The list that sent it."""
            return self.rows

    class Moved(Message):
        """The cursor moved to another row."""

        def __init__(self, rows: Rows, row: Row) -> None:
            super().__init__()
            self.rows = rows
            self.row = row

        @property
        def control(self) -> Rows:
            """The list that sent it."""
            return self.rows

    class Chosen(Moved):
        """A row was chosen, with Enter or a click on the row under the cursor."""

    def __init__(
        self, rows: Sequence[Row] = (), *, dom_id: str | None = None, scrolls_sideways: bool = False
    ) -> None:
        super().__init__(id=dom_id)
        self.rows: Sequence[Row] = ()
        self._scrolls_sideways = scrolls_sideways
        self._styles_by_look: dict[str, Style] = {}
        self.show_rows(rows)

    def show_rows(
        self, rows: Sequence[Row], cursor: int | None = None, *, width: int | None = None
    ) -> None:
        """Show other rows, with the cursor at row `cursor` (from 0), or where it is.

        `width` is that of the widest row, for those who know it.
        """
        self.rows = rows
        self.virtual_size = Size(self._width_of(rows) if width is None else width, len(rows))
        last = max(0, len(rows) - 1)
        self.set_reactive(Rows.cursor, min(self.cursor if cursor is None else cursor, last))
        self.refresh()

    def _width_of(self, rows: Sequence[Row]) -> int:
        """The width of the widest row, where rows scroll sideways.

        Elsewhere there may be very many, which are made when they are drawn.
        """
        if not self._scrolls_sideways:
            return 0
        return max((cell_len(row.text) for row in rows), default=0)

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    def reveal(self, line: int, *, margin: int = 3) -> None:
        """Scroll so that a row is visible with `margin` rows around it."""
        above = max(0, line - margin)
        self.scroll_to_region(
            Region(0, above, 1, 2 * margin + 1), animate=False, immediate=True, x_axis=False
        )

    def watch_cursor(self, old: int, new: int) -> None:
        """Draw the row that the cursor left and the one that it is on; report the move."""
        self.refresh_lines(old)
        self.refresh_lines(new)
        self.reveal(new, margin=1)
        if self.current is not None:
            self.post_message(self.Moved(self, self.current))

    def validate_cursor(self, value: int) -> int:
        """Keep the cursor on a row."""
        return max(0, min(value, len(self.rows) - 1))

    def action_move(self, by: int) -> None:
        """Move the cursor by so many rows."""
        self.cursor += by

    def action_page(self, by: int) -> None:
        """Move the cursor by so many pages."""
        self.cursor += by * max(1, self.scrollable_content_region.height - 1)

    def action_choose(self) -> None:
        """Report that the row under the cursor is chosen."""
        if self.current is not None:
            self.post_message(self.Chosen(self, self.current))

    def on_click(self, event: Click) -> None:
        """Move the cursor to a row; choose it when it is there already."""
        line = event.y + self.scroll_offset.y
        if 0 <= line < len(self.rows):
            again = line == self.cursor
            self.cursor = line
            if again or event.chain > 1:
                self.action_choose()

    def on_resize(self) -> None:
        """Report it to those who fit something to the width."""
        self.post_message(self.Resized(self))

    def on_focus(self) -> None:
        """Report the row under the cursor."""
        if self.current is not None:
            self.post_message(self.Moved(self, self.current))

    def notify_style_update(self) -> None:
        """Forget the styles that were computed."""
        self._styles_by_look.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """Render line `y` of what is visible."""
        scroll_x, scroll_y = self.scroll_offset
        width = self.scrollable_content_region.width
        index = scroll_y + y
        base = self._base()
        if index >= len(self.rows):
            return Strip.blank(width, base)
        row = self.rows[index]
        if row.look:
            base += self._look(row.look)
        cursor = self._look("cursor") if index == self.cursor else Style.null()
        segments = [Segment(text, base + self._look(look) + cursor) for text, look in row.parts]
        strip = Strip(segments)
        shown = strip.crop_extend(scroll_x, scroll_x + width, base + cursor)
        if strip.cell_length <= scroll_x + width:
            return shown
        dots = Segment("…", base + self._look("dim") + cursor)
        return Strip([*shown.crop(0, width - 1), dots])

    def _base(self) -> Style:
        """Return the style under everything, cached: computing it walks up the whole tree."""
        key = f":{self.has_focus}{self.mouse_hover}"
        if key not in self._styles_by_look:
            self._styles_by_look[key] = self.rich_style
        return self._styles_by_look[key]

    def _look(self, look: str) -> Style:
        if not look:
            return Style.null()
        key = f"{look}{self.has_focus}"
        if key not in self._styles_by_look:
            # Looks of a whole row are blended with their background; others add to the row's.
            partial = look not in ROW_LOOKS
            style = self.get_component_rich_style(f"rows--{look}", partial=partial)
            self._styles_by_look[key] = style
        return self._styles_by_look[key]
