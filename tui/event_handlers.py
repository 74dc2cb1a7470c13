"""What each event of the worker changes: the app's state, the answer, the first-run screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui import events
from tui.answer_summary import summary_of
from tui.exchange import Exchange
from tui.first_run import FirstRun
from tui.gc_policy import GcPolicy
from tui.main_screen import MainScreen
from tui.notices import show_error_text
from tui.safe_text import single_line
from tui.state import AppState
from tui.welcome import Welcome

if TYPE_CHECKING:
    from repo_mhm.answer import events as answer_events
    from repo_mhm.memory.index_plan import IndexPlan


class EventHandlers:
    """Handles one event after the other, in the app's own thread.

    `refresh_status` finds out in the background how stale and how full the memory is;
    `confirm_reread` asks the user.
    """

    def __init__(
        self,
        state: AppState,
        main: MainScreen,
        refresh_status: Callable[[], object],
        confirm_reread: Callable[[events.OtherReaderFound], object],
    ) -> None:
        self._state = state
        self._main = main
        self._refresh_status = refresh_status
        self._confirm_reread = confirm_reread
        self.first_run = FirstRun()
        self._welcome: Welcome | None = None

    async def handle(self, event: events.Event) -> None:
        """Apply an event to the state and the widgets."""
        self._state.needs_redraw = True
        if isinstance(event, events.AnswerEvent | events.AnswerEnded):
            await self._handle_answer(event)
        elif isinstance(event, events.RepositoryOpened):
            self._handle_opened(event)
        elif isinstance(event, events.JobFailed):
            self._handle_failure(event)
        elif isinstance(event, events.IndexPlanned):
            self._handle_plan(event.plan)
        elif isinstance(event, events.OtherReaderFound):
            self._state.index.stop("idle")
            self._confirm_reread(event)
        elif isinstance(
            event,
            events.IndexAdvanced | events.ScanProgress | events.ScanFinished | events.IndexPaused,
        ):
            self._handle_index(event)
        else:
            self._handle_model(event)
        self._redraw_welcome()

    def _handle_opened(self, event: events.RepositoryOpened) -> None:
        self._state.apply_opened(event)
        self._main.views.reload()
        if event.note:
            self._main.notify(single_line(event.note), markup=False)
        if not self._state.index.running:
            self._refresh_status()

    def _handle_failure(self, event: events.JobFailed) -> None:
        if event.job == "download":
            self.first_run.apply_failure(event)
            self._state.model.status = "missing"
            self._show_first_run()
        elif event.job == "load" and self._state.model.status == "loading":
            self._state.model.status = "failed"
        elif event.job == "index":
            self._state.index.stop("failed", event.message)
        show_error_text(self._main.app, event.message, event.hint)

    # Answers ----------------------------------------------------------------------------------

    async def _handle_answer(self, event: events.AnswerEvent | events.AnswerEnded) -> None:
        exchange = self._main.chat.exchange(event.number)
        if exchange is None or not exchange.unfinished:
            return
        if isinstance(event, events.AnswerEvent):
            await self._extend(exchange, event.event)
        elif event.error or event.interrupted:
            await exchange.end(None, error=event.error, hint=event.hint)
        if not exchange.unfinished:
            for following in self._main.chat.unfinished[:1]:
                following.begin()

    async def _extend(self, exchange: Exchange, event: events.AnyEvent) -> None:
        from repo_mhm.answer.citations import Sentence
        from repo_mhm.answer.events import AnswerText, Finished, Located, Retrieved

        if isinstance(event, Located):
            await exchange.show_locations(event)
        elif isinstance(event, Retrieved):
            exchange.show_evidence(event)
            self._state.index.set_coverage(event.coverage)
        elif isinstance(event, AnswerText):
            await exchange.append_text(event.text)
        elif isinstance(event, Finished):
            await self._finish(exchange, event.answer)
        elif isinstance(event, Sentence):
            await exchange.append_marks(event)
        else:
            exchange.show_pass(event)

    async def _finish(self, exchange: Exchange, answer: answer_events.Answer) -> None:
        exchange.evidence = answer.evidence
        self._state.index.set_coverage(answer.coverage)
        await exchange.end(summary_of(answer))
        self._main.highlight_used(exchange)

    # The index --------------------------------------------------------------------------------

    def _handle_plan(self, plan: IndexPlan | None) -> None:
        self._state.index.apply_plan(plan)
        if plan is None:
            return
        self._main.views.reload()
        self._refresh_status()
        self.first_run.plan = plan

    def _handle_index(
        self,
        event: events.IndexAdvanced
        | events.ScanProgress
        | events.ScanFinished
        | events.IndexPaused,
    ) -> None:
        index = self._state.index
        if isinstance(event, events.ScanProgress):
            index.start_scan(event.done, event.total, for_plan=event.for_plan)
            if event.for_plan:
                return
        elif isinstance(event, events.IndexAdvanced):
            index.apply(event.event)
            if index.phase == "done" and index.left:
                self._main.notify(single_line(index.detail), markup=False)
            if index.tokens_per_second:
                self._state.model.tokens_per_second = index.tokens_per_second
        else:
            index.stop("paused" if isinstance(event, events.IndexPaused) else "idle")
        if not index.running:
            self._refresh_status()
            self._main.views.reload()

    # The model --------------------------------------------------------------------------------

    def _handle_model(
        self,
        event: events.ModelMissing
        | events.ModelLoading
        | events.EngineOpened
        | events.DownloadProgress
        | events.ModelDownloaded,
    ) -> None:
        model = self._state.model
        if isinstance(event, events.ModelMissing):
            model.status = "missing"
            self.first_run.apply_missing(event)
            self._show_first_run()
        elif isinstance(event, events.ModelLoading):
            model.status, model.name = "loading", event.name
            self.first_run.apply_model()
            if self._is_first_run():
                self._show_first_run()
        elif isinstance(event, events.EngineOpened):
            GcPolicy.freeze()
            self._state.apply_engine(event)
        elif isinstance(event, events.DownloadProgress):
            model.status, model.download_share = "downloading", event.done / max(1, event.total)
            self.first_run.apply_download(event)
        else:
            self.first_run.apply_model()

    def _is_first_run(self) -> bool:
        index = self._state.index
        return self._state.repository.opened and not index.skimmed and not index.running

    def _show_first_run(self) -> None:
        """Show the welcome screen if it has not been shown; it says afterwards what changes.

        Who has asked here before knows it, and may have chosen to do without.
        """
        if self._welcome is None and not self._state.repository.has_conversations:
            self.open_welcome()

    def open_welcome(self) -> None:
        """Show the welcome screen, also when it has been left before."""
        self._welcome = Welcome(self.first_run, self._state.index)
        self._main.app.push_screen(self._welcome)

    def _redraw_welcome(self) -> None:
        if self._welcome is not None:
            self._welcome.draw()
