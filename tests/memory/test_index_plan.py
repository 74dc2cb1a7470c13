"""The plan of an index: which chunks, how deeply, in which order, and how long it takes."""

from __future__ import annotations

import pytest

from repo_mhm.memory.index_plan import (
    PURPOSES_PER_PROMPT,
    ChunkTask,
    PurposeTask,
    plan_index,
    plan_tasks,
    stop_rule,
)
from repo_mhm.memory.notes import FILE
from repo_mhm.memory.purposes import TOP_FILES, PurposeSubject
from repo_mhm.memory.stop_rule import DEFAULT_SECONDS
from repo_mhm.memory.time_estimates import ASSUMED_SPEED
from repo_mhm.store import ChunkToRead

TASKS = [ChunkTask(1, 0, "read", 700), ChunkTask(2, 1, "read", 300)]


def stored(number: int, value: float, content: str = "", tokens: int = 100) -> ChunkToRead:
    content = content or f"content{number}"
    return ChunkToRead(number, f"m{number}.py", number % 2, content, tokens, 0, value)


def planned(
    chunks: list[ChunkToRead],
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
    chunks = [stored(1, 0.1, tokens=50), stored(2, 0.2)]
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
    return PurposeSubject(
        level=level,
        anchor=f"m{number}.py",
        head=head,
        lead=f"lead{number}",
        value=value,
        words=words,
        main_words="",
        tokens=40,
        outline_of=lambda: "def work(value)\n" * 10,
    )


def planned_purposes(subjects: list[PurposeSubject], *noted: int) -> list[list[str]]:
    """The anchors of each task; `noted` are the numbers of subjects that need none."""
    done = {(f"m{number}.py", FILE) for number in noted}
    tasks = plan_tasks([], subjects, {"skim": set(), "read": set()}, "auto", done)
    return [
        [entry.anchor for entry in task.purposes.subjects]
        for task in tasks
        if isinstance(task, PurposeTask)
    ]


def test_purposes_of_one_head_share_a_prompt_and_what_authors_say_needs_none() -> None:
    subjects = [subject(number, 0.9 - number / 100, number % 2) for number in range(10)]
    subjects.insert(3, subject(99, 0.87, words="Sends parcels."))
    assert planned_purposes(subjects) == [
        [f"m{number}.py" for number in range(head, 10, 2)] for head in (0, 1)
    ]


def test_after_an_interruption_the_same_purposes_share_a_prompt() -> None:
    many = [subject(number, 0.5) for number in range(PURPOSES_PER_PROMPT + 2)]
    first, second = planned_purposes(many)
    assert list(map(len, (first, second))) == [PURPOSES_PER_PROMPT, 2]
    assert planned_purposes(many, *range(PURPOSES_PER_PROMPT)) == [second]
    assert planned_purposes(many, 0, 7) == [first[1:], second[:1]]


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


def test_the_estimate_uses_the_measured_speed_where_there_is_one() -> None:
    rule = stop_rule(TASKS, TASKS, is_limited=False)
    guess = plan_index("c0ffee", 3, TASKS, rule, 0.0)
    measured = plan_index("c0ffee", 3, TASKS, rule, 300.0)
    assert (guess.chunks, guess.steps, guess.skipped, guess.tokens) == (3, 2, 1, 1000)
    assert (guess.measured, measured.measured) == (False, True)
    assert guess.seconds == pytest.approx(measured.seconds * 300 / ASSUMED_SPEED)
    assert guess.seconds > 1000 / ASSUMED_SPEED


def test_an_index_is_useful_once_the_most_valuable_outlines_are_read() -> None:
    chunks = [stored(number, 1 / number**4) for number in range(1, 400)]
    tasks = plan_tasks(chunks, [], {"skim": set(), "read": set()}, "auto")
    plan = plan_index("c0ffee", 399, tasks, stop_rule(tasks, tasks, is_limited=True), 50.0)
    assert 0 < plan.useful_steps < 100 < plan.steps == 2 * 399
    assert 0 < plan.useful_seconds < plan.seconds

    # A second index has nothing useful to add, and whole chunks never are.
    read = {chunk.content_id for chunk in chunks[: plan.useful_steps]}
    left = plan_tasks(chunks, [], {"skim": read, "read": set()}, "auto")
    rule = stop_rule(left, tasks, is_limited=True)
    assert rule.useful == 0
    assert plan_index("c0ffee", 399, left, rule, 50.0).useful_steps == 0


def test_purposes_of_most_value_and_outlines_of_some_are_useful() -> None:
    subjects = [subject(number, 1 / (number + 1) ** 4, head=number) for number in range(100)]
    chunks = [stored(number, 1.0) for number in range(1, 101)]
    tasks = plan_tasks(chunks, subjects, {"skim": set(), "read": set()}, "skim")
    useful = tasks[: stop_rule(tasks, tasks, is_limited=True).useful]
    kinds = [type(task) for task in useful]
    assert kinds.count(ChunkTask) == 30
    assert 1 < kinds.count(PurposeTask) < 50
    rule = stop_rule(tasks, tasks, is_limited=True, authors_value=100.0)
    assert not any(isinstance(task, PurposeTask) for task in tasks[: rule.useful][30:])


def test_an_index_is_useful_within_ten_minutes_whatever_there_is() -> None:
    tasks = [ChunkTask(number, 0, "skim", 1000, 1.0) for number in range(10_000)]
    plan = plan_index("c0ffee", 10_000, tasks, stop_rule(tasks, tasks, is_limited=True), 100.0)
    assert 0 < plan.useful_steps < 100
    assert plan.useful_seconds <= DEFAULT_SECONDS < plan.seconds


def test_what_is_read_in_a_minute_is_useful_as_a_whole() -> None:
    chunks = [stored(number, 1.0 if number == 1 else 0.0) for number in range(1, 20)]
    tasks = plan_tasks(chunks, [], {"skim": set(), "read": set()}, "auto")
    plan = plan_index("c0ffee", 19, tasks, stop_rule(tasks, tasks, is_limited=True), 100_000.0)
    assert plan.useful_steps == plan.steps == 38
