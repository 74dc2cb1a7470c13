"""How the repository differs from its memory, and where cited lines are in it now.

Reads the repository through git and the memory through the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path

from repo_mhm.answer.citations import Citation
from repo_mhm.errors import RepositoryError
from repo_mhm.git import Snapshot
from repo_mhm.location import Location
from repo_mhm.memory.snapshot_changes import changed_contents, open_changed, stored_contents
from repo_mhm.source.redaction import mask
from repo_mhm.source.text_encoding import to_utf8
from repo_mhm.store import Store

MAX_COMPARED_LINES = 5000
"""Longer files are only searched for the cited lines: comparing is quadratic."""


@dataclass(slots=True)
class RepositoryChanges:
    """What differs between a memory and its repository.

    The store that methods take must be that of the memory, unchanged since the comparison.
    """

    snapshot: Snapshot
    """With the files that may have changed; the others are left out."""
    changed: Mapping[str, set[str]]
    """The path of every file that differs, with the content ids of its chunks now."""
    _lines_now: dict[str, list[str]] = field(default_factory=dict)

    def stale_chunks(self, store: Store) -> int:
        """How many chunks only the memory or only the repository has."""
        return sum(
            len(contents ^ stored_contents(store, path)) for path, contents in self.changed.items()
        )

    def relocate(self, store: Store, citation: Citation) -> Citation:
        """The citation at the location where the repository has its lines now, with their state."""
        location = citation.location
        path, start, end = location.path, location.start, location.end
        if path not in self.changed:
            return citation
        now = self._current_lines(path)
        if not now:
            return replace(citation, state="gone")

        before = _lines(store.text_of(path))
        cited = before[start - 1 : end]
        moved_to = find_lines(cited, now, near=start - 1)
        if moved_to == start - 1:
            return citation
        if moved_to is not None:
            lines = Location(path, moved_to + 1, moved_to + len(cited))
            return replace(citation, location=lines, state="moved")
        first, after = _matching_span(before, now, start - 1, end)
        return replace(citation, location=Location(path, first + 1, after), state="changed")

    def _current_lines(self, path: str) -> list[str]:
        """The lines of a file now; none where it is gone or cannot be read."""
        if path not in self._lines_now:
            self._lines_now[path] = _lines(self._current_text(path))
        return self._lines_now[path]

    def _current_text(self, path: str) -> str:
        file = next((file for file in self.snapshot.files if file.path == path), None)
        if file is None:
            return ""
        try:
            data = to_utf8(self.snapshot.read(file))
            return mask(path, data).data.decode("utf-8", "replace")
        except RepositoryError:
            return ""


def compare(
    blobs: Mapping[str, str], path: Path, ignore: Sequence[str] = ()
) -> RepositoryChanges | None:
    """Compare a memory, by the blob of each file it knows, with the repository around `path`.

    None where the repository cannot be read. Opens no store, so that it may run in a thread beside
    an answer. Only files that differ are cut into chunks again.
    """
    try:
        snapshot, unchanged = open_changed(path, blobs)
        contents = changed_contents(blobs, snapshot, ignore, unchanged=unchanged)
        return RepositoryChanges(snapshot, contents)
    except RepositoryError:
        return None


def _lines(text: str) -> list[str]:
    """The lines of a file's text; none of an empty one."""
    return text.removesuffix("\n").split("\n") if text else []


def find_lines(cited: Sequence[str], lines: Sequence[str], *, near: int) -> int | None:
    """The index nearest to `near` at which `lines` has exactly the lines `cited`."""
    if not cited:
        return None
    starts = [index for index, line in enumerate(lines) if line == cited[0]]
    matches = [index for index in starts if list(lines[index : index + len(cited)]) == list(cited)]
    return min(matches, key=lambda index: abs(index - near), default=None)


def _matching_span(
    before: Sequence[str], now: Sequence[str], start: int, end: int
) -> tuple[int, int]:
    """Which lines of `now` correspond to lines `start` to `end` (half open, from 0) of `before`.

    At least one, also where all of them are gone.
    """
    if max(len(before), len(now)) <= MAX_COMPARED_LINES:
        # Blocks of equal lines in order: (index in `before`, index in `now`, length). The last
        # block is empty, at the end of both.
        blocks = SequenceMatcher(None, before, now, autojunk=False).get_matching_blocks()
        first = max((block for block in blocks if block.a <= start), default=None)
        last = min((block for block in blocks if block.a + block.size >= end), default=None)
        start = first.b + min(start - first.a, first.size) if first else 0
        end = last.b + max(0, end - last.a) if last else len(now)

    start = min(start, len(now) - 1)
    return start, min(max(start + 1, end), len(now))
