"""Reads for the views in a thread with its own store, so that no view waits for the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from repo_mhm.commands.workspace import Workspace
    from repo_mhm.store import Store

T = TypeVar("T")


class BackgroundReader:
    """Runs functions one after the other, away from the event loop.

    `overrides` may change: a workspace is opened with them as they are then.
    """

    def __init__(self, path: Path, overrides: Mapping[str, object]) -> None:
        self._path = path
        self._overrides = overrides
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="repo-mhm reader")
        self._store: Store | None = None

    async def run(self, function: Callable[[], T]) -> T:
        """Run something that needs no store, such as writing a setting."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)

    async def read_store(self, function: Callable[[Store], T]) -> T | None:
        """Return `function(store)`, None while there is no memory. Raises what it raises."""
        return await self.run(lambda: self._with_store(function))

    async def read_workspace(self, function: Callable[[Store, Workspace], T]) -> T | None:
        """Return `function(store, workspace)` with the repository opened as it is now.

        None while there is no memory. Raises what `function` raises, and RepositoryError.
        """

        def open_and_read() -> T | None:
            from repo_mhm.commands.workspace import open_workspace

            workspace = open_workspace(self._path, self._overrides)
            return self._with_store(lambda store: function(store, workspace))

        return await self.run(open_and_read)

    def close(self) -> None:
        """End the thread once its queue is empty."""
        self._pool.submit(self._close_store)
        self._pool.shutdown(wait=True)

    def _with_store(self, function: Callable[[Store], T]) -> T | None:
        if self._store is None:
            from repo_mhm.git import state_dir
            from repo_mhm.store import find_store

            self._store = find_store(state_dir(self._path))
        return None if self._store is None else function(self._store)

    def _close_store(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
