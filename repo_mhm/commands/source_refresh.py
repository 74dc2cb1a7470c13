"""Bring the source up to date before a question: at once where little has changed.

Where much has changed, as after the switch of a branch, a process of its own refreshes the store
while the question is answered from what there is, so that the next question is up to date. That
process has its own session: Ctrl-C does not end it, and nothing that it has read is lost. Where
nobody sits at a terminal (a script, a hook, CI), the question's process waits for it in the end, so
that it leaves no process behind.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from repo_mhm import safe_python
from repo_mhm.errors import RepositoryError, StoreError
from repo_mhm.formatting import count
from repo_mhm.memory.source_update import (
    SourceChange,
    remember_listing,
    source_change,
    update_source,
)
from repo_mhm.store import Store, brief_writer_lock, open_store, writes_at_length
from repo_mhm.store.files import UNFINISHED_SCAN

BUDGET_SECONDS = 0.3
"""How long a question waits for the source to be brought up to date, comparing included."""
LOCK_SECONDS = 0.1
"""How long it waits for another process that writes briefly, such as one that keeps an answer."""
WAIT_SECONDS = 10.0
"""How long a command without a terminal waits at its end for the rest: whatever started it may end
its processes too, but a large repository takes minutes, which the answer must not."""
_SHOWN_PATHS = 3
"""Most files that a message names."""


@dataclass(frozen=True, slots=True)
class SourceRefresh:
    """What was done so that a question is answered from the source as it is now.

    A context manager around the answer. Unless someone is at a terminal, it waits for the process
    in the end, WAIT_SECONDS at most; an interrupt ends both.
    """

    warning: str = ""
    """What is not up to date, and what happens about it; empty where all of it is."""
    background: BackgroundRefresh | None = None
    """The process that brings the rest up to date."""

    def __enter__(self) -> SourceRefresh:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self.background is None or _is_attended():
            return
        if kind is KeyboardInterrupt:
            self.background.end()
        else:
            self.background.wait()


def refresh_source(store: Store, path: Path, ignore: Sequence[str] = ()) -> SourceRefresh:
    """Bring the source in the store up to date with the repository around `path`.

    `ignore` adds gitignore patterns. It never fails: what is not up to date is said.
    """
    started = time.monotonic()
    try:
        change = source_change(store, path, ignore)
    except RepositoryError as exc:
        return SourceRefresh(f"whether the source has changed is not known: {exc.message}")
    if change is None:
        return SourceRefresh()
    # What a scan that was ended has stored has no values yet, even if no file is left to be read.
    is_unfinished = bool(store.meta(UNFINISHED_SCAN))
    if not change and not is_unfinished:
        if change.is_worth_remembering:
            _remember(store.path.parent, change)
        return SourceRefresh()

    seconds = BUDGET_SECONDS - (time.monotonic() - started)
    try:
        return _refresh(store.path.parent, path, change, seconds, is_unfinished=is_unfinished)
    except StoreError as exc:
        if not change.change and change.same_rules:
            return SourceRefresh()  # only the commit is another
        return SourceRefresh(_warning(change, f"the memory cannot be written ({exc.message})"))


def _refresh(
    directory: Path, path: Path, change: SourceChange, seconds: float, *, is_unfinished: bool
) -> SourceRefresh:
    with brief_writer_lock(directory, wait_seconds=LOCK_SECONDS) as has_lock:
        if has_lock and change.is_small and not is_unfinished:
            with open_store(directory, wait_seconds=LOCK_SECONDS) as store:
                if update_source(store, change, seconds):
                    return SourceRefresh()

    if not change.change and change.same_rules and not is_unfinished:
        return SourceRefresh()  # only the commit is another
    if not has_lock and writes_at_length(directory):
        return SourceRefresh(_warning(change, "an index is running"))
    try:
        background = BackgroundRefresh(path)
    except OSError as exc:
        return SourceRefresh(_warning(change, f"no process can be started ({exc.strerror})"))
    return SourceRefresh(
        _warning(change, "they are being read again in the background"), background
    )


def _remember(directory: Path, change: SourceChange) -> None:
    # It only saves time; and another connection, since this must not wait.
    with suppress(StoreError), open_store(directory, wait_seconds=LOCK_SECONDS) as store:
        remember_listing(store, change)


def _warning(change: SourceChange, reason: str) -> str:
    """Which files have changed, and why their new lines are not known yet."""
    paths = sorted(change.change.paths)
    if not paths and change.same_rules:
        return f"a scan of the repository was ended before its end; {reason}"
    if not change.same_rules:
        return (
            "which files are left out, or how they are read, has changed since they were read; "
            f"{reason}, so this answer may show old lines"
        )
    names = ", ".join(paths[:_SHOWN_PATHS])
    more = f" and {len(paths) - _SHOWN_PATHS:,} more" if len(paths) > _SHOWN_PATHS else ""
    have = "has" if len(paths) == 1 else "have"
    return (
        f"{count(len(paths), 'file')} {have} changed since the source was read ({names}{more}); "
        f"{reason}, so this answer may show old lines"
    )


def _is_attended() -> bool:
    """Whether someone sits at a terminal and waits for nothing but the answer."""
    is_hook = "GIT_DIR" in os.environ or "GIT_INDEX_FILE" in os.environ
    return sys.stderr.isatty() and not is_hook and not os.environ.get("CI")


class BackgroundRefresh:
    """A process that refreshes the store of the repository around a path."""

    def __init__(self, path: Path) -> None:
        self._process = subprocess.Popen(
            safe_python.command("repo_mhm.commands.background_refresh", str(path.absolute())),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=safe_python.SAFE_FOLDER,
            env=safe_python.environment(),
            start_new_session=True,
        )
        # It notices the end of the process also where nobody waits for it.
        self._waiter = threading.Thread(target=self._process.wait, daemon=True)
        self._waiter.start()

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._waiter.is_alive()

    def wait(self) -> None:
        """Wait until the process has ended, WAIT_SECONDS at most; an interrupt ends it."""
        try:
            self._waiter.join(WAIT_SECONDS)
        except KeyboardInterrupt:
            self.end()
            raise

    def end(self) -> None:
        """End the process at once: what it has not stored is lost."""
        self._process.kill()
