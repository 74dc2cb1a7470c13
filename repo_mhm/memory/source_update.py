"""Bring the source in the store up to date for a question: what answers are searched in, no more.

The idea: a refresh takes seconds in a large repository, whatever has changed, because it ranks
every symbol again and settles heads and notes. A question needs only the files that changed: their
chunks, symbols, references and words. So these are replaced at once, in one transaction. Symbols
and chunks take over the ranks and values of their namesakes until the next refresh. Notes, and so
the saved state of the memory, stay as they are. The store keeps the former chunks of the files it
has updated, from which the next refresh settles everything as if nothing had happened in between.

No worker process is started: few files are scanned before one would be ready.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from repo_mhm.git import File, Listing, Snapshot, listing_of
from repo_mhm.memory.snapshot_changes import (
    CHUNKER_VERSION,
    CONTENT_ID,
    SnapshotChange,
    compare,
    contents_of,
    marked,
    open_changed,
    rules_identity,
    source_identity,
    stale_contents,
)
from repo_mhm.source.exclusions import exclusion_by_path
from repo_mhm.source.ignore_file import ignore_rules
from repo_mhm.source.ignore_patterns import IgnoreRules
from repo_mhm.source.redaction import RULES_VERSION
from repo_mhm.store import Store

if TYPE_CHECKING:
    from repo_mhm.source.scan import ScannedFile

MAX_BYTES = 500_000
"""More source than this is not scanned while a question waits.

Two slow cores scan and store 0.8 MB a second (pytest and ansible).
"""
SCAN_SHARE = 0.6
"""Part of the time that scanning may take; storing the scans takes the rest."""
CLOCK_MARGIN_SECONDS = 0.05
"""By how much the file system's clock may lag behind: Linux's goes in steps of up to 10 ms."""
LISTED_AT = "listed_at"
"""Meta key: when the listing began that the source was last known to be up to date with."""
LISTING = "source_listing"
"""Meta key: identifies git's listing that the source is up to date with. Whatever writes files
forgets it."""
MANY_FILES = 50
"""So many files without git's blob id are worth remembering that they are unchanged."""
MANY_STORED = 2_000
"""With so many files, reading and comparing the list of all takes longer than remembering it."""


@dataclass(frozen=True, slots=True)
class SourceChange:
    """How the repository differs from the source in the store."""

    snapshot: Snapshot
    """With the files that may have changed; the others are left out."""
    change: SnapshotChange
    rules: IgnoreRules
    """The gitignore patterns in force, of files to leave out."""
    same_rules: bool
    """Whether they, and the chunker, are those of the store; if not, every file has changed."""
    same_source: bool
    """Whether commit and root are those of the store too."""
    listed_at: float
    """When the listing of the files began, in seconds since the epoch."""
    files_read: int
    """How many files had to be read to compare them, as git does not know them."""
    files_stored: int
    listing: str
    """Identifies git's listing; empty where it does not tell whether files change."""

    def __bool__(self) -> bool:
        return bool(self.change) or not (self.same_rules and self.same_source)

    @property
    def is_worth_remembering(self) -> bool:
        """Whether the next listing is faster for knowing that the source is up to date."""
        is_long = bool(self.listing) and self.files_stored >= MANY_STORED
        return is_long or self.files_read >= MANY_FILES

    @property
    def is_small(self) -> bool:
        """Whether a question can wait for the update."""
        sizes = (
            file.size for file in self.change.changed if not exclusion_by_path(file.path, file.size)
        )
        return self.same_rules and sum(sizes) <= MAX_BYTES


def source_change(store: Store, path: Path, ignore: Sequence[str] = ()) -> SourceChange | None:
    """Compare the repository around `path` with the source in the store.

    `ignore` adds gitignore patterns. None where git lists what it listed when the source was last
    known to be up to date: then no list of files is read. Raises RepositoryError when the
    repository cannot be read.
    """
    listing = listing_of(path)
    listed_at = listing.began if listing else time.time()
    listing_id = _listing_id(store, listing, ignore)
    if listing_id and store.meta(LISTING) == listing_id:
        return None
    blobs = store.blobs()
    snapshot, unchanged = open_changed(path, blobs, listing)
    identity = source_identity(snapshot)
    same_source = all(store.meta(key) == value for key, value in identity.items())
    if store.meta("root") == identity["root"]:
        snapshot = _with_known_blobs(snapshot, blobs, float(store.meta(LISTED_AT) or 0))
    rules = ignore_rules(snapshot, ignore)
    change = compare(blobs, snapshot, unchanged=unchanged)
    return SourceChange(
        snapshot=snapshot,
        change=change,
        rules=rules,
        same_rules=store.meta("rules") == rules_identity(rules),
        same_source=same_source,
        listed_at=listed_at,
        files_read=sum(not file.blob for file in snapshot.files),
        files_stored=len(blobs),
        listing=listing_id,
    )


class MemoryChange(NamedTuple):
    """How the repository differs from its memory."""

    commit: str
    """The one that is checked out, empty where there is none."""
    stale_chunks: int
    """How many chunks only the repository or only the memory has."""


def memory_change(store: Store, path: Path, ignore: Sequence[str] = ()) -> MemoryChange:
    """Compare the repository around `path` with its memory; nothing is stored.

    `ignore` adds gitignore patterns. Only files that may have changed are looked at. Raises
    RepositoryError when the repository cannot be read.
    """
    source = source_change(store, path, ignore)
    contents = {}
    if source is not None:
        contents = contents_of(source.change, source.snapshot, source.rules, store.blobs())
    stale = stale_contents(store, contents).values()
    commit = store.meta("commit") if source is None else source.snapshot.commit
    return MemoryChange(commit, sum(map(len, stale)))


def _listing_id(store: Store, listing: Listing | None, ignore: Sequence[str]) -> str:
    """Identifies a listing, how files are read, and what the store says its source is of."""
    identity = listing.identity(listing.began - CLOCK_MARGIN_SECONDS) if listing else ""
    if not identity:
        return ""
    source = [store.meta(key) for key in ("commit", "root", "kind", "rules")]
    parts = [identity, CHUNKER_VERSION, RULES_VERSION, *ignore, *source]
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=20).hexdigest()


def _with_known_blobs(snapshot: Snapshot, blobs: Mapping[str, str], listed_at: float) -> Snapshot:
    """The snapshot with the stored blobs of the files that have not changed since `listed_at`.

    Git does not know them: they are in a plain folder, or untracked. The file system sets the time
    of change whenever it changes a file's content, or moves another file to its place.
    """
    base = os.fsencode(snapshot.root) + b"/"
    latest = listed_at - CLOCK_MARGIN_SECONDS

    def with_blob(file: File) -> File:
        blob = blobs.get(file.path, "")
        is_known = not file.blob and blob.startswith(CONTENT_ID)
        return replace(file, blob=blob) if is_known and _is_older(base, file, latest) else file

    return replace(snapshot, files=tuple(map(with_blob, snapshot.files)))


def remember_listing(store: Store, source: SourceChange) -> None:
    """Keep that the source is up to date with this listing."""
    store.set_meta(**{LISTED_AT: repr(source.listed_at), LISTING: source.listing})


def update_source(
    store: Store,
    source: SourceChange,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Update the store by a small change; False, and nothing is written, when time runs out.

    The caller holds the writer's lock. A single file is always scanned, however long it takes.
    """
    # Imported here: it takes longer than finding out that nothing has changed.
    from repo_mhm.memory.scan_pieces import for_storage
    from repo_mhm.memory.value_update import FormerValues
    from repo_mhm.source.scan import scan

    end = clock() + seconds * SCAN_SHARE
    scans: list[ScannedFile] = []
    subset = source.change.subset(source.snapshot)
    scanning = scan(subset, rules=source.rules, workers=1, texts=True, other_paths=store.blobs())
    for scanned in scanning:
        if scans and clock() > end:
            return False
        scans.append(for_storage(scanned))

    changed_meanwhile = _changed_meanwhile(source)
    paths = sorted(source.change.paths)
    with store.transaction():
        store.keep_former(paths)
        former = FormerValues(store, paths)
        store.remove_files(source.change.gone)
        store.put_files(marked(scans, changed_meanwhile))
        for scanned in scans:
            former.restore(store, scanned.path)
        store.set_meta(
            **source_identity(source.snapshot),
            **{LISTED_AT: repr(source.listed_at), LISTING: ""},
        )
    return True


def _changed_meanwhile(source: SourceChange) -> set[str]:
    """Paths of files that may have changed since they were listed: they are scanned again later."""
    if source.snapshot.kind == "commit":
        return set()
    latest = source.listed_at - CLOCK_MARGIN_SECONDS
    base = os.fsencode(source.snapshot.root) + b"/"
    return {file.path for file in source.change.changed if not _is_older(base, file, latest)}


def _is_older(base: bytes, file: File, latest: float) -> bool:
    """Whether a file below `base` was last changed before a time."""
    try:
        status = os.lstat(base + file.raw)
    except OSError:
        return False
    return status.st_size == file.size and max(status.st_mtime, status.st_ctime) < latest
