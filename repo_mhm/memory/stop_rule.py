"""When an index has read enough. Pure.

The idea. Work comes most valuable first, so each minute of reading adds less than the one before,
and from some point on nothing that an answer or the memory shows. Unless it is told to read all, an
index ends there: once what is read has WORTH_SHARE of what everything is worth. Where the rest
takes no longer than LITTLE_SECONDS it is read as well, so that a small repository, or any on a fast
machine, is read whole. DEFAULT_SECONDS bounds the whole index whatever the repository's size.

Here a *task* is what one step does, before it is taken.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

WORTH_SHARE = 0.8
"""Share of what all first readings are worth after which reading on adds nothing measurable."""
LITTLE_SECONDS = 60.0
"""A rest that takes no longer is read too: nobody would start another index for it."""
DEFAULT_SECONDS = 600.0
"""How long an index takes at most unless it is told otherwise, with its scan and its end."""


def useful_tasks(worths: Sequence[float], worth_read: float = 0.0) -> int:
    """How many of the tasks that are left, the best first, are worth their time.

    `worths` is what each adds, `worth_read` what has been read already.
    """
    enough = WORTH_SHARE * (worth_read + sum(worths))
    read = worth_read
    for number, worth in enumerate(worths):
        if read >= enough:
            return number
        read += worth
    return len(worths)


@dataclass(frozen=True, slots=True)
class StopRule:
    """Where one run ends, by the number of its tasks."""

    useful: int
    """Tasks that are worth their time."""
    costs: tuple[float, ...]
    """What the first 0, 1, 2 … tasks cost together, in prompt tokens (see `cost`)."""
    is_limited: bool
    """Whether to end after the useful tasks."""

    @classmethod
    def of(cls, useful: int, costs: Sequence[float], *, is_limited: bool) -> StopRule:
        """The rule for tasks of these costs."""
        return cls(useful, tuple(accumulate(costs, initial=0.0)), is_limited)

    def is_enough(self, task: int, speed: float) -> bool:
        """Whether to end before this task (from 0), at a speed in prompt tokens a second."""
        if not self.is_limited or task < self.useful:
            return False
        return self.costs[-1] - self.costs[task] > LITTLE_SECONDS * speed

    def tasks(self, speed: float, done: int = 0, seconds: float | None = None) -> int:
        """How many tasks the run will have done at its end, those `done` already included.

        `seconds` are left of its time; None where it is not bounded.
        """
        tasks = len(self.costs) - 1
        useful = max(done, self.useful)
        if self.is_enough(useful, speed):
            tasks = useful
        if seconds is not None:
            affordable = self.costs[done] + max(0.0, seconds) * speed
            tasks = min(tasks, bisect_right(self.costs, affordable) - 1)
        return max(tasks, done)
