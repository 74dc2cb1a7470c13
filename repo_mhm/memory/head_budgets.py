"""How many tokens each head may take: its part of the whole follows the value of its code. Pure.

A head of tests or documents needs less of the memory than one of source. Each gets at least a
floor, or as many tokens as its code has, and the rest is divided in proportion to what the symbols
of the head are worth together. But none gets more than its code can fill with notes while another
could use it. Budgets stay as they are until one is off by much: a head whose budget shrinks has to
give notes up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import le

HEAD_BUDGETS = "head_budgets"
"""Meta key: the budgets that the last refresh decided on."""
FLOOR = 0.25
"""The least that a head gets, as a part of an equal share."""
NEEDED = 1 / 4
"""The tokens that the notes on code can take, as a part of the code's. With a third, memories of
16,000 tokens of code left 500 of their 4,096 tokens empty, with a quarter 300."""
LEAST_VALUE = 1e-9
"""What is worth less counts as nothing."""
TOLERANCE = 0.15
"""By what part of an equal share a budget may be off before all are set anew."""


def equal_budgets(heads: int, head_tokens: int) -> tuple[int, ...]:
    """The same number of tokens for each head."""
    return (head_tokens,) * heads


def budgets_by_value(
    values: Mapping[int, float],
    code_tokens: Mapping[int, int],
    heads: int,
    head_tokens: int,
    current: Sequence[int] = (),
) -> tuple[int, ...]:
    """Tokens of each head, `heads` times `head_tokens` in all.

    `values` are what heads are worth, `code_tokens` the tokens of their source. Returns `current`
    where that still fits.
    """
    own_values = {head: values.get(head, 0.0) for head in range(heads)}
    if heads == 1 or sum(own_values.values()) <= LEAST_VALUE:
        return equal_budgets(heads, head_tokens)

    least = round(head_tokens * FLOOR)
    floors = [max(1, min(least, code_tokens.get(head, 0))) for head in range(heads)]
    shares = _shares(
        own_values,
        {head: max(0.0, NEEDED * code_tokens.get(head, 0) - floors[head]) for head in range(heads)},
        heads * head_tokens - sum(floors),
    )
    budgets = [floors[head] + int(shares[head]) for head in range(heads)]
    budgets[budgets.index(max(budgets))] += heads * head_tokens - sum(budgets)

    most_off = TOLERANCE * head_tokens
    is_current = len(current) == heads and sum(current) == heads * head_tokens
    is_current = is_current and all(map(le, floors, current))
    if is_current and all(abs(a - b) <= most_off for a, b in zip(current, budgets, strict=True)):
        return tuple(current)
    return tuple(budgets)


def _shares(
    values: Mapping[int, float], needs: Mapping[int, float], tokens: float
) -> dict[int, float]:
    """The tokens divided in proportion to the values, none more than its need.

    What nobody needs is divided in proportion as well.
    """
    shares = dict.fromkeys(values, 0.0)
    left = tokens
    open_heads = [head for head, value in values.items() if value > LEAST_VALUE]
    while open_heads and left >= 1:
        whole = sum(values[head] for head in open_heads)
        proportional = {head: left * (values[head] / whole) for head in open_heads}
        full = [head for head in open_heads if proportional[head] > needs[head]]
        if not full:
            return shares | proportional
        for head in full:
            shares[head] = needs[head]
            left -= needs[head]
        open_heads = [head for head in open_heads if head not in full]

    whole = sum(values.values())
    return {head: share + left * (values[head] / whole) for head, share in shares.items()}


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
