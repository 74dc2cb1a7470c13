"""When garbage is looked for: going over all objects at once holds the loop for 50 ms, and anybody would feel that.

Young objects are collected as ever. Old ones wait until nothing is read or answered.
"""

from __future__ import annotations

import gc

_NEVER = 1_000_000


class Garbage:
    """The collector's settings while the app runs; `end` puts them back."""

    def __init__(self) -> None:
        self._before = gc.get_threshold()

    def begin(self) -> None:
        """Collect from now on."""
        young, middle, _ = self._before
        gc.set_threshold(young, middle, _NEVER)
        gc.enable()
        self.settle()

    @staticmethod
    def settle() -> None:
        """What there is now stays for good (imports, an engine): it need not be looked over again and again."""
        gc.freeze()

    @staticmethod
    def collect() -> None:
        """Go over the old objects too; for a moment at which nobody waits."""
        gc.collect()

    def end(self) -> None:
        """Leave the collector as it was."""
        gc.set_threshold(*self._before)
        gc.unfreeze()
