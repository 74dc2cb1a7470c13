from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.prefill_speed import PrefillSpeed
from repo_mhm.answer.prompt_budget import (
    INSTRUCTION_TOKENS,
    LONGEST_TARGET_SECONDS,
    MAX_TOKENS,
    MIN_TOKENS,
    SHORTEST_TARGET_SECONDS,
    START_SECONDS,
    THOROUGH_TOKENS,
    TOKEN_SECONDS,
    PromptBudget,
    first_token_target,
)

SPEEDS = st.builds(
    PrefillSpeed,
    st.floats(min_value=1e-5, max_value=0.1),
    st.floats(min_value=0.0, max_value=1e-5),
)


def constant(tokens_per_second: float) -> PrefillSpeed:
    return PrefillSpeed(token_seconds=1 / tokens_per_second, attention_seconds=0.0)


def test_evidence_fills_the_time_that_is_left() -> None:
    budget = PromptBudget(constant(160), seconds_left=10.2)
    assert budget.evidence_tokens(prefix=0, other_tokens=50) == 1550


def test_a_slow_machine_shows_enough_all_the_same() -> None:
    assert PromptBudget(constant(1), 5.0).evidence_tokens(0, 1000) == MIN_TOKENS


def test_a_fast_machine_shows_no_more_than_a_small_model_can_use() -> None:
    assert PromptBudget(constant(5000), 60.0).evidence_tokens(0, 0) == MAX_TOKENS


def test_a_thorough_answer_takes_its_time() -> None:
    budget = PromptBudget(constant(1), 0.0, thorough=True)
    assert budget.evidence_tokens(0, 0) == THOROUGH_TOKENS
    assert budget.has_time_for(3000, is_saved=False)


def test_there_is_less_evidence_behind_a_memory() -> None:
    budget = PromptBudget(PrefillSpeed(), 15.0)
    first, behind = (budget.evidence_tokens(prefix, 0) for prefix in (0, 3000))
    assert first > behind


def test_a_memory_goes_in_front_only_if_the_evidence_still_fits_the_time() -> None:
    seconds = (3000 + MIN_TOKENS) / 100 + TOKEN_SECONDS
    assert PromptBudget(constant(100), seconds + 0.1).has_time_for(3000, is_saved=False)
    assert not PromptBudget(constant(100), seconds - 0.1).has_time_for(3000, is_saved=False)
    assert PromptBudget(constant(100), seconds - 0.1).has_time_for(3000, is_saved=True)
    assert not PromptBudget(constant(100), 5.0).has_time_for(3000, is_saved=True)


@given(SPEEDS, st.floats(min_value=0.5, max_value=60), st.integers(0, 5000), st.integers(0, 800))
def test_more_than_the_least_evidence_is_read_in_time(
    speed: PrefillSpeed, seconds: float, prefix: int, other_tokens: int
) -> None:
    budget = PromptBudget(speed, seconds)
    tokens = budget.evidence_tokens(prefix, other_tokens)
    assert MIN_TOKENS <= tokens <= MAX_TOKENS
    if tokens > MIN_TOKENS:
        assert speed.seconds_to_read(tokens + other_tokens, prefix) <= seconds


def test_the_target_is_short_on_a_fast_machine_and_bounded_on_a_slow_one() -> None:
    assert first_token_target(constant(5000)) == SHORTEST_TARGET_SECONDS
    assert SHORTEST_TARGET_SECONDS < first_token_target(constant(300)) < LONGEST_TARGET_SECONDS
    assert first_token_target(constant(110)) == LONGEST_TARGET_SECONDS


@given(SPEEDS)
def test_the_least_evidence_is_read_within_the_target(speed: PrefillSpeed) -> None:
    target = first_token_target(speed)
    assert target >= SHORTEST_TARGET_SECONDS
    tokens = INSTRUCTION_TOKENS + MIN_TOKENS
    assert START_SECONDS + speed.seconds_to_read(tokens, prefix=0) + TOKEN_SECONDS <= target
