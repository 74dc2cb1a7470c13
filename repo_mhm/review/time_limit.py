"""Watchdog: ends this process and its children when a review overruns its time limit."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Timer

GRACE_SECONDS = 5.0
"""How long a review may overrun: some of its steps cannot be interrupted."""


class Watchdog:
    """Ends the process, after its children, once time and grace are over.

    `end` first says what was found so far and gives the exit status. A commit must never wait for
    a review that hangs.
    """

    def __init__(self, seconds: float | None, end: Callable[[], int]) -> None:
        """Without `seconds` there is no limit; `end` is called from another thread."""
        self._end_review = end
        self._timer = Timer(seconds + GRACE_SECONDS, self._end) if seconds is not None else None

    def __enter__(self) -> None:
        if self._timer:
            self._timer.daemon = True
            self._timer.start()

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()

    def _end(self) -> None:
        status = 0
        try:
            status = self._end_review()
            sys.stdout.flush()
        finally:
            _kill_children()
            os._exit(status)


def _kill_children() -> None:
    """Kill the processes that this one started, with all that they started."""
    import psutil

    with suppress(psutil.Error):
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                child.kill()
