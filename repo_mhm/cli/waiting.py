"""The line on a terminal that says what an answer waits for, and for how long already."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

SEARCHING = "looking through the code …"
LATE_SECONDS = 1.0
"""What ends sooner says nothing of how long it takes."""


class WaitingLine:
    """One line on stderr that goes away; where stderr is no terminal there is none."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def show(self, text: str) -> None:
        """Show what is being waited for; the time that is shown starts with the first text."""
        from repo_mhm.cli.terminal import console

        if not console(stderr=True).is_terminal:
            return
        if self._progress is None or self._task is None:
            self._progress = _progress()
            self._task = self._progress.add_task(text, total=None)
            self._progress.start()
        self._progress.update(self._task, description=text)

    def clear(self) -> None:
        """Remove the line."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


@contextmanager
def late_line(text: str) -> Iterator[None]:
    """Show a waiting line if what is done meanwhile takes long."""
    line = WaitingLine()
    shown = threading.Lock()
    has_ended = False

    def show() -> None:
        with shown:
            if not has_ended:
                line.show(text)

    timer = threading.Timer(LATE_SECONDS, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with shown:
            has_ended = True
            line.clear()


def _progress() -> Progress:
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from repo_mhm.cli.terminal import console

    return Progress(
        SpinnerColumn("line", style="dim"),
        TextColumn("{task.description}", style="dim", markup=False),
        TimeElapsedColumn(),
        console=console(stderr=True),
        transient=True,
        refresh_per_second=4,
    )
