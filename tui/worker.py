"""The worker: one thread that owns the engine and does all that takes time, one job at a time.

Jobs and questions go in from the app's thread, events come out through `post`. Questions overtake
all jobs, even in the middle of an index. Knows nothing about widgets.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from repo_mhm.errors import RepoMhmError
from tui import events
from tui.engine_loader import REPORT_DEFECT, ChooseModel, EngineLoader
from tui.index_job import IndexJob
from tui.question import Question
from tui.question_queue import QuestionQueue

CLOSING_SECONDS = 3.0
"""How long closing waits for the step in progress; after that the thread ends with the process."""


class Worker:
    """Start it once; every other method returns at once and may be called from any thread.

    `overrides` may change: reopening uses them as they are then.
    """

    def __init__(
        self,
        path: Path,
        overrides: Mapping[str, object],
        post: events.Post,
        choose_model: ChooseModel | None = None,
    ) -> None:
        self._post = post
        self._loader = EngineLoader(path, overrides, post, choose_model)
        self._questions = QuestionQueue(self._loader, post)
        self._index = IndexJob(self._loader, post, self._questions.answer_all)
        self._jobs: deque[tuple[events.Job, Callable[[], object]]] = deque()
        self._wake = threading.Condition()
        self._stopping = threading.Event()
        self._stopping_download = threading.Event()
        self._thread = threading.Thread(target=self._run, name="repo-mhm worker", daemon=True)

    def start(self) -> None:
        """Begin: open the repository, then the model; then find out what there is to read."""
        self.reopen()
        self.plan()
        self._thread.start()

    def plan(self, *, again: bool = False) -> None:
        """Find out how long reading takes; `again` also where some of it has been read."""
        self._add("plan", partial(self._index.plan, again=again))

    def reopen(self) -> None:
        """Read the settings again, and open the model that they name."""
        self._add("open", self._loader.open_repository)
        self._add("load", self._loader.load_model)

    def ask(self, question: Question) -> int:
        """Answer a question; returns the number that its events carry."""
        number = self._questions.add(question)
        with self._wake:
            self._wake.notify()
        self._index.interrupt_prompts()
        return number

    def cancel(self, number: int) -> None:
        """Stop an answer, or remove a question that waits."""
        answering = self._questions.cancel(number)
        if answering:
            self._loader.interrupt()

    def index(self, *, read_all: bool = False, reread: bool = False) -> None:
        """Read what adds most, or all; this also resumes a paused index.

        `reread` allows to read again what another model has read.
        """
        self._index.allow()
        self._add("index", partial(self._index.run, read_all=read_all, reread=reread))

    def pause(self) -> None:
        """Stop the index; the prompts in flight are lost, nothing else."""
        self._index.pause()

    def download(self) -> None:
        """Download the model that the settings name, then open it."""
        self._stopping_download.clear()
        self._add("download", self._download)

    def download_missing(self) -> None:
        """Download the model that the settings name unless it is here, then open it."""
        self._stopping_download.clear()
        self._add("download", self._download_missing)

    def stop_download(self) -> None:
        """Stop the download in progress."""
        self._stopping_download.set()

    def close(self) -> None:
        """Stop whatever is running and end the thread."""
        self._stopping.set()
        self._stopping_download.set()
        self._index.forbid()
        self._questions.cancel_all()
        with self._wake:
            self._wake.notify()

        if self._questions.answering or self._index.uses_engine:
            self._loader.interrupt()
        if self._thread.is_alive():
            self._thread.join(CLOSING_SECONDS)

    def _add(self, name: events.Job, job: Callable[[], object]) -> None:
        with self._wake:
            self._jobs.append((name, job))
            self._wake.notify()

    # In the thread ----------------------------------------------------------------------------

    def _run(self) -> None:
        while self._wait_for_work():
            if self._questions.waiting:
                self._questions.answer_all()
            elif self._jobs:
                self._run_job(*self._jobs.popleft())
        self._loader.close()

    def _download(self) -> None:
        try:
            self._loader.download_model(self._stopping_download)
        except KeyboardInterrupt:
            stopped = "the download was stopped"
            self._post(events.JobFailed("download", stopped, "It can be begun again."))
        else:
            self._loader.load_model()

    def _download_missing(self) -> None:
        if self._loader.can_download():
            self._download()

    def _wait_for_work(self) -> bool:
        """Wait for a question or a job; returns False when the thread must end."""
        with self._wake:
            self._wake.wait_for(
                lambda: self._jobs or self._questions.waiting or self._stopping.is_set()
            )
        return not self._stopping.is_set()

    def _run_job(self, name: events.Job, job: Callable[[], object]) -> None:
        try:
            job()
        except RepoMhmError as error:
            self._post(events.JobFailed(name, error.message, error.hint))
        except KeyboardInterrupt:
            # The interrupt was meant for a job that had ended by the time it arrived.
            self._post(events.IndexPaused())
        except Exception as error:  # noqa: BLE001  a defect must not end the thread
            message = f"{type(error).__name__}: {error}"
            self._post(events.JobFailed(name, message, REPORT_DEFECT))
