"""Ask a question that code alone may answer: open the memory, and no model.

A command of its own since it must end within half a second: it loads neither the settings, unless
something sets any, nor what chooses a model.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm.config_files import may_be_configured
from repo_mhm.git import state_dir
from repo_mhm.git.roots import find_root
from repo_mhm.source.redaction import without_secrets
from repo_mhm.store import Store, find_store

if TYPE_CHECKING:
    from repo_mhm.answer.events import Event


@dataclass(frozen=True, slots=True)
class ExactRequest:
    """A question, and how a front end wants it answered."""

    question: str
    path: Path = Path()
    """A folder in the repository."""
    show_all: bool = False
    """Whether to list all lines, not only the best."""
    started: float = field(default_factory=time.monotonic)
    """When the user began to wait."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "question", without_secrets(self.question))


@contextmanager
def answer_exactly(request: ExactRequest) -> Iterator[tuple[Iterator[Event], Path] | None]:
    """The events of the answer, and the folder that its paths are relative to.

    None where the question is not for code alone, or where the repository has no memory yet. Raises
    RepositoryError and StoreError when either cannot be read.
    """
    store = find_store(state_dir(request.path))
    if store is None:
        yield None
        return
    with store:
        if not store.is_scanned():
            yield None
            return

        # Loaded here since git looks at the files meanwhile, which the refresh waits for.
        from repo_mhm.answer.exact_lookup import exact_answer as exact_answer
        from repo_mhm.commands.source_refresh import refresh_source

        root = find_root(request.path).path
        ignore = _ignore(root)
        refreshed = refresh_source(store, request.path, ignore)
        with closing(_events(store, request, ignore, refreshed.warning)) as events:
            first = next(events, None)
            if first is None:
                yield None
                return
            with refreshed:
                yield chain([first], events), root


def _events(
    store: Store, request: ExactRequest, ignore: Sequence[str], stale_source: str
) -> Generator[Event, None, None]:
    """The events of the answer; none where code alone does not answer the question."""
    from repo_mhm.answer.comparison import BackgroundComparison, comparison_with
    from repo_mhm.answer.context import AnswerContext, AskOptions
    from repo_mhm.answer.session import exact_events
    from repo_mhm.commands.sessions import new_name

    options = AskOptions(
        session=new_name(used_names=[session.name for session in store.sessions()]),
        stale_source=stale_source,
        show_all=request.show_all,
    )
    context = AnswerContext(
        store=store,
        question=request.question,
        options=options,
        comparison=BackgroundComparison(comparison_with(request.path, ignore)),
        clock=time.monotonic,
        started=request.started,
    )
    return exact_events(context)


def _ignore(root: Path) -> Sequence[str]:
    """The patterns of files that the settings leave out."""
    if not may_be_configured(root):
        return ()
    from repo_mhm import config

    return config.load(root).ignore
