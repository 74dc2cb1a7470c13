"""Reads for the views: one thread with its own connection, so that a view never waits for the engine."""

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


class Reader:
    """Runs functions of the store, one after the other, away from the event loop.

    `overrides` may change: a survey goes by them as they are then.
    """

    def __init__(self, path: Path, overrides: Mapping[str, object]) -> None:
        self._path = path
        self._overrides = overrides
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="repo-mhm reader")
        self._store: Store | None = None

    async def read(self, function: Callable[[Store], T]) -> T | None:
        """What `function` makes of the store; None while there is no memory. Raises what it raises."""
        return await self._run(lambda: self._with_store(function))

    async def survey(self, function: Callable[[Store, Workspace], T]) -> T | None:
        """The same with the repository as it is now."""

        def look() -> T | None:
            from repo_mhm.commands.workspace import open_workspace

            workspace = open_workspace(self._path, self._overrides)
            return self._with_store(lambda store: function(store, workspace))

        return await self._run(look)

    async def settle(self, function: Callable[[], T]) -> T:
        """Run something that needs no store, such as writing a setting."""
        return await self._run(function)

    def close(self) -> None:
        """End the thread once what it is doing is done."""
        self._pool.submit(self._close_store)
        self._pool.shutdown(wait=True)

    async def _run(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)

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
