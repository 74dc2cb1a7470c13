"""Which heads new chunks get when the repository has changed: those of the code they replace. Pure.

A chunk goes to the head that had its content, else to the head of the chunk it seems to replace.
The head plan decides only where there is neither. So a small change never reshuffles heads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from repo_mhm.memory.head_assignment import make_plan
from repo_mhm.memory.notes import FormerChunk
from repo_mhm.source.chunks import Chunk

if TYPE_CHECKING:
    from repo_mhm.store import ChunkSpan, StoredChunk

UNASSIGNED = -1
"""The head of a chunk that has just been stored."""


class FormerChunks:
    """The chunks of changed files as they were before, by path, with their heads."""

    def __init__(self, chunks_by_path: Mapping[str, Sequence[FormerChunk]]) -> None:
        self._by_path = {
            path: [former for former in chunks if former.head != UNASSIGNED]
            for path, chunks in chunks_by_path.items()
        }
        self._head_by_content = {
            former.content_id: former.head for chunks in self._by_path.values() for former in chunks
        }

    def head_of(self, chunk: Chunk, last_heads: Mapping[str, int]) -> int | None:
        """The head that a chunk inherits; None where its file had no chunks either.

        That of the same content: in the chunk's own file, else in another changed file, else of
        the last notes on it (`last_heads`, by content). Else that of the most similar chunk of the
        file.
        """
        before = self._by_path.get(chunk.path, [])
        same = [former for former in before if former.content_id == chunk.content_id]
        if same:
            return min(same, key=lambda former: _distance(former, chunk)).head
        for heads in (self._head_by_content, last_heads):
            if chunk.content_id in heads:
                return heads[chunk.content_id]
        return _most_similar_head(chunk, before)


def _distance(former: FormerChunk, chunk: Chunk) -> int:
    """In lines, from start to start."""
    return abs(former.start - chunk.start)


def _most_similar_head(chunk: Chunk, before: Sequence[FormerChunk]) -> int | None:
    """The head of the chunk with the most symbols in common, of equals the nearest."""
    names = set(chunk.symbols)

    def similarity(former: FormerChunk) -> tuple[int, int]:
        return len(names.intersection(former.symbols)), -_distance(former, chunk)

    nearest = max(before, key=similarity, default=None)
    return nearest.head if nearest else None


def plan_heads(chunks: Sequence[ChunkSpan], heads: int, selector: str) -> dict[int, int]:
    """Heads for chunks as a first index plans them, by row id; `chunks` in reading order."""
    head_of = make_plan(chunks, heads, selector).head_of
    return {chunk.id: head for chunk, head in zip(chunks, head_of, strict=True)}


def inherited_heads(
    new: Sequence[StoredChunk], former: FormerChunks, last_heads: Mapping[str, int], heads: int
) -> dict[int, int]:
    """Heads for the new chunks that take the place of others, by row id."""
    candidates = {stored.id: former.head_of(stored.chunk, last_heads) for stored in new}
    return {row: head for row, head in candidates.items() if head is not None and head < heads}
