"""Ask a question that the repository is read for first: `ask --deep`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repo_mhm.commands.ask import AskRequest, OpenedAnswer, UseMemory, open_for

if TYPE_CHECKING:
    from repo_mhm.answer.events import Event
    from repo_mhm.deep.session import DeepProgress


@dataclass(frozen=True, slots=True)
class PassRequest:
    """How a front end wants the pass over the repository made."""

    update: str = "extract"
    gate: bool = True
    """Whether to skip sections that have nothing in common with the question."""
    budget_seconds: float | None = None
    """How long to read; None until every open section is read."""


@contextmanager
def ask_deep(
    request: AskRequest, pass_request: PassRequest, use_memory: UseMemory
) -> Iterator[OpenedAnswer[DeepProgress | Event]]:
    """The events of a pass and of the answer, while the model and the memory are open.

    Raises what `commands.ask.ask` raises, and UsageError for an unknown update.
    """
    with open_for(request, use_memory, single_answer=False) as opened:
        from repo_mhm.deep import session

        settings = opened.memory.settings
        deep_options = session.DeepOptions(
            update=pass_request.update,
            gate=pass_request.gate,
            heads=settings.heads,
            head_tokens=settings.head_tokens,
            selector=settings.selector,
            budget_seconds=pass_request.budget_seconds,
        )
        events = session.ask_deep(
            opened.memory.store,
            opened.engine.wait,
            opened.engine.model.id,
            request.question,
            deep_options,
            opened.options,
            compare=opened.memory.compare,
        )
        with closing(events):
            yield OpenedAnswer(events, opened.memory.root, opened.engine.remote)
