"""Ranking notes for people who search the memory: the notes that match, as retrieval ranks code.

A note counts by how well its text matches, retired ones half, and by the best of the chunks that it
rests on. So a note on code that links, commits and paths speak for comes before a note that has the
same words by chance. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from repo_mhm.memory.notes import Note
from repo_mhm.retrieval.ranking import LIST_WEIGHTS, NOTE, RANK_CONSTANT, RankedChunk


def rank_notes(
    notes: Sequence[Note],
    live_ids: Collection[int],
    ranked: Sequence[RankedChunk],
    chunk_ids: Mapping[str, Sequence[int]],
) -> list[Note]:
    """Notes, best first.

    `notes` are in the order of how well they match, `ranked` the chunks that retrieval ranks.
    `chunk_ids` has the chunks of each content.
    """
    position_by_chunk = {chunk.chunk: position for position, chunk in enumerate(ranked)}

    def score(position: int, note: Note) -> float:
        weight = LIST_WEIGHTS[NOTE if note.id in live_ids else "ledger"]
        own_chunks = (chunk for content in note.chunks for chunk in chunk_ids.get(content, ()))
        positions = [position_by_chunk[chunk] for chunk in own_chunks if chunk in position_by_chunk]
        by_text = weight / (RANK_CONSTANT + position + 1)
        return by_text + (weight / (RANK_CONSTANT + min(positions) + 1) if positions else 0.0)

    scores = {note.id: score(position, note) for position, note in enumerate(notes)}
    return sorted(notes, key=lambda note: -scores[note.id])
