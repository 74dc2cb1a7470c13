"""`repo-mhm watch`: keep the memory current while you work, and print a line for every index."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repo_mhm.cli.index import Number, Text
from repo_mhm.cli.options import JsonOption, PathArgument

if TYPE_CHECKING:
    from repo_mhm.memory.index_run import IndexResult


def watch(
    path: PathArgument = Path(),
    depth: Annotated[
        Text, typer.Option("--depth", help="skim, read, or auto: skim all, then read whole.")
    ] = None,
    model: Annotated[
        Text, typer.Option("--model", help="A model's name, or the path of a GGUF file.")
    ] = None,
    threads: Annotated[
        Number, typer.Option("--threads", help="CPU threads.", show_default="physical cores")
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Read what changed until now, then end: for hooks.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Keep the memory current while you work, at low priority; Ctrl-C ends it and loses nothing."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands.watch import refresh_once
    from repo_mhm.commands.watch import watch as run
    from repo_mhm.memory.index_run import IndexResult

    overrides = {"depth": depth, "model": model, "threads": threads}
    if not once:
        console(stderr=True).print("watching; Ctrl-C ends it")
    events = refresh_once(path, overrides) if once else run(path, overrides)
    for event in events:
        if isinstance(event, IndexResult):
            print_json(asdict(event)) if json else _print_summary(event)


def _print_summary(result: IndexResult) -> None:
    from datetime import datetime

    from repo_mhm.cli.index import summary
    from repo_mhm.cli.terminal import console

    console().print(f"{datetime.now():%H:%M:%S}  {summary(result)}")
