"""How many tokens each head may take: its part of the whole follows the value of its code. Pure.

A head of tests or documents needs less of the memory than one of source. Each gets at least a floor
and the rest is divided in proportion to what the symbols of the head are worth together. Budgets
stay as they are until one is off by much: a head whose budget shrinks has to give notes up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

HEAD_BUDGETS = "head_budgets"
"""Meta key: the budgets that the last refresh decided on."""
FLOOR = 0.25
"""The least that a head gets, as a part of an equal share."""
TOLERANCE = 0.15
"""By what part of an equal share a budget may be off before all are set anew."""


def equal_budgets(heads: int, head_tokens: int) -> tuple[int, ...]:
    """The same number of tokens for each head."""
    return (head_tokens,) * heads


def budgets_by_value(
    values: Mapping[int, float], heads: int, head_tokens: int, current: Sequence[int] = ()
) -> tuple[int, ...]:
    """Tokens of each head, `heads` times `head_tokens` in all; `values` are what heads are worth.

    Returns `current` where that still fits.
    """
    whole = sum(values.values())
    if not whole or heads == 1:
        return equal_budgets(heads, head_tokens)

    floor = round(head_tokens * FLOOR)
    rest = heads * (head_tokens - floor)
    budgets = [floor + int(rest * values.get(head, 0.0) / whole) for head in range(heads)]
    budgets[budgets.index(max(budgets))] += heads * head_tokens - sum(budgets)

    most_off = TOLERANCE * head_tokens
    is_current = len(current) == heads and sum(current) == heads * head_tokens
    if is_current and all(abs(a - b) <= most_off for a, b in zip(current, budgets, strict=True)):
        return tuple(current)
    return tuple(budgets)


def stored_budgets(text: str, heads: int, head_tokens: int) -> tuple[int, ...]:
    """The budgets that a store has, written by `budgets_text`.

    Equal ones where it has none, or those of other settings.
    """
    try:
        budgets = tuple(map(int, text.split()))
    except ValueError:
        budgets = ()
    is_current = len(budgets) == heads and sum(budgets) == heads * head_tokens
    return budgets if is_current else equal_budgets(heads, head_tokens)


def budgets_text(budgets: Sequence[int]) -> str:
    """The budgets as a store keeps them."""
    return " ".join(map(str, budgets))
