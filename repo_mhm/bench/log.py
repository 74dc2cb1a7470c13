"""The log of `bench retention`: its JSON lines, written from arms and read as outcomes.

There are three kinds of lines. `haystack` has the facts. `step` has, for the facts that the step's
pass is `about`, which are `held` in memory after it and which the chunk read can teach (`of`).
`final` has the facts in the final memory and the answers.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from repo_mhm.bench.arms import ArmRun, ArmStep
from repo_mhm.bench.haystacks import Haystack
from repo_mhm.bench.measures import Outcome
from repo_mhm.errors import UsageError

Entry = dict[str, Any]
"""A line of the log, or a part of one."""


def haystack_entry(haystack: Haystack) -> Entry:
    """The line that begins a haystack."""
    return {
        "kind": "haystack",
        "haystack": haystack.name,
        "length": haystack.length,
        "facts": [asdict(fact) for fact in haystack.facts],
    }


def step_entry(run: ArmRun, number: int, step: ArmStep) -> Entry:
    """The line for a step; steps are numbered from 1."""
    return {
        "kind": "step",
        **_run_label(run),
        "step": number,
        "path": step.path,
        "head": step.head,
        "about": step.facts,
        "held": [fact for fact in step.facts if run.facts[fact].is_in(step.lines)],
        "of": run.facts_in_chunk(step),
    }


def final_entry(
    run: ArmRun,
    memories: Mapping[int, Sequence[str]],
    answers: Sequence[str],
    *,
    seconds: float,
    prompt_tokens: int,
    generated_tokens: int,
) -> Entry:
    """The line that ends an arm.

    `memories` are the lines in memory by fact; `answers` is empty where none were asked for.
    """
    memory_tokens = max(run.engine.count("\n".join(lines)) for lines in memories.values())
    return {
        "kind": "final",
        **_run_label(run),
        "seconds": round(seconds, 1),
        "prompt_tokens": prompt_tokens,
        "generated_tokens": generated_tokens,
        "memory_tokens": memory_tokens,
        "held": [number for number, lines in memories.items() if run.facts[number].is_in(lines)],
        "leaked": [
            number for number, lines in memories.items() if run.facts[number].leaks_into(lines)
        ],
        "answers": list(answers),
        "right": [
            fact.is_answered_by(answer) for fact, answer in zip(run.facts, answers, strict=False)
        ],
    }


def _run_label(run: ArmRun) -> Entry:
    """The fields that identify a run; all its lines have them."""
    return {
        "arm": run.arm,
        "haystack": run.haystack.name,
        "length": run.haystack.length,
        "heads": run.heads,
        "head_tokens": run.head_tokens,
        "together": run.together and run.knows_question,
    }


def read_outcomes(lines: Iterable[str]) -> list[Outcome]:
    """The outcome of each fact, from the lines of a log. Runs without a `final` line are left out.

    Raises UsageError for a line that is not of such a log.
    """
    facts: dict[str, list[Entry]] = {}
    steps: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    outcomes: list[Outcome] = []
    for number, text in enumerate(lines, 1):
        try:
            entry = json.loads(text)
            haystack = entry["haystack"]
            if entry["kind"] == "haystack":
                facts[haystack] = entry["facts"]
            elif entry["kind"] == "step":
                steps[haystack, _arm_name(entry)].append(entry)
            else:
                outcomes += _outcomes(entry, facts[haystack], steps[haystack, _arm_name(entry)])
        except (ValueError, KeyError, TypeError) as exc:
            raise UsageError(f"line {number} is not of a log of `bench retention`: {exc}") from exc
    return outcomes


def _arm_name(entry: Entry) -> str:
    """The arm with its heads and their tokens, and whether it was asked all questions at once."""
    once = ", asked at once" if entry["together"] else ""
    return f"{entry['arm']}, {entry['heads']} x {entry['head_tokens']}{once}"


def _outcomes(final: Entry, facts: Sequence[Entry], steps: Sequence[Entry]) -> Iterator[Outcome]:
    right = final["right"] or [None] * len(facts)
    for number, fact in enumerate(facts):
        own_steps = [step for step in steps if number in step["about"]]
        in_memory = [number in step["held"] for step in own_steps]
        read_at = [index for index, step in enumerate(own_steps) if number in step["of"]]
        yield Outcome(
            arm=_arm_name(final),
            length=final["length"],
            haystack=final["haystack"],
            kind=fact["kind"],
            immediate=bool(read_at) and in_memory[read_at[-1]],
            captured=any(in_memory),
            kept=number in final["held"],
            leaked=number in final["leaked"],
            right=right[number],
            updates=_updates_since_capture(own_steps, in_memory),
        )


def _updates_since_capture(steps: Sequence[Entry], in_memory: Sequence[bool]) -> int:
    """How many steps updated the fact's head after the first step that had it in memory."""
    if True not in in_memory:
        return 0
    capture = in_memory.index(True)
    head = steps[capture]["head"]
    return sum(step["head"] == head for step in steps[capture + 1 :])
