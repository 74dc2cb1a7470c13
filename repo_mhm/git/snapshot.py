"""Snapshots: what they hold, and Git LFS pointers left out of them, whichever way their files were found."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from repo_mhm.git.files import File, LeftOut
from repo_mhm.git.plumbing import run
from repo_mhm.git.reader import Kind, Reader


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files of one repository at one commit or in the working tree, or of a plain folder."""

    root: Path
    """Top of the working tree; of a bare repository its git directory."""
    kind: Kind
    commit: str
    """Full id of the commit, or of HEAD for a working tree; empty where there is none."""
    dirty: frozenset[str]
    """Paths that differ from HEAD: changed, staged, deleted or untracked. Empty for commits and folders."""
    files: tuple[File, ...]
    """Sorted by path."""
    left_out: tuple[LeftOut, ...]
    """Sorted by path. Ignored files are not named."""
    note: str
    """What the user should know about how this was read, one sentence; mostly empty."""
    reader: Reader = field(compare=False, repr=False)

    def read(self, file: File) -> bytes:
        """The file's content; RepositoryError when it vanished, changed its type or cannot be read."""
        return self.reader.read(file)


def finish(
    root: Path,
    kind: Kind,
    commit: str,
    note: str,
    files: list[File],
    left_out: list[LeftOut],
    dirty: Iterable[str] = (),
) -> Snapshot:
    """Take the LFS pointers out of what was found and put everything in order."""
    heads = _blob_heads if kind == "commit" else _file_heads
    small = [file for file in files if _POINTER_SIZES.start <= file.size < _POINTER_SIZES.stop]
    pointers = {
        file.path
        for file, head in zip(small, heads(root, small), strict=True)
        if head.startswith(_POINTER)
    }
    left_out += [LeftOut(path, "lfs pointer") for path in pointers]
    kept = sorted((file for file in files if file.path not in pointers), key=lambda file: file.path)
    named = sorted(left_out, key=lambda out: out.path)
    return Snapshot(
        root,
        kind,
        commit,
        frozenset(dirty),
        tuple(kept),
        tuple(named),
        note,
        Reader(root, kind, commit),
    )


_POINTER = b"version https://git-lfs.github.com/spec/"
# The shortest pointer holds this line, a 64 digit oid and a size; the specification caps it at 1024 bytes.
_POINTER_SIZES = range(120, 1024)


def _file_heads(root: Path, files: Sequence[File]) -> Iterator[bytes]:
    base = os.fsencode(root) + b"/"
    for file in files:
        try:
            found = os.open(base + file.raw, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                head = os.read(found, len(_POINTER))
            finally:
                os.close(found)
        except OSError:
            # Whoever reads the file meets the same error, and is told.
            head = b""
        yield head


def _blob_heads(root: Path, files: Sequence[File]) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as wanted:
        wanted.write("".join(f"{file.blob}\n" for file in files).encode())
        wanted.seek(0)
        out = run(root, "cat-file", "--batch", "--buffer", stdin=wanted) if files else b""
    at = 0
    for _ in files:
        header, _, _ = out[at : at + 100].partition(b"\n")
        at += len(header) + 1
        yield out[at : at + len(_POINTER)]
        at += int(header.split()[2]) + 1
