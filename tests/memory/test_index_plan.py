"""The plan of an index: which chunks, how deeply, in which order, and how long it takes."""

from __future__ import annotations

import pytest

from repo_mhm.memory.index_plan import ChunkTask, chunk_tasks, plan_index
from repo_mhm.memory.notes import Step
from repo_mhm.memory.time_estimates import (
    ASSUMED_SPEED,
    MIN_MEASURED_TOKENS,
    prefill_speed,
    progress_after,
    prompts_at_once,
)
from repo_mhm.source.chunks import Chunk
from repo_mhm.store import StoredChunk

STEP = Step(0, "note", "content", "a.py", "read", (), ())
TASKS = [ChunkTask(1, 0, "read", 700), ChunkTask(2, 1, "read", 300)]


def stored(number: int, value: float, content: str = "", outline: str = "def …") -> StoredChunk:
    path = f"m{number}.py"
    content = content or f"content{number}"
    chunk = Chunk(path, 1, 9, 0, 90, "code", "", (), 100, content, "")
    return StoredChunk(number, chunk, number % 2, value, "x" * 100, outline, 0)


def planned(
    chunks: list[StoredChunk],
    depth: str,
    skim: set[str] = frozenset(),
    read: set[str] = frozenset(),  # type: ignore[assignment]
) -> list[tuple[int, str]]:
    tasks = chunk_tasks(chunks, {"skim": skim, "read": read}, depth)
    return [(task.chunk, task.depth) for task in tasks]


def test_the_most_valuable_chunk_comes_first_and_auto_skims_all_before_it_reads_any() -> None:
    chunks = [stored(1, 0.1), stored(2, 0.9), stored(3, 0.1)]
    assert planned(chunks, "skim") == [(2, "skim"), (1, "skim"), (3, "skim")]
    assert planned(chunks, "read") == [(2, "read"), (1, "read"), (3, "read")]
    assert planned(chunks, "auto") == planned(chunks, "skim") + planned(chunks, "read")


def test_a_chunk_that_is_nearly_all_outline_is_read_at_once_and_not_again() -> None:
    chunks = [stored(1, 0.1, outline="x" * 61), stored(2, 0.2)]
    assert planned(chunks, "auto") == [(2, "skim"), (1, "read"), (2, "read")]
    assert planned(chunks, "auto", skim={"content1"}) == [(2, "skim"), (2, "read"), (1, "read")]
    assert planned(chunks, "skim") == [(2, "skim"), (1, "read")]


def test_finished_chunks_and_copies_need_no_step() -> None:
    chunks = [stored(1, 0.1, "same"), stored(2, 0.9, "same"), stored(3, 0.5)]
    assert planned(chunks, "read") == [(3, "read"), (1, "read")]
    assert planned(chunks, "auto", skim={"same"}, read={"content3"}) == [(1, "read")]
    assert planned(chunks, "skim", read={"same"}) == [(3, "skim")]


def test_the_estimate_uses_the_measured_speed_where_there_is_one() -> None:
    guess, measured = plan_index("c0ffee", 3, TASKS, 0.0), plan_index("c0ffee", 3, TASKS, 300.0)
    assert (guess.chunks, guess.steps, guess.skipped, guess.tokens) == (3, 2, 1, 1000)
    assert (guess.measured, measured.measured) == (False, True)
    assert guess.seconds == pytest.approx(measured.seconds * 300 / ASSUMED_SPEED)
    assert guess.seconds > 1000 / ASSUMED_SPEED


def test_the_eta_assumes_the_speed_so_far_for_the_tokens_left() -> None:
    plan = plan_index("c0ffee", 2, TASKS, 0.0)
    progress = progress_after(STEP, plan, done=1, tokens=800, seconds=4.0)
    assert (progress.done, progress.steps, progress.tokens) == (1, 2, 800)
    assert progress.tokens_per_second == 200
    assert progress.eta_seconds == 1.0
    assert progress_after(STEP, plan, done=2, tokens=1100, seconds=5.0).eta_seconds == 0.0


def test_a_short_run_measures_no_speed() -> None:
    assert prefill_speed(MIN_MEASURED_TOKENS, 100, 10.0) is None
    assert prefill_speed(2400, 150, 10.0) == 300


def test_prompts_in_flight_take_at_most_half_of_the_time_left() -> None:
    assert prompts_at_once(16, seconds_left=20, speed=100, prompt_tokens=250) == 4
    assert prompts_at_once(3, seconds_left=20, speed=100, prompt_tokens=250) == 3
    assert prompts_at_once(16, seconds_left=0, speed=100, prompt_tokens=250) == 1
