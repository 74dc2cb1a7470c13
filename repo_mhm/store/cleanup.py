"""Cleaning up beside the database: what killed processes left, and a log that only grows.

Damaged databases that a repair has set aside are kept: they are the user's to delete.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from repo_mhm.store.errors import is_disk_full
from repo_mhm.store.locks import try_writer_lock

_LOG = "refresh.log"
MAX_LOG_BYTES = 64 * 1024
"""How much of the end of the log is kept."""


def remove_leftovers(directory: Path) -> None:
    """Remove half-written states and repairs, and shorten the log.

    The caller holds the writer's lock.
    """
    with suppress(OSError):
        unfinished = [*(directory / "state").glob(".*"), *(directory / "salvage").glob("*")]
        for file in unfinished:
            file.unlink()

        log = directory / _LOG
        if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
            # Written in the same file: a hook's process may have it open to append to it.
            end = log.read_bytes()[-MAX_LOG_BYTES:]
            log.write_bytes(end.partition(b"\n")[2])


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
        state = directory / "state"
        for file in [] if state.is_symlink() else list(state.glob("*")):
            with suppress(OSError):
                file.unlink()
    finally:
        lock.release()
    return bytes_before - disk_use(directory)


def append_to_log(directory: Path, text: str) -> None:
    """Append a line to the log, with the time."""
    with suppress(OSError), (directory / _LOG).open("a", encoding="utf-8") as log:
        log.write(f"{datetime.now():%Y-%m-%d %H:%M:%S}  {text}\n")


def disk_use(directory: Path) -> int:
    """Bytes of all files of the memory; a file that vanishes meanwhile counts nothing."""
    total = 0
    for file in directory.rglob("*"):
        with suppress(OSError):
            total += file.stat().st_size if file.is_file() else 0
    return total
