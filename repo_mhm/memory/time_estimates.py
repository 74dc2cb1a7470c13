"""How long an index takes, estimated before it begins and while it runs. Pure.

Also how many prompts may be in flight for a time budget to be met.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repo_mhm.memory.notes import Step

if TYPE_CHECKING:
    from repo_mhm.memory.index_plan import IndexPlan

INDEX_SPEED = "prefill_tokens_per_second"
"""Meta key under which the store keeps the speed of the last index long enough to measure it."""
ASSUMED_SPEED = 150.0
"""Tokens a second before any speed was measured (DESIGN §7: the default model on 2 CPU cores)."""
GENERATED_COST = 4.0
"""How many prompt tokens take as long as one generated token.

With sixteen lanes generating, a generated token takes 13 ms, and 4 ms more for its share of the
forced leads. A prompt token takes 4 ms (Qwen2.5-Coder-1.5B, AVX-512, two cores).
"""
GENERATED_TOKENS = 20
"""Tokens that one description takes on average, for the estimate."""
MIN_MEASURED_TOKENS = 2000
"""Prompt tokens below which a run is too short to measure its speed by."""
STEPS_TO_FINISH = 3
"""All prompts in flight are finished within this many times the duration of one step.

More prompts do not need more: a step's duration includes the time in which the others were read.
Measured with eight prompts: about two.
"""


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """After each step: what is done, how fast, and how long the rest will take."""

    step: Step
    done: int
    """Steps taken on chunks; merges do not count."""
    steps: int
    """Steps on chunks in the plan."""
    tokens: int
    """Prompt tokens so far, those of merges included."""
    tokens_per_second: float
    eta_seconds: float


def expected_seconds(prompt_tokens: int, descriptions: int, measured_speed: float) -> float:
    """How long it takes to read so many prompt tokens and to write so many descriptions.

    `measured_speed` in prompt tokens a second, 0 when unknown.
    """
    generated_tokens = descriptions * GENERATED_TOKENS
    speed = measured_speed or ASSUMED_SPEED
    return (prompt_tokens + generated_tokens * GENERATED_COST) / speed


def progress_after(
    step: Step, plan: IndexPlan, done: int, tokens: int, seconds: float
) -> IndexProgress:
    """Progress after `done` chunks and `tokens` prompt tokens in `seconds`.

    The rest is expected to go on at the speed of this run so far.
    """
    speed = max(1, tokens) / max(1e-6, seconds)
    tokens_left = max(0, plan.tokens - tokens)
    return IndexProgress(step, done, plan.steps, tokens, speed, tokens_left / speed)


def prefill_speed(prompt_tokens: int, generated_tokens: int, seconds: float) -> float | None:
    """Prompt tokens a second, where a generated token counts as GENERATED_COST prompt tokens.

    None where the prompt tokens are too few to measure by.
    """
    if prompt_tokens <= MIN_MEASURED_TOKENS:
        return None
    return (prompt_tokens + generated_tokens * GENERATED_COST) / max(1e-6, seconds)


def prompts_at_once(most: int, seconds_left: float, speed: float, prompt_tokens: float) -> int:
    """How many prompts to have in flight so that their replies come well within the time left.

    All in flight are read before the first of them is done. Half of the time left must suffice for
    that, at `speed` prompt tokens a second and `prompt_tokens` each; at least one.
    """
    affordable = int(seconds_left / 2 * speed / prompt_tokens)
    return max(1, min(most, affordable))
