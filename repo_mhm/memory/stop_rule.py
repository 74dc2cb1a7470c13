"""When an index has read enough. Pure.

The idea. Before any model reads, the overview names what matters most, and notes on chunks add no
names and no files to it that measures show (scripts/RESULTS.md). What only reading adds is what
files are for, and how the symbols that most code depends on work. So, unless it is told to read
all, an index ends once the purposes that are noted have PURPOSE_SHARE of the value of all files
and directories, and the chunks whose outlines are read OUTLINE_SHARE of that of all chunks. Value
is concentrated: in requests and pytest three tenths of it lie in 8 and 3 % of the chunks. Where the
rest takes no longer than LITTLE_SECONDS it is read as well, so that a small repository, or any on a
fast machine, is read whole. DEFAULT_SECONDS bounds the index whatever the repository's size.

Here a *task* is what one step does, before it is taken.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

PURPOSE_SHARE = 0.95
"""Share of value of the files and directories whose purpose is noted. The last twentieth takes
longer than all others: 68 of 130 s in requests, 298 of 507 s in pytest (88 tokens/s)."""
OUTLINE_SHARE = 0.3
"""Share of value of the chunks of which at least the outline is read."""
LITTLE_SECONDS = 60.0
"""A rest that takes no longer is read too: nobody would start another index for it."""
DEFAULT_SECONDS = 600.0
"""How long an index takes at most unless it is told otherwise, with its scan and its end."""


def useful_tasks(values: Sequence[float], share: float, value_read: float = 0.0) -> int:
    """How many of the tasks that are left, in their order, it takes to reach a share of all value.

    `values` is what each is about, 0 where it does not count; `value_read` has been read already.
    """
    enough = share * (value_read + sum(values))
    read = value_read
    for number, value in enumerate(values):
        if read >= enough:
            return number
        read += value
    return len(values)


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

    def tasks(
        self, speed: float, done: int = 0, seconds: float | None = None, begun: float = 0.0
    ) -> int:
        """How many tasks the run will have done at its end, those `done` already included.

        `seconds` are left of its time; None where it is not bounded. `begun` is the cost of what is
        done of tasks in flight.
        """
        tasks = len(self.costs) - 1
        useful = max(done, self.useful)
        if self.is_enough(useful, speed):
            tasks = useful
        if seconds is not None:
            affordable = self.costs[done] + begun + max(0.0, seconds) * speed
            tasks = min(tasks, bisect_right(self.costs, affordable) - 1)
        return max(tasks, done)
