"""Old garbage is collected only while the user is away; afterwards the collector is as it was."""

from __future__ import annotations

import gc
import weakref

from tui.gc_policy import ABSENT_TICKS, GcPolicy


class Knot:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.self = self


def test_old_garbage_waits_until_the_user_is_away() -> None:
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
        for _ in range(ABSENT_TICKS - 1):
            policy.tick(is_busy=False)
        policy.note_input()
        for _ in range(ABSENT_TICKS - 1):
            policy.tick(is_busy=False)
        policy.tick(is_busy=True)
        assert gone() is not None, "nobody has been away for long enough"
        for _ in range(ABSENT_TICKS):
            policy.tick(is_busy=False)
        assert gone() is None
    finally:
        policy.restore()
    assert gc.get_threshold() == before


async def test_a_key_says_that_the_user_is_there(open_app) -> None:
    async with open_app() as session:
        session.app._gc_policy._quiet_ticks = ABSENT_TICKS - 1000
        await session.press("a")
        assert session.app._gc_policy._quiet_ticks < 1000
