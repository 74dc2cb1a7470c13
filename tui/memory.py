"""The memory view: heads as columns with their fill, notes by module and level, where each comes from, and a search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalScroll, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from tui.background_reader import Reader
from tui.citation_marks import one_line
from tui.formatting import GLYPHS, LEVELS, bar
from tui.index_progress import Reading
from tui.rows import Row, Rows

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from repo_mhm.commands.memory import HeadView, NoteView

_DIRECTORY = 3
_HEAD_WIDTH = 38
"""Narrowest a head may be, in cells."""


class Head(Vertical):
    """One head: a line with its fill, and its notes."""

    DEFAULT_CSS = """
    Head {
        width: 40; border-right: vkey $primary 20%; padding: 0 1;
        .fill { height: 1; color: $text-primary; text-style: bold; }
        &:focus-within .fill { color: $text-accent; text-style: bold underline; }
    }
    """

    def __init__(self, number: int) -> None:
        super().__init__(id=f"head-{number}")
        self.number = number
        self._shown: object = None

    def compose(self) -> ComposeResult:
        yield Static("", classes="fill")
        yield Rows()

    def shows(self, view: HeadView, lit: tuple[Citation, ...]) -> bool:
        """Whether these are the notes that are shown, lit up like this."""
        return self._shown == (view, lit)

    def show(self, view: HeadView, lit: tuple[Citation, ...], rows: Sequence[Row]) -> None:
        """Show its notes, of which `rows` are made."""
        first = self._shown is None
        self._shown = (view, lit)
        share = view.tokens / max(1, view.budget)
        fill = (
            f"{view.head} {bar(share, 10)} {view.tokens:,}/{view.budget:,}  {len(view.notes)} notes"
        )
        self.query_one(".fill", Static).update(Content(fill))
        self.query_one(Rows).show_rows(rows, 1 if first else None)


class MemoryView(Vertical):
    """All heads side by side, and the note under the cursor in full."""

    HELP = """
**Memory**

- Left and Right go to other heads
- Enter opens a note's source
- / searches the notes, also those that have left
- n goes to the next note the last answer used
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "head(-1)", "Head left", show=False),
        Binding("right,l", "head(1)", "Heads", key_display="←→"),
        Binding("slash", "search", "Search"),
        Binding("n", "lit(1)", "Next used"),
        Binding("escape", "leave", "Back", show=False),
    ]
    DEFAULT_CSS = """
    MemoryView {
        #search { display: none; height: 3; border: round $accent; }
        #found { display: none; }
        #heads { height: 1fr; }
        #nothing { padding: 1 3; color: $text-muted; display: none; }
        #note { height: 5; border-top: solid $primary 30%; padding: 0 1; }
        &.-searching #search { display: block; }
        &.-found #found { display: block; }
        &.-found #heads { display: none; }
        &.-empty #heads { display: none; }
        &.-empty #nothing { display: block; }
    }
    """

    class Open(Message):
        """A note's places are wanted."""

        def __init__(self, places: Sequence[Citation]) -> None:
            super().__init__()
            self.places = places

    def __init__(self, reader: Reader, reading: Reading) -> None:
        super().__init__(id="memory")
        self._reader = reader
        self._reading = reading
        self._lit: tuple[Citation, ...] = ()
        self._shape = (0, 0)

    def compose(self) -> ComposeResult:
        yield Input(
            id="search", placeholder="Search the notes, also those that have left the heads"
        )
        yield Rows(dom_id="found")
        yield HorizontalScroll(id="heads", can_focus=False)
        yield Static("", id="nothing")
        yield Static("", id="note")

    def set_shape(self, heads: int, head_tokens: int) -> None:
        """How many heads there are, and the budget of each."""
        self._shape = (heads, head_tokens)
        self.load()

    def light_up(self, places: Iterable[Citation]) -> None:
        """Mark the notes on these places: what the last answer used."""
        self._lit = tuple(places)
        self.load()

    @work(exclusive=True)
    async def load(self) -> None:
        """Show memory as it is now."""
        from repo_mhm.commands.memory import show

        heads, budget = self._shape
        views = await self._reader.read(lambda store: show(store, heads, budget)) if heads else None
        empty = not views or not any(view.notes for view in views)
        begins = self.has_class("-empty") and not empty
        self.set_class(empty, "-empty")
        self.query_one("#nothing", Static).update(self._reading.invitation)
        if not views:
            return
        row = self.query_one("#heads")
        shown = list(row.query(Head))
        if len(shown) != len(views):
            await row.remove_children()
            shown = [Head(view.head) for view in views]
            await row.mount_all(shown)
            self._share_out()
            begins = True
        lit = self._lit
        for head, view in zip(shown, views, strict=True):
            if not head.shows(view, lit):
                # Thousands of notes take too long to be made into rows on the loop.
                rows = await self._reader.settle(partial(_rows, view.notes, lit))
                head.show(view, lit, rows)
        if begins and self.screen.focused is None:
            self.call_after_refresh(self.focus_rows)

    def on_resize(self) -> None:
        self._share_out()

    def _share_out(self) -> None:
        """As many heads beside each other as there is room for; the rest is a scroll away."""
        heads = self.query(Head)
        if heads and self.size.width:
            abreast = max(1, min(len(heads), self.size.width // _HEAD_WIDTH))
            for head in heads:
                head.styles.width = self.size.width // abreast

    def focus_rows(self) -> None:
        """Put the cursor where notes are."""
        for rows in self.query(Rows):
            if rows.rows and rows.region:
                rows.focus()
                return

    def action_head(self, by: int) -> None:
        heads = list(self.query(Head))
        if not heads:
            return
        at = next((index for index, head in enumerate(heads) if head.has_focus_within), 0)
        chosen = heads[(at + by) % len(heads)]
        chosen.query_one(Rows).focus()
        chosen.scroll_visible(animate=False)

    def action_lit(self, by: int) -> None:
        """Go to the next note the last answer used, in this head or a later one."""
        heads = list(self.query(Head))
        at = next((index for index, head in enumerate(heads) if head.has_focus_within), 0)
        for offset in range(len(heads) + 1):
            rows = heads[(at + offset) % len(heads)].query_one(Rows)
            first = rows.cursor + 1 if offset == 0 else 0
            for index in range(first, len(rows.rows)):
                if rows.rows[index].look == "lit":
                    rows.focus()
                    rows.cursor = index
                    return

    def action_search(self) -> None:
        self.add_class("-searching")
        self.query_one("#search", Input).focus()

    def action_leave(self) -> None:
        """From the search back to the heads; from there wherever Escape leads."""
        if not self.has_class("-searching"):
            raise SkipAction
        self.remove_class("-searching", "-found")
        self.focus_rows()

    @on(Input.Submitted, "#search")
    @work(exclusive=True, group="search")
    async def _find(self, event: Input.Submitted) -> None:
        from repo_mhm.commands.memory import search

        words = event.value
        found = await self._reader.read(lambda store: search(store, words, 200)) or []
        rows = _rows(found, self._lit, whole=True) or [Row((("No note has these words.", "dim"),))]
        self.add_class("-found")
        list_ = self.query_one("#found", Rows)
        list_.show_rows(rows, 0)
        list_.focus()
        self._describe(rows[0])

    @on(Rows.Moved)
    def _moved(self, event: Rows.Moved) -> None:
        event.stop()
        self._describe(event.row)

    @on(Rows.Chosen)
    def _chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        places = _places(event.row.key) if event.row.key is not None else ()
        if places:
            self.post_message(self.Open(places))

    def _describe(self, row: Row) -> None:
        self.query_one("#note", Static).update(
            _description(row.key) if row.key is not None else Content("")
        )


def _places(note: NoteView | object) -> Sequence[Citation]:
    from repo_mhm.answer.citations import Citation
    from repo_mhm.commands.memory import NoteView
    from repo_mhm.location import Location

    if not isinstance(note, NoteView):
        return ()
    return [Citation(Location(span.path, span.start, span.end)) for span in note.citations]


def _description(note: NoteView | object) -> Content:
    from repo_mhm.commands.memory import LEVEL_NAMES, NoteView

    if not isinstance(note, NoteView):
        return Content("")
    places = [f"{one_line(span.path)}:{span.start}-{span.end}" for span in note.citations]
    where = ", ".join(places[:4]) + (f" and {len(places) - 4} more" if len(places) > 4 else "")
    how = {
        "skim": "from its outline",
        "read": "read whole",
        "merge": "merged from finer notes",
    }.get(note.depth, "")
    state = "" if note.live else ", no longer in a head"
    return Content.assemble(
        (one_line(note.anchor), "bold"),
        f"  {one_line(note.text)}\n",
        (f"{LEVEL_NAMES[note.level]} note, {how}{state} · {where or 'its source is gone'}", "dim"),
    )


def _rows(notes: Sequence[NoteView], lit: Sequence[Citation], *, whole: bool = False) -> list[Row]:
    """Notes as rows, under a row for each module unless whole paths are wanted."""
    rows = []
    module = None
    for note in notes:
        own = note.path if note.level == _DIRECTORY else note.path.rpartition("/")[0]
        if own != module and not whole:
            module = own
            rows.append(Row(((f"{one_line(own) or '.'}/", "kind"),)))
        look = LEVELS[note.level]
        indent = "  " if note.level == 0 and not whole else ""
        anchor = (
            note.anchor
            if whole or note.level == 0
            else note.anchor.rpartition("/")[2] or note.anchor
        )
        tail = "" if note.live else "  (retired)"
        used = "lit" if _is_lit(note, lit) else ""
        sign = ("◂ ", "accent") if used else ("", "")
        parts = (
            (f"{GLYPHS[note.level]} ", look),
            sign,
            (f"{indent}{one_line(anchor)} ", "name"),
            (one_line(note.text), "dim" if not note.live else ""),
            (tail, "dim"),
        )
        rows.append(Row(parts, note, used))
    return rows


def _is_lit(note: NoteView, lit: Sequence[Citation]) -> bool:
    return any(
        place.path == span.path and place.start <= span.end and span.start <= place.end
        for place in (citation.location for citation in lit)
        for span in note.citations
    )
