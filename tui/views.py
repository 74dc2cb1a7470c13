"""The three views, of which one is shown: the chat, and memory and map, which are made when they are first wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.widgets import ContentSwitcher

from tui.background_reader import Reader
from tui.chat import Chat
from tui.index_progress import Reading

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from tui.map import MapView
    from tui.memory import MemoryView


class Views(ContentSwitcher):
    """Knows which view is shown and what the views have in common."""

    def __init__(self, reader: Reader, reading: Reading) -> None:
        super().__init__(initial="chat", id="views")
        self._reader = reader
        self._reading = reading
        self._memory: MemoryView | None = None
        self._map: MapView | None = None
        self._shape = (0, 0)
        self._used: tuple[Citation, ...] = ()

    def compose(self) -> ComposeResult:
        yield Chat()

    @property
    def shown(self) -> str:
        """The name of the view that is shown: `chat`, `memory` or `map`."""
        return self.current or "chat"

    async def show(self, name: str) -> None:
        """Show one of them."""
        if name == "memory" and self._memory is None:
            from tui.memory import MemoryView

            self._memory = MemoryView(self._reader, self._reading)
            await self.add_content(self._memory)
            self._memory.light_up(self._used)
        if name == "map" and self._map is None:
            from tui.map import MapView

            self._map = MapView(self._reader, self._reading)
            await self.add_content(self._map)
        self.current = name
        self.reload()
        self.focus_view()
        if name == "memory":
            # It knows where there are notes only after it has been laid out.
            self.call_after_refresh(self.focus_view)

    def focus_view(self) -> None:
        """Put the cursor into the view that is shown."""
        if self.shown == "chat":
            self.query_one(Chat).prompt.focus()
        elif self.shown == "memory" and self._memory is not None:
            self._memory.focus_rows()
        elif self._map is not None:
            self._map.focus_rows()

    def set_shape(self, heads: int, head_tokens: int) -> None:
        """How many heads memory has, and the budget of each."""
        self._shape = (heads, head_tokens)

    def reload(self) -> None:
        """Read what is shown anew."""
        if self.shown == "memory" and self._memory is not None:
            self._memory.set_shape(*self._shape)
        elif self.shown == "map" and self._map is not None:
            self._map.load()

    def draw(self) -> None:
        """Show how far reading has come."""
        if self._map is not None:
            self._map.show()

    def light_up(self, places: Sequence[Citation]) -> None:
        """Mark in memory what an answer used."""
        self._used = tuple(places)
        if self._memory is not None:
            self._memory.light_up(self._used)
