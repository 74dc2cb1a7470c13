"""Atlas: how finely memory holds each part of the repository, and what its files look like as they were read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from repo_mhm.git import Snapshot
from repo_mhm.source.text_encoding import to_utf8
from repo_mhm.store import Store

UNREAD = 4
"""Beside the levels of notes (0 symbol, 1 chunk, 2 file, 3 directory): nothing in memory stands on the chunk."""
GAP_LINES = 200
"""Chunks cover every non-blank line, so only blank lines lie between two; so many are looked past."""


@dataclass(frozen=True, slots=True)
class FileCover:
    """One file's chunks in order, each with the finest level at which memory holds it (UNREAD where it does not)."""

    path: str
    levels: tuple[int, ...]
    lines: tuple[int, ...]
    """First line of each chunk, from 1."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file as it was indexed, secrets masked; `missing` when the snapshot does not have it."""

    path: str
    lines: tuple[str, ...]
    missing: bool = False


def atlas(store: Store) -> list[FileCover]:
    """Every file with its chunks' levels, by path."""
    finest: dict[str, int] = {}
    for note in store.notes():
        for content in note.chunks:
            finest[content] = min(note.level, finest.get(content, UNREAD))
    files: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for stored in store.chunks():
        files[stored.chunk.path].append(
            (stored.chunk.start, finest.get(stored.chunk.content_id, UNREAD))
        )
    return [
        FileCover(
            path,
            tuple(level for _, level in sorted(chunks)),
            tuple(line for line, _ in sorted(chunks)),
        )
        for path, chunks in sorted(files.items())
    ]


def source_text(store: Store, path: str, line: int = 1) -> SourceText:
    """A file's lines put together from its chunks, as citations count them; `line` is where to start looking."""
    lines: dict[int, str] = {}
    _walk(store, path, line, 1, lines)
    if lines:
        _walk(store, path, min(lines) - 1, -1, lines)
    last = max(lines, default=0)
    return SourceText(
        path, tuple(lines.get(number, "") for number in range(1, last + 1)), not lines
    )


def source_now(snapshot: Snapshot, path: str) -> SourceText:
    """A file's lines as the repository has them now. Raises RepositoryError when it cannot be read."""
    file = next((file for file in snapshot.files if file.path == path), None)
    lines = to_utf8(snapshot.read(file)).decode("utf-8", "replace").splitlines() if file else []
    return SourceText(path, tuple(lines), not lines)


def _walk(store: Store, path: str, line: int, step: int, lines: dict[int, str]) -> None:
    """Collect the chunks from `line` on, up or down, until the file ends."""
    missed = 0
    while line > 0 and missed < GAP_LINES:
        stored = store.chunk_at(path, line)
        if stored is None:
            missed += 1
            line += step
            continue
        missed = 0
        # A chunk's last line end is not a line of its own.
        texts = stored.text.split("\n")[: stored.chunk.end - stored.chunk.start + 1]
        lines.update(enumerate(texts, stored.chunk.start))
        line = stored.chunk.end + 1 if step > 0 else stored.chunk.start - 1
