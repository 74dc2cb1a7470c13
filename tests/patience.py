"""How long tests wait: only to end what hangs, never to judge a speed.

A machine that is a tenth as fast, and busy, must pass every test. What must not be slow is judged
by a count, by a ratio of two times measured one after the other, or by a limit of processor time
that only a hang reaches.
"""

from __future__ import annotations

import time

PATIENCE = 900.0
"""Seconds after which what a test waits for has hung."""

HANG_SECONDS = 60.0
"""Of processor time, for what takes a second at most on a quiet core, and no end if it is wrong."""
_REFERENCE_SECONDS = 0.0025
"""Processor time of `_reference` on a quiet core of 2023."""


def slowness() -> float:
    """How many times slower this machine computes just now than a quiet one; at least 1."""
    return max(1.0, _reference() / _REFERENCE_SECONDS)


def _reference() -> float:
    """Processor time of a fixed piece of work."""
    before = time.thread_time()
    texts = {}
    for number in range(20_000):
        texts[number % 97] = f"{number}a"
    return time.thread_time() - before
