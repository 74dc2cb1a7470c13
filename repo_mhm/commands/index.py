"""Index: read a repository into memory, then save the state from which answers start at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from repo_mhm.answer.memory_state import is_state_saved, save_state
from repo_mhm.answer.prompts import memory_system
from repo_mhm.commands.engine_check import batch_problem
from repo_mhm.commands.index_stats import IndexStats, index_stats
from repo_mhm.commands.question_files import find_scope
from repo_mhm.commands.workspace import Model, Workspace, choose_model, open_workspace
from repo_mhm.engine.types import Engine
from repo_mhm.errors import ModelMissing, RereadRefused
from repo_mhm.formatting import count
from repo_mhm.git import Snapshot
from repo_mhm.memory.index_plan import USEFUL, Extent, IndexOptions, IndexPlan
from repo_mhm.memory.index_run import (
    FindScope,
    IndexResult,
    IndexRun,
    plan_without_changes,
    whole,
)
from repo_mhm.memory.prompts import reader_identity
from repo_mhm.memory.refresh import FileProgress, RefreshResult, no_progress
from repo_mhm.memory.stage_costs import StageCosts
from repo_mhm.memory.time_estimates import IndexProgress
from repo_mhm.store import Store, open_store, writer_lock


@dataclass(frozen=True, slots=True)
class SavingState:
    """The state of the memory is being evaluated and saved."""

    tokens: int
    """Its length."""
    seconds: float
    """How long it takes, estimated."""


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
    """Refresh the store, take the steps that are worth it, and save the state of the memory.

    `model` is the identity of the weights. The engine is opened only if there is work for it. The
    last event is the result. Every step is durable when its progress is yielded; closing the
    iterator loses at most the prompts in flight. A state for which the time budget leaves no time
    is saved by a later index. Raises RereadRefused, before anything is written, where it would read
    again what another model has read and the options do not allow that.
    """
    other = None if options.reread else other_reader(store, model)
    if other is not None:
        raise refusal(other)
    run = IndexRun(store, model, options, clock)
    inputs = _Inputs(store, snapshot, open_engine, model, options.saves_state)
    yield from _take(run, inputs, progress)


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What `index` works on."""

    store: Store
    snapshot: Snapshot
    open_engine: Callable[[], Engine]
    model: str
    saves_state: bool
    """Whether to save the state of the memory: not where another model answers."""
    find_scope: FindScope = whole


def _take(run: IndexRun, inputs: _Inputs, progress: FileProgress) -> Iterator[IndexEvent]:
    store, model, costs = inputs.store, inputs.model, run.costs
    problem = ""
    yield run.refresh(inputs.snapshot, progress)
    with costs.stage("plan what to read"):
        plan = run.plan(inputs.find_scope(store))
    yield plan

    lacks_state = inputs.saves_state and not is_state_saved(store, model)
    if (run.has_steps or lacks_state) and run.has_time():
        with costs.stage("open the model"):
            opened = inputs.open_engine()
        with opened as engine:
            with costs.stage("read with the model"):
                yield from run.take_steps(engine)
            if inputs.saves_state and run.has_time_to_save():
                system = memory_system(store.notes())
                tokens = engine.count(system)
                yield SavingState(tokens, run.seconds_to_read(tokens))
                with costs.stage("save the model's state"):
                    save_state(store, system, model, engine)
            problem = batch_problem(engine)

    yield replace(run.result(), warning=problem)


@dataclass(frozen=True, slots=True)
class OtherReader:
    """Who made the notes of a memory, where that is not who would read now."""

    model_name: str
    is_same_model: bool
    """Whether only the prompts differ: an earlier version of repo-mhm made the notes."""
    chunks: int
    """What it has read, and whoever reads now has not."""

    @property
    def description(self) -> str:
        """Who made the notes, and of how much."""
        by = "an earlier version of repo-mhm" if self.is_same_model else self.model_name
        return f"the notes here were made by {by}, which has read {count(self.chunks, 'chunk')}"


def other_reader(store: Store, model: str) -> OtherReader | None:
    """Who made the notes, where an index by `model` would read the same chunks again; else None.

    None as well where this model has made the last notes: it goes on.
    """
    identity = reader_identity(model)
    if store.meta("identity") in ("", identity):
        return None
    chunks = store.chunks_read_by_others(identity)
    if not chunks:
        return None
    return OtherReader(store.meta("model_name"), store.meta("model") == model, chunks)


def refusal(other: OtherReader) -> RereadRefused:
    """The error of an index that nobody has allowed to read again what another has read."""
    go_on = "" if other.is_same_model else f", `repo-mhm index --model {other.model_name}` goes on"
    return RereadRefused(
        other.description,
        hint=f"They stay in use. `repo-mhm index --reread` reads all of it again{go_on}.",
    )


@dataclass(frozen=True, slots=True)
class Indexer:
    """An index of an opened repository that may write: this process holds the writer's lock."""

    store: Store
    snapshot: Snapshot
    model: Model
    options: IndexOptions
    index_run: IndexRun
    find_scope: FindScope = whole

    def plan(self) -> IndexPlan:
        """What `run` would do; nothing is changed and no model is opened."""
        # Where the file is not here, the model that has read here is taken for the one that will.
        model = self.model.id or self.store.meta("model")
        return plan_without_changes(self.store, self.snapshot, model, self.options, self.find_scope)

    def other_reader(self) -> OtherReader | None:
        """See `other_reader`; None where the model's identity is not known yet."""
        return other_reader(self.store, self.model.id) if self.model.id else None

    def run(self, progress: FileProgress = no_progress) -> Iterator[IndexEvent]:
        """See `index`; but whoever calls this has asked what `other_reader` calls for."""
        model, saves_state = self.model, self.options.saves_state
        inputs = _Inputs(
            self.store, self.snapshot, model.open, model.id, saves_state, self.find_scope
        )
        return _take(self.index_run, inputs, progress)

    def result_so_far(self) -> IndexResult:
        """What the run has done by the time that something ends it early."""
        return self.index_run.result(is_interrupted=True)

    def stats(self) -> IndexStats:
        """What the run has cost so far, and what the store holds."""
        return index_stats(self.store, self.index_run.costs)


def _planned_model(workspace: Workspace) -> Model:
    """The model that would read; one that is still to be pulled has read nothing yet."""
    try:
        return choose_model(workspace.settings, "notes")
    except ModelMissing as exc:
        missing = exc

    def cannot_open() -> Engine:
        raise missing

    return Model("", workspace.settings.for_task("notes").model, cannot_open)


@contextmanager
def open_indexer(
    path: Path,
    overrides: Mapping[str, object],
    *,
    extent: Extent = USEFUL,
    within: Sequence[str] = (),
    wait_seconds: float = 0.0,
    only_plan: bool = False,
) -> Iterator[Indexer]:
    """Open the repository around `path`, its memory and its lock, for one index.

    The model reads only what is `within` these files and folders, where there are any; which there
    are is known once the source is scanned, so a wrong one raises UsageError then.

    Waits up to `wait_seconds` for an index that is running. With `only_plan` a pinned model need
    not be on this machine. Raises what `open_workspace` and `choose_model` raise, StoreLocked when
    another index holds the lock, and StoreError.
    """
    costs = StageCosts()
    workspace = open_workspace(path, overrides)
    model = _planned_model(workspace) if only_plan else choose_model(workspace.settings, "notes")
    options = IndexOptions.of(workspace.settings, extent)
    directory = workspace.directory
    with writer_lock(directory, wait_seconds=wait_seconds), open_store(directory) as store:
        # Only now: while this process waited the repository may have changed.
        with costs.stage("list the files"):
            snapshot = workspace.snapshot
        run = IndexRun(store, model.id, options, costs=costs)
        find = partial(find_scope, folder=path, names=within)
        if store.is_scanned():
            find(store)  # so that a wrong name is an error before anything is done
        yield Indexer(store, snapshot, model, options, run, find)
