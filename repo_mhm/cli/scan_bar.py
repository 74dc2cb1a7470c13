"""The bar of the scan that the first question to a repository needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repo_mhm.memory.refresh import FileProgress


@contextmanager
def scan_bar() -> Iterator[FileProgress]:
    """A bar that appears with the first file; only the first question of all scans any."""
    from repo_mhm.cli.index_progress import index_display

    with ExitStack() as stack:
        bar = cache(lambda: stack.enter_context(index_display()))
        yield lambda done, total: bar().scanned(done, total)


@contextmanager
def no_bar() -> Iterator[FileProgress]:
    """No bar: for scripts that want nothing on stderr."""
    yield lambda done, total: None
