"""Freshness: how the repository as it is now stands against the memory, and where cited lines are today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path

from repo_mhm.answer.citations import Citation
from repo_mhm.errors import RepositoryError
from repo_mhm.git import Snapshot, open_snapshot
from repo_mhm.location import Location
from repo_mhm.memory.snapshot_changes import changed_contents, stored_contents
from repo_mhm.source.text_encoding import to_utf8
from repo_mhm.store import Store

_LONGEST_COMPARED = 5000
"""Files with more lines are searched for the cited lines, not compared: that takes the square of their number."""


@dataclass(slots=True)
class Freshness:
    """What differs. Methods take the memory that was compared, in the state in which it was."""

    snapshot: Snapshot
    changed: Mapping[str, set[str]]
    """Files that the repository no longer has as the memory knows them, each with the contents of its chunks now."""
    _now: dict[str, list[str]] = field(default_factory=dict)

    def stale(self, store: Store) -> int:
        """How many chunks only the memory or only the repository has."""
        return sum(
            len(contents ^ stored_contents(store, path)) for path, contents in self.changed.items()
        )

    def resolve(self, store: Store, citation: Citation) -> Citation:
        """The citation with its lines as they stand in the repository today, and what became of them and their file."""
        path, first, last = citation.location.path, citation.location.start, citation.location.end
        if path not in self.changed:
            return citation
        now = self._lines(path)
        if not now:
            return replace(citation, state="gone")
        before = _known_lines(store, path)
        cited = before[first - 1 : last]
        moved = _find(cited, now, first - 1)
        if moved is not None:
            return Citation(Location(path, moved + 1, moved + len(cited)), "moved")
        start, end = _span(before, now, first - 1, last)
        return Citation(Location(path, start + 1, end), "changed")

    def _lines(self, path: str) -> list[str]:
        if path not in self._now:
            file = next((file for file in self.snapshot.files if file.path == path), None)
            try:
                data = to_utf8(self.snapshot.read(file)) if file else b""
            except RepositoryError:
                data = b""
            self._now[path] = (
                data.decode("utf-8", "replace").removesuffix("\n").split("\n") if data else []
            )
        return self._now[path]


def compare(known: Mapping[str, str], path: Path, ignore: Sequence[str] = ()) -> Freshness | None:
    """Compare a memory, by the blobs it knows, with the repository around `path`; None where that cannot be read.

    Opens no store, so it may run in a thread beside an answer. Files that differ are cut again, no others.
    """
    try:
        snapshot = open_snapshot(path)
        return Freshness(snapshot, changed_contents(known, snapshot, ignore))
    except RepositoryError:
        return None


def _known_lines(store: Store, path: str) -> list[str]:
    """The file as the memory knows it: what its chunks hold, each at its line (secrets are masked there)."""
    lines: list[str] = []
    for stored in store.chunks_in(path):
        lines += [""] * (stored.chunk.start - 1 - len(lines))
        lines[stored.chunk.start - 1 :] = stored.text.removesuffix("\n").split("\n")
    return lines


def _find(cited: Sequence[str], lines: Sequence[str], near: int) -> int | None:
    """Where `cited` stands in `lines` word for word: the place nearest to `near`, from 0."""
    starts = [at for at, line in enumerate(lines) if line == cited[0]] if cited else []
    places = [at for at in starts if list(lines[at : at + len(cited)]) == list(cited)]
    return min(places, key=lambda at: abs(at - near), default=None)


def _span(before: Sequence[str], now: Sequence[str], start: int, end: int) -> tuple[int, int]:
    """Where lines `start` to `end` (half open, from 0) of `before` are in `now`; never empty, always inside."""
    if max(len(before), len(now)) <= _LONGEST_COMPARED:
        # Blocks of equal lines, in order: (line in `before`, line in `now`, length); the last one is empty.
        blocks = SequenceMatcher(None, before, now, autojunk=False).get_matching_blocks()
        first = max((block for block in blocks if block.a <= start), default=None)
        after = min((block for block in blocks if block.a + block.size >= end), default=None)
        start = first.b + min(start - first.a, first.size) if first else 0
        end = after.b + max(0, end - after.a) if after else len(now)
    start = min(start, len(now) - 1)
    return start, min(max(start + 1, end), len(now))
