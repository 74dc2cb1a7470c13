"""Cleaning up beside the database: what killed processes left, and a log that only grows.

Damaged databases that a repair has set aside are kept: they are the user's to delete.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from repo_mhm.atomic_file import TEMPORARY
from repo_mhm.private_folder import PrivateFolder, private_folder
from repo_mhm.store.errors import is_disk_full
from repo_mhm.store.locks import try_writer_lock

STATES, SALVAGE = "state", "salvage"
"""The folders beside the database: saved states of a model, and a repair that is not finished."""
_FOLDERS = frozenset({STATES, SALVAGE})
_LOG = "refresh.log"
MAX_LOG_BYTES = 64 * 1024
"""How much of the end of the log is kept."""


def remove_leftovers(directory: Path) -> None:
    """Remove half-written files and repairs, and shorten the log.

    The caller holds the writer's lock. Raises UnsafeState.
    """
    with suppress(OSError), private_folder(directory) as folder:
        _remove_unfinished(folder)
        with suppress(FileNotFoundError), folder.inner(STATES) as states:
            _remove_unfinished(states)
        with suppress(FileNotFoundError), folder.inner(SALVAGE) as salvage:
            for name in salvage.names():
                salvage.remove(name)
        with suppress(FileNotFoundError):
            _shorten_log(folder)


def _remove_unfinished(folder: PrivateFolder) -> None:
    for name in folder.names():
        if name.startswith(TEMPORARY):
            folder.remove(name)


def _shorten_log(folder: PrivateFolder) -> None:
    if folder.size(_LOG) <= MAX_LOG_BYTES:
        return
    # Written in the same file: a hook's process may have it open to append to it.
    with os.fdopen(folder.open(_LOG, os.O_RDWR), "r+b") as log:
        end = log.read()[-MAX_LOG_BYTES:]
        log.seek(0)
        log.write(end.partition(b"\n")[2])
        log.truncate()


def make_room(directory: Path) -> int:
    """Where the disk is full, remove what can be made again; return how many bytes that gives.

    These are the saved state and the replies of reviews, most of what is not the database. Without
    room not even the database opens for writing. While another process writes nothing is removed.
    """
    if not directory.is_dir() or not is_disk_full(directory):
        return 0
    bytes_before = disk_use(directory)
    lock = try_writer_lock(directory)
    if lock is None:
        return 0
    try:
        with suppress(OSError), private_folder(directory) as folder, folder.inner(STATES) as states:
            for name in states.names():
                states.remove(name)
    finally:
        lock.release()
    return bytes_before - disk_use(directory)


def append_to_log(directory: Path, text: str) -> None:
    """Append a line to the log, with the time. Raises UnsafeState."""
    line = f"{datetime.now():%Y-%m-%d %H:%M:%S}  {text}\n"
    with suppress(OSError), private_folder(directory) as folder:
        folder.append(_LOG, line.encode("utf-8", "surrogateescape"))


def print_to_log(directory: Path) -> None:
    """Let all that this process prints from now on go to the log. Raises UnsafeState."""
    with suppress(OSError), private_folder(directory) as folder:
        handle = folder.open(_LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            for stream in (sys.stdout, sys.stderr):
                os.dup2(handle, stream.fileno())
        finally:
            os.close(handle)


def disk_use(directory: Path) -> int:
    """Bytes of all files of the memory; a file that vanishes meanwhile counts nothing."""
    total = 0
    with suppress(OSError), private_folder(directory) as folder:
        total += _disk_use(folder)
        for name in _FOLDERS:
            with suppress(FileNotFoundError), folder.inner(name) as inner:
                total += _disk_use(inner)
    return total


def _disk_use(folder: PrivateFolder) -> int:
    return sum(folder.size(name) for name in folder.names() if name not in _FOLDERS)
