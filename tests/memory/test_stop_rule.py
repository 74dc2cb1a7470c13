"""Where an index ends: after what is worth it, within its time, and never in the middle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.memory.stop_rule import LITTLE_SECONDS, StopRule, useful_tasks

VALUES = st.lists(st.floats(0, 100), max_size=30)
SHARES = st.floats(0.1, 1)


@given(VALUES, SHARES, st.floats(0, 1000))
def test_the_useful_tasks_reach_the_share_and_not_one_more(
    values: list[float], share: float, value_read: float
) -> None:
    useful = useful_tasks(values, share, value_read)
    enough = share * (value_read + sum(values))
    if useful:
        assert value_read + sum(values[: useful - 1]) < enough + 1e-6
    read = value_read + sum(values[:useful])
    assert read >= enough - 1e-6 or not sum(values[useful:])


@given(VALUES, SHARES)
def test_what_was_read_counts_so_that_each_index_does_not_read_a_little_more(
    values: list[float], share: float
) -> None:
    useful = useful_tasks(values, share)
    value_read = sum(values[:useful])
    if value_read > share * sum(values) + 1e-6:
        assert useful_tasks(values[useful:], share, value_read) == 0
    assert useful_tasks([4.0, 3.0, 2.0, 1.0], 0.8) == 3
    assert useful_tasks([3.0, 2.0, 1.0], 0.8, 4.0) == 2


def test_a_small_rest_is_read_as_well_and_a_fast_machine_reads_all() -> None:
    rule = StopRule.of(2, [10.0] * 12, is_limited=True)
    assert not rule.is_enough(1, speed=0.001)
    slow, fast = 99 / LITTLE_SECONDS, 101 / LITTLE_SECONDS
    assert rule.is_enough(2, slow) and not rule.is_enough(2, fast)
    assert (rule.tasks(slow), rule.tasks(fast)) == (2, 12)
    assert not StopRule.of(2, [10.0] * 12, is_limited=False).is_enough(2, slow)


def test_the_time_bounds_the_tasks_but_none_of_those_done() -> None:
    rule = StopRule.of(0, [10.0] * 12, is_limited=False)
    assert rule.tasks(speed=1.0, seconds=35) == 3
    assert rule.tasks(speed=1.0, done=2, seconds=35) == 5
    assert rule.tasks(speed=1.0, done=2, seconds=-1) == 2


@pytest.mark.parametrize("is_limited", [False, True])
def test_without_tasks_nothing_is_expected(is_limited: bool) -> None:
    rule = StopRule.of(0, [], is_limited=is_limited)
    assert rule.tasks(speed=1.0) == rule.tasks(speed=1.0, seconds=9) == 0
