"""Snapshots of working trees: what the index names and what is untracked but not ignored, as it is on disk.

`ls-files --modified` and `diff-files` compare contents where a file's stat data cannot tell, and would run a
repository's clean filter for that. So every configured filter is emptied first; a file that a filter would have
called unchanged then counts as changed, which costs a blob id and nothing else. `diff-files` would besides run
`git status` inside submodules; `ls-files` does not.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from repo_mhm.git.commit import LEFT_OUT_MODES, head_of
from repo_mhm.git.files import File, LeftOut, printable
from repo_mhm.git.plumbing import no_filters, run
from repo_mhm.git.snapshot import Snapshot, finish


class _Entry(NamedTuple):
    mode: bytes
    blob: str
    """Empty where the index cannot be trusted to describe the file: changed, unmerged or not tracked."""
    tag: bytes
    """As `ls-files -v` has it: `H` cached, `S` skipped by a sparse checkout, `M` unmerged, `?` untracked; in lower
    case when the user asked git to assume that it is unchanged."""


def worktree_snapshot(root: Path) -> Snapshot:
    """The tracked and the untracked, not ignored files under the top of a working tree."""
    head = head_of(root)
    entries, changed = _index(root)
    look = _Looker(root)
    found = [look(raw, entry) for raw, entry in entries.items()]
    files = [item for item in found if isinstance(item, File)]
    left_out = [item for item in found if isinstance(item, LeftOut)]
    dirty = {printable(raw.removesuffix(b"/")) for raw in changed | look.changed}
    dirty.update(printable(raw) for raw in _staged(root, head, entries))
    note = "" if head else "The current branch has no commits yet."
    return finish(root, "worktree", head, note, files, left_out, dirty)


def _index(root: Path) -> tuple[dict[bytes, _Entry], set[bytes]]:
    """Everything tracked or untracked but not ignored, and those of them that differ from the index."""
    listing = ("-z", "-v", "--stage", "--cached", "--modified", "--others", "--exclude-standard")
    entries: dict[bytes, _Entry] = {}
    changed: set[bytes] = set()
    for line in run(root, "ls-files", *listing, env=no_filters(root)).split(b"\0")[:-1]:
        tag, line = line[:1], line[2:]
        if tag == b"?":
            entries[line] = _Entry(b"", "", tag)
            changed.add(line)
            continue
        meta, _, raw = line.partition(b"\t")
        mode, blob, stage = meta.split(b" ")
        if tag in b"Cc" or stage != b"0":
            changed.add(raw)
        if tag not in b"Cc":
            entries[raw] = _Entry(mode, blob.decode(), tag)
    for raw in changed & entries.keys():
        entries[raw] = entries[raw]._replace(blob="")
    return entries, changed


def _staged(root: Path, head: str, entries: Iterable[bytes]) -> Iterable[bytes]:
    if not head:
        return entries
    args = ("--cached", "--name-only", "--no-renames", "--no-ext-diff", "-z")
    return run(root, "diff-index", *args, head).split(b"\0")[:-1]


_SLASH = ord("/")


class _Looker:
    """Looks at what stands on disk for a path of the index, without following links."""

    def __init__(self, root: Path) -> None:
        self._base = os.fsencode(root) + b"/"
        self._folders: dict[bytes, bool] = {b"": True}
        self.changed: set[bytes] = set()
        """Files that the user asked git to assume unchanged, and that did change."""

    def __call__(self, raw: bytes, entry: _Entry) -> File | LeftOut:
        path = printable(raw)
        if reason := LEFT_OUT_MODES.get(entry.mode):
            return LeftOut(path, reason)
        if raw.endswith(b"/"):
            return LeftOut(path[:-1], "nested repository")
        try:
            found = os.lstat(self._base + raw)
        except (FileNotFoundError, NotADirectoryError):
            return LeftOut(path, "sparse checkout" if entry.tag in b"Ss" else "missing")
        except OSError:
            return LeftOut(path, "unreadable")
        if stat.S_ISLNK(found.st_mode) or not self._is_real(raw.rpartition(b"/")[0]):
            return LeftOut(path, "symlink")
        if not stat.S_ISREG(found.st_mode):
            return LeftOut(path, "missing" if stat.S_ISDIR(found.st_mode) else "not a regular file")
        blob = entry.blob
        if entry.tag.islower() and blob and not self._is_blob(raw, blob):
            self.changed.add(raw)
            blob = ""
        return File(path, raw, found.st_size, blob)

    def _is_real(self, folder: bytes) -> bool:
        """Whether no part of this folder's path is a link."""
        if folder in self._folders:
            return self._folders[folder]
        ends = [at for at, byte in enumerate(folder) if byte == _SLASH] + [len(folder)]
        self._folders[folder] = all(self._is_folder(folder[:end]) for end in ends)
        return self._folders[folder]

    def _is_folder(self, folder: bytes) -> bool:
        if folder not in self._folders:
            try:
                self._folders[folder] = stat.S_ISDIR(os.lstat(self._base + folder).st_mode)
            except OSError:
                self._folders[folder] = False
        return self._folders[folder]

    def _is_blob(self, raw: bytes, blob: str) -> bool:
        try:
            content = Path(os.fsdecode(self._base + raw)).read_bytes()
        except OSError:
            return False
        algorithm = hashlib.sha256 if len(blob) == 64 else hashlib.sha1
        return algorithm(b"blob %d\0" % len(content) + content).hexdigest() == blob
