"""Ask a question: open the model and the memory, and answer from them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm import config
from repo_mhm.commands import workspace
from repo_mhm.errors import RepoMhmError, UsageError

if TYPE_CHECKING:
    from repo_mhm.answer.context import AskOptions
    from repo_mhm.answer.events import Event
    from repo_mhm.commands.open_memory import OpenedMemory
    from repo_mhm.engine.types import Engine
    from repo_mhm.memory.refresh import FileProgress
    from repo_mhm.retrieval.search import Mode

ScanProgress = Callable[[], "AbstractContextManager[FileProgress]"]
"""Shows the scan that the first question needs; entered before it and left after it."""


@dataclass(frozen=True, slots=True)
class AskRequest:
    """A question, and how a front end wants it answered."""

    question: str
    path: Path = Path()
    """A folder in the repository."""
    mode: Mode = "both"
    follow_up: bool = False
    """Whether to continue the last conversation."""
    overrides: Mapping[str, object] = field(default_factory=dict)
    """Command line options by setting."""
    started: float = field(default_factory=time.monotonic)
    """When the user began to wait."""


@contextmanager
def ask(request: AskRequest, scan_progress: ScanProgress) -> Iterator[Iterator[Event]]:
    """The events of an answer, while the model and the memory are open.

    An answer that is left early is kept as far as it came. Raises UsageError when there is no
    conversation to continue, and what `open_memory`, `choose_model` and `answer.session.ask` raise.
    """
    with open_for(request, scan_progress, single_answer=True) as opened:
        from repo_mhm.answer import session

        events = session.ask(
            opened.memory.store,
            opened.engine.wait,
            request.question,
            opened.options,
            compare=opened.memory.compare,
            started=request.started,
        )
        with closing(events):
            yield events


@dataclass(frozen=True, slots=True)
class Opened:
    """What a question is answered with; the engine may still be opening."""

    engine: BackgroundEngine
    memory: OpenedMemory
    options: AskOptions


@contextmanager
def open_for(
    request: AskRequest, scan_progress: ScanProgress, *, single_answer: bool
) -> Iterator[Opened]:
    """Open the model in the background, and meanwhile the memory.

    `single_answer` opens the model sooner, at the price of slower prefill.
    """
    # First of all, as it takes longest. The model is chosen without the repository's own settings.
    settings = config.load(None, request.overrides)
    engine = BackgroundEngine(workspace.choose_model(settings, single_answer=single_answer))
    with engine:
        from repo_mhm.commands.open_memory import open_memory

        with scan_progress() as progress:
            memory = open_memory(request.path, request.overrides, progress=progress)
        with memory.store as store:
            from repo_mhm.answer.context import AskOptions

            options = AskOptions(
                mode=request.mode,
                first_token_seconds=memory.settings.first_token_seconds,
                session=_session(store.last_session(), follow_up=request.follow_up),
                follow_up=request.follow_up,
            )
            yield Opened(engine, memory, options)


def _session(last_session: str, *, follow_up: bool) -> str:
    """The conversation that the turn is added to: the last one, or a new one."""
    from repo_mhm.commands.sessions import new_name

    if not follow_up:
        return new_name()
    if not last_session:
        raise UsageError(
            "there is no conversation to continue", hint="Ask without --continue first."
        )
    return last_session


class BackgroundEngine:
    """An engine that is opened in a thread. As a context manager it closes it in the end."""

    def __init__(self, model: workspace.Model) -> None:
        # Imported here: in the thread it would compete with the imports that follow this.
        import repo_mhm.engine.open_llama  # noqa: F401

        self.model = model
        self._engine: Engine | None = None
        self._error: RepoMhmError | None = None
        # A daemon, so that Ctrl-C need not wait until a gigabyte is loaded.
        self._thread = threading.Thread(target=self._open, daemon=True)
        self._thread.start()

    def wait(self) -> Engine:
        """The engine, once it is open. Raises ModelError or EngineError when it cannot be."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        if self._engine is None:
            raise RuntimeError("the engine did not open")
        return self._engine

    def __enter__(self) -> BackgroundEngine:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not KeyboardInterrupt:
            # Ending the process in the middle of native code is not always survived.
            self._thread.join()
        if self._engine is not None:
            self._engine.close()

    def _open(self) -> None:
        try:
            self._engine = self.model.open()
        except RepoMhmError as exc:
            self._error = exc
