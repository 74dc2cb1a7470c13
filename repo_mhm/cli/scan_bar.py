"""What commands show while they scan: a bar, then a line on what else they do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repo_mhm.memory.refresh import FileProgress
    from repo_mhm.pages.map_lookup import Activity


@contextmanager
def scan_bar() -> Iterator[FileProgress]:
    """A bar that appears with the first file; only the first question of all scans any."""
    from repo_mhm.cli.index_progress import index_display

    with ExitStack() as stack:
        bar = cache(lambda: stack.enter_context(index_display()))
        yield lambda done, total: bar().scanned(done, total)


@contextmanager
def page_progress() -> Iterator[tuple[FileProgress, Activity]]:
    """A bar of the scan, then a line that says what a page waits for."""
    from repo_mhm.cli.waiting import WaitingLine

    line = WaitingLine()
    with ExitStack() as scan:
        progress = scan.enter_context(scan_bar())

        def show(activity: str) -> None:
            scan.close()
            line.show(f"{activity} …")

        try:
            yield progress, show
        finally:
            line.clear()


@contextmanager
def no_bar() -> Iterator[FileProgress]:
    """No bar: for scripts that want nothing on stderr."""
    yield lambda done, total: None


@contextmanager
def judging() -> Iterator[None]:
    """A line while a model judges files, on stderr where that is a terminal."""
    from repo_mhm.cli.terminal import console

    with console(stderr=True).status("a model judges the best files"):
        yield
