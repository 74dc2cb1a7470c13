"""Shows how far a download, or the hashing of a model file, has come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repo_mhm.models import Progress


@contextmanager
def model_progress() -> Iterator[Progress]:
    """Show progress on stderr: as a bar in a terminal, else as a line for each activity."""
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import safe

    stderr = console(stderr=True)
    if not stderr.is_terminal:
        yield _progress_lines()
        return

    from rich import progress as rich_progress

    bar = rich_progress.Progress(
        rich_progress.TextColumn("{task.description}", markup=False),
        rich_progress.BarColumn(),
        rich_progress.DownloadColumn(),
        rich_progress.TransferSpeedColumn(),
        rich_progress.TimeRemainingColumn(),
        console=stderr,
        transient=True,
    )
    with bar:
        task = bar.add_task("starting", total=None)

        def update(done: int, total: int, activity: str) -> None:
            bar.update(task, completed=done, total=total, description=safe(activity))

        yield update


def _progress_lines() -> Progress:
    """Print a line on stderr when the activity changes."""
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import safe, size

    current = ""

    def report(done: int, total: int, activity: str) -> None:
        nonlocal current
        if activity != current:
            current = activity
            line = f"{safe(activity)} ({size(done)} of {size(total)})"
            console(stderr=True).print(line)

    return report
