"""The chat view: the conversation so far, and the prompt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget

from repo_mhm.errors import RepoMhmError
from tui.background_reader import BackgroundReader
from tui.completions import Completions, command_completions, name_completions
from tui.exchange import Exchange
from tui.import_ahead import import_for_answers, imported
from tui.invitation import Invitation
from tui.locations import AnswerRows
from tui.notices import show_error
from tui.prompt import Prompt
from tui.question import Question
from tui.state import AppState

if TYPE_CHECKING:
    from repo_mhm.commands.sessions import SavedTurn
    from repo_mhm.store import Store

T = TypeVar("T")


class Chat(Horizontal):
    """The exchanges of one conversation over the prompt."""

    DEFAULT_CSS = """
    Chat {
        #conversation { width: 1fr; }
        #transcript { height: 1fr; padding: 1 0 0 0; scrollbar-size-vertical: 1; }
    }
    """

    def __init__(
        self, state: AppState, reader: BackgroundReader, lookups: BackgroundReader
    ) -> None:
        super().__init__(id="chat", classes="frame")
        self._state = state
        self._reader = reader
        self._lookups = lookups
        self._exchange_by_number: dict[int, Exchange] = {}
        self._used_names: set[str] = set()
        """Names of the conversations in the store; those of this run until it has been read."""
        self._knows_names = False

    def compose(self) -> ComposeResult:
        """Yield the transcript and the prompt."""
        with Vertical(id="conversation", classes="frame"):
            with VerticalScroll(id="transcript", can_focus=False):
                yield Invitation()
            completions = Completions()
            yield completions
            yield Prompt(completions)

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
        """Begin another conversation; its first question will name it."""
        self._set_conversation("")
        await self._show(())

    async def open_conversation(self, name: str) -> None:
        """Show a conversation from the store."""
        read = await self._read_store(lambda store: _titled_turns(store, name))
        title, stored = read or (name, [])
        self._set_conversation(name, title)
        await self._show(stored)

    async def open_last_conversation(self) -> None:
        """Continue the conversation that was used last, unless one has begun meanwhile."""
        names, title, stored = await self._read_store(_last_conversation) or ([], "", [])
        self._used_names.update(names)
        self._knows_names = True
        if names and not self._state.conversation:
            self._set_conversation(names[0], title)
            await self._show(stored)
        await self.show_suggestions()

    def name_conversation(self, question: str) -> str:
        """Return the conversation's name; the first line of its first question becomes it."""
        from repo_mhm.commands.sessions import name_of_question, new_name

        if not self._state.conversation:
            name = name_of_question(question, self._used_names)
            # Another conversation may have begun with the same question.
            self._set_conversation(name if self._knows_names else f"{name} {new_name()}")
        return self._state.conversation

    def _set_conversation(self, name: str, title: str = "") -> None:
        if name:
            self._used_names.add(name)
        self._state.conversation = name
        self._state.conversation_title = title or name
        self._state.needs_redraw = True

    async def show_suggestions(self) -> None:
        """Offer questions that suit the repository, once it has been scanned."""
        invitation = self.query_one(Invitation)
        if invitation.display and not invitation.has_questions:
            await imported("tui.suggestions")
            from tui.suggestions import suggested_questions

            invitation.offer(await self._read_store(suggested_questions) or ())

    async def _show(self, stored: Sequence[SavedTurn]) -> None:
        name = self._state.conversation
        if stored:
            await asyncio.to_thread(import_for_answers)
        self._exchange_by_number.clear()
        await self.transcript.query(Exchange).remove()
        self.query_one(Invitation).display = not stored
        for turn in stored:
            exchange = Exchange(Question(turn.question, name))
            await self.transcript.mount(exchange)
            await exchange.show_stored(turn.answer, turn.result)
        self._set_history()
        self.transcript.anchor()

    def _set_history(self) -> None:
        questions = [exchange.question for exchange in reversed(self.exchanges)]
        self.prompt.set_history(list(dict.fromkeys(questions)))

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

    async def add(self, question: Question) -> Exchange:
        """Show a question that is to be asked."""
        exchange = Exchange(question)
        self.query_one(Invitation).display = False
        await self.transcript.mount(exchange)
        self._set_history()
        self.transcript.anchor()
        return exchange

    def expect(self, number: int, exchange: Exchange) -> None:
        """Give the events with this number to an exchange."""
        self._exchange_by_number[number] = exchange

    @on(Exchange.EditQuestion)
    def _edit_question(self, event: Exchange.EditQuestion) -> None:
        self.prompt.edit_question(event.exchange.question)

    @on(Exchange.MoveFocus)
    def _move_focus(self, event: Exchange.MoveFocus) -> None:
        self._focus(self.exchanges.index(event.exchange) + event.by)

    @on(Prompt.MovedUp)
    def _focus_last(self) -> None:
        invitation = self.query_one(Invitation)
        if invitation.display:
            invitation.focus_questions()
        else:
            self._focus(len(self.exchanges) - 1)

    @on(Prompt.Scrolled)
    def _scroll(self, event: Prompt.Scrolled) -> None:
        if event.pages < 0:
            self.transcript.scroll_page_up(animate=False)
        else:
            self.transcript.scroll_page_down(animate=False)

    @on(Prompt.Typing)
    @work(exclusive=True, group="completions")
    async def _complete(self, event: Prompt.Typing) -> None:
        typed, completions = event.typed, self.query_one(Completions)
        if typed is None:
            completions.offer(())
        elif typed.kind == "command":
            completions.offer(command_completions(typed.word))
        else:
            prefix = "" if self.prompt.text.startswith("/source") else "@"
            names = partial(name_completions, word=typed.word, prefix=prefix)
            completions.offer(await self._lookups.read_store(names) or ())

    @on(Invitation.Left)
    def _focus_prompt(self) -> None:
        self.prompt.focus()

    def _focus(self, index: int) -> None:
        """Focus an exchange; after the last one comes the prompt."""
        exchanges = self.exchanges
        if 0 <= index < len(exchanges):
            exchanges[index].focus()
            exchanges[index].scroll_visible(animate=False)
        elif index >= len(exchanges):
            self.prompt.focus()

    def takes_letters(self, focused: Widget | None) -> bool:
        """Whether letters that are typed while `focused` has the focus go to the prompt."""
        return isinstance(focused, Exchange | AnswerRows)


def _last_conversation(store: Store) -> tuple[list[str], str, list[SavedTurn]]:
    """The names of all conversations, the last one first, with its title and its turns."""
    names = [session.name for session in store.sessions()]
    return names, *(_titled_turns(store, names[0]) if names else ("", []))


def _titled_turns(store: Store, name: str) -> tuple[str, list[SavedTurn]]:
    """What a conversation is called, and its last turns."""
    from repo_mhm.commands.sessions import saved_turns, title_of

    first = next((session.first for session in store.sessions() if session.name == name), "")
    return title_of(name, first), saved_turns(store, name)
