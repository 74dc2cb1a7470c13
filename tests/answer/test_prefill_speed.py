"""The time of a prefill follows its length and its prefix, whatever a single answer measured."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from repo_mhm.answer.prefill_speed import (
    STEEPNESS_LIMIT,
    PrefillSpeed,
    PrefillTime,
    assumed_speed,
    fitted_speed,
)

TRUE = PrefillSpeed(token_seconds=0.012, attention_seconds=4e-6)
PROMPTS = [(400, 3000), (1500, 0), (900, 3100), (1800, 200), (600, 3000), (2500, 0), (300, 6000)]


def measured(tokens: int, prefix: int, factor: float = 1.0) -> PrefillTime:
    return PrefillTime(tokens, prefix, TRUE.seconds_to_read(tokens, prefix) * factor)


def test_without_measurements_the_assumption_holds() -> None:
    assert fitted_speed([], assumed_speed(0)) == assumed_speed(0) == PrefillSpeed()
    assert PrefillSpeed().tokens_readable(1.0, prefix=0) == pytest.approx(100, abs=2)


def test_the_speed_of_the_index_is_an_assumption_that_answers_do_not_reach() -> None:
    index_speed = 500.0
    assert 200 < assumed_speed(index_speed).tokens_readable(1.0, prefix=0) < 350


def test_measurements_with_and_without_a_prefix_give_both_coefficients() -> None:
    speed = fitted_speed([measured(*prompt) for prompt in PROMPTS], assumed_speed(0))
    assert speed.token_seconds == pytest.approx(TRUE.token_seconds, rel=0.01)
    assert speed.attention_seconds == pytest.approx(TRUE.attention_seconds, rel=0.05)


@given(st.integers(0, len(PROMPTS) - 1), st.sampled_from([0.05, 0.3, 4.0, 50.0]))
def test_one_wrong_measurement_hardly_changes_what_is_expected(wrong: int, factor: float) -> None:
    times = [
        measured(*prompt, factor=factor if number == wrong else 1.0)
        for number, prompt in enumerate(PROMPTS)
    ]
    speed = fitted_speed(times, assumed_speed(0))
    for tokens, prefix in PROMPTS:
        expected = TRUE.seconds_to_read(tokens, prefix)
        assert speed.seconds_to_read(tokens, prefix) == pytest.approx(expected, rel=0.35)


def test_a_first_measurement_is_believed_only_half() -> None:
    speed = fitted_speed([measured(1000, 0, factor=20.0)], assumed_speed(0))
    seconds = speed.seconds_to_read(1000, 0)
    assert TRUE.seconds_to_read(1000, 0) < seconds < TRUE.seconds_to_read(1000, 0) * 12


def test_where_a_machine_was_busy_at_times_a_wait_is_a_range() -> None:
    quiet = [measured(*prompt) for prompt in PROMPTS[:4]]
    busy = [measured(*prompt, factor=6.0) for prompt in PROMPTS[4:6]]
    least, most = fitted_speed([*quiet, *busy], assumed_speed(0)).likely_seconds(1000, 0)
    expected = TRUE.seconds_to_read(1000, 0)
    assert least == pytest.approx(expected, rel=0.1)
    assert most == pytest.approx(6 * expected, rel=0.1)

    once = [*quiet, measured(*PROMPTS[4], factor=6.0)]
    least, most = fitted_speed(once, assumed_speed(0)).likely_seconds(1000, 0)
    assert most < 1.5 * least, "one slow answer among many is no rule"


TIMES = st.builds(PrefillTime, st.integers(1, 8000), st.integers(0, 8000), st.floats(1e-6, 1e4))


@given(
    st.lists(TIMES, max_size=9),
    st.floats(0.001, 1e4),
    st.integers(0, 8000),
    st.just(0.0) | st.floats(0.1, 1e5),
)
def test_readable_tokens_are_those_that_take_the_seconds(
    times: list[PrefillTime], seconds: float, prefix: int, index_speed: float
) -> None:
    speed = fitted_speed(times, assumed_speed(index_speed))
    assert speed.token_seconds > 0
    assert 0 <= speed.attention_seconds <= STEEPNESS_LIMIT * speed.token_seconds * 1.001

    tokens = speed.tokens_readable(seconds, prefix)
    assert speed.seconds_to_read(tokens, prefix) <= seconds * 1.001
    assert speed.seconds_to_read(tokens + 2, prefix) > seconds * 0.999


@given(st.floats(max_value=0), st.integers(0, 8000))
def test_without_time_nothing_is_readable(seconds: float, prefix: int) -> None:
    assert PrefillSpeed().tokens_readable(seconds, prefix) == 0
