"""Copies: files that say again what a better file says, of which one is enough. Pure.

Generated output, vendored code and versions of a page lie beside their originals, and match a
question equally well. So of files with one name that share nearly all lines of their best chunks
only the original keeps its place, the best place of them all; the others come after what is not
said elsewhere. The original is the file outside of folders for copies, then the one that the
repository refers to most, then the best.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from repo_mhm.retrieval.ranking import RankedChunk, rank_files
from repo_mhm.source.file_roles import is_copied

COMPARED_FILES = 40
"""The best files are compared; nobody looks at later ones."""
SHARED_LINES = 0.9
"""Share of the shorter chunk's lines that the other one has. Files for two dialects of one language
and implementations of one interface share less."""
LEAST_LINES = 8
"""Different lines without which chunks are too short to tell copies from beginnings alike."""
COPY_FACTOR = 0.5
"""What the score of a copy is multiplied by."""


def namesakes(ranked: Sequence[RankedChunk]) -> list[RankedChunk]:
    """The best chunks of those among the best files that have the same name as another one."""
    best_by_path: dict[str, RankedChunk] = {}
    for chunk in ranked:
        if chunk.path not in best_by_path:
            if len(best_by_path) == COMPARED_FILES:
                break
            best_by_path[chunk.path] = chunk

    by_name: dict[str, list[RankedChunk]] = defaultdict(list)
    for path, chunk in best_by_path.items():
        by_name[path.rpartition("/")[2]].append(chunk)
    return [chunk for group in by_name.values() if len(group) > 1 for chunk in group]


def without_copies(
    ranked: Sequence[RankedChunk], texts: Mapping[str, str], value_by_path: Mapping[str, float]
) -> list[RankedChunk]:
    """The chunks in an order in which copies come later.

    `texts` has the best chunks of `namesakes`, by path.
    """
    factors: dict[str, float] = {}
    for group in _groups(rank_files(ranked), texts):
        original = max(group, key=lambda path: (not is_copied(path), value_by_path.get(path, 0.0)))
        best_score = max(chunk.score for chunk in ranked if chunk.path in group)
        own_score = max(chunk.score for chunk in ranked if chunk.path == original)
        factors |= dict.fromkeys(group, COPY_FACTOR) | {original: best_score / own_score}
    if not factors:
        return list(ranked)

    scored = [replace(chunk, score=chunk.score * factors.get(chunk.path, 1.0)) for chunk in ranked]
    return sorted(scored, key=lambda chunk: -chunk.score)


def _groups(paths: Sequence[str], texts: Mapping[str, str]) -> list[list[str]]:
    """The files that are copies of each other, the best first."""
    groups: dict[str, list[str]] = {}
    lines_by_path = {path: _lines(texts[path]) for path in paths if path in texts}
    for path, lines in lines_by_path.items():
        first = next(
            (first for first in groups if _is_copy(path, lines, first, lines_by_path[first])), path
        )
        groups.setdefault(first, []).append(path)
    return [group for group in groups.values() if len(group) > 1]


def _lines(text: str) -> frozenset[str]:
    return frozenset(stripped for line in text.split("\n") if len(stripped := line.strip()) > 1)


def _is_copy(path: str, lines: frozenset[str], other: str, other_lines: frozenset[str]) -> bool:
    if path.rpartition("/")[2] != other.rpartition("/")[2]:
        return False
    shorter = min(len(lines), len(other_lines))
    return shorter >= LEAST_LINES and len(lines & other_lines) >= SHARED_LINES * shorter
