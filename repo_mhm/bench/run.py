"""The measurement of retention: plant facts, let every arm read them, log what it keeps.

Every arm has the same total budget, the same chunks and the same facts.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from repo_mhm.bench.answers import answer_all
from repo_mhm.bench.arms import ARMS, ArmRun
from repo_mhm.bench.haystacks import Haystack, make_haystacks, python_sources
from repo_mhm.bench.log import Entry, final_entry, haystack_entry, step_entry
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
    answers: bool = True
    """Whether every fact is also asked for."""
    together: bool = False
    """Whether arms that must know their question get all questions joined into one."""
    seed: int = 0

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
    snapshot: Snapshot, engine: Engine, model: str, options: RetentionOptions, log: Log
) -> Iterator[RetentionProgress]:
    """Run every arm on every haystack, one after the other, and log each step when it is done.

    `model` is the identity of the weights. Raises UsageError for impossible options and
    RepositoryError when the repository has too little Python.
    """
    options.check()
    sources = python_sources(snapshot)
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
                    yield from _run_arm(arm, heads, haystack, engine, model, options, log)


def _run_arm(  # noqa: PLR0913  the parts of one run
    arm: str,
    heads: int,
    haystack: Haystack,
    engine: Engine,
    model: str,
    options: RetentionOptions,
    log: Log,
) -> Iterator[RetentionProgress]:
    """Run one arm in an empty folder of its own."""
    # A single head gets the tokens of all.
    all_tokens = (options.head_tokens or options.total_tokens // heads) * heads
    heads = 1 if arm == "single+rewrite" else heads
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "haystack")
        haystack.write(root)
        with open_store(Path(folder, "state")) as store:
            run = ArmRun(
                arm,
                haystack,
                heads,
                head_tokens=all_tokens // heads,
                store=store,
                snapshot=open_snapshot(root),
                engine=engine,
                model=model,
                together=options.together,
            )
            yield from _measure(run, log, with_answers=options.answers)


def _measure(run: ArmRun, log: Log, *, with_answers: bool) -> Iterator[RetentionProgress]:
    started = time.monotonic()
    memories: dict[int, list[str]] = {number: [] for number in run.fact_numbers}
    prompt_tokens = generated_tokens = 0
    run.scan()
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
            facts=len(run.facts),
        )

    seconds = time.monotonic() - started
    answers = answer_all(run, memories) if with_answers else []
    log(
        final_entry(
            run,
            memories,
            answers,
            seconds=seconds,
            prompt_tokens=prompt_tokens,
            generated_tokens=generated_tokens,
        )
    )
