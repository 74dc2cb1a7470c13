"""One run of an index: refresh the store, plan, and take the steps that are left, each durable.

Reads and writes the store and drives the engine. `index_plan` says which steps there are and in
which order, `note_making` what a step does.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import count
from typing import Literal

from repo_mhm.engine.run import drive
from repo_mhm.engine.types import Engine, Evaluated
from repo_mhm.git import Snapshot
from repo_mhm.memory.file_overview import FileOverview
from repo_mhm.memory.head_budgets import HEAD_BUDGETS, stored_budgets
from repo_mhm.memory.index_plan import (
    IndexOptions,
    IndexPlan,
    PurposeTask,
    Task,
    plan_index,
    plan_tasks,
    stop_rule,
)
from repo_mhm.memory.jobs import Job
from repo_mhm.memory.merging import merge_key
from repo_mhm.memory.note_drafts import StepInput
from repo_mhm.memory.note_input import note_input
from repo_mhm.memory.note_making import ConsolidationOptions, consolidate
from repo_mhm.memory.notes import (
    FILE,
    PURPOSE_DEPTHS,
    Memory,
    Note,
    Step,
    counted_lines,
    without_overview,
)
from repo_mhm.memory.overview_pieces import directory_of
from repo_mhm.memory.overview_tokens import token_counter
from repo_mhm.memory.overview_update import IndexOverview
from repo_mhm.memory.prompts import reader_identity
from repo_mhm.memory.purposes import has_purpose, purpose_subjects
from repo_mhm.memory.refresh import FileProgress, RefreshResult, no_progress, refresh
from repo_mhm.memory.stage_costs import StageCosts
from repo_mhm.memory.symbol_links_lookup import SymbolLinks
from repo_mhm.memory.time_budget import TimeBudget
from repo_mhm.memory.time_estimates import (
    INDEX_SPEED,
    Forecast,
    IndexProgress,
    RunSoFar,
    difference,
    expected_seconds,
    prefill_speed,
)
from repo_mhm.scope import WHOLE, Scope
from repo_mhm.source.scan import without_collections
from repo_mhm.store import Store

FILES_PER_PROMPT = 64
"""Files whose symbols are remembered: those of the outlines of one prompt."""
FindScope = Callable[[Store], Scope]
"""Says which part of the repository a model reads, once all of it is scanned."""
End = Literal["done", "useful", "time", "interrupted"]
"""Nothing was left; what is left adds little; the time was up; the user or an error ended it."""


def whole(store: Store) -> Scope:
    """A model reads all of the repository."""
    return WHOLE


@dataclass(frozen=True, slots=True)
class IndexResult:
    """What an index did and what the memory holds now; DESIGN §12 names the fields."""

    commit: str
    steps: int
    failed: int
    skipped: int
    left: int
    """Steps that are not taken yet."""
    left_seconds: float
    """How long they would take."""
    ended: End
    """Why the run ended."""
    chunks: int
    notes: int
    seconds: float
    prefill_tokens: int
    generated_tokens: int
    redacted: int
    model: str
    scope: tuple[str, ...] = ()
    """The part of the repository that was to be read; empty for all of it."""
    warning: str = ""
    """Why the notes may be wrong: the engine does not compute as it must."""


@dataclass(slots=True)
class _Totals:
    """Sums over the steps of one run; `steps` does not count merges."""

    steps: int = 0
    asked: int = 0
    failed: int = 0
    redacted: int = 0
    prompt_tokens: int = 0
    generated_tokens: int = 0

    @property
    def work(self) -> Evaluated:
        return Evaluated(self.prompt_tokens, self.generated_tokens)

    def add(self, step: Step) -> None:
        self.prompt_tokens += step.prompt_tokens
        self.generated_tokens += step.generated_tokens
        if step.kind == "note":
            self.steps += 1
            self.asked += step.prompt_tokens > 0
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
        costs: StageCosts | None = None,
    ) -> None:
        self.costs = costs or StageCosts()
        self._store = store
        self._model = model
        self._identity = reader_identity(model)
        self._options = options
        self._time = TimeBudget(options.budget_seconds, clock)
        self._tasks: Sequence[Task] = ()
        self._stop_rule = stop_rule((), (), is_limited=options.only_useful)
        self._plan = plan_index("", 0, (), self._stop_rule, 0.0)
        self._end: End = "done"
        self._corrections: dict[int, int] = {}
        self._memory = Memory(())
        self._overview = IndexOverview.empty()
        self._totals = _Totals()

    def refresh(self, snapshot: Snapshot, progress: FileProgress = no_progress) -> RefreshResult:
        """Bring the store up to date with the snapshot, without a model."""
        options = self._options
        return refresh(
            self._store,
            snapshot,
            heads=options.heads,
            head_tokens=options.head_tokens,
            selector=options.selector,
            ignore=options.ignore,
            progress=progress,
            model=self._identity,
            costs=self.costs,
        )

    @without_collections()
    def plan(self, scope: Scope = WHOLE) -> IndexPlan:
        """Decide which steps to take on the snapshot that the store holds, within the scope."""
        store = self._store
        chunks = [chunk for chunk in store.chunks_to_read() if chunk.path in scope]
        files = list(store.file_overviews())
        symbols_in = lru_cache(FILES_PER_PROMPT)(store.symbols_in)
        subjects = [
            subject for subject in purpose_subjects(files, symbols_in) if subject.anchor in scope
        ]
        done: dict[str, set[str]] = defaultdict(set, store.readings(self._identity))
        for content, depth in store.abandoned_readings(self._identity):
            done[depth].add(content)

        is_limited = self._options.only_useful
        depth = self._options.depth
        self._tasks = whole = plan_tasks(chunks, subjects, done, depth, self._noted(files, done))
        if is_limited and any(done.values()):
            whole = plan_tasks(chunks, subjects, defaultdict(set), depth)
        said = sum(subject.value for subject in subjects if subject.words)
        self._stop_rule = stop_rule(self._tasks, whole, is_limited=is_limited, authors_value=said)
        self._time.known_speed = speed = float(store.meta(INDEX_SPEED) or 0)
        if self._tasks and self._is_enough(0):
            self._end = "useful"
        commit = store.meta("commit")
        self._plan = plan_index(commit, len(chunks), self._tasks, self._stop_rule, speed, scope)
        return self._plan

    def _noted(
        self, files: Iterable[FileOverview], done: Mapping[str, set[str]]
    ) -> set[tuple[str, int]]:
        """Anchor and level of what has its purpose noted, on contents that are live still."""
        noted: set[tuple[str, int]] = set()
        with_purpose = {file.path for file in files if has_purpose(file) or file.words}
        for level, depth in PURPOSE_DEPTHS.items():
            paths = self._store.paths_of_contents(done[depth]) & with_purpose
            noted |= {(path if level == FILE else directory_of(path), level) for path in paths}
        return noted

    @property
    def has_steps(self) -> bool:
        """Whether there are steps that this run takes."""
        return bool(self._tasks) and not self._is_enough(0)

    def has_time(self) -> bool:
        """Whether the budget leaves time for a model; where it does not, the run ends."""
        if self._time.is_up(self._tokens_to_save):
            self._end = "time"
            return False
        return True

    def take_steps(self, engine: Engine) -> Iterator[IndexProgress]:
        """Take the planned steps until they are done or the time is up.

        Without planned steps it only fits the heads to their budgets. A step is durable when its
        progress is yielded; closing the iterator loses at most the prompts in flight. Progress is
        also yielded about every second while no step is finished. Where there are steps to take,
        nothing is written before the first.
        """
        timing, most_prompts = self._time, engine.info.concurrent_prompts
        mean_cost = max(1.0, self._stop_rule.costs[-1] / max(1, len(self._tasks)))
        limit_prompts = partial(timing.limit_prompts, most_prompts, mean_cost)
        forecast = Forecast.of(self._tasks, self._stop_rule, timing.known_speed)
        jobs = self._jobs(engine)

        before = engine.evaluated
        timing.begin_reading(most_prompts)
        try:
            events: Iterator[Step | None] = drive(engine, jobs, limit_prompts, lambda: None)
            for step in events:
                if step is not None:
                    timing.step_taken(step.seconds)
                    self._record(step, engine)

                totals, evaluated = self._totals, difference(engine.evaluated, before)
                timing.has_evaluated(evaluated)
                so_far = RunSoFar(
                    totals.steps, totals.asked, totals.work, evaluated, timing.reading_seconds
                )
                yield forecast.progress(so_far, step, timing.seconds_left)
                if timing.is_up(self._tokens_to_save):
                    self._end = "time"
                    break
        finally:
            self._measure_speed(timing.reading_seconds)

        if not self.has_steps:
            with self._store.transaction():
                self._write_exact_tokens()

    def _record(self, step: Step, engine: Engine) -> None:
        """Write a step; with the first one, who reads, and tokens of notes that were estimates."""
        with self._store.transaction():
            if self._totals == _Totals():
                self._store.set_meta(
                    model=self._model,
                    identity=self._identity,
                    model_name=engine.info.model,
                    device=engine.info.device,
                )
                self._write_exact_tokens()
            others = self._memory.heads[step.head].notes.values()
            step = self._overview.with_overview(step, others)
            self._store.record(step, self._identity)
        self._totals.add(step)

    def _jobs(self, engine: Engine) -> Iterator[Job]:
        """The jobs that take the planned steps and change `self._memory`."""
        store, options = self._store, self._options
        notes = self._counted_notes(engine)
        note_ids = count(store.next_note_id())
        budgets = stored_budgets(store.meta(HEAD_BUDGETS), options.heads, options.head_tokens)
        count_tokens = token_counter(engine)
        self._overview = IndexOverview.of(store, budgets, notes, note_ids, count_tokens)
        beside = self._overview.budgets_beside()
        self._memory = Memory.build(beside, without_overview(notes))
        earlier_merges = {
            merge_key(note.level, note.anchor, note.chunks): note for note in store.merged_notes()
        }
        return consolidate(
            self._memory,
            self._inputs(self._tasks),
            note_ids,
            ConsolidationOptions(count_tokens, options.fit, earlier_merges, self._overview),
            most_jobs=engine.info.concurrent_prompts,
        )

    def _write_exact_tokens(self) -> None:
        """Write the tokens that were estimates, and shorten overviews that exceed their room."""
        self._store.set_token_counts(self._corrections)
        others = [head.notes.values() for head in self._memory.heads]
        for step in self._overview.steps_that_fit(others):
            self._store.record(step, self._identity)

    def _counted_notes(self, engine: Engine) -> list[Note]:
        """The live notes with exact tokens; those that only had estimates are corrected.

        A refresh renames anchors without an engine, so it can only estimate.
        """
        notes, count_tokens = self._store.notes(), token_counter(engine)
        counted = [replace(note, tokens=count_tokens(text)) for note, text in counted_lines(notes)]
        self._corrections = {
            new.id: new.tokens
            for old, new in zip(notes, counted, strict=True)
            if old.tokens != new.tokens
        }
        return counted

    def _inputs(self, tasks: Sequence[Task]) -> Iterator[StepInput]:
        """The tasks' inputs, each made when it is next, while there is time and it is worth it."""
        links = SymbolLinks(self._store)
        for number, task in enumerate(tasks):
            if self._is_enough(number):
                self._end = "useful"
                return
            # What is begun must be finished in time as well.
            if self._time.is_up_for_a_step(self._tokens_to_save):
                self._end = "time"
                return
            if isinstance(task, PurposeTask):
                yield task.purposes
                continue
            (stored,) = self._store.chunks([task.chunk])
            chunk = note_input(stored, self._store.symbols_in(stored.chunk.path), task.depth)
            yield replace(chunk, links=links.lines(chunk.main_symbols))

    def _is_enough(self, number: int) -> bool:
        """Whether the task of this number, and those after it, add too little."""
        return self._stop_rule.is_enough(number, self._time.speed)

    def _measure_speed(self, seconds: float) -> None:
        speed = prefill_speed(self._totals.work, seconds)
        if speed is not None:
            self._time.known_speed = round(speed, 1)
            self._store.set_meta(**{INDEX_SPEED: str(self._time.known_speed)})

    @property
    def _tokens_to_save(self) -> int:
        """The tokens of the memory, whose state is evaluated in the end."""
        return self._memory.tokens + self._overview.tokens

    def seconds_to_read(self, tokens: int) -> float:
        """How long an engine takes to evaluate so many prompt tokens."""
        return self._time.seconds_to_read(tokens)

    def has_time_to_save(self) -> bool:
        """Whether the memory's state can be evaluated within the budget."""
        return self._time.can_save(self._tokens_to_save)

    def result(self, *, is_interrupted: bool = False) -> IndexResult:
        """What the run did, and what the memory holds now; also where something ended it early."""
        totals, plan = self._totals, self._plan
        left_tasks = self._tasks[totals.steps :]
        return IndexResult(
            commit=plan.commit,
            steps=totals.steps,
            failed=totals.failed,
            skipped=plan.skipped,
            left=plan.steps - totals.steps,
            left_seconds=expected_seconds(left_tasks, self._time.known_speed),
            ended="interrupted" if is_interrupted else self._end,
            chunks=plan.chunks,
            notes=len(self._store.live_note_ids()),
            seconds=self._time.seconds,
            prefill_tokens=totals.prompt_tokens,
            generated_tokens=totals.generated_tokens,
            redacted=totals.redacted,
            model=self._store.meta("model_name"),
            scope=plan.scope,
        )


def plan_without_changes(
    store: Store,
    snapshot: Snapshot,
    model: str,
    options: IndexOptions,
    find_scope: FindScope = whole,
) -> IndexPlan:
    """What an index would do; the store stays as it is."""
    run = IndexRun(store, model, options)
    plans: list[IndexPlan] = []
    with suppress(_RollBack), store.transaction():
        run.refresh(snapshot)
        plans.append(run.plan(find_scope(store)))
        raise _RollBack
    return plans[0]


class _RollBack(Exception):
    """Ends a transaction without its changes."""
