"""The snapshot: its files and what it leaves out, in order and without Git LFS pointers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from repo_mhm.git.files import File, LeftOut
from repo_mhm.git.plumbing import run
from repo_mhm.git.reader import Kind, Reader
from repo_mhm.source.redaction import masked_paths

SECRET_NAME = "its name holds a secret"
"""Why a file is left out whose path would be one, wherever it is kept or shown."""
_POINTER = b"version https://git-lfs.github.com/spec/"
_POINTER_BYTES = range(120, 1024)
"""The shortest pointer has this line, an oid of 64 digits and a size; Git LFS's specification sets
the limit of 1,024."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files of one repository at one commit or in the working tree, or of a plain folder."""

    root: Path
    """Top of the working tree; of a bare repository its git directory."""
    kind: Kind
    commit: str
    """Full id of the commit, or of HEAD for a working tree; empty where there is none."""
    dirty: frozenset[str]
    """Paths that differ from HEAD: changed, staged, deleted or untracked.

    Empty for commits and folders."""
    files: tuple[File, ...]
    """Sorted by path."""
    left_out: tuple[LeftOut, ...]
    """Sorted by path. Ignored files are not named."""
    note: str
    """A sentence that tells the user about a special way of reading; mostly empty."""
    reader: Reader = field(compare=False, repr=False)

    def read(self, file: File) -> bytes:
        """The file's content.

        Raises RepositoryError when it vanished, changed its type or cannot be read.
        """
        return self.reader.read(file)


def build_snapshot(  # noqa: PLR0913  as many as the fields that a snapshot cannot work out
    root: Path,
    kind: Kind,
    commit: str,
    note: str,
    files: Sequence[File],
    left_out: Sequence[LeftOut],
    dirty: Iterable[str] = (),
) -> Snapshot:
    """A snapshot of these files in order.

    LFS pointers are left out, and files whose names hold a secret.
    """
    pointers = _lfs_pointers(root, kind, files)
    left_out = [*left_out, *(LeftOut(path, "lfs pointer") for path in pointers)]
    masked = masked_paths([*(file.path for file in files), *(item.path for item in left_out)])
    kept = [file for file in files if file.path not in pointers and file.path not in masked]
    if masked:
        left_out = [replace(item, path=masked.get(item.path, item.path)) for item in left_out]
        secret_names = (masked[file.path] for file in files if file.path in masked)
        left_out += (LeftOut(name, SECRET_NAME) for name in secret_names)
    return Snapshot(
        root,
        kind,
        commit,
        frozenset(dirty) - masked.keys(),
        tuple(sorted(kept, key=lambda file: file.path)),
        tuple(sorted(left_out, key=lambda item: item.path)),
        note,
        Reader(root, kind, commit),
    )


def _lfs_pointers(root: Path, kind: Kind, files: Sequence[File]) -> set[str]:
    """The paths of the files that are pointers of Git LFS."""
    small = [file for file in files if _POINTER_BYTES.start <= file.size < _POINTER_BYTES.stop]
    beginnings = (
        _blob_beginnings(root, small) if kind == "commit" else _file_beginnings(root, small)
    )
    return {
        file.path
        for file, beginning in zip(small, beginnings, strict=True)
        if beginning.startswith(_POINTER)
    }


def _file_beginnings(root: Path, files: Sequence[File]) -> Iterator[bytes]:
    """The first bytes of each file on disk, empty where it cannot be read."""
    base = os.fsencode(root) + b"/"
    for file in files:
        try:
            descriptor = os.open(base + file.raw, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                beginning = os.read(descriptor, len(_POINTER))
            finally:
                os.close(descriptor)
        except OSError:
            # Whoever reads the file gets the same error, and reports it.
            beginning = b""
        yield beginning


def _blob_beginnings(root: Path, files: Sequence[File]) -> Iterator[bytes]:
    """The first bytes of each file in git."""
    if not files:
        return
    stdin = "".join(f"{file.blob}\n" for file in files).encode()
    out = run(root, "cat-file", "--batch", "--buffer", stdin=stdin)

    # Each object is a header line, `id type size`, its content and a line end.
    position = 0
    for _ in files:
        header, _, _ = out[position : position + 100].partition(b"\n")
        position += len(header) + 1
        yield out[position : position + len(_POINTER)]
        position += int(header.split()[2]) + 1
