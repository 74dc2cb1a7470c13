"""Memory: heads that hold notes within a fixed token budget, and the steps that change them.

Owns what a note and a step are, and the fit rules. Pure: knows no engine, store or clock.
"""

from __future__ import annotations

from dataclasses import dataclass

SYMBOL, CHUNK, FILE, DIRECTORY = range(4)
"""Levels of notes, finest first."""


@dataclass(frozen=True, slots=True)
class Note:
    """One line of memory. `chunks` are the content ids of the chunks it stands on, never empty."""

    id: int
    """Unique in the ledger, increasing in the order notes were made."""
    head: int
    level: int
    anchor: str
    """Level 0: qualified symbol; level 1: `path:start-end`; level 2: path; level 3: directory (`.` for the root)."""
    path: str
    """The file it is about, or the directory for level 3."""
    text: str
    """The model's description, one line, without the anchor."""
    tokens: int
    """Exact tokens of its line in memory (anchor, text and line end)."""
    chunks: tuple[str, ...]
    depth: str
    """`skim` (from outlines), `read` (from whole chunks) or `merge` (from notes one level finer)."""
    value: float
    """How much the rest of the repository refers to what it describes (PageRank mass, unnormalised)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One consolidation: what was read, which notes one head gained and lost, and what it cost."""

    head: int
    kind: str
    """`note` (a chunk was read) or `merge` (finer notes became one coarser note)."""
    chunk: str
    """Content id of the chunk read; empty for a merge."""
    path: str
    depth: str
    added: tuple[Note, ...]
    retired: tuple[int, ...]
    """Ids of notes that left the head; they stay in the ledger."""
    prompt_tokens: int = 0
    generated_tokens: int = 0
    seconds: float = 0.0
    redacted: int = 0
    """Secrets masked in the chunk before the model or the store saw it."""
    failed: bool = False
    """The reply was empty or unusable; the head keeps what it had."""
