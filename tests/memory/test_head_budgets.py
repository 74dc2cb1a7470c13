"""Budgets of heads: they follow what heads are worth, and keep the total."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from repo_mhm.memory.head_budgets import (
    FLOOR,
    budgets_by_value,
    budgets_text,
    equal_budgets,
    stored_budgets,
)

values = st.dictionaries(st.integers(0, 11), st.floats(0, 100))
sizes = st.dictionaries(st.integers(0, 11), st.integers(0, 100_000))
LARGE = {0: 9000, 1: 9000}
"""So much code that any budget can be filled."""


@given(values, sizes, st.integers(1, 12), st.integers(16, 2000))
def test_budgets_keep_the_total_and_a_floor(
    worth: dict[int, float], code: dict[int, int], heads: int, head_tokens: int
) -> None:
    budgets = budgets_by_value(worth, code, heads, head_tokens)
    assert sum(budgets) == heads * head_tokens
    least = round(head_tokens * FLOOR)
    assert all(budgets[head] >= min(least, code.get(head, 0)) for head in range(heads))
    assert stored_budgets(budgets_text(budgets), heads, head_tokens) == budgets


def test_a_head_that_is_worth_more_gets_more() -> None:
    assert budgets_by_value({0: 3.0, 1: 1.0}, LARGE, 2, 400) == (550, 250)


def test_a_head_gets_no_more_than_its_code_can_fill() -> None:
    assert budgets_by_value({0: 3.0, 1: 1.0}, {0: 1200, 1: 9000}, 2, 400) == (300, 500)
    assert budgets_by_value({0: 3.0, 1: 1.0}, {0: 1200, 1: 30}, 2, 400) == (653, 147)


def test_a_head_without_code_gets_one_token_until_it_has_some() -> None:
    budgets = budgets_by_value({0: 3.0}, {0: 9000}, 2, 400)
    assert budgets == (799, 1)
    assert budgets_by_value({0: 3.0, 1: 0.1}, {0: 9000, 1: 40}, 2, 400, budgets)[1] >= 40


def test_a_small_change_of_value_leaves_the_budgets() -> None:
    budgets = budgets_by_value({0: 3.0, 1: 1.0}, LARGE, 2, 400)
    assert budgets_by_value({0: 3.05, 1: 1.0}, LARGE, 2, 400, budgets) == budgets
    assert budgets_by_value({0: 1.0, 1: 3.0}, LARGE, 2, 400, budgets) != budgets


def test_budgets_of_other_settings_or_damaged_ones_are_not_used() -> None:
    assert stored_budgets("", 2, 400) == equal_budgets(2, 400)
    assert stored_budgets("many few", 2, 400) == equal_budgets(2, 400)
    assert stored_budgets("300 300", 2, 400) == equal_budgets(2, 400)
