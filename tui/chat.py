"""The chat view: the conversation so far, the prompt, and the source panel beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.widgets import Static, TextArea

from tui.exchange import Exchange

if TYPE_CHECKING:
    from repo_mhm.commands.sessions import Exchange as Kept

_INVITATION = """\
Ask this repository anything.

  Enter        ask                    Shift+Enter, Ctrl+J   new line
  Up           back to the answers    Escape                stop an answer
  F2 F3 F4     chat, memory, map      F5                    read, or pause
  Ctrl+P       every command          F1                    keys
"""


class Prompt(TextArea):
    """Where questions are written. Enter asks."""

    HELP = """
**Asking**

- Enter asks, Ctrl+J begins a new line
- Up goes to the answers
- Escape stops an answer
- F2 F3 F4: chat, memory, map
- F5 reads the repository, or pauses
- Ctrl+O opens sources, Ctrl+R conversations
- Ctrl+P: every command, also by mouse
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "ask", "Ask"),
        Binding("shift+enter,ctrl+j", "new_line", "New line", show=False),
    ]
    DEFAULT_CSS = """
    Prompt {
        height: auto; max-height: 8; border: round $primary 40%; padding: 0 1; background: transparent;
        &:focus { border: round $primary; background: transparent; }
        &:ansi { border: round ansi_bright_black; }
        &:ansi:focus { border: round ansi_default; }
    }
    """

    class Asked(Message):
        """A question was written."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The cursor went up out of the prompt."""

    def __init__(self) -> None:
        super().__init__(
            id="prompt", highlight_cursor_line=False, compact=False, placeholder="Ask a question"
        )
        self._asked: list[str] = []

    async def _on_key(self, event: Key) -> None:
        # Not by a priority binding: that would overtake the letters typed just before.
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.action_ask()
            return
        await super()._on_key(event)

    def action_ask(self) -> None:
        text = self.text.strip()
        if text:
            self.post_message(self.Asked(text))

    def action_new_line(self) -> None:
        self.insert("\n")

    def action_cursor_up(self, select: bool = False) -> None:
        if self.cursor_location[0] == 0 and not select:
            self.post_message(self.Left())
        else:
            super().action_cursor_up(select)


class Chat(Horizontal):
    """Exchanges over the prompt. The app tells it what to show and hears what the user wants."""

    DEFAULT_CSS = """
    Chat {
        #talk { width: 1fr; }
        #transcript { height: 1fr; padding: 1 0 0 0; scrollbar-size-vertical: 1; }
        #invitation { color: $text-muted; padding: 1 3; }
    }
    """

    def __init__(self) -> None:
        super().__init__(id="chat")
        self._numbered: dict[int, Exchange] = {}

    def compose(self) -> ComposeResult:
        with Vertical(id="talk"):
            with VerticalScroll(id="transcript", can_focus=False):
                yield Static(_INVITATION, id="invitation", markup=False)
            yield Prompt()

    def on_mount(self) -> None:
        self.transcript.anchor()
        self.prompt.focus()

    @property
    def transcript(self) -> VerticalScroll:
        """What has been said."""
        return self.query_one("#transcript", VerticalScroll)

    @property
    def prompt(self) -> Prompt:
        """Where the next question is written."""
        return self.query_one(Prompt)

    @property
    def exchanges(self) -> list[Exchange]:
        """All that are shown, oldest first."""
        return list(self.query(Exchange))

    def numbered(self, number: int) -> Exchange | None:
        """The exchange of a question that was asked in this run."""
        return self._numbered.get(number)

    def number_of(self, exchange: Exchange) -> int:
        """The number its events carry; 0 for one of an earlier run."""
        return next((number for number, known in self._numbered.items() if known is exchange), 0)

    async def add(self, question: str, number: int) -> Exchange:
        """Show a question whose answer will come."""
        exchange = Exchange(question)
        self._numbered[number] = exchange
        self.query_one("#invitation").display = False
        await self.transcript.mount(exchange)
        self.transcript.anchor()
        self.prompt.clear()
        return exchange

    async def show(self, kept: Sequence[Kept]) -> None:
        """Show a conversation from its record in place of what is shown."""
        self._numbered.clear()
        await self.transcript.query(Exchange).remove()
        self.query_one("#invitation").display = not kept
        for one in kept:
            exchange = Exchange(one.question)
            await self.transcript.mount(exchange)
            await exchange.show(one.answer, one.result)
        self.transcript.anchor()

    def say(self, text: str) -> None:
        """Put a word of greeting where the conversation will be."""
        self.query_one("#invitation", Static).update(Content(f"{text}\n\n{_INVITATION}"))

    def step(self, start: Exchange | None, by: int) -> None:
        """Move the focus between exchanges; down from the last one leads to the prompt."""
        shown = self.exchanges
        at = len(shown) if start is None else shown.index(start)
        if 0 <= at + by < len(shown):
            shown[at + by].focus()
            shown[at + by].scroll_visible(animate=False)
        elif at + by >= len(shown):
            self.prompt.focus()

    def on_prompt_left(self) -> None:
        self.step(None, -1)

    def on_key(self, event: Key) -> None:
        """Typing while an exchange has the focus goes to the prompt, unless the exchange knows the key."""
        if (
            isinstance(self.screen.focused, Exchange)
            and event.is_printable
            and event.character == "/"
        ):
            event.stop()
            self.prompt.focus()
