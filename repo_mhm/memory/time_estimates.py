"""How long an index takes, estimated before it begins and while it runs. Pure.

Also how many prompts may be in flight for a time budget to be met.

The idea. Work is counted in prompt tokens: a generated token counts as several, since it takes as
long. What is done is counted by the tokens that the engine has evaluated, those of prompts in
flight included: many are read side by side, so none is finished for minutes although work goes on.
What is left is the estimate of the steps that are not finished, less what is evaluated of them,
corrected by what the finished steps took against their own estimates.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

from repo_mhm.engine.types import Evaluated
from repo_mhm.memory.notes import Step

if TYPE_CHECKING:
    from repo_mhm.memory.stop_rule import StopRule

INDEX_SPEED = "prefill_tokens_per_second"
"""Meta key under which the store keeps the speed of the last index long enough to measure it."""
ASSUMED_SPEED = 150.0
"""Tokens a second before any speed was measured (DESIGN §7: the default model on 2 CPU cores)."""
GENERATED_COST = 4.0
"""How many prompt tokens take as long as one generated token.

With sixteen lanes generating, a generated token takes 13 ms, and 4 ms more for its share of the
forced leads. A prompt token takes 4 ms (Qwen2.5-Coder-1.5B, AVX-512, two cores).
"""
GENERATED_TOKENS = 20
"""Tokens that one description takes on average, for the estimate."""
MIN_MEASURED_TOKENS = 2000
"""Prompt tokens below which a run is too short to measure its speed by."""
MIN_MEASURED_TASKS = 8
"""Finished tasks below which they do not correct the estimates of the others."""
FIRST_PROMPTS = 4
"""Prompts in flight at first where the time is bounded: a busy machine may be ten times as slow as
assumed, and would then finish none of sixteen."""
FIRST_TOKENS = 300
"""Prompt tokens that show how fast a machine is now; a prompt has about as many."""
STEPS_TO_FINISH = 3
"""All prompts in flight are finished within this many times the duration of one step.

More prompts do not need more: a step's duration includes the time in which the others were read.
Measured with eight prompts: about two.
"""


def difference(work: Evaluated, earlier: Evaluated) -> Evaluated:
    """What was done since `earlier`."""
    return Evaluated(
        work.prompt_tokens - earlier.prompt_tokens,
        work.generated_tokens - earlier.generated_tokens,
    )


class PlannedTask(Protocol):
    """What one prompt does, estimated."""

    @property
    def tokens(self) -> int:
        """Prompt tokens."""
        ...

    @property
    def descriptions(self) -> int:
        """Lines that the model writes."""
        ...


def cost(work: Evaluated) -> float:
    """How many prompt tokens take as long as this."""
    return work.prompt_tokens + work.generated_tokens * GENERATED_COST


def expected_work(task: PlannedTask) -> Evaluated:
    """What the engine is expected to read and to write for a task."""
    return Evaluated(task.tokens, task.descriptions * GENERATED_TOKENS)


def expected_seconds(tasks: Iterable[PlannedTask], measured_speed: float) -> float:
    """How long tasks take; `measured_speed` in prompt tokens a second, 0 when unknown."""
    total = sum(cost(expected_work(task)) for task in tasks)
    return total / (measured_speed or ASSUMED_SPEED)


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """How far an index is: after each step, and about every second in between."""

    step: Step | None
    """The step that was taken; None between two."""
    done: int
    """Steps taken on chunks; merges do not count."""
    steps: int
    """Steps on chunks that this run will take, as far as can be told."""
    tokens: int
    """Prompt tokens evaluated so far, those of merges and of prompts in flight included."""
    expected_tokens: int
    """Those that the run will have evaluated at its end."""
    tokens_per_second: float
    """Speed so far, 0 while it cannot be told. A generated token counts as GENERATED_COST."""
    eta_seconds: float | None
    """How long the rest will take; None while no speed is known."""

    @property
    def share(self) -> float:
        """The share that is done, 0 to 1."""
        return self.tokens / max(1, self.expected_tokens)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the tasks of a run were expected to take, and where it ends."""

    tokens: tuple[int, ...]
    """Prompt tokens of the first 0, 1, 2 … tasks together."""
    asked: tuple[int, ...]
    """How many of them ask the model; the others are done at once, in any order."""
    stop_rule: StopRule
    earlier_speed: float
    """Measured by an earlier run, in prompt tokens a second; 0 when unknown."""

    @classmethod
    def of(
        cls, tasks: Sequence[PlannedTask], stop_rule: StopRule, earlier_speed: float
    ) -> Forecast:
        """The forecast for these tasks."""
        tokens = accumulate((task.tokens for task in tasks), initial=0)
        asked = accumulate((task.tokens > 0 for task in tasks), initial=0)
        return cls(tuple(tokens), tuple(asked), stop_rule, earlier_speed)

    def progress(
        self, run: RunSoFar, step: Step | None = None, seconds_left: float | None = None
    ) -> IndexProgress:
        """How far the run is; `seconds_left` of its time, None where it is not bounded."""
        speed = speed_so_far(run.evaluated, run.seconds, self.earlier_speed)
        done = bisect_right(self.asked, run.asked) - 1
        begun = max(0.0, cost(run.evaluated) - cost(run.finished))
        end = self.stop_rule.tasks(speed or ASSUMED_SPEED, done, seconds_left, begun)

        tokens, costs = self.tokens, self.stop_rule.costs
        tokens_ratio = _ratio(run.finished.prompt_tokens, tokens[done], done)
        tokens_left = (tokens[end] - tokens[done]) * tokens_ratio
        cost_left = (costs[end] - costs[done]) * _ratio(cost(run.finished), costs[done], done)

        eta_seconds = None
        if speed:
            unfinished = cost(run.finished) + cost_left - cost(run.evaluated)
            eta_seconds = max(0.0, unfinished) / speed
            if seconds_left is not None:
                eta_seconds = min(eta_seconds, max(0.0, seconds_left))

        evaluated_tokens = run.evaluated.prompt_tokens
        expected_tokens = round(run.finished.prompt_tokens + tokens_left)
        return IndexProgress(
            step=step,
            done=run.done,
            steps=max(run.done, end),
            tokens=evaluated_tokens,
            expected_tokens=max(evaluated_tokens, expected_tokens),
            tokens_per_second=cost(run.evaluated) / run.seconds if run.seconds > 0 else 0.0,
            eta_seconds=eta_seconds,
        )


@dataclass(frozen=True, slots=True)
class RunSoFar:
    """What a run has done so far."""

    done: int
    """Steps, without merges."""
    asked: int
    """Those of them that asked the model."""
    finished: Evaluated
    """Tokens of the steps that are finished, merges included."""
    evaluated: Evaluated
    """The same with those of prompts in flight."""
    seconds: float


def _ratio(actual: float, estimate: float, tasks: int) -> float:
    """How much more, or less, the finished tasks took than was estimated; 1 for few tasks."""
    return actual / estimate if tasks >= MIN_MEASURED_TASKS and estimate else 1.0


def speed_so_far(evaluated: Evaluated, seconds: float, earlier_speed: float) -> float:
    """Prompt tokens a second: of this run, else of an earlier one, else 0."""
    return prefill_speed(evaluated, seconds) or earlier_speed


def prefill_speed(work: Evaluated, seconds: float) -> float | None:
    """Prompt tokens a second, where a generated token counts as GENERATED_COST prompt tokens.

    None where the prompt tokens are too few to measure by.
    """
    if work.prompt_tokens <= MIN_MEASURED_TOKENS:
        return None
    return cost(work) / max(1e-6, seconds)


def prompts_at_once(most: int, seconds_left: float, speed: float, task_cost: float) -> int:
    """How many prompts to have in flight so that their replies come well within the time left.

    All in flight are read before the first of them is done. Half of the time left must suffice for
    them, at `speed` prompt tokens a second and a cost of `task_cost` each; at least one.
    """
    affordable = int(seconds_left / 2 * speed / task_cost)
    return max(1, min(most, affordable))
