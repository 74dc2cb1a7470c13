"""What the worker's events change: the answer under way, the facts, the reading, the first-run screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui import events
from tui.citation_marks import one_line
from tui.exchange import facts_of
from tui.gc_policy import Garbage

if TYPE_CHECKING:
    from tui.app import ChatApp
    from tui.welcome import Welcome


class News:
    """Takes one event after the other, in the app's own thread."""

    def __init__(self, app: ChatApp) -> None:
        self._app = app
        self._welcomed = False

    async def take(self, event: events.Event) -> None:
        """Show what has happened."""
        if isinstance(event, events.Said | events.Ended):
            await self._answer(event)
        elif isinstance(event, events.Indexing | events.Scanned | events.Known | events.Paused):
            self._read(event)
        elif isinstance(event, events.Opened):
            self._open(event)
        else:
            self._model(event)

    def _open(self, event: events.Opened) -> None:
        self._app.opened = event
        self._app.root = Path(event.root)
        self._app.facts.repository = self._app.root.name
        self._app.facts.commit, self._app.facts.dirty, self._app.facts.note = (
            event.commit,
            event.dirty,
            event.note,
        )
        self._app.reading.chunks, self._app.reading.skimmed = event.chunks, event.skimmed
        self._app.views.set_shape(event.heads, event.head_tokens)
        self._app.views.reload()
        if event.note:
            self._app.notify(one_line(event.note), markup=False)
        if not self._app.reading.running:
            self._app.survey()

    def _model(self, event: events.Event) -> None:
        if isinstance(event, events.NoModel):
            self._app.facts.model = "no model"
            self._welcome().no_model(event)
        elif isinstance(event, events.Loading):
            self._app.facts.model = f"loading {event.name} …"
            if (
                self._app.opened is not None
                and not self._app.opened.skimmed
                and not self._app.reading.running
            ):
                self._welcome().has_model()
        elif isinstance(event, events.Ready):
            Garbage.settle()
            self._app.facts.model, self._app.facts.device, self._app.facts.on_gpu = (
                event.name,
                event.device,
                event.on_gpu,
            )
        elif isinstance(event, events.Pulling):
            self._app.facts.model = f"fetching {event.done / max(1, event.total):.0%}"
            self._welcome().pulling(event)
        elif isinstance(event, events.Pulled):
            self._welcome().has_model()
        elif isinstance(event, events.Failed):
            self._fail(event)

    def _fail(self, event: events.Failed) -> None:
        if event.what == "pull":
            self._welcome().failed(event)
        elif event.what == "index":
            self._app.reading.stop("failed", event.message)
        self._app.complain(event.message, event.hint)

    def _welcome(self) -> Welcome:
        from tui.welcome import Welcome

        shown = next(
            (screen for screen in self._app.screen_stack if isinstance(screen, Welcome)), None
        )
        if shown is not None:
            return shown
        welcome = Welcome()
        if not self._welcomed:
            self._welcomed = True
            self._app.push_screen(welcome)
        return welcome

    async def _answer(self, event: events.Said | events.Ended) -> None:
        from repo_mhm.answer.session import Finished, Recalled, Text

        exchange = self._app.chat.numbered(event.number)
        if exchange is None or not exchange.streaming:
            return
        if isinstance(event, events.Ended):
            if event.error or event.interrupted:
                await exchange.end(None, error=event.error, hint=event.hint)
            return
        said = event.event
        if isinstance(said, Recalled):
            exchange.recalled(said)
            self._app.reading.chunks, self._app.reading.skimmed = (
                said.coverage["chunks"],
                said.coverage["skimmed"],
            )
        elif isinstance(said, Text):
            await exchange.text(said.piece)
        elif isinstance(said, Finished):
            exchange.evidence = said.answer.evidence
            await exchange.end(facts_of(said.answer))
            for warning in said.answer.warnings:
                self._app.complain(warning)
            self._app.light_up(exchange)
        else:
            await exchange.sentence(said)

    def _read(self, event: events.Indexing | events.Scanned | events.Known | events.Paused) -> None:
        if isinstance(event, events.Scanned):
            self._app.reading.scanned(event.done, event.total)
            return
        if isinstance(event, events.Paused | events.Known):
            self._app.reading.stop("paused" if isinstance(event, events.Paused) else "idle")
        else:
            self._app.reading.take(event.event)
            self._app.facts.tokens_per_second = (
                self._app.reading.tokens_per_second or self._app.facts.tokens_per_second
            )
        if not self._app.reading.running:
            self._app.survey()
            self._app.views.reload()
