"""The chat view: the conversation so far, and the prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import Key, Resize
from textual.message import Message
from textual.widgets import Static, TextArea

from repo_mhm.errors import RepoMhmError
from tui.background_reader import BackgroundReader
from tui.exchange import Exchange
from tui.notices import show_error
from tui.safe_text import safe_text
from tui.state import AppState

if TYPE_CHECKING:
    from repo_mhm.commands.sessions import SavedTurn
    from repo_mhm.store import Store

T = TypeVar("T")

_INVITATION = """\
Ask this repository anything.

  Enter        ask                    Shift+Enter, Ctrl+J   new line
  Up           back to the answers    Escape                stop an answer
  F2 F3 F4     chat, memory, map      F5                    read, or pause
  Ctrl+P       every command          F1                    keys
"""


class Prompt(TextArea):
    """The field for questions. Enter asks."""

    HELP = """
**Asking**

- Enter asks, Ctrl+J begins a new line
- Up goes to the answers
- Escape stops an answer
- F2 F3 F4: chat, memory, map
- F5 reads the repository, or pauses
- Ctrl+O opens sources, Ctrl+R conversations
- Ctrl+P lists all commands
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "ask", "Ask"),
        Binding("shift+enter,ctrl+j", "new_line", "New line", show=False),
    ]
    DEFAULT_CSS = """
    Prompt {
        height: auto; max-height: 8; padding: 0 1;
        border: round $primary 40%; background: transparent;
        &:focus { border: round $primary; background: transparent; }
        &:ansi { border: round ansi_bright_black; }
        &:ansi:focus { border: round ansi_default; }
    }
    """

    class Asked(Message):
        """The user asked a question."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Resized(Message):
        """The field has another height now."""

        def __init__(self, height: int) -> None:
            super().__init__()
            self.height = height

    class MovedUp(Message):
        """The cursor moved up from the first line."""

    def __init__(self) -> None:
        super().__init__(
            id="prompt", highlight_cursor_line=False, compact=False, placeholder="Ask a question"
        )

    def on_resize(self, event: Resize) -> None:
        """Report the height."""
        self.post_message(self.Resized(self.outer_size.height))

    async def _on_key(self, event: Key) -> None:
        # A priority binding would overtake the letters typed just before.
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.action_ask()
            return
        await super()._on_key(event)

    def action_ask(self) -> None:
        """Ask what is written, unless it is blank."""
        text = self.text.strip()
        if text:
            self.post_message(self.Asked(text))

    def action_new_line(self) -> None:
        """Begin a new line."""
        self.insert("\n")

    def action_cursor_up(self, select: bool = False) -> None:
        """Move up; from the first line to the answers."""
        if self.cursor_location[0] == 0 and not select:
            self.post_message(self.MovedUp())
        else:
            super().action_cursor_up(select)

    def edit_question(self, question: str) -> None:
        """Put a question into the field, with the cursor at its end."""
        self.text = safe_text(question)
        self.move_cursor(self.document.end)
        self.focus()


class Chat(Horizontal):
    """The exchanges of one conversation over the prompt."""

    DEFAULT_CSS = """
    Chat {
        #conversation { width: 1fr; }
        #transcript { height: 1fr; padding: 1 0 0 0; scrollbar-size-vertical: 1; }
        #invitation { color: $text-muted; padding: 1 3; }
    }
    """

    def __init__(self, state: AppState, reader: BackgroundReader) -> None:
        super().__init__(id="chat")
        self._state = state
        self._reader = reader
        self._exchange_by_number: dict[int, Exchange] = {}

    def compose(self) -> ComposeResult:
        """Yield the transcript and the prompt."""
        with Vertical(id="conversation"):
            with VerticalScroll(id="transcript", can_focus=False):
                yield Static(_INVITATION, id="invitation", markup=False)
            yield Prompt()

    def on_mount(self) -> None:
        """Scroll to the end from now on, and put the cursor into the prompt."""
        self.transcript.anchor()
        self.prompt.focus()

    @property
    def transcript(self) -> VerticalScroll:
        """The exchanges, which scroll."""
        return self.query_one("#transcript", VerticalScroll)

    @property
    def prompt(self) -> Prompt:
        """The field for the next question."""
        return self.query_one(Prompt)

    @property
    def exchanges(self) -> list[Exchange]:
        """All that are shown, oldest first."""
        return list(self.query(Exchange))

    @property
    def unfinished(self) -> list[Exchange]:
        """Those whose answers are awaited or being written, oldest first."""
        return [exchange for exchange in self.exchanges if exchange.unfinished]

    # Conversations ----------------------------------------------------------------------------

    async def new_conversation(self) -> None:
        """Begin another conversation."""
        from repo_mhm.commands.sessions import new_name

        # The last one may have begun within this second.
        self._set_conversation(new_name(used_names=(self._state.conversation,)))
        await self._show(())

    async def open_conversation(self, name: str) -> None:
        """Show a conversation from the store."""
        from repo_mhm.commands.sessions import saved_turns

        stored = await self._read_store(lambda store: saved_turns(store, name))
        self._set_conversation(name)
        await self._show(stored or ())

    async def open_last_conversation(self) -> None:
        """Continue the conversation that was used last, unless one has begun meanwhile."""
        name, stored = await self._read_store(_last_conversation) or ("", [])
        if name and not self._state.conversation:
            self._set_conversation(name)
            await self._show(stored)
        else:
            self.name_conversation()

    def name_conversation(self) -> str:
        """Return the conversation's name; it gets one if the last one has not been read yet."""
        from repo_mhm.commands.sessions import new_name

        if not self._state.conversation:
            self._set_conversation(new_name())
        return self._state.conversation

    def _set_conversation(self, name: str) -> None:
        self._state.conversation = name
        self._state.needs_redraw = True

    async def _show(self, stored: Sequence[SavedTurn]) -> None:
        self._exchange_by_number.clear()
        await self.transcript.query(Exchange).remove()
        self.query_one("#invitation").display = not stored
        for turn in stored:
            exchange = Exchange(turn.question)
            await self.transcript.mount(exchange)
            await exchange.show_stored(turn.answer, turn.result)
        self.transcript.anchor()

    async def _read_store(self, function: Callable[[Store], T]) -> T | None:
        try:
            return await self._reader.read_store(function)
        except RepoMhmError as error:
            show_error(self.app, error)
            return None

    # Exchanges --------------------------------------------------------------------------------

    def exchange(self, number: int) -> Exchange | None:
        """Return the exchange of a question that was asked in this run."""
        return self._exchange_by_number.get(number)

    def number_of(self, exchange: Exchange) -> int:
        """Return the number that the events of its answer carry; 0 for an earlier run."""
        numbers = (
            number for number, other in self._exchange_by_number.items() if other is exchange
        )
        return next(numbers, 0)

    async def add(self, question: str, number: int) -> Exchange:
        """Show a question whose answer will come."""
        exchange = Exchange(question)
        self._exchange_by_number[number] = exchange
        self.query_one("#invitation").display = False
        await self.transcript.mount(exchange)
        self.transcript.anchor()
        self.prompt.clear()
        return exchange

    @on(Exchange.EditQuestion)
    def _edit_question(self, event: Exchange.EditQuestion) -> None:
        self.prompt.edit_question(event.exchange.question)

    @on(Exchange.MoveFocus)
    def _move_focus(self, event: Exchange.MoveFocus) -> None:
        self._focus(self.exchanges.index(event.exchange) + event.by)

    @on(Prompt.MovedUp)
    def _focus_last(self) -> None:
        self._focus(len(self.exchanges) - 1)

    def _focus(self, index: int) -> None:
        """Focus an exchange; after the last one comes the prompt."""
        exchanges = self.exchanges
        if 0 <= index < len(exchanges):
            exchanges[index].focus()
            exchanges[index].scroll_visible(animate=False)
        elif index >= len(exchanges):
            self.prompt.focus()

    def on_key(self, event: Key) -> None:
        """Let `/` lead from an exchange to the prompt."""
        if isinstance(self.screen.focused, Exchange) and event.character == "/":
            event.stop()
            self.prompt.focus()


def _last_conversation(store: Store) -> tuple[str, list[SavedTurn]]:
    from repo_mhm.commands.sessions import saved_turns

    name = store.last_session()
    return name, saved_turns(store, name) if name else []
