"""The refresh that a git hook starts: its process ends when its hook is removed.

Nobody watches such a process, so it must not go on for somebody who no longer wants it. It cannot
be told where it waits (for the lock, for a model to open, for a batch), so a thread looks whether
the hook's file is still there and sends this process SIGTERM when it is not.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from repo_mhm.store import find_store

LOOK_SECONDS = 1.0
"""How often a refresh looks whether its hook is still installed."""


def was_indexed(directory: Path) -> bool:
    """Whether a model has read anything into the memory in `directory`, as no scan does."""
    store = find_store(directory)
    if store is None:
        return False
    with store:
        return bool(store.meta("identity"))


@contextmanager
def ending_with_hook(hook: Path) -> Iterator[None]:
    """Send this process SIGTERM once the file of its hook is gone."""
    path = hook.absolute()
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(LOOK_SECONDS):
            if not os.path.lexists(path):
                os.kill(os.getpid(), signal.SIGTERM)
                return

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
