"""Measures how long the event loop is blocked, for the tests that nothing ever freezes."""

from __future__ import annotations

import asyncio
import time

from tests.patience import slowness

LIMIT = 0.05
"""Seconds for which nothing may block the loop."""


class Ticks:
    """Ticks in the loop and records the longest time something else blocked it, in seconds.

    Other processes may use the machine, so only processor time of the loop's own thread counts.
    `slowness` is how many times slower the machine computes just now than a quiet one.
    """

    def __init__(self) -> None:
        self.worst = 0.0
        self.count = 0
        self.slowness = slowness()

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
        self.slowness = max(self.slowness, slowness())
