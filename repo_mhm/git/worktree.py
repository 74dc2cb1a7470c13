"""Snapshots of working trees: what is tracked, or untracked and not ignored, as it is on disk.

Where a file's stat data cannot show whether it changed, `ls-files --modified` and `diff-files`
compare contents, and would run the repository's clean filter for that. So all configured filters
are emptied first. A file that is unchanged only after its filter then counts as changed, which
costs its blob id and nothing else. `ls-files` is used because `diff-files` would also run
`git status` inside submodules.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from repo_mhm.git.commit import (
    LEFT_OUT_MODES,
    SUBMODULE_MODE,
    head_commit,
    submodule_snapshot,
)
from repo_mhm.git.files import File, LeftOut, printable
from repo_mhm.git.plumbing import MOST_ARGUMENT_BYTES, RunBeside, no_filters, run
from repo_mhm.git.snapshot import Snapshot, build_snapshot
from repo_mhm.git.submodules import with_submodules

_SLASH = ord("/")
_UNTOLD = re.compile(rb"\0(?:[^HC?\0]|[HC] 160000 |[HC] [0-9]{6} [0-9a-f]{40,64} [123]\t)")
"""In a listing that does not tell whether a file changes: what is assumed to be unchanged or not
checked out, submodules, conflicts."""
_DIFFERENT = re.compile(rb"\0(?:\?|C [0-9]{6} [0-9a-f]{40,64} 0(?=\t))[ \t]([^\0]+)")
"""A file that is untracked, or differs from the index."""


class _Entry(NamedTuple):
    """What the index says of a path."""

    mode: bytes
    blob: str
    """Empty where the index does not describe the file: changed, unmerged or not tracked."""
    tag: bytes
    """As `ls-files -v` has it: `H` cached, `S` skipped by a sparse checkout, `M` unmerged, `?`
    untracked; in lower case when the user asked git to assume that it is unchanged."""


def worktree_snapshot(root: Path) -> Snapshot:
    """The tracked and the untracked, not ignored files under the top of a working tree."""
    head = head_commit(root)
    entries, changed = _entries(_listed(root))
    disk = _Disk(root)
    items = [disk.look_up(raw, entry) for raw, entry in entries.items()]
    files = [item for item in items if isinstance(item, File)]
    left_out = [item for item in items if isinstance(item, LeftOut)]

    dirty = {printable(raw.removesuffix(b"/")) for raw in changed | disk.changed}
    dirty.update(printable(raw) for raw in _staged(root, head, entries))
    note = "" if head else "The current branch has no commits yet."
    snapshot = build_snapshot(root, "worktree", head, note, files, left_out, dirty)
    return with_submodules(snapshot, _recorded(entries), submodule_snapshot)


@dataclass(frozen=True, slots=True)
class Listing:
    """What git lists of a working tree: its files, and which of them differ from the index."""

    root: Path
    head: str
    output: bytes
    """Of `git ls-files`."""
    began: float
    """When git began to look, in seconds since the epoch: what changed later it may have missed."""

    def identity(self, latest: float) -> str:
        """Equal only while no file changes; empty where the listing cannot tell.

        Of files that git does not know to be unchanged the stat data count, and cannot tell of what
        has changed after `latest` (seconds since the epoch).
        """
        entries = b"\0" + self.output
        if _UNTOLD.search(entries):
            return ""
        digest = hashlib.blake2b(f"{self.root}\0{self.head}".encode("utf-8", "surrogateescape"))
        digest.update(entries)
        base = os.fsencode(self.root) + b"/"
        for raw in _DIFFERENT.findall(entries):
            try:
                status = os.lstat(base + raw)
            except OSError:
                digest.update(b"gone")
                continue
            if max(status.st_mtime, status.st_ctime) >= latest:
                return ""
            times = status.st_mtime_ns, status.st_ctime_ns
            digest.update(repr((status.st_mode, status.st_ino, status.st_size, times)).encode())
        return digest.hexdigest()


def list_worktree(root: Path) -> Listing:
    """What git lists of the working tree at `root`."""
    began = time.time()
    return Listing(root, head_commit(root), _listed(root), began)


def changed_worktree(listing: Listing, blobs: Mapping[str, str]) -> tuple[Snapshot, frozenset[str]]:
    """The snapshot without the files whose blob ids are known, and the paths of those.

    `blobs` has the id of every known file by its path. Git's listing alone, which looks at stat
    data, shows that they did not change: they are neither looked up nor described, which is most of
    the time that a snapshot takes.
    """
    root = listing.root
    entries, _ = _entries(listing.output)
    unchanged: set[str] = set()
    disk = _Disk(root)
    items: list[File | LeftOut] = []
    for raw, entry in entries.items():
        path = printable(raw)
        is_certain = entry.blob and entry.tag == b"H" and entry.mode not in LEFT_OUT_MODES
        if is_certain and blobs.get(path) == entry.blob:
            unchanged.add(path)
        else:
            items.append(disk.look_up(raw, entry))

    files = [item for item in items if isinstance(item, File)]
    left_out = [item for item in items if isinstance(item, LeftOut)]
    alone = build_snapshot(root, "worktree", listing.head, "", files, left_out)
    snapshot = with_submodules(alone, _recorded(entries), submodule_snapshot)
    inner = {file.path for file in snapshot.files} - {file.path for file in alone.files}
    same = {file.path for file in snapshot.files if blobs.get(file.path) == file.blob} & inner
    changed = tuple(file for file in snapshot.files if file.path not in same)
    return replace(snapshot, files=changed), frozenset(unchanged | same)


def _recorded(entries: Mapping[bytes, _Entry]) -> dict[bytes, str]:
    """The commit of each submodule, by its folder."""
    return {raw: entry.blob for raw, entry in entries.items() if entry.mode == SUBMODULE_MODE}


def files_again(root: Path, files: Sequence[File]) -> list[File]:
    """What a working tree has now at the paths of these files; not those that are gone or left out.

    Git looks at these paths only, as far as a command line can name them.
    """
    raws = [file.raw for file in files]
    is_short = sum(map(len, raws)) < MOST_ARGUMENT_BYTES
    entries, _ = _entries(_listed(root, raws if is_short else ()))
    disk = _Disk(root)
    items = [disk.look_up(raw, entries[raw]) for raw in raws if raw in entries]
    return [item for item in items if isinstance(item, File)]


def _listed(root: Path, only: Iterable[bytes] = ()) -> bytes:
    """All paths, tracked or untracked and not ignored, once more where they differ from the index.

    `only` names the paths that are looked at.
    """
    paths = ("--", *map(os.fsdecode, only))
    env = {**no_filters(root), "GIT_LITERAL_PATHSPECS": "1"}

    # At once, since both look at the whole tree: at its folders, and at its files.
    listing = ("ls-files", "-z", "-v")
    untracked = RunBeside(root, *listing, "--others", "--exclude-standard", *paths, env=env)
    tracked = run(root, *listing, "--stage", "--cached", "--modified", *paths, env=env)
    return untracked.out() + tracked


def _entries(output: bytes) -> tuple[dict[bytes, _Entry], set[bytes]]:
    """What git has listed by path, and the paths that differ from the index."""
    entries: dict[bytes, _Entry] = {}
    changed: set[bytes] = set()
    for line in output.split(b"\0")[:-1]:
        tag, rest = line[:1], line[2:]
        if tag == b"?":
            entries[rest] = _Entry(b"", "", tag)
            changed.add(rest)
            continue

        meta, _, raw = rest.partition(b"\t")
        mode, blob, stage = meta.split(b" ")
        # `C` lists a path once more because its file changed.
        if tag in b"Cc" or stage != b"0":
            changed.add(raw)
        if tag not in b"Cc":
            entries[raw] = _Entry(mode, blob.decode(), tag)
    for raw in changed & entries.keys():
        # Of a submodule the recorded commit counts, whatever is checked out.
        if entries[raw].mode != SUBMODULE_MODE:
            entries[raw] = entries[raw]._replace(blob="")
    return entries, changed


def _staged(root: Path, head: str, entries: Iterable[bytes]) -> Iterable[bytes]:
    """The paths that differ between HEAD and the index; all where there is no commit yet."""
    if not head:
        return entries
    args = ("--cached", "--name-only", "--no-renames", "-z")
    return run(root, "diff-index", *args, head).split(b"\0")[:-1]


class _Disk:
    """Looks up what is on disk for paths of the index, without following links."""

    def __init__(self, root: Path) -> None:
        self._base = os.fsencode(root) + b"/"
        self._folders: dict[bytes, bool] = {b"": True}
        self.changed: set[bytes] = set()
        """Files that the user asked git to assume unchanged, and that did change."""

    def look_up(self, raw: bytes, entry: _Entry) -> File | LeftOut:
        """The file at a path of the index, or why it is left out."""
        path = printable(raw)
        if reason := LEFT_OUT_MODES.get(entry.mode):
            return LeftOut(path, reason)
        if raw.endswith(b"/"):
            return LeftOut(path[:-1], "nested repository")
        return self._look_up_file(path, raw, entry)

    def _look_up_file(self, path: str, raw: bytes, entry: _Entry) -> File | LeftOut:
        try:
            status = os.lstat(self._base + raw)
        except (FileNotFoundError, NotADirectoryError):
            return LeftOut(path, "sparse checkout" if entry.tag in b"Ss" else "missing")
        except OSError:
            return LeftOut(path, "unreadable")

        if stat.S_ISLNK(status.st_mode) or not self._is_real_folder(raw.rpartition(b"/")[0]):
            return LeftOut(path, "symlink")
        if not stat.S_ISREG(status.st_mode):
            return LeftOut(
                path, "missing" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            )

        blob = entry.blob
        if entry.tag.islower() and blob and not self._has_content(raw, blob):
            self.changed.add(raw)
            blob = ""
        return File(path, raw, status.st_size, blob)

    def _is_real_folder(self, folder: bytes) -> bool:
        """Whether every part of this path is a folder, none a link."""
        if folder not in self._folders:
            # A loop, since a hostile path may have more parts than Python has stack frames.
            ends = [end for end, byte in enumerate(folder) if byte == _SLASH]
            parts_are_folders = all(self._is_folder(folder[:end]) for end in ends)
            self._folders[folder] = parts_are_folders and self._is_folder(folder)
        return self._folders[folder]

    def _is_folder(self, folder: bytes) -> bool:
        if folder not in self._folders:
            try:
                self._folders[folder] = stat.S_ISDIR(os.lstat(self._base + folder).st_mode)
            except OSError:
                self._folders[folder] = False
        return self._folders[folder]

    def _has_content(self, raw: bytes, blob: str) -> bool:
        """Whether the file's content is that of git's blob."""
        try:
            content = Path(os.fsdecode(self._base + raw)).read_bytes()
        except OSError:
            return False
        algorithm = hashlib.sha256 if len(blob) == 64 else hashlib.sha1
        return algorithm(b"blob %d\0" % len(content) + content).hexdigest() == blob
