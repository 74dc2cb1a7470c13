"""The time of a run: what is left, how fast the engine reads, and what is begun in time."""

from __future__ import annotations

from repo_mhm.engine.types import Evaluated
from repo_mhm.memory.time_budget import TimeBudget
from repo_mhm.memory.time_estimates import ASSUMED_SPEED, FIRST_PROMPTS, FIRST_TOKENS


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_without_a_budget_there_is_always_time() -> None:
    clock = Clock()
    time = TimeBudget(None, clock)
    clock.now += 10_000
    assert time.seconds == 10_000
    assert time.seconds_left is None
    assert not time.is_up(10**9) and time.can_save(10**9)
    assert time.limit_prompts(16, mean_cost=1e9) == 1  # as set when reading begins
    time.begin_reading(16)
    assert time.limit_prompts(16, mean_cost=1e9) == 16


def test_the_speed_is_that_of_this_run_once_it_can_be_told() -> None:
    clock = Clock()
    time = TimeBudget(60.0, clock)
    assert time.speed == ASSUMED_SPEED
    time.known_speed = 50.0
    assert time.speed == 50.0
    time.begin_reading(4)
    clock.now += 10
    time.has_evaluated(Evaluated(FIRST_TOKENS - 1, 0))
    assert time.speed == 50.0
    time.has_evaluated(Evaluated(FIRST_TOKENS, 0))
    assert time.speed == FIRST_TOKENS / 10


def test_time_to_save_the_state_is_kept_back_unless_that_is_half_of_the_budget() -> None:
    clock = Clock()
    time = TimeBudget(60.0, clock)
    time.known_speed = 100.0
    clock.now += 41
    assert time.is_up(2000) and not time.can_save(2000)  # 20 s, and 19 are left
    assert not time.is_up(1800) and time.can_save(1800)
    assert not time.is_up(3000)  # half of the budget
    clock.now += 19
    assert time.is_up(3000)


def test_no_step_is_begun_that_cannot_be_finished() -> None:
    clock = Clock()
    time = TimeBudget(60.0, clock)
    time.begin_reading(1)
    clock.now += 25
    time.step_taken(25.0)
    assert not time.is_up_for_a_step(0)
    clock.now += 10
    assert time.is_up_for_a_step(0)  # a step takes 25 s, and 25 are left
    assert not time.is_up(0)


def test_a_short_budget_begins_with_as_many_prompts_as_it_can_finish() -> None:
    time = TimeBudget(20.0, Clock())
    time.known_speed = 200.0
    assert time.limit_prompts(16, mean_cost=1500.0) == 1
    assert time.limit_prompts(16, mean_cost=1000.0) == 2
    assert time.limit_prompts(16, mean_cost=10.0) == FIRST_PROMPTS
