"""The search of all notes, live and retired, as one types: a field, a count, and the notes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.widgets import Input, Static

from repo_mhm.formatting import count
from tui.background_reader import BackgroundReader
from tui.note_rows import result_row
from tui.rows import Row, Rows
from tui.safe_text import single_line

if TYPE_CHECKING:
    from repo_mhm.commands.memory import NoteView
    from repo_mhm.store import Store

MOST_RESULTS = 100
"""Notes that a search shows, live and retired ones."""
TYPING_SECONDS = 0.12
"""A search begins when nothing has been typed for so long."""


class NoteSearch(Vertical):
    """Hidden until it is opened. `Rows.Moved` and `Rows.Chosen` go on to the view around it."""

    DEFAULT_CSS = """
    NoteSearch {
        display: none; width: 1fr; height: 1fr;
        &.-open { display: block; }
        Input { height: 3; border: round $accent; }
        #count { height: 1; padding: 0 1; color: $text-muted; }
        #results { padding: 0 1; }
    }
    """

    def __init__(self, reader: BackgroundReader) -> None:
        super().__init__(id="search")
        self._reader = reader
        self._live: Sequence[NoteView] = ()
        self._used_ids: Collection[int] = ()

    def compose(self) -> ComposeResult:
        """Yield the field, the count and the notes."""
        yield Input(placeholder="Search all notes, also retired ones")
        yield Static("", id="count")
        yield Rows(dom_id="results")

    @property
    def is_open(self) -> bool:
        """Whether it is shown."""
        return self.has_class("-open")

    @property
    def field(self) -> Input:
        """What is searched for."""
        return self.query_one(Input)

    @property
    def results(self) -> Rows:
        """The notes that were found."""
        return self.query_one("#results", Rows)

    def open(self, live: Sequence[NoteView], used_ids: Collection[int]) -> None:
        """Show it. `live` are the notes of all heads, `used_ids` those that an answer used."""
        self._live, self._used_ids = live, used_ids
        self.add_class("-open")
        self.call_after_refresh(self.field.focus)
        self._search(self.field.value)

    def close(self) -> None:
        """Hide it; what was typed stays."""
        self.remove_class("-open")

    def key_down(self, event: Key) -> None:
        """Go from the field to the notes."""
        if self.field.has_focus:
            event.stop()
            self.results.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._search(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.results.focus()

    @work(exclusive=True, group="search")
    async def _search(self, query: str) -> None:
        await asyncio.sleep(TYPING_SECONDS)
        notes = self._live
        if query.strip():
            notes = await self._reader.read_store(partial(_matching_notes, query, self._live)) or ()
        rows = await self._reader.run(lambda: [result_row(note, self._used_ids) for note in notes])
        self.results.show_rows(rows, 0)
        self.query_one("#count", Static).update(_count_label(query, notes), layout=False)
        nothing = Row(())
        self.post_message(Rows.Moved(self.results, rows[0] if rows else nothing))


def _matching_notes(query: str, live: Sequence[NoteView], store: Store) -> list[NoteView]:
    """What a search finds, then the live notes that have the letters that are typed so far."""
    from repo_mhm.commands.memory import search

    notes = search(store, query, MOST_RESULTS)
    listed = {note.id for note in notes}
    letters = query.strip().casefold()
    return notes + [
        note
        for note in live
        if note.id not in listed and letters in f"{note.anchor} {note.path} {note.text}".casefold()
    ]


def _count_label(query: str, notes: Sequence[NoteView]) -> Content:
    if not notes:
        return Content(f"No note has “{single_line(query)}”.")
    retired = sum(not note.live for note in notes)
    label = count(len(notes), "note")
    if not query.strip():
        return Content(f"{label}, all of them live")
    return Content(f"{label}, {retired:,} of them retired" if retired else label)
