"""What an index has to do, and in which order. Pure.

Chunks are read in order of their value, so an index that ends early has read what matters most. By
default it first skims all chunks (it shows the model their outlines) and then reads them whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repo_mhm.memory.note_input import DESCRIBED_SYMBOLS
from repo_mhm.memory.time_estimates import expected_seconds
from repo_mhm.source.token_estimates import estimate_tokens

if TYPE_CHECKING:
    from repo_mhm.config import Settings
    from repo_mhm.store import StoredChunk

PROMPT_TOKENS = 40
"""Tokens of a prompt beside the chunk's text and the shared prefix."""
NEARLY_WHOLE = 0.6
"""A chunk whose outline has more than this share of its characters is read whole at once."""


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
    """How long to read; None until everything is read."""
    ignore: tuple[str, ...] = ()
    """gitignore patterns beside those of `.repo-mhm-ignore`."""

    @classmethod
    def of(cls, settings: Settings, budget_seconds: float | None = None) -> IndexOptions:
        """The options that the settings give."""
        return cls(
            heads=settings.heads,
            head_tokens=settings.head_tokens,
            selector=settings.selector,
            depth=settings.depth,
            fit=settings.fit,
            budget_seconds=budget_seconds,
            ignore=settings.ignore,
        )


@dataclass(frozen=True, slots=True)
class ChunkTask:
    """One step to take: the chunk's row id, its head, the depth, and about how many tokens."""

    chunk: int
    head: int
    depth: str
    tokens: int


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


def chunk_tasks(
    chunks: Sequence[StoredChunk], done: Mapping[str, set[str]], depth: str
) -> Iterator[ChunkTask]:
    """The steps still to take, most valuable chunks first.

    `done` holds, for `skim` and for `read`, the content ids that need no such step any more. Equal
    chunks are read once.
    """
    unique = {stored.chunk.content_id: stored for stored in reversed(chunks)}
    by_value = sorted(unique.values(), key=lambda stored: (-stored.value, stored.id))
    skimmed, read = done["skim"], done["read"]

    if depth != "read":
        seen = skimmed | read
        for stored in by_value:
            if stored.chunk.content_id not in seen:
                yield _task(stored, "read" if _is_read_at_once(stored) else "skim")

    if depth != "skim":
        for stored in by_value:
            content = stored.chunk.content_id
            # Instead of skimming such a chunk, the first pass has read it whole.
            is_in_first_pass = depth == "auto" and content not in skimmed
            was_read_at_once = is_in_first_pass and _is_read_at_once(stored)
            if content not in read and not was_read_at_once:
                yield _task(stored, "read")


def _is_read_at_once(stored: StoredChunk) -> bool:
    """Whether the outline is nearly the whole chunk, so that skimming first would read it twice."""
    return len(stored.outline) > NEARLY_WHOLE * len(stored.text)


def _task(stored: StoredChunk, depth: str) -> ChunkTask:
    text_tokens = (
        stored.chunk.tokens if depth == "read" else estimate_tokens(stored.outline.encode())
    )
    return ChunkTask(stored.id, stored.head, depth, text_tokens + PROMPT_TOKENS)


def plan_index(
    commit: str, chunks: int, tasks: Sequence[ChunkTask], measured_speed: float
) -> IndexPlan:
    """The plan for these tasks; `measured_speed` in prompt tokens a second, 0 when unknown."""
    tokens = sum(task.tokens for task in tasks)
    descriptions = len(tasks) * (DESCRIBED_SYMBOLS + 1)
    seconds = expected_seconds(tokens, descriptions, measured_speed)
    skipped = chunks - len({task.chunk for task in tasks})
    return IndexPlan(
        commit, chunks, len(tasks), skipped, tokens, seconds, measured=bool(measured_speed)
    )
