"""The app: views over one worker and one reader. Passes messages between them and decides nothing itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Event, Paste
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer

from repo_mhm.errors import RepoMhmError
from tui import events
from tui.background_reader import Reader
from tui.chat import Chat, Prompt
from tui.citation_marks import harmless, one_line, pasted
from tui.conversations import Talks
from tui.event_handlers import News
from tui.exchange import Exchange
from tui.exchange import Facts as AnswerFacts
from tui.gc_policy import Garbage
from tui.index_progress import Reading
from tui.settings import Preferences
from tui.source import SourcePanel
from tui.status import Facts, StatusLine, Tabs
from tui.views import Views
from tui.worker import Choose, Worker

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from tui.map import MapView
    from tui.memory import MemoryView

TICK_SECONDS = 0.1
"""How often what has changed is drawn."""
LIVE_TICKS = 10
"""While the index runs, the views are read anew every so many ticks."""
TURN_TICKS = 3
"""While it runs, it is seen to go on every so many ticks."""
QUIET_TICKS = 600
"""Every so many ticks garbage is looked for, if nothing is read or answered just then."""
NARROW = 100
"""Below so many columns the source takes the place of the view instead of half of it."""


class FromWorker(Message):
    """An event of the worker, in the app's own thread."""

    def __init__(self, event: events.Event) -> None:
        super().__init__()
        self.event = event


class ChatApp(App[None]):
    """Chat with a repository; see its memory; read it in the background."""

    TITLE = "repo-mhm"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012  as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "toggle_help", "Keys"),
        Binding("f2", "view('chat')", "Chat", show=False),
        Binding("f3", "view('memory')", "Memory", show=False),
        Binding("f4", "view('map')", "Map", show=False),
        Binding("f5", "read_on", "Read/pause"),
        Binding("ctrl+n", "new_talk", "New", show=False),
        Binding("ctrl+o", "sources", "Sources"),
        Binding("ctrl+r", "talks", "History"),
        Binding("ctrl+t", "change_theme", "Theme", show=False),
        Binding("f9", "settings", "Settings", show=False),
        Binding("escape", "back", "Stop", show=False),
        Binding("ctrl+q", "quit", "Quit", priority=True),
    ]

    def __init__(
        self,
        path: Path,
        overrides: Mapping[str, object] | None = None,
        choose: Choose | None = None,
    ) -> None:
        # Without colours the terminal's own must be used, or what is left of them is shades of grey.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        given = dict(overrides or {})
        self.worker = Worker(path, given, self._post, choose)
        self.reader = Reader(path, given)
        self.facts = Facts()
        self.reading = Reading()
        self.root = path
        self._talks = Talks(self)
        self._source = SourcePanel(self.reader)
        self._news = News(self)
        self._preferences = Preferences(self, given)
        self.opened: events.Opened | None = None
        self._dirty = True
        self._ticks = 0
        self._garbage = Garbage()

    def compose(self) -> ComposeResult:
        yield Tabs()
        with Horizontal(id="body"):
            yield Views(self.reader, self.reading)
        yield StatusLine()
        yield Horizontal(id="keys")

    def on_mount(self) -> None:
        if self.no_color or self.console.color_system in {"standard", "windows"}:
            self.theme = "ansi-dark"
        self.set_interval(TICK_SECONDS, self._tick)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """Once the first picture stands; the keys' many small widgets would hold it up."""
        self._garbage.begin()
        self.query_one("#keys").mount(Footer(show_command_palette=True))
        self.worker.start()
        self.run_worker(self.reader.settle(_warm), group="warm")
        self._talks.load_last()

    async def on_unmount(self) -> None:
        self._garbage.end()
        await asyncio.to_thread(self.worker.close)
        await asyncio.to_thread(self.reader.close)

    async def on_event(self, event: Event) -> None:
        """What is pasted is made harmless before any field has it."""
        if isinstance(event, Paste):
            event.text = pasted(event.text)
        await super().on_event(event)

    @property
    def chat(self) -> Chat:
        """The chat view, which is always there."""
        return self.screen_stack[0].query_one(Chat)

    @property
    def source(self) -> SourcePanel:
        """The panel beside the views."""
        return self._source

    # What the worker says -----------------------------------------------------------------------------------------

    def _post(self, event: events.Event) -> None:
        # The worker may have something to say while the app goes down.
        with contextlib.suppress(RuntimeError):
            self.post_message(FromWorker(event))

    @on(FromWorker)
    async def _from_worker(self, message: FromWorker) -> None:
        self.redraw()
        await self._news.take(message.event)

    def redraw(self) -> None:
        """Something of what the lines at the top and the bottom say has changed."""
        self._dirty = True

    def complain(self, message: str, hint: str = "") -> None:
        """Say what went wrong and what to do."""
        said = one_line(f"{message}. {hint}" if hint else message)
        self.notify(said, severity="error", timeout=10, markup=False)

    # Reading the repository ---------------------------------------------------------------------------------------

    def action_read_on(self) -> None:
        """Start reading, or pause."""
        if self.reading.running:
            self.worker.pause()
            self.notify("Pausing: what has been read is kept.")
            return
        self.reading.state = "scanning"
        self.reading.done = self.reading.total = 0
        self.worker.index()
        self._dirty = True

    @work(exclusive=True, group="survey")
    async def survey(self) -> None:
        """Ask how stale and how full the memory is."""
        from repo_mhm.commands.status import status

        try:
            found = await self.reader.survey(status)
        except RepoMhmError as exc:
            self.complain(exc.message, exc.hint)
            return
        if found is None:
            return
        self.facts.stale, self.facts.commit = found.stale_chunks, found.current_commit
        self.facts.fill = sum(head.tokens for head in found.heads) / max(
            1, sum(head.budget for head in found.heads)
        )
        self.facts.tokens_per_second = found.tokens_per_second or self.facts.tokens_per_second
        self.reading.chunks, self.reading.skimmed = found.chunks, found.read + found.skimmed
        self._dirty = True

    def _tick(self) -> None:
        self._ticks += 1
        if self._ticks % QUIET_TICKS == 0 and not self.reading.running and not self._answering:
            self._garbage.collect()
        if self.reading.running and self._ticks % TURN_TICKS == 0:
            self.reading.pass_time(TURN_TICKS * TICK_SECONDS)
            self._dirty = True
        if self.reading.running and self._ticks % LIVE_TICKS == 0:
            self.views.reload()
            self._count_read()
        # While the app goes down its widgets are gone before its timers.
        if self._dirty and self.screen_stack and self.screen_stack[0].query(Tabs):
            self._dirty = False
            base = self.screen_stack[0]
            base.query_one(Tabs).show(self.views.shown, self.reading, self._talks.name)
            base.query_one(StatusLine).show(self.facts, self.reading)
            self.views.draw()

    @property
    def _answering(self) -> bool:
        return bool(self.screen_stack) and any(
            one.streaming for one in self.screen_stack[0].query(Exchange)
        )

    @work(exclusive=True, group="count")
    async def _count_read(self) -> None:
        coverage = await self.reader.read(lambda store: store.coverage())
        if coverage:
            self.reading.chunks, self.reading.skimmed = coverage["chunks"], coverage["skimmed"]
            self._dirty = True

    # Views --------------------------------------------------------------------------------------------------------

    @property
    def views(self) -> Views:
        """The chat, the memory and the map."""
        return self.screen_stack[0].query_one(Views)

    async def action_view(self, name: str) -> None:
        """Show the chat, the memory or the map."""
        await self.views.show(name)
        self._dirty = True

    def light_up(self, exchange: Exchange) -> None:
        """Mark in memory what an answer used."""
        self.views.light_up((*exchange.citations, *exchange.evidence))

    async def open_places(self, places: Sequence[Citation], at: int) -> None:
        """Show the source at one of several places."""
        base = self.screen_stack[0]
        if not self.source.is_attached:
            await base.query_one("#body").mount(self.source)
        base.add_class("-source")
        self.source.open(places, at)

    @on(SourcePanel.Closed)
    def _source_closed(self) -> None:
        self.screen_stack[0].remove_class("-source")
        self.call_after_refresh(self.views.focus_view)

    @on(SourcePanel.Edit)
    def _edit_file(self, event: SourcePanel.Edit) -> None:
        import subprocess

        from tui.editor import editor_command

        try:
            command = editor_command(self.root, event.path, event.line)
            with self.suspend():
                subprocess.run(command, check=False)
        except RepoMhmError as exc:
            self.complain(exc.message, exc.hint)
        except OSError as exc:
            self.complain(
                f"{command[0]} cannot be started: {exc.strerror}", "Set $EDITOR to one that can."
            )
        self.refresh()

    async def on_memory_view_open(self, event: MemoryView.Open) -> None:
        await self.open_places(event.places, 0)

    async def on_map_view_open(self, event: MapView.Open) -> None:
        await self.open_places(event.places, 0)

    def on_welcome_pull(self) -> None:
        self.worker.pull()

    def on_welcome_read(self) -> None:
        if not self.reading.running:
            self.action_read_on()

    def on_welcome_choose(self) -> None:
        self.action_settings()

    # Asking -------------------------------------------------------------------------------------------------------

    @on(Prompt.Asked)
    async def _asked(self, event: Prompt.Asked) -> None:
        await self.ask(event.text)

    async def ask(self, question: str) -> None:
        """Put a question to the repository; it follows up on what has been said in this conversation."""
        number = self.worker.ask(question, self._talks.name, follow_up=bool(self.chat.exchanges))
        exchange = await self.chat.add(question, number)
        loading = self.facts.model.startswith("loading")
        exchange.wait("opening the model …" if loading else "searching …")

    @on(Exchange.Wanted)
    async def _wanted(self, event: Exchange.Wanted) -> None:
        exchange = event.exchange
        if event.what == "open":
            await self.open_places(exchange.citations, event.number - 1)
        elif event.what == "copy":
            self.copy_to_clipboard(exchange.answer)
            self.notify("Copied.")
        elif event.what == "edit":
            self.chat.prompt.text = harmless(exchange.question)
            self.chat.prompt.move_cursor(self.chat.prompt.document.end)
            self.chat.prompt.focus()
        elif event.what == "again":
            await self.ask(exchange.question)
        elif event.what == "memory":
            self.light_up(exchange)
            await self.action_view("memory")
        else:
            self.chat.step(exchange, event.number)

    async def action_sources(self) -> None:
        """Open the sources of the last answer that has any; again for the next one."""
        cited = [exchange for exchange in self.chat.exchanges if exchange.citations]
        if self.source.is_open:
            self.source.action_step(1)
        elif cited:
            await self.open_places(cited[-1].citations, 0)

    async def action_back(self) -> None:
        """Stop the answer that is being written and those that wait; else close the source; else go to the prompt."""
        streaming = [exchange for exchange in self.chat.exchanges if exchange.streaming]
        for exchange in reversed(streaming):
            self.worker.cancel(self.chat.number_of(exchange))
            await exchange.end(
                AnswerFacts(0, 0, 0, 0, interrupted=True) if exchange.answer else None
            )
        if streaming:
            return
        if self.source.is_open:
            self.source.action_close()
        else:
            await self.action_view("chat")

    # Conversations, settings, help --------------------------------------------------------------------------------

    def action_new_talk(self) -> None:
        """Begin another conversation."""
        self._talks.new()

    def action_talks(self) -> None:
        """Choose among the conversations."""
        self._talks.choose()

    def action_export(self) -> None:
        """Write this conversation as Markdown."""
        self._talks.export(self._talks.name)

    def action_settings(self) -> None:
        """Change the settings."""
        self._preferences.open()

    def action_toggle_help(self) -> None:
        """Show or hide the keys."""
        if self.screen.query("HelpPanel"):
            self.action_hide_help_panel()
        else:
            self.action_show_help_panel()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers."""
        yield SystemCommand(
            "New conversation", "Begin anew; what was said is kept", self.action_new_talk
        )
        yield SystemCommand(
            "Conversations", "Open, rename, delete or export one", self.action_talks
        )
        yield SystemCommand("Export", "Write this conversation as Markdown", self.action_export)
        yield SystemCommand(
            "Chat", "Ask the repository", lambda: self.call_later(self.action_view, "chat")
        )
        yield SystemCommand(
            "Memory", "Heads and notes", lambda: self.call_later(self.action_view, "memory")
        )
        yield SystemCommand(
            "Map", "How finely memory holds what", lambda: self.call_later(self.action_view, "map")
        )
        yield SystemCommand(
            "Read on or pause", "Read the repository into memory", self.action_read_on
        )
        yield SystemCommand(
            "Settings", "Model, budgets, time to the first word", self.action_settings
        )
        yield from super().get_system_commands(screen)


def _warm() -> None:
    """Import beside the loop what the first answer will need: on it, each of these would be felt."""
    from pygments.lexers.python import PythonLexer

    import repo_mhm.answer.session
    import repo_mhm.commands.memory  # noqa: F401
    import tui.markdown_view  # noqa: F401

    list(PythonLexer().get_tokens("pass"))  # compiles its expressions
    Garbage.settle()
