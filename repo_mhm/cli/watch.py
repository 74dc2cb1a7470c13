"""`repo-mhm watch`: keep the memory current while you work, and print a line for every index."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repo_mhm.cli.options import (
    DepthOption,
    JsonOption,
    ModelOption,
    PathArgument,
    ThreadsOption,
    examples,
)

if TYPE_CHECKING:
    from repo_mhm.memory.index_run import IndexResult


EXAMPLES = examples("repo-mhm watch", "repo-mhm watch --once")


def watch(
    path: PathArgument = Path(),
    depth: DepthOption = None,
    model: ModelOption = None,
    threads: ThreadsOption = None,
    once: Annotated[
        bool,
        typer.Option("--once", help="Read what has changed until now, then end; hooks use this."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Keep the memory current while you work.

    It reads every change at low priority. Ctrl-C ends it; what it has read is kept.
    """
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands.watch import refresh_once
    from repo_mhm.commands.watch import watch as run
    from repo_mhm.memory.index_run import IndexResult

    overrides = {"depth": depth, "model": model, "threads": threads}
    if not once:
        console(stderr=True).print("watching; Ctrl-C ends it")
    events = refresh_once(path, overrides) if once else run(path, overrides)
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
