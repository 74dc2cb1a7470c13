"""How `ask --deep` shows its pass: a bar on stderr, between the locations and the answer."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from repo_mhm.cli.terminal import console
from repo_mhm.formatting import duration, safe

if TYPE_CHECKING:
    from rich.progress import Progress

    from repo_mhm.answer.events import Event
    from repo_mhm.deep.session import DeepProgress


def show_pass(events: Iterator[DeepProgress | Event]) -> Generator[Event, None, None]:
    """Show the progress among `events` as a bar; yield the answer's events."""
    from repo_mhm.answer.events import Located
    from repo_mhm.deep.session import DeepProgress

    bar = _bar()
    task = bar.add_task("reading", total=None, detail="")
    _show(bar)
    try:
        for event in events:
            if isinstance(event, DeepProgress):
                total = event.sections_read + event.open_sections
                detail = _detail(event)
                bar.update(task, completed=event.sections_read, total=total, detail=detail)
            else:
                _hide(bar)
                yield event
                # After the locations comes the pass.
                if isinstance(event, Located) and not event.is_answer:
                    _show(bar)
    finally:
        _hide(bar)


def _show(bar: Progress) -> None:
    # Elsewhere it would leave an empty line each time that it ends.
    if bar.console.is_terminal:
        bar.start()


def _hide(bar: Progress) -> None:
    if bar.live.is_started:
        bar.stop()


def _bar() -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        # A path may look like markup: `[slug]` is a folder of Next.js.
        TextColumn("{task.fields[detail]}", markup=False),
    )
    return Progress(*columns, console=console(stderr=True), transient=True)


def _detail(progress: DeepProgress) -> str:
    left = duration(progress.eta_seconds)
    return (
        f"{progress.facts} facts, {progress.tokens_per_second:,.0f} tokens/s, "
        f"about {left} to go  {safe(progress.path)}"
    )
