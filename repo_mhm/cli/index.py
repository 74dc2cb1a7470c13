"""`repo-mhm index`: read the repository into memory, with progress, in steps that survive any interruption."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from repo_mhm.cli.chunks import PathArgument
from repo_mhm.formatting import duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_mhm.commands.workspace import Model, Workspace
    from repo_mhm.memory.indexing import Event, Indexed, IndexOptions, Planned
    from repo_mhm.store import Store

# Typer evaluates these on Python 3.10, where `str | None` needs typing's spelling inside Annotated.
Text = Optional[str]  # noqa: UP045
Number = Optional[int]  # noqa: UP045


def index(
    path: PathArgument = Path(),
    depth: Annotated[
        Text, typer.Option("--depth", help="skim, read, or auto: skim all, then read whole.")
    ] = None,
    budget: Annotated[
        Text, typer.Option("--budget", help="Stop in time, e.g. 5m; a later run goes on.")
    ] = None,
    heads: Annotated[Number, typer.Option("--heads", help="Number of heads of the memory.")] = None,
    head_tokens: Annotated[
        Number, typer.Option("--head-tokens", help="Token budget of each head.")
    ] = None,
    selector: Annotated[
        Text, typer.Option("--selector", help="module, lru, single or random.")
    ] = None,
    model: Annotated[
        Text, typer.Option("--model", help="A model's name, or the path of a GGUF file.")
    ] = None,
    gpu_layers: Annotated[
        Number, typer.Option("--gpu-layers", help="Layers to offload; -1 for all.")
    ] = None,
    threads: Annotated[
        Number, typer.Option("--threads", help="CPU threads.", show_default="physical cores")
    ] = None,
    wait: Annotated[
        Text, typer.Option("--wait", help="Wait this long if another index is running, e.g. 10m.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what there is to do, and how long it takes.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Read the repository into memory. Run it again at any time: it only does what is left."""
    from repo_mhm.commands.workspace import choose_model, open_workspace
    from repo_mhm.config import parse_duration
    from repo_mhm.memory.indexing import IndexOptions
    from repo_mhm.store import open_store, writer_lock

    overrides = {
        "depth": depth, "heads": heads, "head_tokens": head_tokens, "selector": selector, "model": model,
        "gpu_layers": gpu_layers, "threads": threads,
    }  # fmt: skip
    workspace = open_workspace(path, overrides)
    settings = workspace.settings
    chosen = choose_model(settings)
    options = IndexOptions.of(settings, parse_duration(budget) if budget else None)
    seconds = parse_duration(wait) if wait else 0.0
    with (
        writer_lock(workspace.directory, wait_seconds=seconds),
        open_store(workspace.directory) as store,
    ):
        if seconds:
            workspace = open_workspace(path, overrides)  # as it is after the wait
        if dry_run:
            _print_plan(store, workspace, chosen, options, json)
        else:
            _run(store, workspace, chosen, options, json)


def _print_plan(
    store: Store, workspace: Workspace, model: Model, options: IndexOptions, json: bool
) -> None:
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.formatting import count
    from repo_mhm.memory.indexing import rehearse

    planned = rehearse(store, workspace.snapshot, model.id, options)
    if json:
        print_json(asdict(planned))
        return
    basis = "this machine's measured speed" if planned.measured else "a speed not yet measured here"
    console().print(
        f"{count(planned.chunks, 'chunk')}; {count(planned.steps, 'step')} to take, about {planned.tokens:,} tokens, "
        f"{duration(planned.seconds)} at {basis}"
    )


def _run(
    store: Store, workspace: Workspace, model: Model, options: IndexOptions, json: bool
) -> None:
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.formatting import safe
    from repo_mhm.memory.indexing import index as run

    if workspace.snapshot.note:
        console(stderr=True).print(f"note: {safe(workspace.snapshot.note)}")
    with Bar() as bar:
        result = _watch(
            run(store, workspace.snapshot, model.open, model.id, options, progress=bar.scanned), bar
        )
    print_json(asdict(result)) if json else console().print(summary(result))


def _watch(events: Iterator[Event], bar: Bar) -> Indexed:
    from repo_mhm.memory.indexing import Indexed, Planned, Progress, Saving

    for event in events:
        if isinstance(event, Planned):
            bar.planned(event)
        elif isinstance(event, Progress):
            bar.update(
                event.done,
                f"{event.tokens_per_second:,.0f} tokens/s",
                event.step.path,
                event.eta_seconds,
            )
        elif isinstance(event, Saving):
            bar.saving(event.tokens)
        elif isinstance(event, Indexed):
            return event
    raise AssertionError("an index ends with its result")


def summary(result: Indexed) -> str:
    """What an index did, in one line."""
    from repo_mhm.formatting import count

    if not result.chunks:
        return "nothing to read here; `repo-mhm chunks --skipped` says what was left out, and why"
    if not result.steps and not result.left:
        text = f"nothing to do: {count(result.chunks, 'chunk')} read, {count(result.notes, 'note')}"
    else:
        text = (
            f"{count(result.steps, 'step')} in {duration(result.seconds)}: {count(result.notes, 'note')} on "
            f"{count(result.chunks, 'chunk')}"
        )
    if result.left:
        text += f"; {count(result.left, 'step')} left, run index again to go on"
    if result.failed:
        text += f"; {count(result.failed, 'step')} without a usable reply"
    if result.redacted:
        text += f"; {count(result.redacted, 'secret')} masked"
    return text


class Bar:
    """The progress bar on stderr: files while scanning, then steps with speed, time to go and the last path."""

    def __init__(self) -> None:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        from repo_mhm.cli.terminal import console

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[detail]}"),
        )
        self._progress = Progress(*columns, console=console(stderr=True), transient=True)
        self._task = self._progress.add_task("scanning", total=None, detail="")

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def scanned(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)

    def planned(self, planned: Planned) -> None:
        detail = f"about {duration(planned.seconds)}" if planned.steps else ""
        self._progress.update(
            self._task, description="reading", completed=0, total=planned.steps, detail=detail
        )

    def update(self, done: int, speed: str, path: str, eta: float) -> None:
        from repo_mhm.formatting import safe

        detail = f"{speed}, {duration(eta)} to go  {safe(path)}"
        self._progress.update(self._task, completed=done, detail=detail)

    def saving(self, tokens: int) -> None:
        detail = f"evaluating {tokens:,} tokens of memory, so that answers start at once"
        self._progress.update(self._task, description="saving", detail=detail)
