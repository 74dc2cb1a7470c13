"""The log of `bench retention`: its JSON lines, written from arms and read as outcomes.

There are four kinds of lines. `haystack` has the facts. `start` begins a run of one arm: steps of
an earlier run that was cut off do not count. `step` has, for the facts that the step's pass is
`about`, which are `held` in memory after it and which the chunk read can teach (`of`). `final` has
the facts in the final memory, the answers to those that were `asked` for, and what the run cost.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from repo_mhm.bench.arms import QUESTION_KNOWN, ArmRun, ArmStep
from repo_mhm.bench.haystacks import Haystack
from repo_mhm.bench.measures import WITHOUT_MEMORY, Outcome
from repo_mhm.errors import UsageError

Entry = dict[str, Any]
"""A line of the log, or a part of one."""
RunLabel = tuple[str, str]
"""A haystack, and an arm with its heads and their tokens."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one arm took on one haystack: wall and processor time, and tokens of the model."""

    scan_seconds: float
    scan_core_seconds: float
    seconds: float
    """Scan and reading, until all is in memory."""
    core_seconds: float
    answer_seconds: float
    """All answers together."""
    answer_core_seconds: float
    prompt_tokens: int
    generated_tokens: int
    """Tokens of reading; those of answers are not counted."""


def haystack_entry(haystack: Haystack) -> Entry:
    """The line that begins a haystack."""
    return {
        "kind": "haystack",
        "haystack": haystack.name,
        "length": haystack.length,
        "facts": [asdict(fact) for fact in haystack.facts],
    }


def start_entry(run: ArmRun) -> Entry:
    """The line that begins a run."""
    return {"kind": "start", **_run_fields(run)}


def step_entry(run: ArmRun, number: int, step: ArmStep) -> Entry:
    """The line for a step; steps are numbered from 1."""
    return {
        "kind": "step",
        **_run_fields(run),
        "step": number,
        "path": step.path,
        "head": step.head,
        "about": step.facts,
        "held": [fact for fact in step.facts if run.facts[fact].is_in(step.lines)],
        "of": run.facts_in_chunk(step),
    }


def final_entry(
    run: ArmRun, memories: Mapping[int, Sequence[str]], answers: Mapping[int, str], cost: Cost
) -> Entry:
    """The line that ends an arm.

    `memories` are the lines in memory by fact; `answers` is empty where none were asked for.
    """
    memory_tokens = max(run.engine.count("\n".join(lines)) for lines in memories.values())
    return {
        "kind": "final",
        **_run_fields(run),
        **{name: round(value, 3) for name, value in asdict(cost).items()},
        "memory_tokens": memory_tokens,
        "asked": list(memories),
        "held": [number for number, lines in memories.items() if run.facts[number].is_in(lines)],
        "leaked": [
            number for number, lines in memories.items() if run.facts[number].leaks_into(lines)
        ],
        "answers": list(answers.values()),
        "right": [run.facts[number].is_answered_by(answer) for number, answer in answers.items()],
    }


def run_label(
    arm: str, haystack: Haystack, heads: int, head_tokens: int, *, together: bool
) -> RunLabel:
    """The label of a run that is not in the log yet."""
    fields = {"arm": arm, "heads": heads, "head_tokens": head_tokens}
    is_joint = together and arm in QUESTION_KNOWN
    return haystack.name, _arm_name({**fields, "together": is_joint})


def _run_fields(run: ArmRun) -> Entry:
    """The fields that identify a run; all its lines have them."""
    return {
        "arm": run.arm,
        "haystack": run.haystack.name,
        "length": run.haystack.length,
        "heads": run.heads,
        "head_tokens": run.head_tokens,
        "together": run.together and run.knows_question,
    }


@dataclass(slots=True)
class RetentionLog:
    """What the finished runs of a log say."""

    outcomes: list[Outcome] = field(default_factory=list)
    costs: dict[RunLabel, tuple[int, Cost]] = field(default_factory=dict)
    """The haystack's length, and what the run cost; older logs do not say it."""
    finished: set[RunLabel] = field(default_factory=set)


def read_log(lines: Iterable[str]) -> RetentionLog:
    """The outcome of each fact that was asked for. Runs without a `final` line are left out.

    Raises UsageError for a line that is not of such a log.
    """
    facts: dict[str, list[Entry]] = {}
    steps: dict[RunLabel, list[Entry]] = defaultdict(list)
    log = RetentionLog()
    for number, text in enumerate(lines, 1):
        try:
            entry = json.loads(text)
            haystack = entry["haystack"]
            if entry["kind"] == "haystack":
                facts[haystack] = entry["facts"]
                continue
            label = haystack, _arm_name(entry)
            if entry["kind"] == "start":
                steps[label] = []
            elif entry["kind"] == "step":
                steps[label].append(entry)
            else:
                log.outcomes += _outcomes(entry, facts[haystack], steps[label])
                log.finished.add(label)
                if "core_seconds" in entry:
                    log.costs[label] = entry["length"], _cost(entry)
        except (ValueError, KeyError, TypeError) as exc:
            raise UsageError(f"line {number} is not of a log of `bench retention`: {exc}") from exc
    return log


def _cost(final: Entry) -> Cost:
    return Cost(**{part.name: final[part.name] for part in fields(Cost)})


def _arm_name(entry: Entry) -> str:
    """The arm with its heads and their tokens, and whether it was asked all questions at once.

    Of an arm without memory only its name.
    """
    if entry["arm"] in WITHOUT_MEMORY:
        return str(entry["arm"])
    once = ", asked at once" if entry["together"] else ""
    return f"{entry['arm']}, {entry['heads']} x {entry['head_tokens']}{once}"


def _outcomes(final: Entry, facts: Sequence[Entry], steps: Sequence[Entry]) -> Iterator[Outcome]:
    asked = final.get("asked", range(len(facts)))
    rights = final["right"] or [None] * len(asked)
    for number, right in zip(asked, rights, strict=True):
        fact = facts[number]
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
            right=right,
            updates=_updates_since_capture(own_steps, in_memory),
        )


def _updates_since_capture(steps: Sequence[Entry], in_memory: Sequence[bool]) -> int:
    """How many steps updated the fact's head after the first step that had it in memory."""
    if True not in in_memory:
        return 0
    capture = in_memory.index(True)
    head = steps[capture]["head"]
    return sum(step["head"] == head for step in steps[capture + 1 :])
