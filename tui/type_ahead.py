"""Keys that are typed before a new screen has its focus: they wait until it has."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual.events import Key

if TYPE_CHECKING:
    from tui.app import ChatApp

CHECK_SECONDS = 0.01
"""How often a screen that is being opened is looked at while keys wait for it."""


class TypeAhead:
    """Keeps keys back while the screen on top is being opened; a key without focus is lost."""

    def __init__(self, app: ChatApp, handle_key: Callable[[Key], Awaitable[None]]) -> None:
        self._app = app
        self._handle_key = handle_key
        self._keys: deque[Key] = deque()

    def keeps(self, event: Key) -> bool:
        """Return whether a key is kept back; it is handled once the screen has its focus."""
        if not self._keys and self._is_open():
            return False
        if not self._keys:
            self._check_soon()
        self._keys.append(event)
        return True

    def _is_open(self) -> bool:
        screen = self._app.screen
        return screen.is_mounted or screen.focused is not None

    def _check_soon(self) -> None:
        self._app.set_timer(CHECK_SECONDS, self._release)

    async def _release(self) -> None:
        # A key may open another screen, for which those behind it wait.
        while self._keys and self._is_open():
            await self._handle_key(self._keys.popleft())
        if self._keys:
            self._check_soon()
