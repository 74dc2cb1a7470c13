"""Reads the content of a snapshot's files, from git's objects or from disk, following no links."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from repo_mhm.errors import RepositoryError
from repo_mhm.git.files import File
from repo_mhm.git.plumbing import start_process

if TYPE_CHECKING:
    from git import Git

Kind = Literal["worktree", "commit", "folder"]
_CHANGED_HINT = "The working tree changed meanwhile; run the command again."
_NO_PARTS: Mapping[bytes, Reader] = MappingProxyType({})
_DAMAGED_HINT = "Run `git fsck` to see what is damaged."


class Reader:
    """Reads the files of a snapshot. Safe across threads, and cheap to pickle.

    A commit's files come from one `git cat-file --batch` process, which starts at the first read
    and lives as long as the reader.
    """

    def __init__(
        self, root: Path, kind: Kind, commit: str, parts: Mapping[bytes, Reader] = _NO_PARTS
    ) -> None:
        self.root, self.kind, self.commit = root, kind, commit
        self._parts = parts
        """Readers of the submodules, by their folders with a slash at the end."""
        self._lock = threading.Lock()
        self._batch: tuple[int, Git.AutoInterrupt] | None = None

    def __reduce__(
        self,
    ) -> tuple[type[Reader], tuple[Path, Kind, str, dict[bytes, Reader]]]:
        return Reader, (self.root, self.kind, self.commit, dict(self._parts))

    def with_parts(self, parts: Mapping[bytes, Reader]) -> Reader:
        """A reader that reads the files of submodules with their own readers."""
        return Reader(self.root, self.kind, self.commit, parts)

    def read(self, file: File) -> bytes:
        """The file's content.

        Raises RepositoryError when it vanished, changed its type or cannot be read.
        """
        for folder, reader in self._parts.items():
            if file.raw.startswith(folder):
                return reader.read(file)
        if self.kind == "commit":
            with self._lock:
                return self._read_blob(file)
        try:
            with os.fdopen(open_inside(self.root, file.raw), "rb") as stream:
                return stream.read()
        except (OSError, ValueError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
            raise RepositoryError(
                f"{file.path} cannot be read: {reason}", hint=_CHANGED_HINT
            ) from exc

    def _read_blob(self, file: File) -> bytes:
        process = self._process()
        try:
            process.stdin.write(f"{file.blob}\n".encode())
            process.stdin.flush()
            header = process.stdout.readline().split()
            if len(header) == 3 and header[1] == b"blob":
                content: bytes = process.stdout.read(int(header[2]))
                if len(content) == int(header[2]) and process.stdout.read(1) == b"\n":
                    return content
        except OSError as exc:
            self._batch = None
            raise RepositoryError(
                f"{file.path} cannot be read: git stopped", hint=_DAMAGED_HINT
            ) from exc
        if header[1:] != [b"missing"]:
            self._batch = None
        raise RepositoryError(
            f"{file.path} cannot be read: git has no blob {file.blob}", hint=_DAMAGED_HINT
        )

    def _process(self) -> Git.AutoInterrupt:
        # A forked child must not share its parent's pipe.
        if self._batch is None or self._batch[0] != os.getpid():
            process = start_process(self.root, "cat-file", "--batch")
            self._batch = os.getpid(), process
        return self._batch[1]


def open_inside(root: Path, raw: bytes) -> int:
    """Open a regular file under `root` for reading, following no link below `root`.

    `raw` is its path relative to `root`. Returns a file descriptor. Raises OSError, or ValueError
    when the path leaves `root` or is no regular file.
    """
    parts = raw.split(b"/")
    if any(part in (b"", b".", b"..") for part in parts):
        raise ValueError("its path leaves the root")
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        # Without O_NONBLOCK, opening a fifo that replaced the file would wait for ever.
        file = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise ValueError("it is not a regular file")
    return file
