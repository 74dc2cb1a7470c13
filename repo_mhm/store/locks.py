"""The writer's lock: one process at a time may change a memory, and at most one more waits for it.

The lock is a lock on a file, so the system releases it when the process ends, however it ends.
Beside it lies the writer's mark: a file that names the process, says whether it has checked the
database, and what it does. A mark without a lock shows that a writer was killed.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from repo_mhm.errors import DamagedStore, StoreLocked
from repo_mhm.private_folder import make_private, private_folder
from repo_mhm.store.errors import storage_errors

if TYPE_CHECKING:
    from filelock import FileLock

_WRITER_LOCK = "index.lock"
_QUEUE_LOCK = "queue.lock"
_BRIEF_QUEUE_LOCK = "refresh.lock"
_MARK = "index.pid"
_UNCHECKED = "unchecked"
"""Second line of the mark until its process has checked the database."""
_BRIEF = "brief"
"""Second line of the mark of a process that writes for seconds only, and need not be reported."""
_LONGEST_MARK = 4096
"""Bytes; a mark of ours has some dozens."""
INDEX_TASK, REFRESH_TASK = "index", "refresh"
"""Third line of the mark: what its process does."""
_SHORTEST_WAIT_SECONDS = 0.5
"""A writer always waits this long: a reader that checks the file holds the lock for a moment."""
_BRIEF_WAIT_SECONDS = 60.0
"""How long a writer waits for one that writes briefly: ten times what a large repository takes."""


class WriterMark(NamedTuple):
    """What the mark says: one line each for the process id, a state, and the task."""

    process: str
    is_checked: bool
    """Whether the writer has checked the database."""
    is_brief: bool
    """Whether it writes for seconds only."""
    task: str
    """What it does, for people: `index` or `refresh`."""


class RunningWriter(NamedTuple):
    """A process that is changing the memory."""

    task: str
    """`index` or `refresh`."""
    process: str
    seconds: float
    """For how long already."""


def read_mark(directory: Path) -> WriterMark | None:
    """The mark of the process that writes or was killed while writing; None where there is none."""
    text = ""
    # A writer that ends removes its mark at any moment.
    with suppress(FileNotFoundError), private_folder(directory) as folder:
        text = folder.read(_MARK, _LONGEST_MARK).decode("utf-8", "replace")
    process, state, task, *_ = [*text.split("\n"), "", ""]
    if not process:
        return None
    return WriterMark(process, state != _UNCHECKED, state == _BRIEF, task)


def mark_checked(directory: Path) -> None:
    """Say in this process's mark that it has checked the database."""
    mark = read_mark(directory)
    _write_mark(directory, "", mark.task if mark else "")


def _write_mark(directory: Path, state: str, task: str) -> None:
    with private_folder(directory) as folder:
        # It need not outlast the machine's power: then no process writes.
        folder.replace(_MARK, f"{os.getpid()}\n{state}\n{task}".encode(), lasting=False)


def running_writer(directory: Path) -> RunningWriter | None:
    """The process that changes the memory now; None where none does, or for seconds only."""
    mark = read_mark(directory)
    if mark is None or mark.is_brief:
        return None
    lock = try_writer_lock(directory)
    if lock is not None:
        lock.release()  # its writer was killed
        return None
    try:
        began = os.lstat(directory / _MARK).st_mtime
    except FileNotFoundError:
        return None
    return RunningWriter(mark.task or INDEX_TASK, mark.process, max(0.0, time.time() - began))


def remove_mark(directory: Path) -> None:
    """Remove the mark, whoever wrote it; it went with its folder where that was deleted."""
    with suppress(FileNotFoundError), private_folder(directory) as folder:
        folder.remove(_MARK)


def try_writer_lock(directory: Path, wait_seconds: float = 0.0) -> FileLock | None:
    """The writer's lock, locked and without a mark; None when it is not free in time."""
    return _acquire(directory, _WRITER_LOCK, wait_seconds)


def _acquire(directory: Path, name: str, wait_seconds: float) -> FileLock | None:
    from filelock import FileLock, Timeout

    with private_folder(directory) as folder:
        folder.check(name)
    lock = FileLock(directory / name, timeout=wait_seconds, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock


@contextmanager
def writer_lock(
    directory: Path, *, wait_seconds: float = 0.0, task: str = INDEX_TASK
) -> Iterator[None]:
    """Be the only process that may change the memory in `directory`, which is created if need be.

    `task` tells others what this process does. Raises StoreLocked, which names the writing process,
    when the lock is not free in time.
    """
    with storage_errors(directory):
        make_private(directory)
        lock = try_writer_lock(directory, max(wait_seconds, _SHORTEST_WAIT_SECONDS))
        if lock is None and _is_written_briefly(directory):
            lock = try_writer_lock(directory, _BRIEF_WAIT_SECONDS)
        if lock is None:
            raise _locked_error(directory)

    with _marked(directory, lock, _UNCHECKED, task):
        yield


@contextmanager
def brief_writer_lock(directory: Path, *, wait_seconds: float = 0.0) -> Iterator[bool]:
    """Be the only writer for a few seconds, if no other process is.

    Yields whether this process has the lock, after `wait_seconds` at most. Other writers wait for
    it. The database is not checked beforehand, which would take longer than what is written; so
    where a killed writer has left its mark, this process does not get the lock.
    """
    with storage_errors(directory):
        lock = try_writer_lock(directory, wait_seconds)
        if lock is not None and read_mark(directory) is not None:
            lock.release()
            lock = None
    if lock is None:
        yield False
        return
    with _marked(directory, lock, _BRIEF, REFRESH_TASK):
        yield True


@contextmanager
def queued_brief_lock(directory: Path, *, wait_seconds: float) -> Iterator[bool]:
    """`brief_writer_lock`, unless another process waits for that already.

    That one will see every change that this one was started for.
    """
    with storage_errors(directory):
        queue = _acquire(directory, _BRIEF_QUEUE_LOCK, 0.0)
    if queue is None:
        yield False
        return

    try:
        with brief_writer_lock(directory, wait_seconds=wait_seconds) as has_lock:
            queue.release()
            yield has_lock
    finally:
        queue.release()


def writes_at_length(directory: Path) -> bool:
    """Whether a process has the lock, or was killed with it, that does more than write briefly."""
    mark = read_mark(directory)
    return mark is not None and not mark.is_brief


def _is_written_briefly(directory: Path) -> bool:
    mark = read_mark(directory)
    return mark is not None and mark.is_brief


@contextmanager
def _marked(directory: Path, lock: FileLock, state: str, task: str) -> Iterator[None]:
    """Leave this process's mark while it has the lock, which is released in the end."""
    is_damaged = False
    try:
        with storage_errors(directory):
            _write_mark(directory, state, task)
        yield
    except DamagedStore:
        # The mark stays, so that whoever opens the file next checks it again.
        is_damaged = True
        raise
    finally:
        if not is_damaged:
            remove_mark(directory)
        lock.release()


def _locked_error(directory: Path) -> StoreLocked:
    mark = read_mark(directory)
    process = mark.process if mark else "unknown"
    return StoreLocked(
        f"another repo-mhm (process {process}) is indexing this repository",
        hint=(
            "wait until it ends, as `repo-mhm index --wait 10m` does, or stop it: "
            "what it has finished is kept; ask works meanwhile"
        ),
    )


@contextmanager
def queued_lock(directory: Path, *, task: str = INDEX_TASK) -> Iterator[bool]:
    """Wait for the writer's lock as long as it takes, unless another process waits already.

    Yields True with the lock, and False, at once and without it, where another process waits: that
    one will see every change that this one was started for.
    """
    with storage_errors(directory):
        make_private(directory)
        queue = _acquire(directory, _QUEUE_LOCK, 0.0)
    if queue is None:
        yield False
        return

    try:
        with writer_lock(directory, wait_seconds=math.inf, task=task):
            queue.release()
            yield True
    finally:
        queue.release()
