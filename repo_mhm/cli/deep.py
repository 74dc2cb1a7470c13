"""How `ask --deep` shows its pass over the repository: a bar on stderr, gone when the answer begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from repo_mhm.answer.session import AskOptions, Compare, Event
from repo_mhm.cli.terminal import console
from repo_mhm.deep.session import DeepOptions, Passing, deep
from repo_mhm.engine.types import Engine
from repo_mhm.formatting import duration, safe
from repo_mhm.store import Store


def passing(
    store: Store,
    open_engine: Callable[[], Engine],
    model: str,
    question: str,
    how: DeepOptions,
    options: AskOptions,
    compare: Compare,
) -> Iterator[Event]:
    """Make the pass under a progress bar, then yield the answer's events."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[detail]}"),
    )
    bar = Progress(*columns, console=console(stderr=True), transient=True)
    task = bar.add_task("reading", total=None, detail="")
    bar.start()
    try:
        for event in deep(store, open_engine, model, question, how, options, compare=compare):
            if not isinstance(event, Passing):
                bar.stop()
                yield event
                continue
            detail = (
                f"{event.facts} facts, {event.tokens_per_second:,.0f} tokens/s, about {duration(event.eta_seconds)} "
                f"to go  {safe(event.path)}"
            )
            bar.update(task, completed=event.read, total=event.read + event.to_read, detail=detail)
    finally:
        bar.stop()
