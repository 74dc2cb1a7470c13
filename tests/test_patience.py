"""The suite on a slow, busy machine: how long its tests wait, and what they compare times with."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import slowness

TESTS = Path(__file__).parent
CLOCKS = {"monotonic", "perf_counter", "process_time", "thread_time", "time"}
TRIES = {"urlopen", "create_connection", "FileLock"}
"""Calls whose time-out is one try of many."""
PATHS = [path for path in sorted(TESTS.rglob("*.py")) if "corpus" not in path.parts]
"""The samples of languages are no tests."""


def short_waits(source: str) -> Iterator[int]:
    """The lines on which a test gives up after a number of seconds, or demands a speed."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _name(node.func) not in TRIES:
            yield from (word.lineno for word in map(_time_out, node.keywords) if word)
        elif isinstance(node, ast.Compare) and _reads_clock(node.left):
            bounds = zip(node.ops, node.comparators, strict=True)
            if any(isinstance(op, (ast.Lt, ast.LtE)) and _is_number(value) for op, value in bounds):
                yield node.lineno


def _time_out(word: ast.keyword) -> ast.expr | None:
    return word.value if word.arg == "timeout" and _is_number(word.value) else None


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def _reads_clock(node: ast.expr) -> bool:
    calls = (each for each in ast.walk(node) if isinstance(each, ast.Call))
    return any(_name(call.func) in CLOCKS for call in calls)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def test_no_test_depends_on_a_time_that_a_slow_machine_does_not_reach() -> None:
    assert len(PATHS) > 200
    found = {
        f"{path.relative_to(TESTS)}:{line}"
        for path in PATHS
        for line in short_waits(path.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(
    "line", ["run(x, timeout=60)", "assert time.monotonic() - began < 2", "wait(timeout=0.5)"]
)
def test_a_short_wait_is_found(line: str) -> None:
    assert list(short_waits(line)) == [1]


def test_this_machine_is_at_least_as_slow_as_a_quiet_one() -> None:
    assert slowness() >= 1
