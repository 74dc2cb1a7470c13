"""The worker: one thread that owns the engine and does everything that takes time, one job after the other.

Jobs go in from the app's thread, events come out through `post`. Questions overtake everything else, also in the
middle of an index (see `shared`). Knows nothing about widgets.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm.errors import RepoMhmError
from tui import events

if TYPE_CHECKING:
    from repo_mhm.answer.session import AskOptions
    from repo_mhm.commands.workspace import Model, Workspace
    from repo_mhm.config import Settings
    from repo_mhm.engine.types import Engine
    from repo_mhm.memory.index_plan import IndexOptions
    from repo_mhm.store import Store
    from tui.shared_engine import SharedEngine

Post = Callable[[events.Event], None]
Choose = Callable[["Settings"], "Model"]
"""Finds the model the settings name; raises ModelError when there is none."""
CLOSING_SECONDS = 3.0
"""How long closing waits for the step in progress; after that the thread goes with the process."""


@dataclass(eq=False, slots=True)
class _Question:
    number: int
    text: str
    session: str
    follow_up: bool
    cancelled: threading.Event = field(default_factory=threading.Event)


class Worker:
    """Start it once; every other method returns at once and may be called from any thread.

    `overrides` may change: reopening goes by them as they are then.
    """

    def __init__(
        self, path: Path, overrides: Mapping[str, object], post: Post, choose: Choose | None = None
    ) -> None:
        self._path = path
        self._overrides = overrides
        self._post = post
        self._choose = choose
        self._jobs: deque[Callable[[], None]] = deque()
        self._questions: deque[_Question] = deque()
        self._wake = threading.Condition()
        self._stopping = threading.Event()
        self._pausing = threading.Event()
        self._engine: Engine | None = None
        self._model_id = ""
        self._shared: SharedEngine | None = None
        self._asking: _Question | None = None
        self._workspace: Workspace | None = None
        self._numbers = 0
        self._thread = threading.Thread(target=self._run, name="repo-mhm worker", daemon=True)

    # From the app -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin: the repository is opened, then the model."""
        self._jobs.append(self._open)
        self._jobs.append(self._load)
        self._thread.start()

    def reopen(self) -> None:
        """Read the settings again, and open the model they name."""
        self._add(self._open)
        self._add(self._load)

    def ask(self, text: str, session: str, *, follow_up: bool) -> int:
        """Answer a question; returns the number its events carry."""
        with self._wake:
            self._numbers += 1
            question = _Question(self._numbers, text, session, follow_up)
            self._questions.append(question)
            self._wake.notify()
        self._break_in()
        return question.number

    def cancel(self, number: int) -> None:
        """Stop an answer, or take back a question that has not begun."""
        with self._wake:
            for question in [*self._questions, self._asking]:
                if question is not None and question.number == number:
                    question.cancelled.set()
        asking, engine = self._asking, self._engine
        if asking is not None and asking.number == number and engine is not None:
            engine.interrupt()

    def index(self) -> None:
        """Read what is left to read; also how a paused index goes on."""
        self._pausing.clear()
        self._add(self._index)

    def pause(self) -> None:
        """Stop the index; the prompts in flight are lost, nothing else."""
        self._pausing.set()
        self._break_in()

    def pull(self) -> None:
        """Fetch the model the settings name, then open it."""
        self._add(self._pull)
        self._add(self._load)

    def close(self) -> None:
        """Stop whatever is running and end the thread."""
        self._stopping.set()
        self._pausing.set()
        with self._wake:
            for question in [*self._questions, self._asking]:
                if question is not None:
                    question.cancelled.set()
            self._wake.notify()
        engine = self._engine
        if engine is not None and (self._asking is not None or self._shared is not None):
            engine.interrupt()
        if self._thread.is_alive():
            self._thread.join(CLOSING_SECONDS)

    def _add(self, job: Callable[[], None]) -> None:
        with self._wake:
            self._jobs.append(job)
            self._wake.notify()

    def _break_in(self) -> None:
        shared = self._shared
        if shared is not None and shared.waiting:
            shared.interrupt()

    # In the thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            with self._wake:
                self._wake.wait_for(
                    lambda: self._jobs or self._questions or self._stopping.is_set()
                )
            if self._stopping.is_set():
                break
            if self._questions:
                self._answer_all()
            elif self._jobs:
                self._guarded(self._jobs.popleft())
        if self._engine is not None:
            self._engine.close()

    def _guarded(self, job: Callable[[], None]) -> None:
        what = job.__name__.strip("_")
        try:
            job()
        except RepoMhmError as exc:
            self._post(events.Failed(what, exc.message, exc.hint))
        except KeyboardInterrupt:
            # Meant for a job that was over by the time it arrived.
            self._post(events.Paused())
        except Exception as exc:  # noqa: BLE001  the thread must outlive a defect, and the user must see it
            self._post(
                events.Failed(
                    what, f"{type(exc).__name__}: {exc}", "This is a defect; please report it."
                )
            )

    def _open(self) -> None:
        from repo_mhm.commands.workspace import open_workspace
        from repo_mhm.store import find_store

        workspace = self._workspace = open_workspace(self._path, self._overrides)
        chunks = skimmed = 0
        store = find_store(workspace.directory)
        if store is not None:
            with store:
                coverage = store.coverage()
                chunks, skimmed = coverage["chunks"], coverage["skimmed"]
        snapshot = workspace.snapshot
        self._post(
            events.Opened(
                root=str(snapshot.root),
                commit=snapshot.commit,
                dirty=len(snapshot.dirty),
                note=snapshot.note,
                chunks=chunks,
                skimmed=skimmed,
                heads=workspace.settings.heads,
                head_tokens=workspace.settings.head_tokens,
            )
        )

    def _opened(self) -> Workspace:
        if self._workspace is None:
            self._open()
        assert self._workspace is not None
        return self._workspace

    def _find_model(self) -> Model:
        from repo_mhm.commands.workspace import choose_model

        return (self._choose or choose_model)(self._opened().settings)

    def _load(self) -> None:
        from repo_mhm.errors import ModelError

        try:
            model = self._find_model()
        except ModelError as exc:
            self._post(_missing(self._opened().settings, exc))
            return
        self._engine_for(model)

    def _engine_for(self, model: Model) -> Engine:
        if self._engine is not None and self._model_id == model.id:
            return self._engine
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        self._post(events.Loading(model.name))
        self._engine = model.open()
        self._model_id = model.id
        info = self._engine.info
        self._post(events.Ready(model.name, info.device, info.on_gpu))
        return self._engine

    def _pull(self) -> None:
        from repo_mhm.commands.model import pull

        last = -1

        def progress(done: int, total: int, what: str) -> None:
            nonlocal last
            if self._stopping.is_set():
                raise KeyboardInterrupt
            if total and done * 500 // total != last:
                last = done * 500 // total
                self._post(events.Pulling(done, total, what))

        self._post(events.Pulled(pull(self._opened().settings, progress=progress).name))

    # Questions ----------------------------------------------------------------------------------------------------

    def _answer_all(self) -> None:
        while self._questions:
            with self._wake:
                question = self._questions.popleft()
            self._asking = question
            try:
                self._answer(question)
            except RepoMhmError as exc:
                self._post(events.Ended(question.number, error=exc.message, hint=exc.hint))
            except Exception as exc:  # noqa: BLE001  as above
                said = f"{type(exc).__name__}: {exc}"
                self._post(
                    events.Ended(
                        question.number, error=said, hint="This is a defect; please report it."
                    )
                )
            finally:
                self._asking = None

    def _answer(self, question: _Question) -> None:
        while not question.cancelled.is_set():
            try:
                if self._stream(question):
                    return
            except KeyboardInterrupt:
                # One that was meant for the index may arrive late and meet the question instead.
                continue
        self._post(events.Ended(question.number, interrupted=True))

    def _stream(self, question: _Question) -> bool:
        """Whether the answer came to its end. An interrupt passes through only while nothing of it was shown."""
        from repo_mhm.answer.session import Text, ask
        from repo_mhm.answer.staleness import compare
        from repo_mhm.store import open_store

        workspace = self._opened()
        shown = False
        with open_store(workspace.directory) as store:
            if not store.chunk_count():
                self._scan(store, question)
            answer = ask(
                store,
                lambda: self._engine_for(self._find_model()),
                question.text,
                self._ask_options(question),
                compare=lambda known: compare(known, self._path, workspace.settings.ignore),
            )
            try:
                for event in answer:
                    if question.cancelled.is_set():
                        return False
                    shown = shown or isinstance(event, Text)
                    self._post(events.Said(question.number, event))
            except KeyboardInterrupt:
                if not shown or question.cancelled.is_set():
                    raise
                self._post(events.Ended(question.number, interrupted=True))
                return True
            finally:
                answer.close()  # type: ignore[attr-defined]
        self._post(events.Ended(question.number))
        return True

    def _ask_options(self, question: _Question) -> AskOptions:
        from repo_mhm.answer.session import AskOptions

        seconds = self._opened().settings.first_token_seconds
        return AskOptions(
            first_token_seconds=seconds, session=question.session, follow_up=question.follow_up
        )

    # The index ----------------------------------------------------------------------------------------------------

    def _scan(self, store: Store, question: _Question) -> None:
        """Questions can be answered from source alone once the files are known."""
        from repo_mhm.memory.refresh import refresh
        from repo_mhm.store import writer_lock

        settings = self._opened().settings
        try:
            with writer_lock(self._opened().directory, wait_seconds=10):
                refresh(
                    store,
                    self._opened().snapshot,
                    heads=settings.heads,
                    selector=settings.selector,
                    ignore=settings.ignore,
                    progress=partial(self._scanned, question.cancelled),
                )
        finally:
            self._post(events.Known())

    def _scanned(self, stop: threading.Event, done: int, total: int) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        if done == total or done % 10 == 0:
            self._post(events.Scanned(done, total))

    def _index(self) -> None:
        from repo_mhm.commands.index import index
        from repo_mhm.store import open_store, writer_lock
        from tui.shared_engine import SharedEngine

        self._open()
        workspace = self._opened()
        model = self._find_model()

        def share() -> SharedEngine:
            self._shared = SharedEngine(self._engine_for(model), self._between)
            return self._shared

        options = _options(workspace.settings)
        with writer_lock(workspace.directory), open_store(workspace.directory) as store:
            scanned = partial(self._scanned, self._pausing)
            run = index(store, workspace.snapshot, share, model.id, options, progress=scanned)
            try:
                for event in run:
                    self._post(events.Indexing(event))
                    self._between()
            except KeyboardInterrupt:
                self._post(events.Paused())
            finally:
                run.close()  # type: ignore[attr-defined]
                self._shared = None

    def _between(self) -> None:
        """Between two prompts of the index: stop if that is wanted, else answer what has been asked meanwhile."""
        if self._pausing.is_set():
            raise KeyboardInterrupt
        self._answer_all()
        if self._pausing.is_set():
            raise KeyboardInterrupt


def _options(settings: Settings) -> IndexOptions:
    from repo_mhm.memory.index_plan import IndexOptions

    return IndexOptions(
        heads=settings.heads,
        head_tokens=settings.head_tokens,
        selector=settings.selector,
        depth=settings.depth,
        fit=settings.fit,
        ignore=settings.ignore,
    )


def _missing(settings: Settings, error: RepoMhmError) -> events.NoModel:
    from repo_mhm.models.manifest import shipped_manifest

    pinned = shipped_manifest().get(settings.model)
    if pinned is None:
        return events.NoModel(settings.model, error.message, error.hint, 0, "", False)
    return events.NoModel(pinned.name, error.message, error.hint, pinned.size, pinned.licence, True)
