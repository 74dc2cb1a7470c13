"""Letters that are typed on an answer or on the welcome screen: they begin the next question.

A letter that is also a key of answers acts only when it stays alone: where another one follows,
both begin a question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.events import Key

from tui.exchange import Exchange
from tui.welcome import Welcome

if TYPE_CHECKING:
    from textual.timer import Timer

    from tui.app import ChatApp

ALONE_SECONDS = 0.4
"""How long no other letter follows one that acts alone; people who type are quicker."""


class Letters:
    """Sees every key before the focused widget does, so that none overtakes another."""

    def __init__(self, app: ChatApp) -> None:
        self._app = app
        self._pending = ""
        self._timer: Timer | None = None

    def keeps(self, event: Key) -> bool:
        """Return whether a key is kept back; lead it to the prompt where it belongs there."""
        pending = self._take_pending()
        letter = event.character if event.is_printable else None
        chat = self._app.main.chat
        if letter is not None and isinstance(self._app.screen, Welcome):
            # Enter behind a question would press a button there, and download a model.
            self._app.screen.dismiss()
            chat.prompt.insert(letter)
            return True
        on_answer = self._app.screen is self._app.main and chat.takes_letters(self._app.focused)
        if not on_answer or letter is None:
            return False
        if letter in _KEYS and not pending and isinstance(self._app.focused, Exchange):
            self._pending = letter
            self._timer = self._app.set_timer(ALONE_SECONDS, self._act)
            return True
        if letter.isdigit() and not pending:
            return False

        self.lead_to_prompt()
        chat.prompt.insert(pending)
        return False

    def lead_to_prompt(self) -> None:
        """Give the prompt the focus, if an answer has it."""
        chat = self._app.main.chat
        if self._app.screen is self._app.main and chat.takes_letters(self._app.focused):
            self._app.screen.set_focus(chat.prompt)

    def _take_pending(self) -> str:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        pending, self._pending = self._pending, ""
        return pending

    def _act(self) -> None:
        letter, focused = self._take_pending(), self._app.focused
        if letter and isinstance(focused, Exchange):
            getattr(focused, _KEYS[letter])()


_KEYS = {"m": "action_memory", "y": "action_copy"}
"""Letters that act alone, and the action of an answer that each stands for."""
