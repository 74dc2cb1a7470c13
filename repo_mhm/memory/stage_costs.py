"""What the stages of a scan, a refresh or an index cost: processor time, elapsed time and memory.

Reads the counters that the operating system keeps of this process, a few microseconds for each
stage. So every run counts, whether anybody asks for it or not.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

_BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024
"""Of `ru_maxrss`, which macOS counts in bytes and others in KiB."""


@dataclass(frozen=True, slots=True)
class StageCost:
    """What one stage cost, all its runs together."""

    name: str
    seconds: float
    """Elapsed."""
    cpu_seconds: float
    """Processor time of this process."""
    worker_cpu_seconds: float
    """Processor time of the processes that it started and that have ended: workers, git."""
    peak_bytes: int
    """The most memory that this process had up to the end of the stage."""


class _Counters(NamedTuple):
    seconds: float
    cpu_seconds: float
    worker_cpu_seconds: float


class StageCosts:
    """Counts what each stage costs. Stages do not contain each other."""

    def __init__(self) -> None:
        self._began = _counters()
        self._by_name: dict[str, StageCost] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what is done within as a stage, or as more of it."""
        began = _counters()
        try:
            yield
        finally:
            self._add(name, began)

    def _add(self, name: str, began: _Counters) -> None:
        ended = _counters()
        before = self._by_name.get(name, StageCost(name, 0.0, 0.0, 0.0, 0))
        self._by_name[name] = StageCost(
            name,
            before.seconds + ended.seconds - began.seconds,
            before.cpu_seconds + ended.cpu_seconds - began.cpu_seconds,
            before.worker_cpu_seconds + ended.worker_cpu_seconds - began.worker_cpu_seconds,
            peak_bytes(),
        )

    @property
    def stages(self) -> tuple[StageCost, ...]:
        """The stages so far, in the order in which they first began."""
        return tuple(self._by_name.values())

    @property
    def total(self) -> StageCost:
        """All since counting began, what lies between the stages included."""
        now = _counters()
        return StageCost(
            "total",
            now.seconds - self._began.seconds,
            now.cpu_seconds - self._began.cpu_seconds,
            now.worker_cpu_seconds - self._began.worker_cpu_seconds,
            peak_bytes(),
        )


def peak_bytes() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _BYTES_PER_UNIT


def worker_peak_bytes() -> int:
    """The most memory that any one process had that it started, of those that have ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _BYTES_PER_UNIT


def _counters() -> _Counters:
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    worker_cpu_seconds = workers.ru_utime + workers.ru_stime
    return _Counters(time.monotonic(), time.process_time(), worker_cpu_seconds)
