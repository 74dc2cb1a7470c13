"""The measurement of retention: every arm on a real repository with a scripted reader."""

from __future__ import annotations

from collections import Counter

import pytest

from repo_mhm.bench.arms import ARMS
from repo_mhm.bench.measures import figures
from repo_mhm.errors import RepositoryError, UsageError
from tests.bench.conftest import FACTS, measure, outcomes_of, parsed, steps_of
from tests.conftest import TestRepo


def test_every_arm_reads_every_chunk_and_is_asked_for_every_fact(repo: TestRepo) -> None:
    log = measure(repo)
    finals = {entry["arm"]: entry for entry in log if entry["kind"] == "final"}
    assert tuple(finals) == ARMS
    steps = {arm: steps_of(log, arm) for arm in ARMS}
    assert not steps["bm25"] and not steps["retrieval"]
    assert len(steps["overview"]) == 1
    rewriting = [len(steps[arm]) for arm in ("single+rewrite", "lru+rewrite", "concur")]
    assert len(set(rewriting)) == 1
    assert rewriting[0] > 3 * FACTS
    about = {arm: {tuple(step["about"]) for step in steps[arm]} for arm in ARMS}
    assert about["single+rewrite"] == {(number,) for number in range(FACTS)}
    assert about["notes"] == {tuple(range(FACTS))}
    for arm, final in finals.items():
        assert len(final["answers"]) == len(final["right"]) == FACTS, arm
    outcomes = outcomes_of(log)
    assert len(outcomes) == FACTS * len(ARMS)
    single = {outcome.arm for outcome in outcomes if outcome.arm.startswith("single")}
    assert single == {"single+rewrite, 1 x 600"}


def test_one_pass_may_be_made_for_all_questions_together(repo: TestRepo) -> None:
    arms = ("single+rewrite", "deep")
    joint = measure(repo, arms=arms, together=True, answers=False)
    apart = measure(repo, arms=arms, answers=False)
    for arm in arms:
        steps = steps_of(joint, arm)
        assert {tuple(step["about"]) for step in steps} == {tuple(range(FACTS))}
        assert len(steps) < len(steps_of(apart, arm))
    deep_constants = [
        outcome
        for outcome in outcomes_of(apart)
        if outcome.arm.startswith("deep") and outcome.kind == "constant"
    ]
    assert deep_constants
    assert all(outcome.kept for outcome in deep_constants)


def test_a_reader_that_forgets_captures_and_does_not_retain(repo: TestRepo) -> None:
    log = measure(repo, arms=("single+rewrite", "notes"), answers=False, together=True)
    outcomes = outcomes_of(log)
    forgets = figures([outcome for outcome in outcomes if outcome.arm.startswith("single")])
    keeps = figures([outcome for outcome in outcomes if outcome.arm.startswith("notes")])
    assert forgets["capture"].value and forgets["capture"].value > (forgets["in memory"].value or 0)
    assert (keeps["in memory"].value or 0) > (forgets["in memory"].value or 0)
    assert keeps["end to end"].value is None


def test_impossible_options_are_refused(repo: TestRepo) -> None:
    with pytest.raises(UsageError, match="no arm is called 'best'"):
        measure(repo, arms=("best",))
    with pytest.raises(UsageError, match="from 1"):
        measure(repo, heads=(0,))
    with pytest.raises(RepositoryError, match="tokens of Python"):
        measure(repo, lengths=(900_000,))


def test_runs_of_other_sizes_and_ways_to_ask_stay_apart(repo: TestRepo) -> None:
    arms = ("notes", "lru+rewrite")
    log = measure(repo, arms=arms, answers=False)
    log += measure(repo, arms=arms, answers=False, head_tokens=40)
    log += measure(repo, arms=arms, answers=False, together=True)
    assert Counter(outcome.arm for outcome in outcomes_of(log)) == {
        "notes, 2 x 300": 2 * FACTS,
        "lru+rewrite, 2 x 300": FACTS,
        "notes, 2 x 40": FACTS,
        "lru+rewrite, 2 x 40": FACTS,
        "lru+rewrite, 2 x 300, asked at once": FACTS,
    }


def test_finished_runs_are_not_repeated(repo: TestRepo) -> None:
    first = measure(repo, arms=("overview",), answers=False)
    log = measure(repo, parsed(first).finished, arms=("overview", "bm25"), answers=False)
    assert [entry["arm"] for entry in log if entry["kind"] == "start"] == ["bm25"]


def test_only_the_facts_that_are_asked_for_are_measured(repo: TestRepo) -> None:
    log = measure(repo, arms=("single+rewrite", "overview"), questions=2)
    rewriting = {tuple(step["about"]) for step in steps_of(log, "single+rewrite")}
    assert len(rewriting) == 2
    assert Counter(outcome.arm for outcome in outcomes_of(log)) == {
        "single+rewrite, 1 x 600": 2,
        "overview, 2 x 300": 2,
    }


def test_a_budget_ends_the_measurement_and_the_next_goes_on(repo: TestRepo) -> None:
    arms = ("overview", "single+rewrite")
    cut_off = measure(repo, arms=arms, answers=False, budget_seconds=0.0)
    assert [entry["kind"] for entry in cut_off] == ["haystack", "start", "step"]
    rest = measure(repo, parsed(cut_off).finished, arms=arms, answers=False)
    assert {outcome.arm for outcome in outcomes_of([*cut_off, *rest])} == {
        "overview, 2 x 300",
        "single+rewrite, 1 x 600",
    }


def test_more_questions_than_facts_are_refused(repo: TestRepo) -> None:
    with pytest.raises(UsageError, match="10 questions cannot be asked about 9 facts"):
        measure(repo, questions=10)
