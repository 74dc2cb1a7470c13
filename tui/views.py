"""The views, of which one is shown: chat, memory, map, review. Only the chat is there at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.widgets import ContentSwitcher

from tui.background_reader import BackgroundReader
from tui.chat import Chat
from tui.import_ahead import imported
from tui.state import AppState

if TYPE_CHECKING:
    from tui.map import MapView
    from tui.memory import MemoryView
    from tui.review import ReviewView


class Views(ContentSwitcher):
    """Shows one view, and passes on to each what concerns it."""

    def __init__(
        self, state: AppState, reader: BackgroundReader, lookups: BackgroundReader
    ) -> None:
        super().__init__(initial="chat", id="views", classes="frame")
        self.chat = Chat(state, reader, lookups)
        self._state = state
        self._reader = reader
        self._memory: MemoryView | None = None
        self._map: MapView | None = None
        self._review: ReviewView | None = None
        self._showing = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """Yield the chat; the other views follow when they are first shown."""
        yield self.chat

    @property
    def shown(self) -> str:
        """The name of the view that is shown: `chat`, `memory`, `map` or `review`."""
        return self.current or "chat"

    async def show(self, name: str) -> None:
        """Show one view and put the cursor into it; the view asked for last is the one shown."""
        async with self._showing:
            if name != "chat":
                await imported(f"tui.{name}")
                await self._add(name)
            self.current = name
            self.reload()
            self.focus_view()
            if name == "memory":
                # The view knows where there are notes only after it has been laid out.
                self.call_after_refresh(self.focus_view)

    async def _add(self, name: str) -> None:
        """Add a view unless it is there; nothing is passed on to it before it has its parts."""
        if name == "memory" and self._memory is None:
            from tui.memory import MemoryView

            memory = MemoryView(self._state, self._reader)
            await self.add_content(memory)
            self._memory = memory
        if name == "map" and self._map is None:
            from tui.map import MapView

            file_map = MapView(self._state, self._reader)
            await self.add_content(file_map)
            self._map = file_map
        if name == "review" and self._review is None:
            from tui.review import ReviewView

            review = ReviewView(self._state)
            await self.add_content(review)
            self._review = review

    def review_change(self, change: str) -> None:
        """Review a change; the review is shown already."""
        if self._review is not None:
            self._review.review(change)

    def focus_view(self) -> None:
        """Put the cursor into the view that is shown."""
        if self.shown == "chat":
            self.chat.prompt.focus()
        elif self.shown == "memory" and self._memory is not None:
            self._memory.focus_rows()
        elif self.shown == "review" and self._review is not None:
            self._review.focus_rows()
        elif self._map is not None:
            self._map.focus_rows()

    def reload(self) -> None:
        """Read what is shown from the store again."""
        if self.shown == "memory" and self._memory is not None:
            self._memory.load()
        elif self.shown == "review" and self._review is not None:
            self._review.load()
        elif self.shown == "map" and self._map is not None:
            self._map.load()

    def draw_progress(self) -> None:
        """Show how far the index has come."""
        if self._map is not None:
            self._map.draw_progress()

    def highlight_used(self) -> None:
        """Highlight the notes that the last answer used."""
        if self._memory is not None:
            self._memory.load()

    def search_memory(self, words: str) -> None:
        """Search the notes for these words; the memory is shown already."""
        if self._memory is not None:
            self._memory.search_for(words)

    def show_used(self) -> None:
        """Go to the notes that the last answer used; the memory is shown already."""
        if self._memory is not None:
            self._memory.show_used()
