"""Old garbage is collected only on request, and afterwards the collector is as it was."""

from __future__ import annotations

import gc
import weakref

from tui.gc_policy import GcPolicy


class Knot:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.self = self


def test_old_garbage_waits_for_a_quiet_moment() -> None:
    before = gc.get_threshold()
    policy = GcPolicy()
    policy.start()
    try:
        knot = Knot()
        gone = weakref.ref(knot)
        gc.collect(1)  # it is old now
        del knot
        full = gc.get_stats()[2]["collections"]
        for _ in range(200_000):
            Knot()
        assert gc.get_stats()[2]["collections"] == full
        assert gone() is not None
        policy.collect_all()
        assert gone() is None
    finally:
        policy.restore()
    assert gc.get_threshold() == before
