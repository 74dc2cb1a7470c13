"""How long the event loop is held: what `nothing ever freezes` is measured with."""

from __future__ import annotations

import asyncio
import time

LIMIT = 0.05
"""Seconds that nothing may hold the loop for."""
_REFERENCE = 0.0025
"""Seconds that a fixed piece of work takes on a quiet core of 2023."""


class Ticks:
    """Ticks in the loop and remembers the longest time something else held it, in seconds.

    Other processes may hold the machine: only what the loop's own thread has computed counts, and `slowness` is by
    how much the machine computes more slowly just now than a quiet one would.
    """

    def __init__(self) -> None:
        self.worst = 0.0
        self.count = 0
        self.slowness = max(1.0, _reference() / _REFERENCE)

    @property
    def limit(self) -> float:
        """LIMIT, on a machine that is as slow as this one is now."""
        return LIMIT * self.slowness

    async def _run(self) -> None:
        while True:
            before, used = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.005)
            late = time.perf_counter() - before - 0.005
            self.worst = max(self.worst, min(late, time.thread_time() - used))
            self.count += 1

    async def __aenter__(self) -> Ticks:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        self.slowness = max(self.slowness, _reference() / _REFERENCE)


def _reference() -> float:
    before, made = time.thread_time(), {}
    for number in range(20_000):
        made[number % 97] = f"{number}a"
    return time.thread_time() - before
