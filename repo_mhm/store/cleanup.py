"""What processes that were killed leave beside the database, and logs that only grow. Damaged databases are kept."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

LOG = "refresh.log"
LOG_BYTES = 64 * 1024
"""What is kept of the end of a log."""


def sweep(directory: Path) -> None:
    """Remove half-written states and salvages, and shorten the log; the caller holds the writer's lock."""
    with suppress(OSError):
        for left in [*(directory / "state").glob(".*"), *(directory / "salvage").glob("*")]:
            left.unlink()
        log = directory / LOG
        if log.exists() and log.stat().st_size > LOG_BYTES:
            # Written in place: a hook's process may have it open to append to it.
            log.write_bytes(log.read_bytes()[-LOG_BYTES:].partition(b"\n")[2])


def disk_use(directory: Path) -> int:
    """Bytes of all files of the memory; a file that goes meanwhile counts nothing."""
    total = 0
    for file in directory.rglob("*"):
        with suppress(OSError):
            total += file.stat().st_size if file.is_file() else 0
    return total
