"""`repo-mhm watch`: keep the memory current while you work, and print a line for every index."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repo_mhm.cli.options import (
    DURATION,
    DepthOption,
    JsonOption,
    ModelOption,
    PathArgument,
    ThreadsOption,
)
from repo_mhm.cli.termination import SIGTERM_EXIT, Terminated, ending_on_sigterm
from repo_mhm.errors import RepoMhmError
from repo_mhm.formatting import rough_duration, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_mhm.commands.index import IndexEvent
    from repo_mhm.memory.index_plan import Extent
    from repo_mhm.memory.index_run import IndexResult


EXAMPLES = ("repo-mhm watch", "repo-mhm watch --once --budget 2m")

BudgetOption = Annotated[
    str | None,
    typer.Option(
        "--budget",
        help="Read for so long at most after each change, for example 2m.",
        metavar=DURATION,
        show_default="10m",
    ),
]
HookOption = Annotated[
    Path | None,
    typer.Option(
        "--hook",
        help="For git hooks: do nothing unless the repository was indexed, and end when this file "
        "of the hook is removed.",
        show_default=False,
    ),
]


def watch(  # noqa: PLR0913  an argument for each option
    path: PathArgument = Path(),
    depth: DepthOption = None,
    model: ModelOption = None,
    threads: ThreadsOption = None,
    once: Annotated[
        bool,
        typer.Option("--once", help="Read what has changed until now, then end; hooks use this."),
    ] = False,
    budget: BudgetOption = None,
    hook: HookOption = None,
    json: JsonOption = False,
) -> None:
    """Keep the memory current while you work.

    It reads every change at low priority. Ctrl-C ends it; what it has read is kept.
    """
    from repo_mhm.cli.terminal import console
    from repo_mhm.commands.watch import refresh_once
    from repo_mhm.commands.watch import watch as run
    from repo_mhm.commands.workspace import open_workspace, remote_servers
    from repo_mhm.formatting import safe

    overrides = {"depth": depth, "model": model, "threads": threads}
    extent = _extent(budget)
    if hook is not None:
        _refresh_for_hook(path, overrides, extent, hook)
        return
    for server in remote_servers(open_workspace(path, overrides).settings, "notes"):
        console(stderr=True).print(f"{safe(server)} is asked: code is sent there")
    if not once:
        console(stderr=True).print("watching; Ctrl-C ends it")
    events = refresh_once(path, overrides, extent) if once else run(path, overrides, extent=extent)
    _print_results(events, json)


def _extent(budget: str | None) -> Extent:
    """What adds most of what changed, within a time."""
    from dataclasses import replace

    from repo_mhm.durations import parse_duration
    from repo_mhm.memory.index_plan import USEFUL

    return replace(USEFUL, budget_seconds=parse_duration(budget)) if budget else USEFUL


def _print_results(events: Iterator[IndexEvent], json: bool) -> None:
    from repo_mhm.cli.terminal import print_json
    from repo_mhm.memory.index_run import IndexResult

    for event in events:
        if not isinstance(event, IndexResult):
            continue
        if json:
            print_json(asdict(event))
        else:
            _print_summary(event)


def _print_summary(result: IndexResult) -> None:
    from datetime import datetime

    from repo_mhm.cli.index import summary
    from repo_mhm.cli.terminal import console

    console().print(f"{datetime.now():%H:%M:%S}  {summary(result)}")


def _refresh_for_hook(
    path: Path, overrides: dict[str, str | int | None], extent: Extent, hook: Path
) -> None:
    """Refresh, with a line in the log when it begins and one when it ends, however it ends."""
    from repo_mhm.cli.index import summary
    from repo_mhm.commands.hook_refresh import ending_with_hook, was_indexed
    from repo_mhm.commands.watch import refresh_once
    from repo_mhm.git import state_dir
    from repo_mhm.memory.index_run import IndexResult
    from repo_mhm.store.cleanup import append_to_log, print_to_log

    directory = state_dir(path)
    print_to_log(directory)
    if not was_indexed(directory):
        append_to_log(directory, "nothing refreshed: never indexed; run `repo-mhm index`")
        return

    limit = rough_duration(extent.budget_seconds or 0)
    process = f"process {os.getpid()}"
    append_to_log(
        directory, f"{process}: a refresh begins, {limit} at most, after {safe(hook.name)}"
    )
    closing = "ended by a defect"
    try:
        with ending_on_sigterm(), ending_with_hook(hook):
            events = list(refresh_once(path, overrides, extent))
        results = [event for event in events if isinstance(event, IndexResult)]
        closing = summary(results[-1]) if results else "another refresh waits already"
    except Terminated:
        closing = "ended, as its hook was removed; finished steps are kept"
        raise typer.Exit(SIGTERM_EXIT) from None
    except RepoMhmError as exc:
        closing = f"ended by an error: {exc.message}. {exc.hint}"
        raise typer.Exit(exc.exit_code) from None
    finally:
        append_to_log(directory, f"{process}: {safe(closing)}")
