"""How a snapshot differs from the files in the store, and which chunks that makes stale.

Reads and scans files of the snapshot; writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm.errors import RepositoryError
from repo_mhm.git import File, LeftOut, Listing, Snapshot, files_again, open_changes, open_snapshot
from repo_mhm.source.exclusions import exclusion_by_path
from repo_mhm.source.ignore_file import ignore_rules, is_rule_file
from repo_mhm.source.ignore_patterns import IgnoreRules
from repo_mhm.source.redaction import RULES_VERSION
from repo_mhm.store import Store

if TYPE_CHECKING:
    from repo_mhm.source.scan import ScannedFile

CONTENT_ID = "sha:"
"""Begins what stands for the blob id of a file whose content git does not know."""
CHANGED_WHILE_SCANNED = "changed while it was read"
"""Stored as the blob of a file that must be scanned again."""
CHUNKER_VERSION = "5"
"""Raise it when chunks or symbols change: everything is then scanned again."""


@dataclass(frozen=True, slots=True)
class SnapshotChange:
    """How a snapshot differs from what is stored."""

    changed: tuple[File, ...]
    """Files with another blob than the stored one, new files included."""
    left_out: tuple[LeftOut, ...]
    """Files newly left out, or for another reason than before."""
    gone: frozenset[str]
    """Paths of stored files that the snapshot does not have."""

    def __bool__(self) -> bool:
        return bool(self.changed or self.left_out or self.gone)

    @property
    def paths(self) -> set[str]:
        """Paths of all files that differ."""
        changed = (file.path for file in self.changed)
        left_out = (file.path for file in self.left_out)
        return {*changed, *left_out, *self.gone}

    def subset(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with only the files to be scanned again."""
        return replace(snapshot, files=self.changed, left_out=self.left_out)


def compare(
    stored_blobs: Mapping[str, str],
    snapshot: Snapshot,
    *,
    same_rules: bool = True,
    unchanged: Collection[str] = (),
) -> SnapshotChange:
    """Compare a snapshot with the stored files (path to blob).

    Without `same_rules` (of what to ignore, and of the chunker) every file counts as changed.
    `unchanged` are paths that the snapshot leaves out because they are known to be as stored.
    """
    valid_blobs = stored_blobs if same_rules else {}
    files = [
        file if file.blob else replace(file, blob=_content_id(snapshot, file))
        for file in snapshot.files
    ]
    changed = tuple(file for file in files if valid_blobs.get(file.path) != file.blob)
    left_out = tuple(
        file
        for file in snapshot.left_out
        if valid_blobs.get(file.path) != left_out_blob(file.reason)
    )
    present = {file.path for file in files} | {file.path for file in snapshot.left_out}
    gone = stored_blobs.keys() - present - set(unchanged)
    return SnapshotChange(changed, left_out, frozenset(gone))


def open_changed(
    path: Path, stored_blobs: Mapping[str, str], listing: Listing | None = None
) -> tuple[Snapshot, frozenset[str]]:
    """The snapshot around `path` with the files that may have changed, and the paths of the others.

    The files with the repository's own patterns are among them even if they are unchanged, as they
    are needed. `listing` is git's, where the caller has it. Raises RepositoryError when the
    repository cannot be read.
    """
    known_blobs = {path: blob for path, blob in stored_blobs.items() if not is_rule_file(path)}
    return open_changes(path, known_blobs, listing)


def source_identity(snapshot: Snapshot) -> dict[str, str]:
    """What the store says of the snapshot that its source is of, by meta key."""
    return {"commit": snapshot.commit, "root": str(snapshot.root), "kind": snapshot.kind}


def left_out_blob(reason: str) -> str:
    """What is stored as the blob of a file that was left out."""
    return f"left out: {reason}"


def changed_since(snapshot: Snapshot, change: SnapshotChange) -> set[str]:
    """Paths of changed files that have changed again since the snapshot was taken.

    What was scanned of them may belong to either state. If it were stored under the snapshot's
    blob, a file that is changed back would count as unchanged and keep the wrong chunks.
    """
    if snapshot.kind == "commit" or not change.changed:
        return set()
    if snapshot.kind == "worktree":
        files = files_again(snapshot.root, change.changed)
    else:
        files = list(open_snapshot(snapshot.root).files)
    file_by_path = {file.path: file for file in files}

    def blob_now(path: str) -> str | None:
        file = file_by_path.get(path)
        return None if file is None else file.blob or _content_id(snapshot, file)

    return {file.path for file in change.changed if blob_now(file.path) != file.blob}


def marked(scans: Iterable[ScannedFile], changed: Collection[str]) -> Iterator[ScannedFile]:
    """The scans as they are stored; files that have `changed` since are to be scanned again."""
    for scanned in scans:
        has_changed = scanned.path in changed
        yield replace(scanned, blob=CHANGED_WHILE_SCANNED) if has_changed else scanned


def stale_contents(store: Store, changed_contents: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """By path of each file that differs, the content ids that only the memory or the file has.

    `changed_contents` are those of the files that differ from the source in the store. Questions
    may have updated that source: the memory is still that of the former chunks.
    """
    contents_now = dict(changed_contents)
    former_contents = {
        path: {former.content_id for former in chunks}
        for path, chunks in store.former_chunks().items()
    }
    for path in former_contents.keys() - contents_now.keys():
        contents_now[path] = stored_contents(store, path)

    return {
        path: contents ^ former_contents.get(path, stored_contents(store, path))
        for path, contents in contents_now.items()
    }


def changed_contents(
    stored_blobs: Mapping[str, str],
    snapshot: Snapshot,
    ignore: Sequence[str] = (),
    *,
    unchanged: Collection[str] = (),
) -> dict[str, set[str]]:
    """By path of each file that differs from `stored_blobs`, the content ids of its chunks now.

    `unchanged` as in `compare`.
    """
    change = compare(stored_blobs, snapshot, unchanged=unchanged)
    return contents_of(change, snapshot, ignore_rules(snapshot, ignore), stored_blobs)


def contents_of(
    change: SnapshotChange, snapshot: Snapshot, rules: IgnoreRules, paths: Iterable[str]
) -> dict[str, set[str]]:
    """By path of each file of a change, the content ids of its chunks in the snapshot.

    `paths` are those of the repository's files.
    """
    if not change:
        return {}
    # Imported here: it takes longer than finding out, before a question, that nothing has changed.
    from repo_mhm.source.scan import scan

    scans = scan(change.subset(snapshot), rules=rules, other_paths=paths)
    contents = {file.path: {chunk.content_id for chunk in file.chunks} for file in scans}
    return {path: contents.get(path, set()) for path in sorted(change.paths)}


def stored_contents(store: Store, path: str) -> set[str]:
    """The content ids of one file's chunks in the store."""
    return {stored.chunk.content_id for stored in store.chunks_in(path)}


def rules_identity(rules: IgnoreRules) -> str:
    """Identifies the patterns, the chunker and what it masks.

    When it changes, every file is scanned again.
    """
    patterns = hashlib.blake2b(
        repr(rules).encode("utf-8", "surrogatepass"), digest_size=8
    ).hexdigest()
    return f"{CHUNKER_VERSION}.{RULES_VERSION}.{patterns}"


def _content_id(snapshot: Snapshot, file: File) -> str:
    """What stands for git's blob id of a file that has none."""
    if exclusion_by_path(file.path, file.size):
        # It is left out unread, and may be huge.
        return f"size:{file.size}"
    try:
        return f"{CONTENT_ID}{hashlib.blake2b(snapshot.read(file), digest_size=20).hexdigest()}"
    except RepositoryError:
        return "unreadable"
