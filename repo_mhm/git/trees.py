"""A tree to search and read files in: the index, a commit or the working tree."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from repo_mhm.git.files import printable, raw_path
from repo_mhm.git.plumbing import attempt, git_error, run
from repo_mhm.git.reader import open_inside
from repo_mhm.source.exclusions import LARGEST_BYTES

_GREP = tuple("grep -l -z -w -F -a --no-color --full-name -f -".split())
"""Print paths that end with NUL; search whole words, fixed strings from stdin, in all files."""
_REGULAR_MODES = (b"100644", b"100755")


@dataclass(frozen=True, slots=True)
class Blob:
    """A file's content and the id git gives to such content."""

    id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Tree:
    """The index, the working tree, or the tree of `commit`."""

    root: Path
    kind: Literal["index", "commit", "worktree"]
    commit: str
    env: Mapping[str, str]

    def blobs(self) -> dict[str, str]:
        """Git's id of the content of every regular file, by path.

        Of the working tree these are the contents in the index: what differs from them there is
        among its changes.
        """
        is_commit = self.kind == "commit"
        listing = ("ls-tree", "-r", "--full-tree", self.commit) if is_commit else ("ls-files", "-s")
        command, *options = listing
        blobs: dict[str, str] = {}
        for entry in run(self.root, command, "-z", *options, env=self.env).split(b"\0")[:-1]:
            meta, _, raw = entry.partition(b"\t")
            mode, *fields = meta.split()
            if mode in _REGULAR_MODES:
                # `ls-tree` prints the type before the id, `ls-files` the stage behind it.
                blobs[printable(raw)] = fields[1 if is_commit else 0].decode()
        return blobs

    def grep(self, names: Collection[str]) -> list[str]:
        """Paths of the files that contain one of these names as a whole word, sorted."""
        lines = [name for name in names if name and "\n" not in name and "\0" not in name]
        if not lines:
            return []

        # Of files in the working tree, `--untracked` leaves out the tracked ones that a pattern
        # ignores, so those that are tracked are searched by themselves as well.
        scopes = {
            "index": ("--cached",),
            "worktree": ("--untracked", "--no-untracked"),
            "commit": (self.commit,),
        }[self.kind]
        prefix = f"{self.commit}:".encode() if self.kind == "commit" else b""
        paths = {raw for scope in scopes for raw in self._grep(lines, scope)}
        return sorted(printable(raw.removeprefix(prefix)) for raw in paths)

    def _grep(self, lines: Sequence[str], scope: str) -> list[bytes]:
        stdin = "\n".join(lines).encode("utf-8", "surrogateescape")
        options = ("-c", "grep.fallbackToNoIndex=false", *_GREP, scope)
        result = attempt(self.root, *options, env=self.env, stdin=stdin)
        # 1: no file contains any name.
        if result.status > 1:
            raise git_error(self.root, result.err)
        return result.out.split(b"\0")[:-1]

    def read(self, paths: Sequence[str]) -> dict[str, Blob]:
        """Blobs by path; what is missing, too large or no regular file is left out."""
        if self.kind == "worktree":
            blobs = {path: self._read_from_disk(path) for path in paths}
            return {path: blob for path, blob in blobs.items() if blob is not None}

        prefix = ":0:" if self.kind == "index" else f"{self.commit}:"
        name_by_path = {path: prefix + os.fsdecode(raw_path(path)) for path in paths}
        name_by_path = {path: name for path, name in name_by_path.items() if "\n" not in name}
        blob_by_name = named_blobs(self.root, set(name_by_path.values()), self.env)
        return {
            path: blob_by_name[name] for path, name in name_by_path.items() if name in blob_by_name
        }

    def _read_from_disk(self, path: str) -> Blob | None:
        try:
            with os.fdopen(open_inside(self.root, raw_path(path)), "rb") as stream:
                content = stream.read(LARGEST_BYTES + 1)
        except (OSError, ValueError):
            return None
        if len(content) > LARGEST_BYTES:
            return None
        digest = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
        return Blob(digest.hexdigest(), content)


def named_blobs(
    root: Path, names: Iterable[str], env: Mapping[str, str] | None = None
) -> dict[str, Blob]:
    """The blobs that git finds under these names (ids, `:0:path`, `commit:path`), by name.

    Missing and too large ones are left out.
    """
    ordered = sorted(names)
    headers = _cat_file(root, ordered, "--batch-check", env).split(b"\n")
    readable = [
        name for name, header in zip(ordered, headers, strict=False) if _is_readable(header)
    ]
    out = _cat_file(root, readable, "--batch", env)

    # Each object is a header line, `id type size`, its content and a line end.
    blobs: dict[str, Blob] = {}
    position = 0
    for name in readable:
        header, _, _ = out[position : position + 200].partition(b"\n")
        blob, _, size = header.split()
        position += len(header) + 1
        blobs[name] = Blob(blob.decode(), out[position : position + int(size)])
        position += int(size) + 1
    return blobs


def _is_readable(header: bytes) -> bool:
    fields = header.split()
    return len(fields) == 3 and fields[1] == b"blob" and int(fields[2]) <= LARGEST_BYTES


def _cat_file(root: Path, names: Sequence[str], mode: str, env: Mapping[str, str] | None) -> bytes:
    if not names:
        return b""
    stdin = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
    return run(root, "cat-file", mode, "--buffer", env=env, stdin=stdin)
