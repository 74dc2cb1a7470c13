"""The main screen: tabs, the current view, the source panel beside it, and the status line."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets._toast import ToastRack

from repo_mhm.errors import RepoMhmError
from tui.background_reader import BackgroundReader
from tui.chat import Chat
from tui.editor import editor_command
from tui.exchange import Exchange
from tui.key_line import KeyLine
from tui.notices import show_error, show_error_text
from tui.prompt import Prompt
from tui.source import OpenSource, SourcePanel
from tui.state import AppState
from tui.status import StatusLine, Tabs
from tui.views import Views

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation

NARROW = 160
"""Below so many columns the source replaces the view instead of taking half of it."""

_LINES_BELOW_PROMPT = 3
"""The status line, the keys, and an empty line."""


class MainScreen(Screen[None]):
    """Lays out the views and the source panel; the other screens cover it."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012  as in Screen

    def __init__(
        self, state: AppState, reader: BackgroundReader, lookups: BackgroundReader
    ) -> None:
        super().__init__(id="main")
        self.views = Views(state, reader, lookups)
        self.source = SourcePanel(reader)
        self._state = state
        self._adding_source = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """Yield the widgets from top to bottom."""
        yield Tabs()
        with Horizontal(id="body", classes="frame"):
            yield self.views
        yield StatusLine()
        yield KeyLine()

    @on(Prompt.Resized)
    def _keep_messages_above(self, event: Prompt.Resized) -> None:
        """Keep messages above the prompt, which grows with what is typed."""
        # An app that runs without messages has no rack.
        for rack in self.query(ToastRack):
            rack.styles.margin = (0, 0, event.height + _LINES_BELOW_PROMPT, 0)

    @property
    def chat(self) -> Chat:
        """The chat view."""
        return self.views.chat

    def draw(self) -> None:
        """Draw what has changed, if anything has."""
        # While the app closes, its widgets are gone before its timers.
        if not self._state.needs_redraw or not self.query(Tabs):
            return
        self._state.needs_redraw = False
        self.query_one(Tabs).draw(self._state, self.views.shown)
        self.query_one(StatusLine).draw(self._state)
        self.views.draw_progress()

    async def show_view(self, name: str) -> None:
        """Show `chat`, `memory` or `map`."""
        await self.views.show(name)
        self._state.needs_redraw = True

    async def show_review(self, change: str) -> None:
        """Show the review of a change: `staged`, `working` or a range; empty for the last one."""
        await self.show_view("review")
        self.views.review_change(change)

    def highlight_used(self, exchange: Exchange) -> None:
        """Highlight in memory what an answer used."""
        self._state.memory.used_citations = (*exchange.citations, *exchange.evidence)
        self.views.highlight_used()

    @on(Exchange.ShowMemory)
    async def _show_memory(self, event: Exchange.ShowMemory) -> None:
        self.highlight_used(event.exchange)
        await self.show_view("memory")
        self.views.show_used()

    # The source panel -------------------------------------------------------------------------

    async def open_source(self, citations: Sequence[Citation], index: int = 0) -> None:
        """Show the source of citation number `index`, from 0."""
        async with self._adding_source:
            if not self.source.is_attached:
                await self.query_one("#body").mount(self.source)
        self.add_class("-source")
        self.source.open(citations, index)

    @on(OpenSource)
    async def _open_source(self, event: OpenSource) -> None:
        await self.open_source(event.citations, event.index)

    @on(SourcePanel.Closed)
    def _source_closed(self) -> None:
        self.remove_class("-source")
        self.call_after_refresh(self.views.focus_view)

    @on(SourcePanel.EditFile)
    def _edit_file(self, event: SourcePanel.EditFile) -> None:
        try:
            command = editor_command(self._state.root, event.path, event.line)
        except RepoMhmError as error:
            show_error(self.app, error)
            return
        try:
            with self.app.suspend():
                subprocess.run(command, check=False)
        except OSError as error:
            message = f"{command[0]} cannot be started: {error.strerror}"
            show_error_text(
                self.app, message, "Set $VISUAL or $EDITOR to an editor that is installed."
            )
        self.app.refresh()
