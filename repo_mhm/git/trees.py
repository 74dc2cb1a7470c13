"""A tree to look things up in: the index, a commit or the working tree. Finds words, reads files."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from repo_mhm.git.files import printable, raw_path
from repo_mhm.git.plumbing import attempt, failure, run
from repo_mhm.git.reader import open_inside
from repo_mhm.source.exclusions import LARGEST_BYTES


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

    def grep(self, names: Collection[str]) -> list[str]:
        """Paths of the files that hold one of these names as a whole word, sorted."""
        wanted = [name for name in names if name and "\n" not in name and "\0" not in name]
        if not wanted:
            return []
        args = [
            "grep",
            "-l",
            "-z",
            "-w",
            "-F",
            "-a",
            "--no-textconv",
            "--no-color",
            "--full-name",
            "-f",
            "-",
        ]
        args += {"index": ["--cached"], "worktree": ["--untracked"], "commit": [self.commit]}[
            self.kind
        ]
        with tempfile.TemporaryFile() as stream:
            stream.write("\n".join(wanted).encode("utf-8", "surrogateescape"))
            stream.seek(0)
            found = attempt(
                self.root, "-c", "grep.fallbackToNoIndex=false", *args, env=self.env, stdin=stream
            )
        if found.status > 1:
            raise failure(self.root, found.err)
        prefix = f"{self.commit}:".encode() if self.kind == "commit" else b""
        return sorted(printable(raw.removeprefix(prefix)) for raw in found.out.split(b"\0")[:-1])

    def read(self, paths: Sequence[str]) -> dict[str, Blob]:
        """Contents by path; what is missing, too large or no regular file is left out."""
        if self.kind == "worktree":
            return {path: blob for path in paths if (blob := self._on_disk(path)) is not None}
        names = {path: os.fsdecode(raw_path(path)) for path in paths}
        prefix = ":0:" if self.kind == "index" else f"{self.commit}:"
        wanted = {path: prefix + name for path, name in names.items() if "\n" not in name}
        found = named_blobs(self.root, set(wanted.values()), self.env)
        return {path: found[name] for path, name in wanted.items() if name in found}

    def _on_disk(self, path: str) -> Blob | None:
        try:
            with os.fdopen(open_inside(self.root, raw_path(path)), "rb") as stream:
                content = stream.read(LARGEST_BYTES + 1)
        except (OSError, ValueError):
            return None
        if len(content) > LARGEST_BYTES:
            return None
        return Blob(
            hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest(),
            content,
        )


def named_blobs(
    root: Path, names: Iterable[str], env: Mapping[str, str] | None = None
) -> dict[str, Blob]:
    """The blobs that git knows under these names (ids, `:0:path`, `commit:path`), save missing and too large ones."""
    ordered = sorted(names)
    checked = _batch(root, ordered, "--batch-check", env).split(b"\n")
    wanted = [name for name, header in zip(ordered, checked, strict=False) if _is_readable(header)]
    out = _batch(root, wanted, "--batch", env)
    found: dict[str, Blob] = {}
    at = 0
    for name in wanted:
        header, _, _ = out[at : at + 200].partition(b"\n")
        blob, _, size = header.split()
        at += len(header) + 1
        found[name] = Blob(blob.decode(), out[at : at + int(size)])
        at += int(size) + 1
    return found


def _is_readable(header: bytes) -> bool:
    fields = header.split()
    return len(fields) == 3 and fields[1] == b"blob" and int(fields[2]) <= LARGEST_BYTES


def _batch(root: Path, names: Sequence[str], mode: str, env: Mapping[str, str] | None) -> bytes:
    if not names:
        return b""
    with tempfile.TemporaryFile() as stream:
        stream.write("".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape"))
        stream.seek(0)
        return run(root, "cat-file", mode, "--buffer", env=env, stdin=stream)
