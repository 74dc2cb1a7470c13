"""Defer full garbage collections until the user is away, so that the event loop never blocks.

Young objects are collected as usual. Old ones take 50 ms, and with a large repository open a second
while a thread reads: they wait until nobody has pressed a key for minutes.
"""

from __future__ import annotations

import gc

_YOUNG, _MIDDLE = 700, 10
"""Python's own thresholds: a collection of few objects takes no time that anybody notices."""
_NEVER = 1_000_000
"""Threshold of the oldest generation, in collections of the middle one; it is never reached."""
ABSENT_TICKS = 3000
"""The user is away who has pressed no key and moved no mouse for so many ticks."""


class GcPolicy:
    """The garbage collector's settings while the app runs; `restore` undoes them."""

    def __init__(self) -> None:
        self._thresholds_before = gc.get_threshold()
        self._quiet_ticks = 0

    def start(self) -> None:
        """Collect young objects from now on, and no old ones."""
        gc.set_threshold(_YOUNG, _MIDDLE, _NEVER)
        gc.enable()
        self.freeze()

    @staticmethod
    def freeze() -> None:
        """Exempt all objects that exist now (imports, an engine): they live until the end."""
        gc.freeze()

    def note_input(self) -> None:
        """Take note that the user is there."""
        self._quiet_ticks = 0

    def tick(self, *, is_busy: bool) -> None:
        """Collect old objects too if the user is away; call it at each tick of the app."""
        self._quiet_ticks = 0 if is_busy else self._quiet_ticks + 1
        if self._quiet_ticks >= ABSENT_TICKS:
            self._quiet_ticks = 0
            gc.collect()

    def restore(self) -> None:
        """Leave the collector as it was."""
        gc.set_threshold(*self._thresholds_before)
        gc.unfreeze()
