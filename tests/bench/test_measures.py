"""Measures: each share counts what it says it counts; intervals come from whole haystacks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.bench.measures import MEASURES, Outcome, by_arm, figures, survival

KEPT = Outcome("ours", 8000, "h0", "constant", True, True, True, False, True, 3)
LOST = replace(KEPT, kept=False, right=False, updates=9)
NEVER = replace(KEPT, immediate=False, captured=False, kept=False, right=False, updates=0)


def test_each_share_counts_its_facts() -> None:
    measured = figures([KEPT, KEPT, LOST, NEVER])
    assert measured["immediate"].value == measured["capture"].value == 0.75
    assert measured["retention"].value == pytest.approx(2 / 3)
    assert measured["in memory"].value == 0.5
    assert measured["reader"].value == 1.0
    assert measured["end to end"].value == 0.5
    assert measured["leak"].value == 0.0


def test_what_was_not_asked_has_no_figure() -> None:
    measured = figures([replace(KEPT, right=None)])
    assert measured["end to end"].value is None
    assert str(measured["end to end"]) == "-"
    assert figures([NEVER])["retention"].value is None


def test_facts_of_one_haystack_share_their_fate() -> None:
    together = [
        replace(outcome, haystack=f"h{number}")
        for number, outcome in enumerate((KEPT, LOST))
        for _ in range(20)
    ]
    apart = [
        replace(outcome, haystack=f"h{number}") for number, outcome in enumerate([KEPT, LOST] * 20)
    ]
    wide, narrow = figures(together)["in memory"], figures(apart)["in memory"]
    assert wide.value == narrow.value == 0.5
    assert wide.interval == (0.0, 1.0)
    assert narrow.interval is not None
    assert narrow.interval[1] - narrow.interval[0] < 0.5
    assert str(wide) == "0.50\n0.00-1.00"


def test_one_haystack_has_no_interval() -> None:
    assert str(figures([KEPT, LOST])["in memory"]) == "0.50"


any_outcome = st.builds(
    lambda captured, kept, right, haystack, updates: replace(
        KEPT,
        captured=captured,
        kept=captured and kept,
        right=right,
        haystack=f"h{haystack}",
        updates=updates,
    ),
    st.booleans(),
    st.booleans(),
    st.none() | st.booleans(),
    st.integers(0, 4),
    st.integers(0, 200),
)


@settings(max_examples=25)
@given(st.lists(any_outcome, min_size=1, max_size=30))
def test_shares_are_between_0_and_1_and_within_their_intervals(outcomes: list[Outcome]) -> None:
    for name, figure in figures(outcomes).items():
        assert name in MEASURES
        if figure.value is not None:
            low, high = figure.interval or (figure.value, figure.value)
            assert 0 <= low <= figure.value <= high <= 1
    for _, share in survival(outcomes):
        assert 0 <= share <= 1


def test_survival_is_by_updates_since_capture() -> None:
    assert survival([KEPT, LOST, NEVER]) == [(2, 1.0), (8, 0.0)]


def test_arms_and_lengths_are_kept_apart() -> None:
    groups = by_arm([KEPT, replace(KEPT, length=16000), replace(KEPT, arm="other"), LOST])
    assert {key: len(group) for key, group in groups.items()} == {
        ("ours", 8000): 2,
        ("ours", 16000): 1,
        ("other", 8000): 1,
    }


def test_of_an_arm_without_memory_only_the_answers_count() -> None:
    outcome = Outcome("bm25", 8000, "h0", "constant", False, False, False, False, True, 0)
    shares = {name: figure.value for name, figure in figures([outcome]).items()}
    assert shares.pop("end to end") == 1.0
    assert set(shares.values()) == {None}
