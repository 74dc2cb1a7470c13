"""The index as a job of the worker: it can be paused, and questions overtake it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui import events
from tui.engine_loader import EngineLoader

if TYPE_CHECKING:
    from repo_mhm.commands.workspace import Model
    from repo_mhm.memory.index_plan import IndexPlan
    from tui.shared_engine import SharedEngine

_SCAN_FILES = 10
"""Progress of a scan is reported every so many files."""


def scan_progress(
    post: events.Post, stop: threading.Event, *, for_plan: bool = False
) -> Callable[[int, int], None]:
    """Return a callback that reports a scan's progress, and ends the scan when `stop` is set.

    `for_plan`: nobody waits for this scan.
    """

    def report(done: int, total: int) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        if done == total or done % _SCAN_FILES == 0:
            post(events.ScanProgress(done, total, for_plan=for_plan))

    return report


class IndexJob:
    """`run` belongs to the worker's thread; the other methods may be called from any thread.

    `answer_all` is called between two prompts, and answers what has been asked meanwhile.
    """

    def __init__(
        self, loader: EngineLoader, post: events.Post, answer_all: Callable[[], None]
    ) -> None:
        self._loader = loader
        self._post = post
        self._answer_all = answer_all
        self._pausing = threading.Event()
        self._shared_engine: SharedEngine | None = None

    @property
    def uses_engine(self) -> bool:
        """Whether the index has the engine."""
        return self._shared_engine is not None

    def allow(self) -> None:
        """Undo `forbid`, so that the next run can begin."""
        self._pausing.clear()

    def forbid(self) -> None:
        """Stop the index before its next prompt."""
        self._pausing.set()

    def pause(self) -> None:
        """Stop the index now; the prompts in flight are lost, nothing else."""
        self.forbid()
        self.interrupt_prompts()

    def interrupt_prompts(self) -> None:
        """Interrupt the prompts in flight: a question is answered first, and then they go on."""
        shared_engine = self._shared_engine
        if shared_engine is not None and shared_engine.waiting:
            shared_engine.interrupt()

    def plan(self, *, again: bool = False) -> None:
        """Where nothing was read yet, scan the repository and report how long reading would take.

        `again` says to report how long the rest would take where some of it has been read.

        A first question would scan it as well, so nothing is lost. What prevents the scan is
        reported by whatever needs it.
        """
        from repo_mhm.errors import RepoMhmError

        try:
            self._post(events.IndexPlanned(self._plan(again=again)))
        except (RepoMhmError, KeyboardInterrupt):
            self._post(events.IndexPlanned(None))

    def _plan(self, *, again: bool) -> IndexPlan | None:
        from repo_mhm.memory.index_plan import IndexOptions
        from repo_mhm.memory.index_run import IndexRun
        from repo_mhm.store import open_store, writer_lock

        workspace = self._loader.workspace
        options = IndexOptions.of(workspace.settings)
        with writer_lock(workspace.directory), open_store(workspace.directory) as store:
            if store.coverage()["skimmed"] and not again:
                return None
            run = IndexRun(store, self._loader.model_id("notes"), options)
            progress = scan_progress(self._post, self._pausing, for_plan=True)
            run.refresh(workspace.snapshot, progress)
            return run.plan()

    def run(self, *, read_all: bool = False, reread: bool = False) -> None:
        """Read what adds most, or all; report each event.

        What another model has read is read again only with `reread`; otherwise that is reported,
        and nothing is done.
        """
        from repo_mhm.commands.index import index, other_reader
        from repo_mhm.memory.index_plan import EVERYTHING, USEFUL, IndexOptions
        from repo_mhm.store import open_store, writer_lock

        workspace = self._loader.open_repository()
        model = self._loader.find_model("notes")
        extent = EVERYTHING if read_all else USEFUL
        options = IndexOptions.of(workspace.settings, extent, reread=reread)

        with writer_lock(workspace.directory), open_store(workspace.directory) as store:
            other = None if reread else other_reader(store, model.id)
            if other is not None:
                self._post(events.OtherReaderFound(other.description, model.name))
                return
            run = index(
                store,
                workspace.snapshot,
                lambda: self._share_engine(model),
                model.id,
                options,
                progress=scan_progress(self._post, self._pausing),
            )
            try:
                for event in run:
                    self._post(events.IndexAdvanced(event))
                    self._between_prompts()
            except KeyboardInterrupt:
                self._post(events.IndexPaused())
            finally:
                run.close()  # type: ignore[attr-defined]
                self._shared_engine = None

    def _share_engine(self, model: Model) -> SharedEngine:
        from tui.shared_engine import SharedEngine

        engine = self._loader.engine_for(model)
        self._shared_engine = SharedEngine(engine, self._between_prompts)
        return self._shared_engine

    def _between_prompts(self) -> None:
        if self._pausing.is_set():
            raise KeyboardInterrupt
        self._answer_all()
        if self._pausing.is_set():
            raise KeyboardInterrupt
