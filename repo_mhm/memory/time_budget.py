"""The time of one run of an index: what is left of its budget, and how fast the engine reads.

Pure: the clock is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable

from repo_mhm.engine.types import Evaluated
from repo_mhm.memory.time_estimates import (
    ASSUMED_SPEED,
    FIRST_PROMPTS,
    FIRST_TOKENS,
    STEPS_TO_FINISH,
    cost,
    prompts_at_once,
)


class TimeBudget:
    """Counts from now; `budget` in seconds, None for as long as it takes."""

    def __init__(self, budget: float | None, clock: Callable[[], float]) -> None:
        self._budget = budget
        self._clock = clock
        self._started = clock()
        self._began = self._last_step = self._started
        self._evaluated = Evaluated()
        self._slowest_step = 0.0
        self._prompts_in_flight = 1
        self.known_speed = 0.0
        """Prompt tokens a second of an earlier run; 0 where there was none."""

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return self._clock() - self._started

    @property
    def seconds_left(self) -> float | None:
        """Seconds left of the budget; None without one."""
        return None if self._budget is None else self._budget - self.seconds

    @property
    def reading_seconds(self) -> float:
        """How long the engine has read so far."""
        return self._clock() - self._began

    @property
    def speed(self) -> float:
        """Prompt tokens a second: of this run so far, else of an earlier one, else assumed."""
        if self._evaluated.prompt_tokens >= FIRST_TOKENS:
            return cost(self._evaluated) / max(1e-6, self.reading_seconds)
        return self.known_speed or ASSUMED_SPEED

    def begin_reading(self, most_prompts: int) -> None:
        """The engine begins to read, with at most so many prompts in flight."""
        self._prompts_in_flight = most_prompts
        self._began = self._last_step = self._clock()

    def has_evaluated(self, evaluated: Evaluated) -> None:
        """The engine has evaluated so much since it began to read."""
        self._evaluated = evaluated

    def step_taken(self, seconds: float) -> None:
        """A step was taken, which has taken so long since its prompt was begun."""
        now = self._clock()
        self._slowest_step = max(self._slowest_step, seconds, now - self._last_step)
        self._last_step = now

    def seconds_to_read(self, tokens: int) -> float:
        """How long an engine takes to evaluate so many prompt tokens."""
        return tokens / self.speed

    def is_up(self, tokens_to_save: int, reserve: float = 0.0) -> bool:
        """Whether the time left is no more than `reserve` and what saving the state takes, seconds.

        `tokens_to_save` are those of the memory. Where saving would take half of the budget or
        more, no time is reserved for it.
        """
        if self._budget is None or self.seconds_left is None:
            return False
        saving = self.seconds_to_read(tokens_to_save)
        return self.seconds_left <= reserve + (saving if saving < self._budget / 2 else 0.0)

    def is_up_for_a_step(self, tokens_to_save: int) -> bool:
        """Whether a step that begins now would not be finished in time."""
        steps_to_finish = min(1.0, STEPS_TO_FINISH / self._prompts_in_flight)
        return self.is_up(tokens_to_save, self._slowest_step * steps_to_finish)

    def can_save(self, tokens_to_save: int) -> bool:
        """Whether the memory's state can be evaluated within the budget."""
        left = self.seconds_left
        return left is None or self.seconds_to_read(tokens_to_save) <= left

    def limit_prompts(self, most: int, mean_cost: float) -> int:
        """How many prompts may be in flight now, at most `most`; each costs `mean_cost` tokens."""
        if self.seconds_left is not None:
            if self._evaluated.prompt_tokens < FIRST_TOKENS:
                most = min(most, FIRST_PROMPTS)
            self._prompts_in_flight = prompts_at_once(
                most, self.seconds_left, self.speed, mean_cost
            )
        return self._prompts_in_flight
