"""Index: read a repository into memory, most valuable chunks first, one durable step at a time."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from repo_mhm.answer.prompts import memory_system
from repo_mhm.engine.run import drive
from repo_mhm.engine.saved_state import FORMAT
from repo_mhm.engine.types import Engine
from repo_mhm.git import Snapshot
from repo_mhm.memory.consolidation import PROMPT_VERSION, Options, Reading, lanes, merge_key
from repo_mhm.memory.note_input import SYMBOLS, reading_of
from repo_mhm.memory.notes import Memory, Note, Step, line
from repo_mhm.memory.refresh import FileProgress, Refreshed, refresh, unseen
from repo_mhm.source.token_estimates import estimate_tokens
from repo_mhm.store import Store, StoredChunk, storage_errors

if TYPE_CHECKING:
    from repo_mhm.config import Settings

PREFILL_SPEED = 150.0
"""Tokens a second assumed before any was measured (DESIGN §7: 2 CPU cores, the default model)."""
PROMPT_TOKENS = 40
"""What a prompt holds beside the chunk's text and the shared prefix."""
GENERATED_COST = 4.0
"""Prompt tokens that one generated token costs, its share of the leads included: 13 ms with sixteen lanes writing and
4 ms of leads, against 4 ms for a token read (Qwen2.5-Coder-1.5B, AVX-512, two cores)."""
DRAIN = 3
"""Steps' worth of time that finishing all steps in flight takes when no more are begun, whatever their number: each
took as long as it did because the others were read meanwhile (measured with eight: about two)."""


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """How to index. `budget_seconds` None: until all is read."""

    heads: int = 8
    head_tokens: int = 512
    selector: str = "module"
    depth: str = "auto"
    """`skim`, `read`, or `auto`: skim everything, then read whole what matters most."""
    fit: str = "coarsen"
    budget_seconds: float | None = None
    ignore: tuple[str, ...] = ()
    """gitignore patterns beside those of `.repo-mhm-ignore`."""

    @classmethod
    def of(cls, settings: Settings, budget_seconds: float | None = None) -> IndexOptions:
        """As the settings have it."""
        return cls(
            heads=settings.heads,
            head_tokens=settings.head_tokens,
            selector=settings.selector,
            depth=settings.depth,
            fit=settings.fit,
            budget_seconds=budget_seconds,
            ignore=settings.ignore,
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be done: chunks of the snapshot, steps to take, tokens to read, and an estimate of the time."""

    commit: str
    chunks: int
    steps: int
    skipped: int
    """Chunks that need no step: read already, or equal to another chunk."""
    tokens: int
    seconds: float
    measured: bool
    """Whether the estimate stands on this machine's measured speed."""


@dataclass(frozen=True, slots=True)
class Progress:
    """After each step: steps done of all, tokens read of all, speed in tokens a second, seconds to go."""

    step: Step
    done: int
    steps: int
    tokens: int
    all_tokens: int
    tokens_per_second: float
    eta_seconds: float


@dataclass(frozen=True, slots=True)
class Saving:
    """The memory's state is being evaluated and saved, so that questions start at once; `tokens` long."""

    tokens: int


@dataclass(frozen=True, slots=True)
class Indexed:
    """The end: what was done and what the memory holds now; DESIGN §11 names the fields."""

    commit: str
    steps: int
    failed: int
    skipped: int
    left: int
    """Steps the time budget left undone."""
    chunks: int
    notes: int
    seconds: float
    prefill_tokens: int
    generated_tokens: int
    redacted: int
    model: str


Event = Refreshed | Planned | Progress | Saving | Indexed


@dataclass(frozen=True, slots=True)
class _Task:
    """One step to take: which chunk (row id), on which head, how deeply, and about how many tokens that reads."""

    chunk: int
    head: int
    depth: str
    tokens: int


def plan(
    store: Store,
    snapshot: Snapshot,
    model: str,
    options: IndexOptions,
    *,
    progress: FileProgress = unseen,
) -> tuple[Refreshed, Planned]:
    """What `index` would do, without a model: the repository is scanned, nothing is read."""
    refreshed = refresh(
        store,
        snapshot,
        heads=options.heads,
        selector=options.selector,
        ignore=options.ignore,
        progress=progress,
        model=identity(model),
    )
    return refreshed, _plan(store, model, options)[1]


def rehearse(
    store: Store,
    snapshot: Snapshot,
    model: str,
    options: IndexOptions,
    *,
    progress: FileProgress = unseen,
) -> Planned:
    """What `index` would do; the store stays as it is."""
    planned: list[Planned] = []
    with suppress(_Undone), store.transaction():
        planned.append(plan(store, snapshot, model, options, progress=progress)[1])
        raise _Undone
    return planned[0]


class _Undone(Exception):
    """Rolls a rehearsal back."""


def index(
    store: Store,
    snapshot: Snapshot,
    open_engine: Callable[[], Engine],
    model: str,
    options: IndexOptions,
    *,
    progress: FileProgress = unseen,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Event]:
    """Refresh the store and take every step that is still to be taken; the engine is opened only if there is one.

    `model` is the identity of the weights: what another model has read is read again. Every step is durable when its
    Progress is yielded; closing the iterator loses at most the steps in flight.
    """
    started = clock()
    refreshed, _ = plan(store, snapshot, model, options, progress=progress)
    yield refreshed
    tasks, planned = _plan(store, model, options)
    yield planned
    run = _Run(store, model, options, started, clock)
    if tasks or not state_is_saved(store, model):
        with open_engine() as engine:
            yield from run.take(engine, tasks, planned)
            if run.has_time_to_save():
                yield from run.save(engine)
    yield run.result(planned)


def _plan(store: Store, model: str, options: IndexOptions) -> tuple[list[_Task], Planned]:
    chunks = store.chunks()
    readings = store.readings(identity(model))
    for content, depth in store.abandoned_readings(identity(model)):
        readings[depth].add(content)
    tasks = list(_tasks(chunks, readings, options.depth))
    speed = float(store.meta("prefill_tokens_per_second") or 0)
    generated = len(tasks) * (SYMBOLS + 1) * 20
    tokens = sum(task.tokens for task in tasks)
    seconds = (tokens + generated * GENERATED_COST) / (speed or PREFILL_SPEED)
    skipped = len(chunks) - len({task.chunk for task in tasks})
    commit = store.meta("commit")
    return tasks, Planned(commit, len(chunks), len(tasks), skipped, tokens, seconds, bool(speed))


def identity(model: str) -> str:
    """What a reading depends on: the weights and the prompts."""
    return f"{model} {PROMPT_VERSION}"


def _tasks(
    chunks: Sequence[StoredChunk], readings: dict[str, set[str]], depth: str
) -> Iterator[_Task]:
    """Steps still to take, most valuable chunks first; `auto` skims all of them before it reads any whole."""
    unique = {stored.chunk.content_id: stored for stored in reversed(chunks)}
    ordered = sorted(unique.values(), key=lambda stored: (-stored.value, stored.id))
    read = readings["read"]
    for stored in ordered:
        content = stored.chunk.content_id
        if depth != "read" and content not in read and content not in readings["skim"]:
            deep = "read" if _worth_reading_at_once(stored) else "skim"
            yield _task(stored, deep)
    for stored in ordered:
        content = stored.chunk.content_id
        at_once = (
            depth == "auto" and content not in readings["skim"] and _worth_reading_at_once(stored)
        )
        if depth != "skim" and content not in read and not at_once:
            yield _task(stored, "read")


def _worth_reading_at_once(stored: StoredChunk) -> bool:
    """Its outline is nearly all of it: skimming first would read it twice."""
    return len(stored.outline) > 0.6 * len(stored.text)


def _task(stored: StoredChunk, depth: str) -> _Task:
    tokens = stored.chunk.tokens if depth == "read" else estimate_tokens(stored.outline.encode())
    return _Task(stored.id, stored.head, depth, tokens + PROMPT_TOKENS)


class _Run:
    """One run of `index`: what it has done so far, and the clock it runs by."""

    def __init__(
        self,
        store: Store,
        model: str,
        options: IndexOptions,
        started: float,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._model = model
        self._options = options
        self._started = started
        self._clock = clock
        self._steps: list[Step] = []
        self._slowest = 0.0
        self._lanes = 1
        self._mean_tokens = 1.0

    def take(self, engine: Engine, tasks: Sequence[_Task], planned: Planned) -> Iterator[Progress]:
        """Take the steps, in as many lanes as the engine has, until they are done or the time is up."""
        store, options = self._store, self._options
        info = engine.info
        self._lanes = info.concurrent_prompts
        store.set_meta(
            model=self._model,
            identity=identity(self._model),
            model_name=info.model,
            device=info.device,
        )
        memory = Memory.build(options.heads, options.head_tokens, self._counted(engine))
        queues: list[list[_Task]] = [[] for _ in range(options.heads)]
        for task in tasks:
            queues[task.head].append(task)
        readings = [self._readings(queue) for queue in queues]
        known = {
            merge_key(note.level, note.anchor, note.chunks): note for note in store.merged_notes()
        }
        taking = Options(engine.count, options.fit, known)
        made = lanes(
            memory, readings, count(store.next_note_id()), taking, engine.info.concurrent_prompts
        )
        began = last = self._clock()
        done = tokens = 0
        self._mean_tokens = max(1.0, planned.tokens / max(1, planned.steps))
        for step in drive(engine, made, lambda: self._side_by_side(info.concurrent_prompts)):
            store.record(step, identity(self._model))
            self._steps.append(step)
            last, before = self._clock(), last
            self._slowest = max(self._slowest, step.seconds, last - before)
            if step.kind == "note":
                done += 1
            tokens += step.prompt_tokens
            speed = max(1, tokens) / max(1e-6, self._clock() - began)
            left = max(0, planned.tokens - tokens)
            yield Progress(step, done, planned.steps, tokens, planned.tokens, speed, left / speed)
            if self._time_is_up(0.0):
                break
        if tokens > 2000:
            generated = sum(step.generated_tokens for step in self._steps)
            prefill = (tokens + generated * GENERATED_COST) / max(1e-6, self._clock() - began)
            store.set_meta(prefill_tokens_per_second=f"{prefill:.1f}")

    def _side_by_side(self, lanes: int) -> int:
        """How many prompts to read before the first of them is done: what half of the time that is left is enough for,
        at the speed of this run, at first at that of the last one or a cautious guess."""
        budget = self._options.budget_seconds
        if budget is not None:
            used = self._clock() - self._started
            read = sum(step.prompt_tokens for step in self._steps)
            speed = read / max(1e-6, used) if read else self._prefill_speed() / 2
            self._lanes = max(1, min(lanes, int((budget - used) / 2 * speed / self._mean_tokens)))
        return self._lanes

    def _counted(self, engine: Engine) -> list[Note]:
        """The live notes; those whose anchor moved while there was no engine are counted now."""
        notes = self._store.notes()
        counted = [replace(note, tokens=engine.count(line(note))) for note in notes]
        wrong = {
            new.id: new.tokens
            for old, new in zip(notes, counted, strict=True)
            if old.tokens != new.tokens
        }
        if wrong:
            self._store.set_token_counts(wrong)
        return counted

    def _readings(self, queue: Sequence[_Task]) -> Iterator[Reading]:
        """The queue's readings, each made when it is its turn; none once the time is up."""
        for task in queue:
            if self._time_is_up(self._slowest * min(1.0, DRAIN / self._lanes)):
                return
            stored = self._store.chunks([task.chunk])[0]
            yield reading_of(stored, self._store.symbols_in(stored.chunk.path), task.depth)

    def _time_is_up(self, reserve: float) -> bool:
        """Whether all that is left of the budget is `reserve` seconds and the time that saving the state takes."""
        budget = self._options.budget_seconds
        if budget is None:
            return False
        saving = self._saving_seconds()
        return (
            self._clock() - self._started + reserve + (saving if saving < budget / 2 else 0.0)
            >= budget
        )

    def _saving_seconds(self) -> float:
        return sum(note.tokens for note in self._store.notes()) / self._prefill_speed()

    def _prefill_speed(self) -> float:
        return float(self._store.meta("prefill_tokens_per_second") or PREFILL_SPEED)

    def has_time_to_save(self) -> bool:
        """Whether the state can be evaluated within the budget; if not, a later run does it."""
        budget = self._options.budget_seconds
        return budget is None or self._clock() - self._started + self._saving_seconds() <= budget

    def save(self, engine: Engine) -> Iterator[Saving]:
        """Save the state of the prefix that every question shares."""
        system = memory_system(self._store.notes())
        yield Saving(engine.count(system))
        path = self._store.state_path
        with storage_errors(path):
            path.parent.mkdir(mode=0o700, exist_ok=True)
            engine.save_state(system, path)
            kept = path.exists()
        self._store.set_meta(state=_state_key(system, self._model), state_kept=str(kept))

    def result(self, planned: Planned) -> Indexed:
        """What came of it."""
        notes = [step for step in self._steps if step.kind == "note"]
        return Indexed(
            commit=planned.commit,
            steps=len(notes),
            failed=sum(step.failed for step in notes),
            skipped=planned.skipped,
            left=planned.steps - len(notes),
            chunks=planned.chunks,
            notes=len(self._store.live_note_ids()),
            seconds=self._clock() - self._started,
            prefill_tokens=sum(step.prompt_tokens for step in self._steps),
            generated_tokens=sum(step.generated_tokens for step in self._steps),
            redacted=sum(step.redacted for step in notes),
            model=self._store.meta("model_name"),
        )


def state_is_saved(store: Store, model: str) -> bool:
    """Whether the saved state is that of the memory as it stands now, under this model."""
    # Servers keep no state on this machine.
    there = store.meta("state_kept") == "False" or store.state_path.exists()
    return there and store.meta("state") == _state_key(memory_system(store.notes()), model)


def _state_key(system: str, model: str) -> str:
    return hashlib.blake2b(f"{FORMAT}\0{model}\0{system}".encode(), digest_size=16).hexdigest()
