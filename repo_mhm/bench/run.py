"""The measurement of retention: plant facts, let every arm read them, log what it keeps.

Every arm has the same total budget, the same chunks and the same facts.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from repo_mhm.bench.answers import answer_all
from repo_mhm.bench.arms import ARMS, ArmRun, FactNumbers
from repo_mhm.bench.haystacks import Haystack, make_haystacks, python_sources
from repo_mhm.bench.log import (
    Cost,
    Entry,
    RunLabel,
    final_entry,
    haystack_entry,
    run_label,
    start_entry,
    step_entry,
)
from repo_mhm.engine.types import Engine
from repo_mhm.errors import UsageError
from repo_mhm.git import Snapshot, open_snapshot
from repo_mhm.store import open_store


@dataclass(frozen=True, slots=True)
class RetentionOptions:
    """What to measure. `total_tokens` is the memory's size in every arm, split among `heads`."""

    arms: tuple[str, ...] = ARMS
    lengths: tuple[int, ...] = (8000,)
    """Tokens of source in a haystack."""
    haystacks: int = 1
    """Haystacks of each length."""
    facts: int = 16
    """Facts planted in each haystack."""
    heads: tuple[int, ...] = (8,)
    total_tokens: int = 4096
    head_tokens: int = 0
    """A fixed budget for each head instead of a fixed total; 0: the total."""
    questions: int = 0
    """How many of the facts are asked for, drawn by chance; 0 for all."""
    answers: bool = True
    """Whether each fact is also answered, or only looked for in the memory."""
    together: bool = False
    """Whether arms that must know their question get all questions joined into one."""
    seed: int = 0
    budget_seconds: float | None = None
    """How long to measure; what it cuts off is measured anew the next time. None: to the end."""

    def largest_memory(self) -> int:
        """Tokens that the largest memory of any arm may have."""
        return self.head_tokens * max(self.heads) or self.total_tokens

    def check(self) -> None:
        """Raise UsageError for arms that do not exist and numbers below 1."""
        for arm in self.arms:
            if arm not in ARMS:
                raise UsageError(f"no arm is called {arm!r}", hint=f"Arms: {', '.join(ARMS)}.")
        if min(*self.lengths, self.haystacks, self.facts, *self.heads, self.total_tokens) < 1:
            raise UsageError("lengths, haystacks, facts, heads and tokens are numbers from 1")
        if not 0 <= self.questions <= self.facts:
            raise UsageError(
                f"{self.questions} questions cannot be asked about {self.facts} facts",
                hint="Ask at most as many as there are, or 0 for all.",
            )


@dataclass(frozen=True, slots=True)
class RetentionProgress:
    """How far one arm is in one haystack."""

    arm: str
    length: int
    haystack: int
    """Number of the haystack, from 0."""
    step: int
    expected_steps: int
    kept: int
    """Facts in memory now."""
    facts: int


Log = Callable[[Entry], None]


def measure_retention(
    snapshots: Sequence[Snapshot],
    engine: Engine,
    model: str,
    options: RetentionOptions,
    log: Log,
    *,
    finished: Collection[RunLabel] = (),
) -> Iterator[RetentionProgress]:
    """Run every arm on every haystack, one after the other, and log each step when it is done.

    `model` is the identity of the weights. The `finished` runs are left out. Raises UsageError for
    impossible options and RepositoryError when the repositories have too little Python.
    """
    options.check()
    started = time.monotonic()
    sources = python_sources(snapshots)
    for length in options.lengths:
        for haystack in make_haystacks(
            sources,
            length,
            count=options.haystacks,
            facts=options.facts,
            seed=options.seed,
        ):
            log(haystack_entry(haystack))
            for heads in options.heads:
                for arm in options.arms:
                    measured = _Measured(arm, heads, haystack, options)
                    if measured.label in finished:
                        continue
                    for progress in _run_arm(measured, engine, model, log):
                        yield progress
                        budget = options.budget_seconds
                        if budget is not None and time.monotonic() - started >= budget:
                            return


@dataclass(frozen=True, slots=True)
class _Measured:
    """One arm on one haystack, before it runs."""

    arm: str
    asked_heads: int
    haystack: Haystack
    options: RetentionOptions

    @property
    def heads(self) -> int:
        return 1 if self.arm == "single+rewrite" else self.asked_heads

    @property
    def head_tokens(self) -> int:
        """Most tokens of a head; a single head gets the tokens of all."""
        options = self.options
        of_each = options.head_tokens or options.total_tokens // self.asked_heads
        return of_each * self.asked_heads // self.heads

    @property
    def label(self) -> RunLabel:
        together = self.options.together
        return run_label(self.arm, self.haystack, self.heads, self.head_tokens, together=together)

    @property
    def asked(self) -> FactNumbers:
        """The facts that are asked for."""
        numbers = range(len(self.haystack.facts))
        questions = self.options.questions or len(numbers)
        return tuple(sorted(Random(self.haystack.name).sample(numbers, questions)))


def _run_arm(
    measured: _Measured, engine: Engine, model: str, log: Log
) -> Iterator[RetentionProgress]:
    """Run one arm in an empty folder of its own."""
    options = measured.options
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "haystack")
        measured.haystack.write(root)
        with open_store(Path(folder, "state")) as store:
            run = ArmRun(
                measured.arm,
                measured.haystack,
                measured.heads,
                head_tokens=measured.head_tokens,
                store=store,
                snapshot=open_snapshot(root),
                engine=engine,
                model=model,
                asked=measured.asked,
                together=options.together,
            )
            log(start_entry(run))
            yield from _measure(run, log, with_answers=options.answers)


def _measure(run: ArmRun, log: Log, *, with_answers: bool) -> Iterator[RetentionProgress]:
    memories: dict[int, list[str]] = {number: [] for number in run.asked}
    prompt_tokens = generated_tokens = 0
    began = _Times.now()
    run.scan()
    scanned = _Times.now()
    expected_steps = run.expected_steps()

    for number, step in enumerate(run.steps(), 1):
        prompt_tokens += step.prompt_tokens
        generated_tokens += step.generated_tokens
        memories.update(dict.fromkeys(step.facts, step.lines))
        log(step_entry(run, number, step))
        yield RetentionProgress(
            run.arm,
            run.haystack.length,
            run.haystack.number,
            number,
            expected_steps,
            kept=sum(run.facts[fact].is_in(lines) for fact, lines in memories.items()),
            facts=len(run.asked),
        )

    read = _Times.now()
    answers = answer_all(run, memories) if with_answers else {}
    answered = _Times.now()
    cost = Cost(
        scan_seconds=scanned.seconds - began.seconds,
        scan_core_seconds=scanned.core_seconds - began.core_seconds,
        seconds=read.seconds - began.seconds,
        core_seconds=read.core_seconds - began.core_seconds,
        answer_seconds=answered.seconds - read.seconds,
        answer_core_seconds=answered.core_seconds - read.core_seconds,
        prompt_tokens=prompt_tokens,
        generated_tokens=generated_tokens,
    )
    log(final_entry(run, memories, answers, cost))


@dataclass(frozen=True, slots=True)
class _Times:
    """A moment, and the processor time spent until then by this process and its children."""

    seconds: float
    core_seconds: float

    @classmethod
    def now(cls) -> _Times:
        times = os.times()
        own, children = times.user + times.system, times.children_user + times.children_system
        return cls(time.monotonic(), own + children)
