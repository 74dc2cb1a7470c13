"""How fast an answer's prompt is prefilled on this machine, remembered in the store."""

from __future__ import annotations

from repo_mhm.answer.evidence import TOKEN_SECONDS
from repo_mhm.memory.time_estimates import INDEX_SPEED
from repo_mhm.store import Store

ANSWER_SPEED = "answer_tokens_per_second"
"""Meta key under which the store keeps the speed that answers measured."""
SPEED_AFTER_MEMORY = 0.4
"""Speed of prefilling after a whole memory, as a share of the index's, which prefills chunks alone.

It was .37 to .70 on four memories (98-144 against 204-263 tokens/s, Qwen2.5-Coder-1.5B, two cores).
"""
DEFAULT_SPEED = 100.0
"""Tokens per second assumed until measured (DESIGN §7)."""
MIN_MEASURED_TOKENS = 200
"""The speed is not measured by fewer tokens."""


def expected_speed(store: Store) -> float:
    """Tokens per second at which the next prompt is likely to be prefilled."""
    index_speed = float(store.meta(INDEX_SPEED) or 0)
    return _answer_speed(store) or index_speed * SPEED_AFTER_MEMORY or DEFAULT_SPEED


def updated_speed(store: Store, tokens: int, seconds: float) -> float | None:
    """The mean of the remembered speed and the one at which `tokens` were prefilled in `seconds`.

    None where tokens or seconds are too few to measure by.
    """
    if tokens < MIN_MEASURED_TOKENS or seconds <= TOKEN_SECONDS:
        return None
    # Half of what generating the first token takes is not prefill.
    measured = tokens / (seconds - TOKEN_SECONDS / 2)
    remembered = _answer_speed(store)
    return (measured + remembered) / 2 if remembered else measured


def remember_speed(store: Store, speed: float) -> None:
    """Keep the speed (tokens per second) for the next answer."""
    store.set_meta(**{ANSWER_SPEED: f"{speed:.1f}"})


def _answer_speed(store: Store) -> float:
    return float(store.meta(ANSWER_SPEED) or 0)
