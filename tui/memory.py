"""The memory view: heads as columns with their fill and notes, and a search of all notes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalScroll, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.background_reader import BackgroundReader
from tui.formatting import bar
from tui.note_rows import description, note_citations, rows_by_module, rows_with_paths
from tui.rows import Row, Rows
from tui.source import OpenSource
from tui.state import AppState

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from repo_mhm.commands.memory import HeadView, NoteView

_HEAD_WIDTH = 38
"""Narrowest a head may be, in cells."""
_MOST_RESULTS = 200
"""Notes that a search shows."""


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
        """Yield the line with the fill and the notes."""
        yield Static("", classes="fill")
        yield Rows()

    def shows(self, view: HeadView, used: tuple[Citation, ...]) -> bool:
        """Return whether it shows these notes, with the same ones highlighted."""
        return self._shown == (view, used)

    def show(self, view: HeadView, used: tuple[Citation, ...], rows: Sequence[Row]) -> None:
        """Show a head's fill and its notes, as `rows`."""
        first_time = self._shown is None
        self._shown = (view, used)
        share = bar(view.tokens / max(1, view.budget), 10)
        tokens = f"{view.tokens:,}/{view.budget:,}"
        fill = f"{view.head} {share} {tokens}  {len(view.notes)} notes"
        self.query_one(".fill", Static).update(Content(fill))
        # The first row names a module, so the cursor begins at the one after it.
        self.query_one(Rows).show_rows(rows, 1 if first_time else None)


class MemoryView(Vertical):
    """All heads side by side, and the note under the cursor in full."""

    HELP = """
**Memory**

- Left and Right go to other heads
- Enter opens a note's source
- / searches all notes, also retired ones
- n goes to the next note that the last answer used
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "head(-1)", "Head left", show=False),
        Binding("right,l", "head(1)", "Heads", key_display="←→"),
        Binding("slash", "search", "Search"),
        Binding("n", "next_used", "Next used"),
        Binding("escape", "leave", "Back", show=False),
    ]
    DEFAULT_CSS = """
    MemoryView {
        #search { display: none; height: 3; border: round $accent; }
        #results { display: none; }
        #heads { height: 1fr; }
        #nothing { padding: 1 3; color: $text-muted; display: none; }
        #note { height: 5; border-top: solid $primary 30%; padding: 0 1; }
        &.-searching #search { display: block; }
        &.-results #results { display: block; }
        &.-results #heads { display: none; }
        &.-empty #heads { display: none; }
        &.-empty #nothing { display: block; }
    }
    """

    def __init__(self, state: AppState, reader: BackgroundReader) -> None:
        super().__init__(id="memory")
        self._state = state
        self._reader = reader

    def compose(self) -> ComposeResult:
        """Yield the search with its results, the heads, and the note in full."""
        yield Input(id="search", placeholder="Search all notes, also retired ones")
        yield Rows(dom_id="results")
        yield HorizontalScroll(id="heads", can_focus=False)
        yield Static("", id="nothing")
        yield Static("", id="note")

    @work(exclusive=True)
    async def load(self) -> None:
        """Read the memory from the store and show it."""
        views = await self._read_heads()
        empty = not any(view.notes for view in views)
        first_notes = self.has_class("-empty") and not empty
        self.set_class(empty, "-empty")
        self.query_one("#nothing", Static).update(self._state.index.empty_memory_text)
        if not views:
            return

        heads = list(self.query(Head))
        if len(heads) != len(views):
            heads = await self._mount_heads(views)
            first_notes = True
        used = self._state.memory.used_citations
        for head, view in zip(heads, views, strict=True):
            if not head.shows(view, used):
                # In the reader's thread: thousands of notes would block the event loop.
                rows = await self._reader.run(partial(rows_by_module, view.notes, used))
                head.show(view, used, rows)
        if first_notes and self.screen.focused is None:
            self.call_after_refresh(self.focus_rows)

    async def _read_heads(self) -> Sequence[HeadView]:
        from repo_mhm.commands.memory import show

        heads, head_tokens = self._state.memory.heads, self._state.memory.head_tokens
        if not heads:
            return ()
        return await self._reader.read_store(lambda store: show(store, heads, head_tokens)) or ()

    async def _mount_heads(self, views: Sequence[HeadView]) -> list[Head]:
        row = self.query_one("#heads")
        await row.remove_children()
        heads = [Head(view.head) for view in views]
        await row.mount_all(heads)
        self._set_head_widths()
        return heads

    def on_resize(self) -> None:
        """Fit the heads to the new width."""
        self._set_head_widths()

    def _set_head_widths(self) -> None:
        """Show as many heads side by side as there is room for; the others need scrolling."""
        heads = self.query(Head)
        if heads and self.size.width:
            visible = max(1, min(len(heads), self.size.width // _HEAD_WIDTH))
            for head in heads:
                head.styles.width = self.size.width // visible

    def focus_rows(self) -> None:
        """Put the cursor on the first visible list that has notes."""
        for rows in self.query(Rows):
            if rows.rows and rows.region:
                rows.focus()
                return

    def action_head(self, by: int) -> None:
        """Go to the head that is `by` further."""
        heads = list(self.query(Head))
        if not heads:
            return
        head = heads[(_focused(heads) + by) % len(heads)]
        head.query_one(Rows).focus()
        head.scroll_visible(animate=False)

    def action_next_used(self) -> None:
        """Go to the next note the last answer used, in this head or a later one."""
        heads = list(self.query(Head))
        focused = _focused(heads)
        for offset in range(len(heads) + 1):
            rows = heads[(focused + offset) % len(heads)].query_one(Rows)
            first = rows.cursor + 1 if offset == 0 else 0
            for index in range(first, len(rows.rows)):
                if rows.rows[index].look == "highlighted":
                    rows.focus()
                    rows.cursor = index
                    return

    def action_search(self) -> None:
        """Show the search field."""
        self.add_class("-searching")
        self.query_one("#search", Input).focus()

    def action_leave(self) -> None:
        """Leave the search; outside it, Escape is the app's."""
        if not self.has_class("-searching"):
            raise SkipAction
        self.remove_class("-searching", "-results")
        self.focus_rows()

    @on(Input.Submitted, "#search")
    @work(exclusive=True, group="search")
    async def _search(self, event: Input.Submitted) -> None:
        from repo_mhm.commands.memory import search

        query = event.value
        notes = await self._reader.read_store(lambda store: search(store, query, _MOST_RESULTS))
        rows = rows_with_paths(notes or (), self._state.memory.used_citations)
        if not rows:
            rows = [Row((("No note has these words.", "dim"),))]
        self.add_class("-results")
        results = self.query_one("#results", Rows)
        results.show_rows(rows, 0)
        results.focus()
        self._describe(rows[0])

    @on(Rows.Moved)
    def _moved(self, event: Rows.Moved) -> None:
        event.stop()
        self._describe(event.row)

    @on(Rows.Chosen)
    def _chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        note = _note(event.row)
        citations = note_citations(note) if note is not None else []
        if citations:
            self.post_message(OpenSource(citations))

    def _describe(self, row: Row) -> None:
        note = _note(row)
        text = description(note) if note is not None else Content("")
        self.query_one("#note", Static).update(text)


def _focused(heads: Sequence[Head]) -> int:
    """Index of the head that has the focus; 0 when none has."""
    return next((index for index, head in enumerate(heads) if head.has_focus_within), 0)


def _note(row: Row) -> NoteView | None:
    """The note of a row; None for the row of a module."""
    from repo_mhm.commands.memory import NoteView

    return row.key if isinstance(row.key, NoteView) else None
