"""What an index has to do, and in which order. Pure.

An index that ends early has to have learnt what matters most. So there is one order over all heads:
first the purposes of the most valuable files; then purposes and outlines (the index skims), the
next always the step that says most for its time; then whole chunks, the most valuable first.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from repo_mhm.memory.note_input import DESCRIBED_SYMBOLS
from repo_mhm.memory.purposes import PurposeInput, PurposeSubject, top_files
from repo_mhm.memory.stop_rule import (
    DEFAULT_SECONDS,
    OUTLINE_SHARE,
    PURPOSE_SHARE,
    StopRule,
    useful_tasks,
)
from repo_mhm.memory.time_estimates import ASSUMED_SPEED, cost, expected_seconds, expected_work
from repo_mhm.memory.values import is_noted_file
from repo_mhm.scope import WHOLE, Scope
from repo_mhm.source.outline import expected_tokens

if TYPE_CHECKING:
    from repo_mhm.config import Settings
    from repo_mhm.store import ChunkToRead

PROMPT_TOKENS = 40
"""Tokens of a prompt beside the chunk's text and the shared prefix."""
PURPOSES_PER_PROMPT = 6
"""Most purposes that one prompt asks for: about 1,000 tokens of outlines, and 150 to write."""
LEAST_VALUE = 1e-12
"""Least that anything counts: where nothing refers to anything, all of it is worth the same."""
NEARLY_WHOLE = 0.6
"""A chunk whose outline takes more than this share of its tokens is read whole at once."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much an index reads."""

    only_useful: bool = False
    """Whether it ends once what is left adds nothing measurable (see `stop_rule`)."""
    budget_seconds: float | None = None
    """How long it takes at most; None for as long as it takes."""


USEFUL = Extent(only_useful=True, budget_seconds=DEFAULT_SECONDS)
"""What an index reads unless it is told otherwise."""
EVERYTHING = Extent()


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """How to index."""

    heads: int = 8
    head_tokens: int = 512
    selector: str = "module"
    depth: str = "auto"
    """`skim`, `read`, or `auto`: skim everything, then read everything whole."""
    fit: str = "coarsen"
    budget_seconds: float | None = None
    """How long the index may take; None for as long as it takes."""
    only_useful: bool = False
    """Whether to end once what is left adds nothing measurable (see `stop_rule`)."""
    reread: bool = False
    """Whether to read again what another model, or another version of the prompts, has read."""
    ignore: tuple[str, ...] = ()
    """gitignore patterns beside those of `.repo-mhm-ignore`."""
    saves_state: bool = True
    """Whether to save the evaluated state of the memory: not where another model answers."""

    @classmethod
    def of(
        cls, settings: Settings, extent: Extent = USEFUL, *, reread: bool = False
    ) -> IndexOptions:
        """The options that the settings give, for an index of this extent."""
        return cls(
            heads=settings.heads,
            head_tokens=settings.head_tokens,
            selector=settings.selector,
            depth=settings.depth,
            fit=settings.fit,
            budget_seconds=extent.budget_seconds,
            only_useful=extent.only_useful,
            reread=reread,
            ignore=settings.ignore,
            saves_state=settings.has_one_model,
        )


@dataclass(frozen=True, slots=True)
class ChunkTask:
    """One step to take: the chunk's row id, its head, the depth, and about how many tokens."""

    chunk: int
    head: int
    depth: str
    tokens: int
    value: float = 0.0
    """That of the chunk."""
    is_again: bool = False
    """Whether the chunk has been skimmed before, or will have been."""

    descriptions: ClassVar[int] = DESCRIBED_SYMBOLS + 1
    """How many lines the model writes, at most."""
    comes_first: ClassVar[bool] = False

    @property
    def values(self) -> tuple[float, ...]:
        """The values of what its steps are about."""
        return (self.value,)


@dataclass(frozen=True, slots=True)
class PurposeTask:
    """Files and directories of one head whose purposes are noted with one prompt."""

    purposes: PurposeInput
    tokens: int
    """Prompt tokens, estimated."""
    comes_first: bool
    """Whether one of the most valuable files is among them."""

    is_again: ClassVar[bool] = False

    @property
    def descriptions(self) -> int:
        """How many lines the model writes."""
        return len(self.purposes.subjects)

    @property
    def values(self) -> tuple[float, ...]:
        """The values of what its steps are about."""
        return tuple(subject.value for subject in self.purposes.subjects)


Task = ChunkTask | PurposeTask


@dataclass(frozen=True, slots=True)
class IndexPlan:
    """What an index has to do; DESIGN §12 (`index --dry-run`) names the fields."""

    commit: str
    chunks: int
    """Chunks of the snapshot."""
    steps: int
    skipped: int
    """Chunks that need no step: read already, or equal to another chunk."""
    tokens: int
    """Prompt tokens, estimated."""
    seconds: float
    """Estimated duration."""
    measured: bool
    """Whether the estimate uses a speed measured on this machine."""
    useful_steps: int
    """Steps that an index takes unless it is told to read all."""
    useful_tokens: int
    useful_seconds: float
    scope: tuple[str, ...] = ()
    """The part of the repository that is read, which all of the above is about; empty for all."""


def plan_tasks(
    chunks: Sequence[ChunkToRead],
    subjects: Sequence[PurposeSubject],
    done: Mapping[str, set[str]],
    depth: str,
    noted: Collection[tuple[str, int]] = (),
) -> list[Task]:
    """The steps still to take, in the order in which they are taken.

    `subjects` are all that have a purpose, most valuable first; an index that only reads whole
    chunks leaves them out. `done` holds by depth the content ids that need no such step any more,
    `noted` anchor and level of the subjects that need none. Equal chunks are read once.
    """
    unique = {chunk.content_id: chunk for chunk in reversed(chunks)}
    by_value = sorted(unique.values(), key=lambda chunk: (-chunk.value, chunk.id))
    if depth == "read":
        return list(_whole_chunks(by_value, done["read"]))

    first_pass: list[Task] = [*_purposes(subjects, noted)]
    first_pass += _outlines(by_value, done["skim"] | done["read"])
    first_pass.sort(key=_order)
    if depth == "skim":
        return first_pass

    # Where an outline is nearly all of its chunk, the first pass has read the chunk whole.
    read_at_once = {chunk.content_id for chunk in by_value if _is_read_at_once(chunk)}
    read = done["read"] | (read_at_once - done["skim"])
    return [*first_pass, *_whole_chunks(by_value, read, is_again=True)]


def _order(task: Task) -> tuple[bool, float]:
    """Sorts the purposes of the most valuable files first, then by what a step says for its time.

    What it says counts as the square root of its value, as where notes give way.
    """
    seconds = cost(expected_work(task))
    return not task.comes_first, -_worth(task) / seconds if seconds else -math.inf


def _worth(task: Task) -> float:
    """How much a task says: for each of its steps the square root of the value."""
    return sum(math.sqrt(max(value, LEAST_VALUE)) for value in task.values)


def _purposes(
    subjects: Sequence[PurposeSubject], noted: Collection[tuple[str, int]]
) -> Iterator[PurposeTask]:
    """Tasks for the purposes that are not noted yet and that no author says.

    Those are grouped as if none were, so that an index that was interrupted asks for the same ones
    together.
    """
    first = top_files(subjects)
    for group in _groups(subject for subject in subjects if not subject.words):
        left = tuple(subject for subject in group if subject.group not in noted)
        if left:
            yield PurposeTask(
                purposes=PurposeInput(left[0].head, left, first),
                tokens=PROMPT_TOKENS + sum(subject.tokens for subject in left),
                comes_first=any(subject.anchor in first for subject in left),
            )


def _groups(subjects: Iterable[PurposeSubject]) -> Iterator[list[PurposeSubject]]:
    """Subjects of one head that share a prompt."""
    open_groups: dict[int, list[PurposeSubject]] = defaultdict(list)
    for subject in subjects:
        group = open_groups[subject.head]
        group.append(subject)
        if len(group) == PURPOSES_PER_PROMPT:
            yield open_groups.pop(subject.head)
    yield from open_groups.values()


def _outlines(chunks: Iterable[ChunkToRead], seen: Collection[str]) -> Iterator[ChunkTask]:
    for chunk in chunks:
        if chunk.content_id not in seen:
            yield _chunk_task(chunk, "read" if _is_read_at_once(chunk) else "skim")


def _whole_chunks(
    chunks: Iterable[ChunkToRead], read: Collection[str], *, is_again: bool = False
) -> Iterator[ChunkTask]:
    for chunk in chunks:
        if chunk.content_id not in read:
            yield _chunk_task(chunk, "read", is_again=is_again)


def _is_read_at_once(chunk: ChunkToRead) -> bool:
    """Whether the outline is nearly the whole chunk, so that skimming first would read it twice."""
    return expected_tokens(chunk.tokens, chunk.enclosing) > NEARLY_WHOLE * chunk.tokens


def _chunk_task(chunk: ChunkToRead, depth: str, *, is_again: bool = False) -> ChunkTask:
    if not is_noted_file(chunk.path):
        return ChunkTask(chunk.id, chunk.head, depth, 0, 0.0, is_again)
    is_whole = depth == "read"
    tokens = chunk.tokens if is_whole else expected_tokens(chunk.tokens, chunk.enclosing)
    return ChunkTask(chunk.id, chunk.head, depth, tokens + PROMPT_TOKENS, chunk.value, is_again)


def stop_rule(
    tasks: Sequence[Task],
    whole: Sequence[Task],
    *,
    is_limited: bool,
    authors_value: float = 0.0,
) -> StopRule:
    """Where an index ends that has these tasks left of the `whole`.

    `authors_value` is that of the files and directories whose authors say what they are for.
    """
    useful = max(
        _useful(tasks, whole, PurposeTask, PURPOSE_SHARE, authors_value),
        _useful(tasks, whole, ChunkTask, OUTLINE_SHARE),
    )
    costs = [cost(expected_work(task)) for task in tasks]
    return StopRule.of(useful, costs, is_limited=is_limited)


def _useful(
    tasks: Sequence[Task],
    whole: Sequence[Task],
    kind: type[Task],
    share: float,
    value_without_task: float = 0.0,
) -> int:
    """How many tasks it takes until those of a kind have reached their share of value."""
    values = [_new_value(task, kind) for task in tasks]
    value_of_all = value_without_task + sum(_new_value(task, kind) for task in whole)
    return useful_tasks(values, share, max(0.0, value_of_all - sum(values)))


def _new_value(task: Task, kind: type[Task]) -> float:
    """The value of what a task of this kind is the first to read; else 0."""
    if task.is_again or not isinstance(task, kind):
        return 0.0
    return sum(max(value, LEAST_VALUE) for value in task.values)


def plan_index(
    commit: str,
    chunks: int,
    tasks: Sequence[Task],
    rule: StopRule,
    measured_speed: float,
    scope: Scope = WHOLE,
) -> IndexPlan:
    """The plan for these tasks; `measured_speed` in prompt tokens a second, 0 when unknown."""
    speed = measured_speed or ASSUMED_SPEED
    limited = replace(rule, is_limited=True)
    useful = tasks[: limited.tasks(speed, seconds=DEFAULT_SECONDS)]
    chunks_to_read = {task.chunk for task in tasks if isinstance(task, ChunkTask)}
    return IndexPlan(
        commit=commit,
        chunks=chunks,
        steps=len(tasks),
        skipped=chunks - len(chunks_to_read),
        tokens=sum(task.tokens for task in tasks),
        seconds=expected_seconds(tasks, measured_speed),
        measured=bool(measured_speed),
        useful_steps=len(useful),
        useful_tokens=sum(task.tokens for task in useful),
        useful_seconds=expected_seconds(useful, measured_speed),
        scope=scope.names,
    )
