"""The tool `ask`: code answers at once where it can, else a local model, which can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Literal

from repo_mhm.errors import UsageError
from repo_mhm.formatting import single_line
from repo_mhm.mcp.located_entries import located_entry
from repo_mhm.mcp.replies import Entry, Page, page
from repo_mhm.mcp.search import OTHER_FILES, results_page
from repo_mhm.repositories import search_each

if TYPE_CHECKING:
    from repo_mhm.answer.events import Answer, Event
    from repo_mhm.commands.ask import OpenedAnswer
    from repo_mhm.repositories import Served

AnswerMode = Literal["memory", "source", "both"]
_MOST_LOCATIONS = 100
"""Lines of an exact answer; `max_tokens` cuts them sooner."""
_ONE_REPOSITORY = "A model answers for one repository only: give `repo`."
_POLL_SECONDS = 0.2
"""How soon an answer that waits for another one notices that it is cancelled."""
_PIECES_PER_REPORT = 16
"""Pieces of text, of a few letters each, for each report of progress."""
_model_lock = threading.Lock()
"""One model at a time: each takes a gigabyte or more."""


class Cancellation:
    """Stops an answer: may be used from any thread, before it begins too."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._interrupt: Callable[[], None] | None = None
        self.is_set = False

    def set(self) -> None:
        """End the answer now: the model stops in the middle of what it evaluates."""
        with self._lock:
            self.is_set = True
            if self._interrupt is not None:
                self._interrupt()

    @contextmanager
    def interrupting(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Call `interrupt` when the cancellation is set meanwhile."""
        with self._lock:
            self._interrupt = interrupt
        try:
            yield
        finally:
            with self._lock:
                self._interrupt = None


Report = Callable[[str], None]
"""Hears what is done meanwhile, in the tool's own words with numbers."""


def ask(
    chosen: Sequence[Served],
    question: str,
    *,
    max_tokens: int = 1500,
    mode: AnswerMode = "both",
    report: Report = lambda activity: None,
    cancellation: Cancellation | None = None,
) -> Page:
    """An answer with its locations; raises what `commands.ask` raises.

    A model answers for one repository only: for several, the locations of all are the answer.
    """
    from repo_mhm.answer.question_kind import may_be_exact

    if not question.strip():
        raise UsageError("the question is empty", hint="Ask something.")
    if len(chosen) > 1 or (mode != "memory" and may_be_exact(question)):
        more = OTHER_FILES * _MOST_LOCATIONS
        results = search_each(chosen, question, limit=_MOST_LOCATIONS, other_files=more)
        is_exact = any(result.hits.is_exact for result in results)
        if is_exact or len(chosen) > 1:
            reply = results_page(results, limit=_MOST_LOCATIONS, max_tokens=max_tokens, cursor=None)
            return reply if is_exact else replace(reply, text=f"{_ONE_REPOSITORY}\n{reply.text}")

    answer = _answer(chosen[0], question, mode, report, cancellation or Cancellation())
    if answer is None:
        return page([], max_tokens=max_tokens, cursor=None, heading="The answer was cancelled.")
    return _answer_page(chosen[0], answer, max_tokens)


def _answer(
    served: Served, question: str, mode: AnswerMode, report: Report, cancellation: Cancellation
) -> Answer | None:
    """The answer of the model, or of the ranking where there is none; None once it is cancelled."""
    from repo_mhm.commands.ask import AskRequest

    request = AskRequest(question, served.root, mode=mode)
    try:
        with (
            _turn(report, cancellation) as has_turn,
            served.repository.answering(request) as opened,
            cancellation.interrupting(opened.interrupt),
        ):
            return _finished(opened, report, cancellation) if has_turn else None
    except KeyboardInterrupt:
        if not cancellation.is_set:
            raise
        return None


@contextmanager
def _turn(report: Report, cancellation: Cancellation) -> Iterator[bool]:
    """Waits until no other model answers; False where the answer was cancelled meanwhile."""
    has_turn = _model_lock.acquire(blocking=False)
    if not has_turn:
        report("waiting for another answer")
    while not has_turn and not cancellation.is_set:
        has_turn = _model_lock.acquire(timeout=_POLL_SECONDS)
    try:
        yield has_turn
    finally:
        if has_turn:
            _model_lock.release()


def _finished(
    opened: OpenedAnswer[Event], report: Report, cancellation: Cancellation
) -> Answer | None:
    """Follow the events to the finished answer."""
    from repo_mhm.answer.events import AnswerText, Finished, Located, Retrieved

    pieces = 0
    for event in opened.events:
        if cancellation.is_set:
            return None
        if isinstance(event, Finished):
            return event.answer
        if isinstance(event, Located) and not event.is_answer:
            report("opening the model")
        elif isinstance(event, Retrieved):
            report(event.activity)
        elif isinstance(event, AnswerText):
            pieces += 1
            if pieces % _PIECES_PER_REPORT == 1:
                report("writing")
    return None


def _answer_page(served: Served, answer: Answer, max_tokens: int) -> Page:
    """The model's text with numbered citations; the lines alone where they are the answer."""
    if not answer.model:
        entries = [located_entry(served, line) for line in answer.locations]
        heading = "Nothing here answers this." if answer.abstained else "No model was asked."
        remarks = [*answer.warnings, answer.heading]
        return page(entries, max_tokens=max_tokens, cursor=None, heading=heading, remarks=remarks)

    from repo_mhm.commands.sessions import SavedTurn, cited_answer

    turn = SavedTurn(0, "", 0.0, answer.question, answer.answer, answer.as_json())
    cited = cited_answer(turn)
    text = {"answer": cited.text, "model": answer.model}
    entries = [
        Entry(cited.text, text, "answer of a small local model; [?] marks what no line shows")
    ]
    for number, citation in enumerate(cited.citations, 1):
        value = {**served.names(), "citation": number, **asdict(citation.location)}
        location = single_line(f"{served.prefix}{citation.location}")
        entries.append(Entry(f"[{number}] {location}", value, "cited"))
    return page(entries, max_tokens=max_tokens, cursor=None, remarks=answer.warnings)
