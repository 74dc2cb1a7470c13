"""One note in full: its text, the lines it rests on, and its history, which is read when needed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.background_reader import BackgroundReader
from tui.note_rows import branch_text, note_text
from tui.note_tree import branch_of

if TYPE_CHECKING:
    from repo_mhm.commands.memory import NoteHistory, NoteView
    from tui.tree import Node

HISTORY_SECONDS = 0.08
"""A note's history is read when the cursor has stayed on it for so long."""


class NotePane(VerticalScroll):
    """Shows the note under a cursor."""

    def __init__(self, reader: BackgroundReader) -> None:
        super().__init__(id="note")
        self._reader = reader

    def compose(self) -> ComposeResult:
        """Yield the text."""
        yield Static("")

    def show_node(self, node: Node | None) -> None:
        """Show the note of a directory, file, chunk or symbol, or how many are below it."""
        if node is None:
            self._show_text(Content(""))
            return
        branch = branch_of(node)
        if branch.note is None:
            notes = sum(branch_of(below).note is not None for below in node.walk())
            self._show_text(branch_text(branch, notes))
        else:
            self.show_note(branch.note)

    def show_note(self, note: NoteView | None) -> None:
        """Show a note; its history follows."""
        if note is None:
            self._show_text(Content(""))
            return
        self._show_text(note_text(note, None))
        self._show_history(note)

    @work(exclusive=True, group="history")
    async def _show_history(self, note: NoteView) -> None:
        from repo_mhm.commands.memory import note_history

        await asyncio.sleep(HISTORY_SECONDS)
        history: NoteHistory | None = await self._reader.read_store(
            lambda store: note_history(store, note.id)
        )
        self.query_one(Static).update(note_text(note, history))

    def _show_text(self, text: Content) -> None:
        """Show a text in place of a note, and of one whose history is being read."""
        self.workers.cancel_group(self, "history")
        self.query_one(Static).update(text)
