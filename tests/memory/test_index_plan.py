"""The plan of an index: which chunks, how deeply, in which order, and how long it takes."""

from __future__ import annotations

import pytest

from repo_mhm.memory.index_plan import (
    PURPOSES_PER_PROMPT,
    TOP_FILES,
    ChunkTask,
    PurposeTask,
    plan_index,
    plan_tasks,
)
from repo_mhm.memory.notes import FILE, Step
from repo_mhm.memory.purposes import PurposeSubject
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
    tasks = plan_tasks(chunks, [], {"skim": skim, "read": read}, depth)
    return [(task.chunk, task.depth) for task in tasks if isinstance(task, ChunkTask)]


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


def subject(
    number: int, value: float, head: int = 0, words: str = "", level: int = FILE
) -> PurposeSubject:
    outline = "def work(value)\n" * 10
    return PurposeSubject(level, f"m{number}.py", head, f"lead{number}", value, words, outline)


def planned_purposes(subjects: list[PurposeSubject]) -> list[list[str]]:
    """The anchors of each task."""
    tasks = plan_tasks([], subjects, {"skim": set(), "read": set()}, "auto")
    return [
        [entry.anchor for entry in task.purposes.subjects]
        for task in tasks
        if isinstance(task, PurposeTask)
    ]


def test_purposes_of_one_head_share_a_prompt_and_what_authors_say_needs_none() -> None:
    subjects = [subject(number, 0.9 - number / 100, number % 2) for number in range(10)]
    subjects.insert(3, subject(99, 0.87, words="Sends parcels."))
    first, *others = planned_purposes(subjects)
    assert first == ["m99.py"]
    assert others == [[f"m{number}.py" for number in range(head, 10, 2)] for head in (0, 1)]
    many = [subject(number, 0.5) for number in range(PURPOSES_PER_PROMPT + 1)]
    assert list(map(len, planned_purposes(many))) == [PURPOSES_PER_PROMPT, 1]


def test_the_purposes_of_the_most_valuable_files_come_before_any_chunk() -> None:
    chunks = [stored(1, 1000.0)]
    few = [subject(number, 0.1) for number in range(TOP_FILES)]
    many = [*few, *(subject(number, 0.0001, head=1) for number in range(50, 60))]
    tasks = plan_tasks(chunks, many, {"skim": set(), "read": set()}, "auto")
    kinds = [type(task) for task in tasks]
    assert kinds == [PurposeTask] * 2 + [ChunkTask] + [PurposeTask] * 2 + [ChunkTask]


def test_an_index_that_only_reads_whole_chunks_asks_for_no_purposes() -> None:
    tasks = plan_tasks([stored(1, 0.1)], [subject(2, 0.9)], {"read": set()}, "read")
    assert [type(task) for task in tasks] == [ChunkTask]


def test_each_purpose_is_a_step_of_the_plan() -> None:
    tasks = plan_tasks(
        [], [subject(1, 0.9), subject(2, 0.9)], {"skim": set(), "read": set()}, "skim"
    )
    assert (len(tasks), plan_index("c0ffee", 3, tasks, 0.0).steps) == (1, 2)


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
