"""How fast an answer's prompt is prefilled on this machine, remembered in the store."""

from __future__ import annotations

from repo_mhm.answer.evidence import DEFAULT_SPEED, TOKEN_SECONDS
from repo_mhm.store import Store

ANSWER_SPEED = "answer_tokens_per_second"
"""Meta key: speed as answers measured it."""
INDEX_SPEED = "prefill_tokens_per_second"
"""Meta key: speed as the index measured it."""
BEHIND_MEMORY = 0.4
"""Speed of prefilling after a whole memory, as a share of that of prefilling chunks: .37 to .70 on
four memories (98-144 against 204-263 tokens/s, Qwen2.5-Coder-1.5B, two cores)."""
MIN_MEASURED_TOKENS = 200
"""With fewer tokens a measurement tells nothing."""


def expected_speed(store: Store) -> float:
    """Tokens per second at which the next prompt is likely to be prefilled."""
    index_speed = float(store.meta(INDEX_SPEED) or 0)
    return _answer_speed(store) or index_speed * BEHIND_MEMORY or DEFAULT_SPEED


def updated_speed(store: Store, tokens: int, seconds: float) -> float | None:
    """The mean of the remembered speed and that of `tokens` prefilled in `seconds`.

    None where that is too little to measure.
    """
    if tokens < MIN_MEASURED_TOKENS or seconds <= TOKEN_SECONDS:
        return None
    # Half of what generating the first token takes is not prefill.
    measured = tokens / (seconds - TOKEN_SECONDS / 2)
    remembered = _answer_speed(store)
    return (measured + remembered) / 2 if remembered else measured


def remember_speed(store: Store, speed: float) -> None:
    """Write the speed to the store."""
    store.set_meta(**{ANSWER_SPEED: f"{speed:.1f}"})


def _answer_speed(store: Store) -> float:
    return float(store.meta(ANSWER_SPEED) or 0)
