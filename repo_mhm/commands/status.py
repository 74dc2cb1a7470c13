"""Status: what is indexed, at which commit, how stale it is, and which model read it."""

from __future__ import annotations

from dataclasses import dataclass

from repo_mhm.commands.workspace import Workspace, model_limits, model_name, remote_servers
from repo_mhm.memory.head_budgets import HEAD_BUDGETS, stored_budgets
from repo_mhm.memory.notes import Memory
from repo_mhm.memory.time_estimates import INDEX_SPEED
from repo_mhm.store import RunningWriter, Store, running_writer


@dataclass(frozen=True, slots=True)
class HeadFill:
    """How full one head is, in tokens."""

    head: int
    tokens: int
    budget: int
    notes: int


@dataclass(frozen=True, slots=True)
class Status:
    """What the memory holds; DESIGN §12 names the fields."""

    root: str
    commit: str
    current_commit: str
    stale_chunks: int
    """Chunks that only the memory or only the working tree has."""
    left_out: int
    """Files that were left out of the memory's snapshot."""
    left_out_reasons: dict[str, int]
    """How many of them for each reason, most first."""
    chunks: int
    """Chunks of the memory's snapshot."""
    read: int
    """Those that were read whole."""
    skimmed: int
    """Those of which only the outline was read."""
    read_by_others: int
    """Those that another model, or an earlier version, has read and the last one has not."""
    notes: int
    retired: int
    heads: tuple[HeadFill, ...]
    model: str
    device: str
    """Where the model ran last."""
    notes_model: str
    """The model that would make notes now, by its name in the settings."""
    answer_model: str
    """The model that would answer now."""
    remote: tuple[str, ...]
    """The servers on other machines that questions and code would be sent to."""
    limits: tuple[str, ...]
    """What these models lack, as far as they have been opened."""
    tokens_per_second: float
    parse_errors: dict[str, int]
    """How many lines of each file do not parse, by path, most first."""
    redacted: int
    database: str
    database_bytes: int
    running: RunningWriter | None
    """The process that reads the repository now; None where none does."""


def status(store: Store, workspace: Workspace) -> Status:
    """Everything about a memory, without loading a model.

    Only files that may have changed are looked at. Raises RepositoryError.
    """
    from repo_mhm.memory.source_update import memory_change

    settings = workspace.settings
    coverage = store.coverage()
    heads = _head_fills(store, settings.heads, settings.head_tokens)
    live = sum(fill.notes for fill in heads)
    left_out = store.left_out_counts()
    redacted = int(store.totals()["redacted"])
    # Last, since git looks at the files meanwhile.
    change = memory_change(store, workspace.root, settings.ignore)

    return Status(
        root=str(workspace.root),
        commit=store.meta("commit"),
        current_commit=change.commit,
        stale_chunks=change.stale_chunks,
        left_out=sum(left_out.values()),
        left_out_reasons=left_out,
        chunks=store.chunk_count(),
        read=coverage["read"],
        skimmed=coverage["skimmed"] - coverage["read"],
        read_by_others=store.chunks_read_by_others(store.meta("identity")),
        notes=live,
        retired=store.next_note_id() - 1 - live,
        heads=heads,
        model=store.meta("model_name"),
        device=store.meta("device"),
        notes_model=model_name(settings, "notes"),
        answer_model=model_name(settings, "answers"),
        remote=remote_servers(settings, "notes", "answers"),
        limits=model_limits(settings),
        tokens_per_second=float(store.meta(INDEX_SPEED) or 0),
        parse_errors=store.parse_errors(),
        redacted=redacted,
        database=str(store.path),
        database_bytes=store.path.stat().st_size,
        running=running_writer(store.path.parent),
    )


def _head_fills(store: Store, heads: int, head_tokens: int) -> tuple[HeadFill, ...]:
    budgets = stored_budgets(store.meta(HEAD_BUDGETS), heads, head_tokens)
    memory = Memory.build(budgets, store.notes())
    return tuple(
        HeadFill(head.number, head.tokens, head.budget, len(head.notes)) for head in memory.heads
    )
