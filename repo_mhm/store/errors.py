"""SQLite's and the file system's errors in our words: StoreErrors whose hint says what to do."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from repo_mhm.errors import DamagedStore, StoreError, UnwritableStore
from repo_mhm.formatting import size

REPAIR_HINT = (
    "run: repo-mhm doctor --repair, which sets the damaged file aside and keeps what is sound"
)
_SPACE_HINT = (
    "free some disk space, as `repo-mhm gc` does, and run the command again: "
    "everything finished so far is kept"
)
_READ_ONLY_HINT = "make the folder writable for you, or index a copy of the repository"
_LIMIT_HINT = "raise the limit (ulimit -f) and run the command again"
_HINT_BY_MESSAGE = {
    "locked": "another repo-mhm is writing; try again when it has finished",
    "unable to open": "check that the folder exists and that you may write there",
}
_OTHER_HINT = "run: repo-mhm doctor"
_UNWRITABLE_MESSAGES = ("disk is full", "readonly", "disk I/O error", "unable to open")
"""Parts of what SQLite says where it cannot write; the last two have other causes as well."""
_UNWRITABLE_ERRORS = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG}
)
_LEAST_FREE_BYTES = 256 * 1024
"""Less is a full disk: to open a database takes 32 KiB, to write a step some more."""


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Raise SQLite's errors as StoreErrors that name `path`; DamagedStore where the file is bad.

    A ProgrammingError passes as it is: it is a mistake in our code.
    """
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.OperationalError as exc:
        raise _operational_error(path, str(exc)) from exc
    except (sqlite3.DatabaseError, UnicodeDecodeError) as exc:
        # SQLite quotes a garbled schema in its message, which Python then cannot decode.
        raise DamagedStore(f"{path} is damaged: {exc}", hint=REPAIR_HINT) from exc


def _operational_error(path: Path, message: str) -> StoreError:
    if "decode" in message:
        return DamagedStore(f"{path} is damaged: {message}", hint=REPAIR_HINT)

    if any(part in message for part in _UNWRITABLE_MESSAGES):
        unwritable = unwritable_error(path, message)
        if unwritable is not None:
            return unwritable
    hints = (hint for part, hint in _HINT_BY_MESSAGE.items() if part in message)
    return StoreError(f"{path}: {message}", hint=next(hints, _OTHER_HINT))


def is_disk_full(folder: Path) -> bool:
    """Whether the disk of a folder has too little room to open a database."""
    return shutil.disk_usage(folder).free < _LEAST_FREE_BYTES


def unwritable_error(path: Path, message: str = "") -> UnwritableStore | None:
    """Why the database at `path` cannot be written; None where nothing speaks against it.

    SQLite says "disk I/O error" of a full disk, of a limit on files and of a failing disk alike.
    """
    folder = path.parent if path.parent.is_dir() else Path("/")
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if is_disk_full(folder) or "disk is full" in message:
        reason = f"the disk is full ({size(shutil.disk_usage(folder).free)} free)"
        return UnwritableStore(f"{path} cannot be written: {reason}", hint=_SPACE_HINT)
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        reason = "it is read-only here"
        return UnwritableStore(f"{path} cannot be written: {reason}", hint=_READ_ONLY_HINT)
    if "readonly" in message:
        return UnwritableStore(f"{path} cannot be written: {message}", hint=_READ_ONLY_HINT)
    if limit != resource.RLIM_INFINITY:
        reason = f"no file may be larger than {size(limit)} here"
        return UnwritableStore(f"{path} cannot be written: {reason}", hint=_LIMIT_HINT)
    return None


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Raise SQLite's and the file system's errors as StoreErrors that name `path`."""
    try:
        with sqlite_errors(path):
            yield
    except OSError as exc:
        reason = exc.strerror or str(exc)
        if exc.errno in _UNWRITABLE_ERRORS:
            is_full = exc.errno in (errno.ENOSPC, errno.EDQUOT)
            known = unwritable_error(path, "disk is full" if is_full else "")
            hint = known.hint if known else "check the permissions and free space of the folder"
            raise UnwritableStore(f"{path} cannot be written: {reason}", hint=hint) from exc
        hint = "check the permissions and free space of the folder"
        if isinstance(exc, FileNotFoundError):
            hint = "its folder was deleted while it was in use: run the command again"
        raise StoreError(f"{path} cannot be used: {reason}", hint=hint) from exc
