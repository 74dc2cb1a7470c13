"""Watchdog: ends this process and its children when a review overruns its time limit."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from threading import Timer

from repo_mhm.review.reviewer import Reviewer

GRACE_SECONDS = 5.0
"""How long a review may overrun: some of its steps cannot be interrupted."""
_MOST_LISTED = 50
"""Paths that are named as not reviewed."""


class Watchdog:
    """Ends the process with exit code 0, after its children, once time and grace are over.

    It first says what was not reviewed. A commit must never wait for a review that hangs.
    """

    def __init__(
        self, reviewer: Reviewer, seconds: float | None, say: Callable[[str], None]
    ) -> None:
        """Without `seconds` there is no limit; `say` is called from another thread."""
        self._reviewer = reviewer
        self._say = say
        self._timer = Timer(seconds + GRACE_SECONDS, self._end) if seconds is not None else None

    def __enter__(self) -> None:
        if self._timer:
            self._timer.daemon = True
            self._timer.start()

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()

    def _end(self) -> None:
        self._say("the time was up before the review was done: it may have missed findings")
        for item in self._reviewer.not_reviewed[:_MOST_LISTED]:
            self._say(f"not reviewed: {item.path} ({item.reason})")

        _kill_children()
        os._exit(0)


def _kill_children() -> None:
    """Kill the processes that this one started, with all that they started."""
    import psutil

    with suppress(psutil.Error):
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                child.kill()
