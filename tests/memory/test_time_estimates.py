"""Estimates of an index: tokens count at once, and nothing is said of the end too early."""

from __future__ import annotations

import pytest

from repo_mhm.engine.types import Evaluated
from repo_mhm.memory.index_plan import ChunkTask
from repo_mhm.memory.notes import Step
from repo_mhm.memory.stop_rule import StopRule
from repo_mhm.memory.time_estimates import (
    GENERATED_COST,
    MIN_MEASURED_TASKS,
    MIN_MEASURED_TOKENS,
    Forecast,
    RunSoFar,
    cost,
    expected_work,
    prefill_speed,
    prompts_at_once,
)

STEP = Step(0, "note", "content", "a.py", "read", (), ())
TASKS = [ChunkTask(number, 0, "read", 1000) for number in range(20)]
COSTS = [cost(expected_work(task)) for task in TASKS]


def forecast(*, speed: float = 0.0) -> Forecast:
    return Forecast.of(TASKS, StopRule.of(0, COSTS, is_limited=False), speed)


def so_far(
    prompt_tokens: int, seconds: float, done: int = 0, finished: Evaluated | None = None
) -> RunSoFar:
    return RunSoFar(done, done, finished or Evaluated(), Evaluated(prompt_tokens), seconds)


def test_tokens_of_prompts_in_flight_count_before_any_step_is_done() -> None:
    progress = forecast().progress(so_far(1500, seconds=10))
    assert (progress.done, progress.steps) == (0, 20)
    assert (progress.tokens, progress.expected_tokens) == (1500, 20_000)
    assert progress.share == pytest.approx(0.075)
    assert progress.tokens_per_second == 150


def test_the_time_to_go_is_told_only_once_a_speed_was_measured() -> None:
    assert forecast().progress(so_far(MIN_MEASURED_TOKENS, 20), STEP).eta_seconds is None
    assert forecast(speed=100).progress(so_far(10, 1)).eta_seconds is not None
    measured = forecast(speed=1).progress(so_far(4000, 40))
    assert measured.eta_seconds == pytest.approx((sum(COSTS) - 4000) / 100)


def test_finished_tasks_correct_the_estimates_of_the_others() -> None:
    done = MIN_MEASURED_TASKS
    finished = Evaluated(done * 2000, round(done * 2 * (COSTS[0] - 1000) / GENERATED_COST))
    run = RunSoFar(done, done, finished, finished, seconds=cost(finished) / 100)
    progress = forecast().progress(run, STEP)
    assert progress.expected_tokens == 40_000
    assert progress.eta_seconds == pytest.approx(2 * sum(COSTS[done:]) / 100, rel=0.01)


def test_nothing_is_promised_beyond_the_time_that_is_left() -> None:
    progress = forecast(speed=100).progress(so_far(3000, 30), seconds_left=40)
    assert progress.eta_seconds is not None and progress.eta_seconds <= 40
    assert progress.steps < 20
    late = forecast(speed=100).progress(so_far(3000, 30, done=2), seconds_left=-5)
    assert 2 <= late.steps < 20 and late.eta_seconds == 0.0


def test_on_a_busy_machine_what_is_in_flight_counts_as_time_spent_well() -> None:
    """Sixteen prompts are read, none is finished, and a minute is left."""
    progress = forecast().progress(so_far(12_000, 540), seconds_left=60)
    assert progress.steps == 10
    assert progress.eta_seconds is not None and 30 < progress.eta_seconds <= 60


def test_tasks_that_ask_no_model_are_done_in_any_order_and_cost_nothing() -> None:
    free = [ChunkTask(number, 0, "read", 0) for number in range(5)]
    rule = StopRule.of(0, [*COSTS, *[0.0] * 5], is_limited=False)
    mixed = Forecast.of([*TASKS, *free], rule, 0.0)
    progress = mixed.progress(RunSoFar(5, 0, Evaluated(), Evaluated(100), 1.0))
    assert (progress.done, progress.steps, progress.expected_tokens) == (5, 25, 20_000)


def test_a_run_that_takes_more_than_estimated_stays_within_its_end() -> None:
    finished = Evaluated(90_000, 100)
    progress = forecast().progress(RunSoFar(20, 20, finished, finished, 900), STEP)
    assert (progress.steps, progress.share, progress.eta_seconds) == (20, 1.0, 0.0)


def test_a_short_run_measures_no_speed() -> None:
    assert prefill_speed(Evaluated(MIN_MEASURED_TOKENS, 100), 10.0) is None
    assert prefill_speed(Evaluated(2400, 150), 10.0) == 300


def test_prompts_in_flight_take_at_most_half_of_the_time_left() -> None:
    assert prompts_at_once(16, seconds_left=20, speed=100, task_cost=250) == 4
    assert prompts_at_once(3, seconds_left=20, speed=100, task_cost=250) == 3
    assert prompts_at_once(16, seconds_left=0, speed=100, task_cost=250) == 1
