"""One run of an index: refresh the store, plan, and take the steps that are left, each durable.

Reads and writes the store and drives the engine. `index_plan` says which steps there are and in
which order, `note_making` what a step does.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import count

from repo_mhm.engine.run import drive
from repo_mhm.engine.types import Engine
from repo_mhm.git import Snapshot
from repo_mhm.memory.index_plan import (
    IndexOptions,
    IndexPlan,
    PurposeTask,
    Task,
    plan_index,
    plan_tasks,
)
from repo_mhm.memory.jobs import Job
from repo_mhm.memory.merging import merge_key
from repo_mhm.memory.note_drafts import StepInput
from repo_mhm.memory.note_input import note_input
from repo_mhm.memory.note_making import ConsolidationOptions, consolidate
from repo_mhm.memory.notes import Memory, Note, Step, line
from repo_mhm.memory.prompts import reader_identity
from repo_mhm.memory.purposes import purpose_subjects
from repo_mhm.memory.refresh import FileProgress, RefreshResult, no_progress, refresh
from repo_mhm.memory.symbol_links_lookup import SymbolLinks
from repo_mhm.memory.time_estimates import (
    ASSUMED_SPEED,
    INDEX_SPEED,
    STEPS_TO_FINISH,
    IndexProgress,
    prefill_speed,
    progress_after,
    prompts_at_once,
)
from repo_mhm.store import Store


@dataclass(frozen=True, slots=True)
class IndexResult:
    """What an index did and what the memory holds now; DESIGN §12 names the fields."""

    commit: str
    steps: int
    failed: int
    skipped: int
    left: int
    """Steps that the time budget left undone."""
    chunks: int
    notes: int
    seconds: float
    prefill_tokens: int
    generated_tokens: int
    redacted: int
    model: str


@dataclass(slots=True)
class _Totals:
    """Sums over the steps of one run; `steps` does not count merges."""

    steps: int = 0
    failed: int = 0
    redacted: int = 0
    prompt_tokens: int = 0
    generated_tokens: int = 0

    def add(self, step: Step) -> None:
        self.prompt_tokens += step.prompt_tokens
        self.generated_tokens += step.generated_tokens
        if step.kind == "note":
            self.steps += 1
            self.failed += step.failed
            self.redacted += step.redacted


class IndexRun:
    """One run: `refresh`, `plan`, `take_steps` if an engine is needed, `result`, in this order.

    `model` is the identity of the weights: what another model has read is read again. The notes
    and the speed are kept here, so steps need not read them from the store.
    """

    def __init__(
        self,
        store: Store,
        model: str,
        options: IndexOptions,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._model = model
        self._identity = reader_identity(model)
        self._options = options
        self._clock = clock
        self._started = clock()
        self._plan = plan_index("", 0, (), 0.0)
        self._tasks: Sequence[Task] = ()
        self._memory = Memory(())
        self._totals = _Totals()
        self._measured_speed = 0.0
        self._slowest_step = 0.0
        self._prompts_in_flight = 1

    def refresh(self, snapshot: Snapshot, progress: FileProgress = no_progress) -> RefreshResult:
        """Bring the store up to date with the snapshot, without a model."""
        options = self._options
        return refresh(
            self._store,
            snapshot,
            heads=options.heads,
            selector=options.selector,
            ignore=options.ignore,
            progress=progress,
            model=self._identity,
        )

    def plan(self) -> IndexPlan:
        """Decide which steps to take on the snapshot that the store holds."""
        store = self._store
        chunks = store.chunks()
        done: dict[str, set[str]] = defaultdict(set, store.readings(self._identity))
        for content, depth in store.abandoned_readings(self._identity):
            done[depth].add(content)

        subjects = purpose_subjects(chunks, store.symbols(), done)
        self._tasks = plan_tasks(chunks, subjects, done, self._options.depth)
        self._measured_speed = float(store.meta(INDEX_SPEED) or 0)
        commit = store.meta("commit")
        self._plan = plan_index(commit, len(chunks), self._tasks, self._measured_speed)
        return self._plan

    @property
    def has_steps(self) -> bool:
        """Whether the plan has steps to take."""
        return bool(self._tasks)

    def take_steps(self, engine: Engine) -> Iterator[IndexProgress]:
        """Take the planned steps until they are done or the time is up.

        Without planned steps it only fits the heads to their budgets. A step is durable when its
        progress is yielded; closing the iterator loses at most the prompts in flight.
        """
        self._prompts_in_flight = engine.info.concurrent_prompts
        limit_prompts = partial(self._limit_prompts, engine.info.concurrent_prompts)
        self._record_model(engine)
        jobs = self._jobs(engine)

        began = last = self._clock()
        for step in drive(engine, jobs, limit_prompts):
            self._store.record(step, self._identity)
            self._totals.add(step)

            now = self._clock()
            self._slowest_step = max(self._slowest_step, step.seconds, now - last)
            last = now
            done, tokens = self._totals.steps, self._totals.prompt_tokens
            yield progress_after(step, self._plan, done, tokens, now - began)
            if self._is_time_up():
                break
        self._measure_speed(self._clock() - began)

    def _record_model(self, engine: Engine) -> None:
        """Store which model reads, and where it runs."""
        self._store.set_meta(
            model=self._model,
            identity=self._identity,
            model_name=engine.info.model,
            device=engine.info.device,
        )

    def _jobs(self, engine: Engine) -> Iterator[Job]:
        """The jobs that take the planned steps and change `self._memory`."""
        store, options = self._store, self._options
        self._memory = Memory.build(options.heads, options.head_tokens, self._counted_notes(engine))
        earlier_merges = {
            merge_key(note.level, note.anchor, note.chunks): note for note in store.merged_notes()
        }
        return consolidate(
            self._memory,
            self._inputs(self._tasks),
            count(store.next_note_id()),
            ConsolidationOptions(engine.count, options.fit, earlier_merges),
            most_jobs=engine.info.concurrent_prompts,
        )

    def _counted_notes(self, engine: Engine) -> list[Note]:
        """The live notes with exact tokens; those that only had estimates are corrected.

        A refresh renames anchors without an engine, so it can only estimate.
        """
        notes = self._store.notes()
        counted = [replace(note, tokens=engine.count(line(note))) for note in notes]
        corrections = {
            new.id: new.tokens
            for old, new in zip(notes, counted, strict=True)
            if old.tokens != new.tokens
        }
        if corrections:
            self._store.set_token_counts(corrections)
        return counted

    def _inputs(self, tasks: Sequence[Task]) -> Iterator[StepInput]:
        """The tasks' inputs, chunks read from the store when they are next, while there is time."""
        links = SymbolLinks(self._store)
        for task in tasks:
            # What is begun must be finished in time as well.
            steps_to_finish = min(1.0, STEPS_TO_FINISH / self._prompts_in_flight)
            if self._is_time_up(self._slowest_step * steps_to_finish):
                return
            if isinstance(task, PurposeTask):
                yield task.purposes
                continue
            (stored,) = self._store.chunks([task.chunk])
            chunk = note_input(stored, self._store.symbols_in(stored.chunk.path), task.depth)
            yield replace(chunk, links=links.lines(chunk.main_symbols))

    def _limit_prompts(self, most: int) -> int:
        """Decide how many prompts may be in flight now, at most `most`, and remember it."""
        seconds_left = self._seconds_left()
        if seconds_left is not None:
            tokens = self._totals.prompt_tokens
            seconds = max(1e-6, self._seconds())
            # Before this run has a speed, that of the last one or a guess, cautiously halved.
            speed = tokens / seconds if tokens else self._expected_speed() / 2
            mean_tokens = max(1.0, self._plan.tokens / max(1, self._plan.steps))
            self._prompts_in_flight = prompts_at_once(most, seconds_left, speed, mean_tokens)
        return self._prompts_in_flight

    def _measure_speed(self, seconds: float) -> None:
        totals = self._totals
        speed = prefill_speed(totals.prompt_tokens, totals.generated_tokens, seconds)
        if speed is not None:
            stored_speed = f"{speed:.1f}"
            self._store.set_meta(**{INDEX_SPEED: stored_speed})
            self._measured_speed = float(stored_speed)

    def _seconds(self) -> float:
        """How long this run has taken so far."""
        return self._clock() - self._started

    def _seconds_left(self) -> float | None:
        """Seconds left of the time budget; None without one."""
        budget = self._options.budget_seconds
        return None if budget is None else budget - self._seconds()

    def _is_time_up(self, reserve: float = 0.0) -> bool:
        """Whether the time left is no more than `reserve` seconds and what saving the state takes.

        Where saving would take half of the budget or more, no time is reserved for it.
        """
        budget, seconds_left = self._options.budget_seconds, self._seconds_left()
        if budget is None or seconds_left is None:
            return False
        saving = self._saving_seconds()
        return seconds_left <= reserve + (saving if saving < budget / 2 else 0.0)

    def _saving_seconds(self) -> float:
        """How long an engine takes to evaluate the whole memory."""
        return self._memory.tokens / self._expected_speed()

    def _expected_speed(self) -> float:
        """Prompt tokens a second as measured, else assumed."""
        return self._measured_speed or ASSUMED_SPEED

    def has_time_to_save(self) -> bool:
        """Whether the memory's state can be evaluated within the budget."""
        seconds_left = self._seconds_left()
        return seconds_left is None or self._saving_seconds() <= seconds_left

    def result(self) -> IndexResult:
        """What the run did, and what the memory holds now."""
        totals, plan = self._totals, self._plan
        return IndexResult(
            commit=plan.commit,
            steps=totals.steps,
            failed=totals.failed,
            skipped=plan.skipped,
            left=plan.steps - totals.steps,
            chunks=plan.chunks,
            notes=len(self._store.live_note_ids()),
            seconds=self._seconds(),
            prefill_tokens=totals.prompt_tokens,
            generated_tokens=totals.generated_tokens,
            redacted=totals.redacted,
            model=self._store.meta("model_name"),
        )


def plan_without_changes(
    store: Store, snapshot: Snapshot, model: str, options: IndexOptions
) -> IndexPlan:
    """What an index would do; the store stays as it is."""
    run = IndexRun(store, model, options)
    plans: list[IndexPlan] = []
    with suppress(_RollBack), store.transaction():
        run.refresh(snapshot)
        plans.append(run.plan())
        raise _RollBack
    return plans[0]


class _RollBack(Exception):
    """Ends a transaction without its changes."""
