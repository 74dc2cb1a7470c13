"""Status: what is indexed, at which commit, how stale it is, and what would read it."""

from __future__ import annotations

from dataclasses import dataclass

from repo_mhm.commands.workspace import Workspace
from repo_mhm.memory.notes import Memory
from repo_mhm.store import Store


@dataclass(frozen=True, slots=True)
class HeadFill:
    """How full one head is, in tokens."""

    head: int
    tokens: int
    budget: int
    notes: int


@dataclass(frozen=True, slots=True)
class Status:
    """Counts are of chunks: `chunks` in the memory's snapshot, `read` whole, `skimmed` only from outlines.

    `stale_chunks` differ from the working tree. `device` is where the model ran last.
    """

    root: str
    commit: str
    current_commit: str
    stale_chunks: int
    chunks: int
    read: int
    skimmed: int
    notes: int
    retired: int
    heads: tuple[HeadFill, ...]
    model: str
    device: str
    tokens_per_second: float
    redacted: int
    database: str
    database_bytes: int


def status(store: Store, workspace: Workspace) -> Status:
    """Everything about a memory, without loading a model."""
    from repo_mhm.memory.refresh import stale_chunks

    settings = workspace.settings
    readings = store.readings(store.meta("identity"))
    contents = {stored.chunk.content_id for stored in store.chunks()}
    memory = Memory.build(settings.heads, settings.head_tokens, store.notes())
    fills = tuple(
        HeadFill(head.number, head.tokens, head.budget, len(head.notes)) for head in memory.heads
    )
    live = sum(fill.notes for fill in fills)
    return Status(
        root=str(workspace.snapshot.root),
        commit=store.meta("commit"),
        current_commit=workspace.snapshot.commit,
        stale_chunks=stale_chunks(store, workspace.snapshot, settings.ignore),
        chunks=store.chunk_count(),
        read=len(contents & readings["read"]),
        skimmed=len(contents & readings["skim"] - readings["read"]),
        notes=live,
        retired=store.next_note_id() - 1 - live,
        heads=fills,
        model=store.meta("model_name"),
        device=store.meta("device"),
        tokens_per_second=float(store.meta("prefill_tokens_per_second") or 0),
        redacted=int(store.totals()["redacted"]),
        database=str(store.path),
        database_bytes=store.path.stat().st_size,
    )
