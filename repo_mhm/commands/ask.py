"""Ask a question: open the memory, then the model, and answer from them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from repo_mhm import config
from repo_mhm.commands import workspace
from repo_mhm.errors import ModelMissing, RepoMhmError, UsageError
from repo_mhm.formatting import safe
from repo_mhm.source.redaction import without_secrets

if TYPE_CHECKING:
    from repo_mhm.answer.context import AskOptions
    from repo_mhm.answer.events import Event
    from repo_mhm.commands.open_memory import OpenedMemory
    from repo_mhm.engine.types import Engine
    from repo_mhm.retrieval.search import Mode
    from repo_mhm.store import Store

E = TypeVar("E")
UseMemory = Callable[[], "AbstractContextManager[OpenedMemory]"]
"""Opens the memory, with its source up to date."""


@dataclass(frozen=True, slots=True)
class AskRequest:
    """A question, and how a front end wants it answered."""

    question: str
    path: Path = Path()
    """A folder in the repository."""
    mode: Mode = "both"
    follow_up: bool = False
    """Whether to continue the last conversation."""
    session: str | None = None
    """The conversation to continue or to begin; None for the last or a new one."""
    attached: str = ""
    """Text that came with the question as material for it."""
    files: tuple[str, ...] = ()
    """What the question is about: files, folders and lines, as the user wrote them."""
    within: tuple[str, ...] = ()
    """The files and folders that are looked at, as the user wrote them; empty for all."""
    overrides: Mapping[str, object] = field(default_factory=dict)
    """Command line options by setting."""
    started: float = field(default_factory=time.monotonic)
    """When the user began to wait."""
    use_model: bool = True
    """Whether a model may be asked; if not, the locations are the answer."""
    thorough: bool = False
    """Whether to show the model more, whatever time that takes."""
    show_all: bool = False
    """Whether an exact answer lists all its lines, not only the best."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "question", without_secrets(self.question))


@dataclass(frozen=True, slots=True)
class OpenedAnswer(Generic[E]):
    """An answer that has not begun yet."""

    events: Iterator[E]
    root: Path
    """The folder that its paths are relative to."""
    remote: str = ""
    """The server on another machine that is asked; empty where nothing leaves this one."""
    interrupt: Callable[[], None] = lambda: None
    """Makes the model stop soon, from any thread: the next event raises KeyboardInterrupt."""


@contextmanager
def ask(request: AskRequest, use_memory: UseMemory) -> Iterator[OpenedAnswer[Event]]:
    """The events of an answer, while the model and the memory are open.

    The model is opened when the first event after the locations is asked for. Where it is missing,
    and the user has not named it, the locations are the answer.

    An answer that is left early is kept as far as it came. Raises UsageError when there is no
    conversation to continue, and what `open_memory`, `choose_model` and `answer.session.ask` raise.
    """
    with open_for(request, use_memory, single_answer=True) as opened:
        from repo_mhm.answer import session

        events = session.ask(
            opened.memory.store,
            opened.engine.wait,
            request.question,
            opened.options,
            compare=opened.memory.compare,
            started=request.started,
        )
        with closing(_opening_engine(events, opened.engine)) as events_with_engine:
            yield OpenedAnswer(
                events_with_engine,
                opened.memory.root,
                opened.engine.remote,
                opened.engine.interrupt,
            )


def _opening_engine(
    events: Generator[Event, None, None], engine: BackgroundEngine
) -> Generator[Event, None, None]:
    """The events. The engine begins to open once the locations are out, as it would delay them.

    Meanwhile the session goes on to load what plans and checks the answer.
    """
    from repo_mhm.answer.events import Located

    with closing(events):
        for event in events:
            yield event
            if isinstance(event, Located) and not event.is_answer:
                engine.start()


@dataclass(frozen=True, slots=True)
class Opened:
    """What a question is answered with."""

    engine: BackgroundEngine
    memory: OpenedMemory
    options: AskOptions


@contextmanager
def open_for(
    request: AskRequest, use_memory: UseMemory, *, single_answer: bool
) -> Iterator[Opened]:
    """Open the memory, with the settings that it was opened with; the engine opens when needed.

    `single_answer` opens the model sooner, at the price of slower prefill.
    """
    # The model is chosen without the repository's own settings.
    settings = config.load(None, request.overrides)
    model, no_model_reason = _model(request, settings, single_answer=single_answer)
    with BackgroundEngine(model) as engine, use_memory() as memory:
        has_model = model is not None
        options = answer_options(
            memory, request, use_model=has_model, no_model_reason=no_model_reason
        )
        yield Opened(engine, memory, options)


def answer_options(
    memory: OpenedMemory, request: AskRequest, *, use_model: bool, no_model_reason: str
) -> AskOptions:
    """How a session answers the request from this memory. Raises UsageError."""
    from repo_mhm.answer.context import AskOptions
    from repo_mhm.commands.question_files import find_files, find_scope

    session, follow_up = _session(memory.store, request)
    scope = find_scope(memory.store, request.path, request.within)
    return AskOptions(
        mode=request.mode,
        first_token_seconds=memory.settings.first_token_seconds,
        session=session,
        follow_up=follow_up,
        instructions=memory.settings.system,
        attached=request.attached,
        files=find_files(memory.store, request.path, request.files, scope),
        scope=scope,
        file_names=tuple(map(safe, request.files)),
        use_model=use_model,
        no_model_reason=no_model_reason,
        stale_source=memory.refreshed.warning,
        thorough=request.thorough,
        show_all=request.show_all,
    )


def _model(
    request: AskRequest, settings: config.Settings, *, single_answer: bool
) -> tuple[workspace.Model | None, str]:
    """The model; or None, and why there is none where the user did not ask for that.

    A model that the user has named for this question must be there, and so must one for a deep
    pass.
    """
    if not request.use_model:
        return None, ""
    try:
        return workspace.choose_model(settings, "answers", single_answer=single_answer), ""
    except ModelMissing as exc:
        is_named = request.overrides.get("model") is not None
        if is_named or not single_answer:
            raise
        return None, f"{exc.message}, so no model was asked. {exc.hint}"


def _session(store: Store, request: AskRequest) -> tuple[str, bool]:
    """The conversation that the turn is added to, and whether it has any turn yet."""
    from repo_mhm.commands.sessions import new_name, session_name

    names = [session.name for session in store.sessions()]
    if request.session is not None:
        name = session_name(request.session)
        if request.follow_up and name not in names[:1]:
            raise _no_agreement(name, names)
        return name, name in names
    if not request.follow_up:
        return new_name(used_names=names), False
    if not names:
        raise UsageError(
            "there is no conversation to continue", hint="Ask without --continue first."
        )
    return names[0], True


def _no_agreement(session: str, names: Sequence[str]) -> UsageError:
    last = f"the last one is {names[0]!r}" if names else "there is none yet"
    return UsageError(
        f"--continue goes on with the last conversation, but {last}, not {session!r}",
        hint="--session alone continues the conversation that it names, or begins it.",
    )


class BackgroundEngine:
    """An engine that a thread opens when it is waited for. As a context manager it closes it."""

    def __init__(self, model: workspace.Model | None) -> None:
        self._model = model
        self._engine: Engine | None = None
        self._error: RepoMhmError | None = None
        # A daemon, so that Ctrl-C need not wait until a gigabyte is loaded.
        self._thread = threading.Thread(target=self._open, daemon=True)

    @property
    def model(self) -> workspace.Model:
        """The model. Raises RuntimeError where there is none."""
        if self._model is None:
            raise RuntimeError("no model was chosen")
        return self._model

    @property
    def remote(self) -> str:
        """The server on another machine that is asked; empty where there is none."""
        return self._model.remote if self._model is not None else ""

    def start(self) -> None:
        """Begin to open the engine; only the first call does."""
        if self._thread.ident is None:
            self._thread.start()

    def wait(self) -> Engine:
        """The engine, once it is open. Raises ModelError or EngineError when it cannot be."""
        self.start()
        self._thread.join()
        if self._error is not None:
            raise self._error
        if self._engine is None:
            raise RuntimeError("the engine did not open")
        return self._engine

    def interrupt(self) -> None:
        """Stop what the engine does, from any thread; nothing where it is not open yet."""
        if self._engine is not None:
            self._engine.interrupt()

    def __enter__(self) -> BackgroundEngine:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        was_started = self._thread.ident is not None
        if was_started and kind is not KeyboardInterrupt:
            # Ending the process in the middle of native code is not always survived.
            self._thread.join()
        if self._engine is not None:
            self._engine.close()

    def _open(self) -> None:
        try:
            self._engine = self.model.open()
        except RepoMhmError as exc:
            self._error = exc
