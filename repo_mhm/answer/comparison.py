"""The comparison of repository and memory that runs in a thread beside an answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repo_mhm.answer.staleness import RepositoryChanges

Compare = Callable[[Mapping[str, str]], "RepositoryChanges | None"]
"""Given the blob of each file that a memory knows by its path, says how the repository differs.

None where the repository cannot be read.
"""


def comparison_with(path: Path, ignore: Sequence[str]) -> Compare:
    """Compares with the repository around `path`; `ignore` adds gitignore patterns."""

    def compare(blobs: Mapping[str, str]) -> RepositoryChanges | None:
        # Imported here, in the comparison's own thread: it must not delay the locations.
        from repo_mhm.answer import staleness

        return staleness.compare(blobs, path, ignore)

    return compare


class BackgroundComparison:
    """Runs `compare` in a thread, as it must not delay the first word of an answer."""

    def __init__(self, compare: Compare) -> None:
        self._compare = compare
        self._thread: threading.Thread | None = None
        self._changes: RepositoryChanges | None = None

    def start(self, blobs: Mapping[str, str]) -> None:
        """Start the comparison; only the first call does."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, args=(blobs,), daemon=True)
            self._thread.start()

    def result(self) -> RepositoryChanges | None:
        """Wait for the thread and return the changes.

        None if it was not started, or if the repository cannot be read.
        """
        if self._thread is not None:
            self._thread.join()
        return self._changes

    def _run(self, blobs: Mapping[str, str]) -> None:
        self._changes = self._compare(blobs)
