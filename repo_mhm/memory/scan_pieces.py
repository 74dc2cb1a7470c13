"""The files of a change, scanned piece by piece.

The texts of a large repository do not fit in memory at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from repo_mhm.git import Snapshot
from repo_mhm.memory.snapshot_changes import SnapshotChange, left_out_blob
from repo_mhm.source.ignore_patterns import IgnoreRules
from repo_mhm.source.scan import ScannedFile, scan

PIECE_BYTES = 12 * 1024 * 1024
"""Source that is stored in one transaction while a scan goes on: a few seconds of work, and about
50 MB of memory. Workers scan no more than that meanwhile, so that they need not wait for it."""


class Piece(NamedTuple):
    """Scanned files, in their order; all pieces but the last are full."""

    files: list[ScannedFile]
    is_full: bool


def scan_pieces(
    snapshot: Snapshot,
    change: SnapshotChange,
    rules: IgnoreRules,
    progress: Callable[[int, int], None],
) -> Iterator[Piece]:
    """Scan the changed files; `progress` gets how many are scanned, and how many there are."""
    files: list[ScannedFile] = []
    size = 0
    total = len(change.changed) + len(change.left_out)
    paths = [file.path for file in snapshot.files] if total else []
    scans = scan(change.subset(snapshot), rules=rules, texts=True, other_paths=paths)
    for count, scanned in enumerate(scans, 1):
        files.append(for_storage(scanned))
        size += scanned.size if scanned.chunks else 0
        progress(count, total)
        if size >= PIECE_BYTES:
            yield Piece(files, is_full=True)
            files, size = [], 0
    yield Piece(files, is_full=False)


def for_storage(scanned: ScannedFile) -> ScannedFile:
    """The scan as the store keeps it.

    A file that was left out has the reason as its blob.
    """
    if scanned.skipped and not scanned.blob:
        return replace(scanned, blob=left_out_blob(scanned.skipped))
    return scanned
