"""The app: holds the state, starts jobs in the worker, and decides which screen is shown."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.events import Event, InputEvent, Key, Paste
from textual.filter import LineFilter
from textual.message import Message
from textual.screen import Screen
from textual.widget import MountError
from textual.worker import WorkerFailed

from repo_mhm.errors import RepoMhmError
from tui import events
from tui.answer_summary import STOPPED
from tui.app_commands import PALETTE_COMMANDS, PROVIDERS
from tui.asker import Asker
from tui.background_reader import BackgroundReader
from tui.conversations import NEW_CONVERSATION, ConversationsScreen, export_conversation
from tui.dialogs import YesNoDialog
from tui.engine_loader import ChooseModel
from tui.event_handlers import EventHandlers
from tui.exchange import Exchange
from tui.gc_policy import GcPolicy
from tui.import_ahead import import_for_views, imported
from tui.letters import Letters
from tui.main_screen import MainScreen
from tui.model_chooser import ModelChooser
from tui.notices import show_error
from tui.prompt import Prompt
from tui.question import Question
from tui.safe_text import safe_paste, single_line
from tui.state import AppState
from tui.terminal_colours import TERMINAL_THEME, ReadableColours
from tui.type_ahead import TypeAhead
from tui.welcome import Welcome
from tui.worker import Worker

TICK_SECONDS = 0.1
"""How often changes are drawn."""
RELOAD_TICKS = 10
"""While the index runs, the views are read again every so many ticks."""
CLOCK_TICKS = 3
"""While the index runs, its clock and spinner advance every so many ticks."""


class WorkerEvent(Message):
    """An event of the worker, in the app's own thread."""

    def __init__(self, event: events.Event) -> None:
        super().__init__()
        self.event = event


class ChatApp(App[None]):
    """Chat with a repository, see its memory, and index it in the background.

    `overrides` are settings from the command line. Tests replace the model by `choose_model`.
    """

    TITLE = "repo-mhm"
    COMMANDS = App.COMMANDS | PROVIDERS
    CSS_PATH = Path(__file__).with_name("app.tcss")
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012  as in App
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "toggle_help", "Keys"),
        Binding("f2", "view('chat')", "Chat", show=False),
        Binding("f3", "view('memory')", "Memory", show=False),
        Binding("f4", "view('map')", "Map", show=False),
        # The prompt, as a field of text, would select a line with it.
        Binding("f6", "view('review')", "Review", show=False, priority=True),
        Binding("f5", "toggle_index", "Read/pause"),
        Binding("ctrl+n", "new_conversation", "New", show=False),
        Binding("ctrl+o", "sources", "Sources"),
        Binding("ctrl+r", "conversations", "History"),
        Binding("ctrl+t", "change_theme", "Theme", show=False),
        Binding("f9", "settings", "Settings", show=False),
        Binding("escape", "back", "Stop", show=False),
        Binding("ctrl+q", "quit", "Quit", priority=True),
    ]

    def __init__(
        self,
        path: Path,
        overrides: Mapping[str, object] | None = None,
        choose_model: ChooseModel | None = None,
    ) -> None:
        # Textual would turn its own colours into shades of grey where NO_COLOR is set.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.state = AppState(path, dict(overrides or {}))
        self.worker = Worker(path, self.state.overrides, self._post, choose_model)
        self.reader = BackgroundReader(path, self.state.overrides)
        self.lookups = BackgroundReader(path, self.state.overrides)
        """For what is looked up while the user types: it never waits behind the views."""
        self.main = MainScreen(self.state, self.reader, self.lookups)
        self.asker = Asker(self)
        self._models = ModelChooser(self)
        self._handlers = EventHandlers(
            self.state, self.main, self.refresh_status, self.confirm_reread
        )
        self._rereading_models: set[str] = set()
        """Models that may read again what another has read: who said so is not asked twice."""
        self._letters = Letters(self)
        self._type_ahead = TypeAhead(self, self._handle_key)
        self._gc_policy = GcPolicy()
        self._readable_colours = ReadableColours()
        self._ticks = 0
        self.register_theme(TERMINAL_THEME)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what changes the colours of all that is drawn."""
        filters = super().get_line_filters()
        return [*filters, self._readable_colours] if self.native_ansi_color else filters

    # Life cycle -------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[None]:
        """Return the screen under all others."""
        return self.main

    def on_mount(self) -> None:
        """Choose colours that the terminal has; begin work after the first picture."""
        if self.no_color or self.console.color_system in {"standard", "windows"}:
            self.theme = TERMINAL_THEME.name
        self.set_interval(TICK_SECONDS, self._tick)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._gc_policy.start()
        self.worker.start()
        last_conversation = self.main.chat.open_last_conversation()
        self.run_worker(last_conversation, group="conversation", exclusive=True)
        self.run_worker(self.reader.run(import_for_views), group="import")

    async def on_unmount(self) -> None:
        """End the threads."""
        self._gc_policy.restore()
        await asyncio.to_thread(self.worker.close)
        await asyncio.to_thread(self.reader.close)
        await asyncio.to_thread(self.lookups.close)

    async def on_event(self, event: Event) -> None:
        """Make pasted text safe; lead letters to the prompt that are typed on an answer."""
        if isinstance(event, InputEvent):
            self._gc_policy.note_input()
        if isinstance(event, Paste):
            event.text = safe_paste(event.text)
            self._letters.lead_to_prompt()
        if isinstance(event, Key) and not event.is_forwarded:
            if not self._type_ahead.keeps(event):
                await self._handle_key(event)
            return
        await super().on_event(event)

    async def _handle_key(self, event: Key) -> None:
        if not self._letters.keeps(event):
            await super().on_event(event)

    def _post(self, event: events.Event) -> None:
        # The worker may report something while the app closes.
        with contextlib.suppress(RuntimeError):
            self.post_message(WorkerEvent(event))

    @on(WorkerEvent)
    async def _handle_worker_event(self, message: WorkerEvent) -> None:
        await self._handlers.handle(message.event)

    def _handle_exception(self, error: Exception) -> None:
        """Report a defect, but not that something has lost its widgets while the app closes."""
        is_closing = self._exit or not self.is_running
        cause = error.error if isinstance(error, WorkerFailed) else error
        if not (is_closing and isinstance(cause, MountError | NoMatches)):
            super()._handle_exception(error)

    def _tick(self) -> None:
        self._ticks += 1
        index = self.state.index
        if index.running:
            if self._ticks % CLOCK_TICKS == 0:
                index.advance(CLOCK_TICKS * TICK_SECONDS)
                self.state.needs_redraw = True
            if self._ticks % RELOAD_TICKS == 0:
                self.main.views.reload()
                self._count_skimmed()
        self._gc_policy.tick(is_busy=bool(self.main.chat.unfinished))
        self.main.draw()

    # The index --------------------------------------------------------------------------------

    def action_toggle_index(self) -> None:
        """Start the index, or pause it."""
        if self.state.index.running:
            self.worker.pause()
            self.notify("Pausing: what has been read is kept.")
            return
        if self._handlers.first_run.missing is not None:
            # The welcome screen offers what is missing.
            self.action_welcome()
            return
        self._start_reading(read_all=self.state.index.read_all)

    def _start_reading(self, *, read_all: bool = False, reread: bool = False) -> None:
        self.state.index.start_scan()
        self.state.needs_redraw = True
        self.worker.index(read_all=read_all, reread=reread)

    @work(exclusive=True, group="reread")
    async def confirm_reread(self, event: events.OtherReaderFound) -> None:
        """Ask whether to read again what another model has read; until then nothing changes."""
        text = f"{event.description}. They stay in use. Read all of it again with {event.model}?"
        is_allowed = event.model in self._rereading_models
        if is_allowed or await self.push_screen_wait(YesNoDialog(single_line(text))):
            self._rereading_models.add(event.model)
            self._start_reading(reread=True)

    @work(exclusive=True, group="status")
    async def refresh_status(self) -> None:
        """Find out how stale and how full the memory is."""
        await imported("repo_mhm.commands.status")
        from repo_mhm.commands.status import status

        try:
            memory_status = await self.reader.read_workspace(status)
        except RepoMhmError as error:
            show_error(self, error)
            return
        if memory_status is not None:
            self.state.apply_status(memory_status)

    @work(exclusive=True, group="count")
    async def _count_skimmed(self) -> None:
        coverage = await self.reader.read_store(lambda store: store.coverage())
        if coverage:
            self.state.index.set_coverage(coverage)
            self.state.needs_redraw = True

    @on(Welcome.DownloadModel)
    def _download_model(self) -> None:
        self.worker.download()

    @on(Welcome.StopDownload)
    def _stop_download(self) -> None:
        self.worker.stop_download()

    @on(Welcome.StartIndex)
    def _start_index(self) -> None:
        if not self.state.index.running:
            self.action_toggle_index()

    @on(Welcome.ChooseModel)
    def _choose_model(self) -> None:
        self.action_model()

    def action_welcome(self) -> None:
        """Show the welcome screen again, with the time that the rest of the reading takes."""
        self._handlers.open_welcome()
        if not self.state.index.running and self._handlers.first_run.plan is None:
            self.worker.plan(again=True)

    # Questions --------------------------------------------------------------------------------

    @on(Prompt.Asked)
    async def _asked(self, event: Prompt.Asked) -> None:
        await self.asker.submit(event.text)

    @on(Exchange.AskAgain)
    def _ask_again(self, event: Exchange.AskAgain) -> None:
        self._choose_and_ask(event.exchange)

    @work(exclusive=True, group="settings")
    async def _choose_and_ask(self, exchange: Exchange) -> None:
        name = await self._models.choose("Ask again with")
        if name is not None:
            await self.asker.ask_again(exchange, name)

    @on(Exchange.ShowAll)
    async def _show_all(self, event: Exchange.ShowAll) -> None:
        await self.asker.show_all(event.exchange)

    async def ask(self, question: str) -> None:
        """Ask a question; it follows up on the conversation that is shown."""
        await self.asker.ask(Question(question))

    async def action_sources(self) -> None:
        """Open the sources of the last answer that cites any; once they are open, show the next."""
        cited = [exchange for exchange in self.main.chat.exchanges if exchange.citations]
        if self.main.source.is_open:
            self.main.source.action_step(1)
        elif cited:
            await self.main.open_source(cited[-1].citations)

    async def action_back(self) -> None:
        """Stop the answer in progress and those that wait; else close the source or the view."""
        unfinished = self.main.chat.unfinished
        for exchange in reversed(unfinished):
            self.worker.cancel(self.main.chat.number_of(exchange))
            await exchange.end(STOPPED if exchange.answer else None)
        if unfinished:
            return
        if self.main.source.is_open:
            self.main.source.action_close()
        else:
            await self.action_view("chat")

    # Screens and views ------------------------------------------------------------------------

    async def action_view(self, name: str) -> None:
        """Show the chat, the memory, the map or the review."""
        await self.main.show_view(name)

    @work(exclusive=True, group="conversation")
    async def action_new_conversation(self) -> None:
        """Begin another conversation."""
        await self._show_conversation(NEW_CONVERSATION)

    @work(exclusive=True, group="conversation")
    async def action_conversations(self) -> None:
        """Choose among the conversations."""
        screen = ConversationsScreen(self.state, self.reader)
        await screen.load()
        name = await self.push_screen_wait(screen)
        if name is not None:
            await self._show_conversation(name)

    @on(ConversationsScreen.CurrentDeleted)
    async def _current_deleted(self) -> None:
        await self._show_conversation(NEW_CONVERSATION)

    async def _show_conversation(self, name: str) -> None:
        if name == NEW_CONVERSATION:
            await self.main.chat.new_conversation()
        else:
            await self.main.chat.open_conversation(name)
        await self.action_view("chat")

    @work(exclusive=True, group="conversation")
    async def action_export(self) -> None:
        """Write this conversation as Markdown."""
        await export_conversation(self, self.reader, self.state.conversation)

    @work(exclusive=True, group="settings")
    async def action_settings(self) -> None:
        """Change the settings."""
        from tui.settings_change import change_settings

        await change_settings(self)

    @work(exclusive=True, group="settings")
    async def action_model(self) -> None:
        """Choose the model that answers; fetch it if need be."""
        name = await self._models.choose("The model that answers")
        if name is not None:
            self.use_model(name)

    @work(exclusive=True, group="use model")
    async def use_model(self, name: str) -> None:
        """Let a model answer from now on; fetch it if it is not on this machine."""
        await self._models.use(name)

    def action_toggle_help(self) -> None:
        """Show the keys, those of what has the focus first."""
        from tui.help_screen import HelpScreen

        focused = self.focused
        widgets = focused.ancestors_with_self if focused is not None else ()
        here = next((widget.HELP for widget in widgets if widget.HELP), "")
        self.push_screen(HelpScreen(here))

    @work(exclusive=True, group="conversation")
    async def open_conversation(self, name: str) -> None:
        """Show a conversation."""
        await self._show_conversation(name)

    def action_command_palette(self) -> None:
        """Open the palette."""
        from tui.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield what the palette offers."""
        for title, description, action in PALETTE_COMMANDS:
            run = partial(self.call_later, self.run_action, action)
            yield SystemCommand(title, description, run)
        # The app has a list of keys of its own.
        system = super().get_system_commands(screen)
        yield from (command for command in system if command.title != "Keys")
