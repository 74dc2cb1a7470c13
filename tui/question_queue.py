"""The questions that wait for an answer, and the answering of them in the worker's thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from repo_mhm.errors import RepoMhmError
from tui import events
from tui.engine_loader import REPORT_DEFECT, EngineLoader
from tui.index_job import scan_progress
from tui.mentions import resolve_mentions
from tui.question import Question

if TYPE_CHECKING:
    from repo_mhm.answer.context import AskOptions
    from repo_mhm.commands.open_memory import OpenedMemory
    from repo_mhm.memory.refresh import FileProgress
    from tui.events import AnyEvent


@dataclass(eq=False, slots=True)
class _Queued:
    number: int
    question: Question
    cancelled: threading.Event = field(default_factory=threading.Event)


class QuestionQueue:
    """`add` and `cancel` may be called from any thread, `answer_all` from the worker's."""

    def __init__(self, loader: EngineLoader, post: events.Post) -> None:
        self._loader = loader
        self._post = post
        self._lock = threading.Lock()
        self._waiting: deque[_Queued] = deque()
        self._current: _Queued | None = None
        self._count = 0

    @property
    def waiting(self) -> bool:
        """Whether a question waits."""
        return bool(self._waiting)

    @property
    def answering(self) -> bool:
        """Whether an answer is being written."""
        return self._current is not None

    def add(self, question: Question) -> int:
        """Queue a question; returns its number, counted from 1."""
        with self._lock:
            self._count += 1
            self._waiting.append(_Queued(self._count, question))
            return self._count

    def cancel(self, number: int) -> bool:
        """Cancel a question; returns whether its answer is being written just now."""
        with self._lock:
            for question in self._unfinished():
                if question.number == number:
                    question.cancelled.set()
            return self._current is not None and self._current.number == number

    def cancel_all(self) -> None:
        """Cancel all questions."""
        with self._lock:
            for question in self._unfinished():
                question.cancelled.set()

    def _unfinished(self) -> list[_Queued]:
        current = [] if self._current is None else [self._current]
        return [*self._waiting, *current]

    # In the worker's thread -------------------------------------------------------------------

    def answer_all(self) -> None:
        """Answer the questions that wait, also those that come meanwhile."""
        while self._waiting:
            with self._lock:
                question = self._current = self._waiting.popleft()
            try:
                self._answer(question)
            except RepoMhmError as error:
                self._post_failure(question, error.message, error.hint)
            except Exception as error:  # noqa: BLE001  a defect must not end the thread
                self._post_failure(question, f"{type(error).__name__}: {error}", REPORT_DEFECT)
            finally:
                self._current = None

    def _post_failure(self, question: _Queued, message: str, hint: str) -> None:
        self._post(events.AnswerEnded(question.number, error=message, hint=hint))

    def _answer(self, question: _Queued) -> None:
        while not question.cancelled.is_set():
            try:
                if self._answer_from_memory(question):
                    return
            except KeyboardInterrupt:
                # An interrupt that was meant for the index may arrive late and hit the question.
                continue
        self._post(events.AnswerEnded(question.number, interrupted=True))

    def _answer_from_memory(self, question: _Queued) -> bool:
        """Return whether the answer has ended; False when it was cancelled."""
        scan = partial(self._reported_scan, question)
        with self._loader.open_memory(scan) as repository, repository.use() as memory:
            return self._stream(question, self._ask(memory, question))

    @contextmanager
    def _reported_scan(self, question: _Queued) -> Iterator[FileProgress]:
        """Report the scan of a repository without a memory."""
        report = scan_progress(self._post, question.cancelled)
        has_begun = False

        def progress(done: int, total: int) -> None:
            nonlocal has_begun
            has_begun = True
            report(done, total)

        try:
            yield progress
        finally:
            if has_begun:
                self._post(events.ScanFinished())

    def _ask(self, memory: OpenedMemory, queued: _Queued) -> Generator[AnyEvent, None, None]:
        from repo_mhm.commands.ask import AskRequest, answer_options

        question = queued.question
        text, files = resolve_mentions(memory.store, question.text)
        reason = "" if question.no_model else self._loader.no_model_reason(question.model)
        request = AskRequest(
            text,
            memory.root,
            session=question.conversation,
            files=files,
            within=(question.folder,) if question.folder else (),
            show_all=question.show_all,
        )
        options = answer_options(
            memory,
            request,
            use_model=not (reason or question.no_model),
            no_model_reason=reason,
        )
        # Who names a model wants it asked, whatever code alone may answer.
        options = replace(options, use_exact=not question.model)
        if question.deep and not reason:
            return self._ask_deep(memory, request.question, options)

        from repo_mhm.answer.session import ask

        return ask(
            memory.store,
            partial(self._loader.answering_engine, question.model),
            request.question,
            options,
            compare=memory.compare,
        )

    def _ask_deep(
        self, memory: OpenedMemory, text: str, options: AskOptions
    ) -> Generator[AnyEvent, None, None]:
        from repo_mhm.deep.session import DeepOptions, ask_deep

        settings = memory.settings
        deep_options = DeepOptions(
            heads=settings.heads, head_tokens=settings.head_tokens, selector=settings.selector
        )
        return ask_deep(
            memory.store,
            self._loader.answering_engine,
            self._loader.find_model("answers").id,
            text,
            deep_options,
            options,
            compare=memory.compare,
        )

    def _stream(self, question: _Queued, answer: Generator[AnyEvent, None, None]) -> bool:
        """Post the events of an answer. Raises KeyboardInterrupt only before any of it is shown."""
        from repo_mhm.answer.events import AnswerText

        shown = False
        try:
            for event in answer:
                if question.cancelled.is_set():
                    return False
                shown = shown or isinstance(event, AnswerText)
                self._post(events.AnswerEvent(question.number, event))
        except KeyboardInterrupt:
            if not shown or question.cancelled.is_set():
                raise
            self._post(events.AnswerEnded(question.number, interrupted=True))
            return True
        finally:
            answer.close()
        self._post(events.AnswerEnded(question.number))
        return True
