"""A memory that stays open between the questions of a long-lived process, such as a server.

The idea: opening a memory checks its folder and its database, asks git for the root, and takes
longer than many an answer. Here that is done once. Before each question only two things are looked
at: whether database and settings on disk are still those that it was opened with, and whether the
source has changed (one listing by git, which looks at stat data). A connection serves one question
at a time; several questions at once each get their own, and share one look at the source.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from repo_mhm.commands.open_memory import OpenedMemory, open_memory
from repo_mhm.commands.source_refresh import SourceRefresh, refresh_source
from repo_mhm.config_files import REPOSITORY_FILE, user_file

if TYPE_CHECKING:
    from repo_mhm.memory.refresh import FileProgress

ScanProgress: TypeAlias = "Callable[[], AbstractContextManager[FileProgress]]"
"""Shows the scan that the first question needs; entered before it and left after it."""
MOST_IDLE = 4
"""Connections that are kept for later questions: each holds a few megabytes of pages."""


@dataclass(frozen=True, slots=True)
class _Connection:
    """An open memory, and the files that it was opened by as they were then."""

    memory: OpenedMemory
    files: _Files


_Files: TypeAlias = "tuple[tuple[int, ...] | None, ...]"
"""Of the database device and inode, of the files of settings the time of change as well; None for a
file that is not there."""


@contextmanager
def no_scan_progress() -> Iterator[FileProgress]:
    """Shows nothing."""
    yield lambda done, total: None


class KeptMemory:
    """The memory of one repository. `use` may be called from several threads.

    `overrides` are settings that go before those of files and variables.
    """

    def __init__(
        self,
        path: Path,
        overrides: Mapping[str, object] = MappingProxyType({}),
        scan_progress: ScanProgress = no_scan_progress,
    ) -> None:
        self._path = path
        self._overrides = overrides
        self._scan_progress = scan_progress
        self._idle: list[_Connection] = []
        self._is_closed = False
        self._lock = threading.Lock()
        """Of the two fields above."""
        self._refresh_lock = threading.Lock()
        """Of the two fields below."""
        self._refreshed = SourceRefresh()
        self._refresh_began = 0.0

    @contextmanager
    def use(self) -> Iterator[OpenedMemory]:
        """The memory with its source up to date, for one question.

        Where there is none yet, the source is scanned. Raises what `open_memory` raises.
        """
        asked = time.monotonic()
        connection = self._take()
        memory = connection.memory
        try:
            refreshed = self._refresh(memory, asked)
            yield replace(memory, refreshed=refreshed)
        except BaseException:
            # Closes it, and says so where a damaged database led to the error.
            with memory.store:
                raise
        self._give_back(connection)

    def close(self) -> None:
        """Close what is open, and end the process that refreshes the source."""
        self._close_connections()
        background = self._refreshed.background
        if background is not None:
            background.end()

    def leave(self, kind: type[BaseException] | None) -> None:
        """Close what is open, as at the end of a command: see `SourceRefresh`.

        `kind` is that of the exception that ends the command.
        """
        self._close_connections()
        self._refreshed.__exit__(kind)

    def _close_connections(self) -> None:
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.memory.store.close()

    def _take(self) -> _Connection:
        """An idle connection to the database that is on disk now, else a new one."""
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return self._open()
            if connection.files == _files_of(connection.memory):
                return connection
            connection.memory.store.close()

    def _open(self) -> _Connection:
        # Two at once would scan a new repository twice; and one look at the source is enough.
        with self._refresh_lock:
            began = time.monotonic()
            with self._scan_progress() as progress:
                memory = open_memory(self._path, self._overrides, progress=progress)
            self._remember(memory.refreshed, began)
        return _Connection(memory, _files_of(memory))

    def _give_back(self, connection: _Connection) -> None:
        with self._lock:
            if not self._is_closed and len(self._idle) < MOST_IDLE:
                self._idle.append(connection)
                return
        connection.memory.store.close()

    def _refresh(self, memory: OpenedMemory, asked: float) -> SourceRefresh:
        """Bring the source up to date, unless that has begun since the question was asked."""
        with self._refresh_lock:
            background = self._refreshed.background
            is_running = background is not None and background.is_running
            if is_running or self._refresh_began >= asked:
                return self._refreshed
            began = time.monotonic()
            refreshed = refresh_source(memory.store, self._path, memory.ignore)
            self._remember(refreshed, began)
            return refreshed

    def _remember(self, refreshed: SourceRefresh, began: float) -> None:
        self._refreshed = refreshed
        self._refresh_began = began


def _files_of(memory: OpenedMemory) -> _Files:
    """A database that was set aside or removed, or other settings, need another connection."""
    settings = (memory.root / REPOSITORY_FILE, user_file())
    database = _status(memory.store.path)
    return (database and database[:2], *map(_status, settings))


def _status(path: Path) -> tuple[int, ...] | None:
    with suppress(OSError):
        status = os.lstat(path)
        return status.st_dev, status.st_ino, status.st_mtime_ns
    return None
