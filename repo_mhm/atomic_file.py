"""Replacing a file in one step: readers see the old contents or the new, never half of them."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TEMPORARY = "."
"""What the name of an unfinished file begins with, before the name that the file is to have."""
_ABANDONED_SECONDS = 3600.0
"""An unfinished file this old has no writer any more: writing one takes a moment."""


def replace_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 to `path`, readable by its owner only. Raises OSError."""
    replace_bytes(path, text.encode())


def replace_bytes(path: Path, *parts: bytes | memoryview) -> None:
    """Write all parts in turn to `path`, readable by its owner only. Raises OSError.

    What a process that was killed has left of an earlier write is removed.
    """
    with open_folder(path.parent) as folder:
        replace_at(folder, path.name, *parts)
    with suppress(OSError):
        remove_unfinished(path, least_age_seconds=_ABANDONED_SECONDS)


@contextmanager
def open_folder(path: Path, flags: int = 0) -> Iterator[int]:
    """A descriptor of a folder, for functions that take a `dir_fd`. Raises OSError."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | flags)
    try:
        yield folder
    finally:
        os.close(folder)


def replace_at(
    folder: int,
    name: str,
    *parts: bytes | memoryview,
    mode: int = 0o600,
    lasting: bool = True,
    before: Callable[[], None] | None = None,
) -> None:
    """Write all parts in turn to the file `name` of an open folder. Raises OSError.

    With its mode from the beginning, whatever the umask. `lasting` waits until the disk has it. A
    link of that name is replaced, not followed. `before` is called when all is written, and
    before it takes its name.
    """
    temporary = _write_beside(folder, name, *parts, mode=mode, lasting=lasting)
    try:
        if before is not None:
            before()
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        _remove(folder, temporary)
        raise
    if lasting:
        sync_folder(folder)


def _write_beside(
    folder: int, name: str, *parts: bytes | memoryview, mode: int = 0o600, lasting: bool = True
) -> str:
    """Write all parts to a new file that is to be called `name`; return its temporary name."""
    temporary = f"{TEMPORARY}{name}.{os.urandom(4).hex()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(temporary, flags, 0o600, dir_fd=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fchmod(handle, mode)
            if lasting:
                os.fsync(handle)
    except BaseException:
        _remove(folder, temporary)
        raise
    return temporary


def remove_unfinished(path: Path, least_age_seconds: float = 0.0) -> None:
    """Remove what processes that were killed have left of replacing `path`. Raises OSError.

    Where another process may replace it now, an age tells its file from an abandoned one.
    """
    newest = time.time() - least_age_seconds
    unfinished = re.compile(re.escape(f"{TEMPORARY}{path.name}.") + "[0-9a-f]{8}")
    entries = list(path.parent.iterdir()) if path.parent.is_dir() else []
    for entry in entries:
        if unfinished.fullmatch(entry.name) and _was_written_before(entry, newest):
            entry.unlink(missing_ok=True)


def _was_written_before(path: Path, moment: float) -> bool:
    try:
        return path.lstat().st_mtime <= moment
    except FileNotFoundError:
        return False


def sync_folder(folder: int) -> None:
    """Wait until the disk has the names in an open folder; some file systems cannot say."""
    with suppress(OSError):
        os.fsync(folder)


def _remove(folder: int, name: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
