"""Defer full garbage collections (50 ms) to idle moments, so that the event loop never blocks.

Young objects are collected as usual; old ones wait until the index and the answers are idle.
"""

from __future__ import annotations

import gc

_YOUNG, _MIDDLE = 700, 10
"""Python's own thresholds: a collection of few objects takes no time that anybody notices."""
_NEVER = 1_000_000
"""Threshold of the oldest generation, in collections of the middle one; it is never reached."""


class GcPolicy:
    """The garbage collector's settings while the app runs; `restore` undoes them."""

    def __init__(self) -> None:
        self._thresholds_before = gc.get_threshold()

    def start(self) -> None:
        """Collect young objects from now on, and no old ones."""
        gc.set_threshold(_YOUNG, _MIDDLE, _NEVER)
        gc.enable()
        self.freeze()

    @staticmethod
    def freeze() -> None:
        """Exempt all objects that exist now (imports, an engine): they live until the end."""
        gc.freeze()

    @staticmethod
    def collect_all() -> None:
        """Collect old objects too. Takes about 50 ms, so call it while nobody waits."""
        gc.collect()

    def restore(self) -> None:
        """Leave the collector as it was."""
        gc.set_threshold(*self._thresholds_before)
        gc.unfreeze()
