"""The log of a measurement: its lines have the fields that older logs have, and are read back."""

from __future__ import annotations

import json

import pytest

from repo_mhm.bench.log import _arm_name, read_log
from repo_mhm.errors import UsageError
from tests.bench.conftest import measure, parsed
from tests.conftest import TestRepo

RUN = ["arm", "haystack", "length", "heads", "head_tokens", "together"]
FIELDS = {
    "haystack": ["kind", "haystack", "length", "facts"],
    "step": ["kind", *RUN, "step", "path", "head", "about", "held", "of"],
    "start": ["kind", *RUN],
    "final": [
        "kind", *RUN, "scan_seconds", "scan_core_seconds", "seconds", "core_seconds",
        "answer_seconds", "answer_core_seconds", "prompt_tokens", "generated_tokens",
        "memory_tokens", "asked", "held", "leaked", "answers", "right",
    ],
}  # fmt: skip


def test_lines_have_the_fields_that_older_logs_have(repo: TestRepo) -> None:
    log = measure(repo, arms=("single+rewrite", "notes"))
    assert {entry["kind"] for entry in log} == set(FIELDS)
    for entry in log:
        assert list(entry) == FIELDS[entry["kind"]]
    assert list(log[0]["facts"][0]) == ["kind", "name", "value", "asked", "wrong", "by"]


def test_a_log_that_breaks_off_counts_what_was_finished(repo: TestRepo) -> None:
    log = measure(repo, arms=("single+rewrite", "bm25"), answers=False)
    lines = [json.dumps(entry) for entry in log]
    last = max(number for number, entry in enumerate(log) if entry["kind"] == "final")
    arms = {outcome.arm for outcome in read_log(lines[:last]).outcomes}
    assert arms == {"single+rewrite, 1 x 600"}
    with pytest.raises(UsageError, match="line 2 is not of a log"):
        read_log([lines[0], '{"kind": "step"'])


def test_updates_count_from_the_capture_and_of_the_same_head() -> None:
    run = {"arm": "a", "haystack": "h", "length": 1, "heads": 2, "head_tokens": 9}
    run["together"] = False
    steps = [
        {"kind": "step", **run, "head": head, "about": [0], "held": held, "of": of}
        for head, held, of in ((0, [], []), (1, [0], [0]), (0, [0], []), (1, [], []), (1, [], []))
    ]
    final = {"kind": "final", **run, "held": [], "leaked": [0], "right": []}
    haystack = {"kind": "haystack", "haystack": "h", "facts": [{"kind": "constant"}]}
    (outcome,) = read_log(map(json.dumps, [haystack, *steps, final])).outcomes
    assert outcome.immediate and outcome.captured and outcome.leaked
    assert not outcome.kept
    assert outcome.right is None
    assert outcome.updates == 2


def test_steps_of_a_run_that_was_cut_off_do_not_count() -> None:
    run = {"arm": "a", "haystack": "h", "length": 1, "heads": 2, "head_tokens": 9}
    run["together"] = False
    start, step = {"kind": "start", **run}, {"kind": "step", **run, "head": 0, "about": [0]}
    cut_off = {**step, "held": [0], "of": [0]}
    final = {"kind": "final", **run, "held": [], "leaked": [], "right": []}
    haystack = {"kind": "haystack", "haystack": "h", "facts": [{"kind": "constant"}]}
    log = [haystack, start, cut_off, start, {**step, "held": [], "of": []}, final]
    (outcome,) = read_log(map(json.dumps, log)).outcomes
    assert not outcome.captured


def test_what_a_run_cost_is_in_the_log(repo: TestRepo) -> None:
    log = parsed(measure(repo, arms=("overview", "deep"), answers=False))
    for length, cost in log.costs.values():
        assert length == 1500
        assert 0 < cost.scan_seconds <= cost.seconds
    assert {label[1] for label in log.costs} == {"overview, 2 x 300", "deep, 2 x 300"}
    overview, deep = (cost for _, cost in log.costs.values())
    assert overview.prompt_tokens == 0 < deep.prompt_tokens


def test_an_arm_without_memory_has_no_heads_in_its_name() -> None:
    assert _arm_name({"arm": "bm25", "heads": 8, "head_tokens": 512, "together": False}) == "bm25"
