"""Index: read a repository into memory, then save the state from which answers start at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from repo_mhm.answer.memory_state import is_state_saved, save_state
from repo_mhm.answer.prompts import memory_system
from repo_mhm.commands.workspace import Model, Workspace, choose_model, open_workspace
from repo_mhm.engine.types import Engine
from repo_mhm.git import Snapshot
from repo_mhm.memory.index_plan import IndexOptions, IndexPlan
from repo_mhm.memory.index_run import IndexResult, IndexRun, plan_without_changes
from repo_mhm.memory.refresh import FileProgress, RefreshResult, no_progress
from repo_mhm.memory.time_estimates import IndexProgress
from repo_mhm.store import Store, open_store, writer_lock


@dataclass(frozen=True, slots=True)
class SavingState:
    """The state of the memory is being evaluated and saved; `tokens` is its length."""

    tokens: int


IndexEvent: TypeAlias = RefreshResult | IndexPlan | IndexProgress | SavingState | IndexResult


def index(  # noqa: PLR0913  a stage's inputs, and the clock for tests
    store: Store,
    snapshot: Snapshot,
    open_engine: Callable[[], Engine],
    model: str,
    options: IndexOptions,
    *,
    progress: FileProgress = no_progress,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[IndexEvent]:
    """Refresh the store, take every step that is left, and save the state of the memory.

    `model` is the identity of the weights. The engine is opened only if there is work for it. The
    last event is the result. Every step is durable when its progress is yielded; closing the
    iterator loses at most the prompts in flight. A state for which the time budget leaves no time
    is saved by a later index.
    """
    run = IndexRun(store, model, options, clock)
    yield run.refresh(snapshot, progress)
    yield run.plan()

    if run.has_steps or not is_state_saved(store, model):
        with open_engine() as engine:
            yield from run.take_steps(engine)
            if run.has_time_to_save():
                system = memory_system(store.notes())
                yield SavingState(engine.count(system))
                save_state(store, system, model, engine)

    yield run.result()


@dataclass(frozen=True, slots=True)
class Indexer:
    """An index of an opened repository that may write: this process holds the writer's lock."""

    store: Store
    workspace: Workspace
    model: Model
    options: IndexOptions

    def plan(self) -> IndexPlan:
        """What `run` would do; nothing is changed and no model is opened."""
        return plan_without_changes(
            self.store, self.workspace.snapshot, self.model.id, self.options
        )

    def run(self, progress: FileProgress = no_progress) -> Iterator[IndexEvent]:
        """See `index`."""
        snapshot, model = self.workspace.snapshot, self.model
        return index(self.store, snapshot, model.open, model.id, self.options, progress=progress)


@contextmanager
def open_indexer(
    path: Path,
    overrides: Mapping[str, object],
    *,
    budget_seconds: float | None = None,
    wait_seconds: float = 0.0,
) -> Iterator[Indexer]:
    """Open the repository around `path`, its memory and its lock, for one index.

    Waits up to `wait_seconds` for an index that is running. Raises what `open_workspace` and
    `choose_model` raise, StoreLocked when another index holds the lock, and StoreError.
    """
    workspace = open_workspace(path, overrides)
    model = choose_model(workspace.settings)
    options = IndexOptions.of(workspace.settings, budget_seconds)
    directory = workspace.directory
    with writer_lock(directory, wait_seconds=wait_seconds), open_store(directory) as store:
        if wait_seconds:
            # While this process waited the repository may have changed.
            workspace = open_workspace(path, overrides)
        yield Indexer(store, workspace, model, options)
