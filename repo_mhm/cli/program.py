"""Joins the commands of `repo-mhm`. Every heavy import is inside the command that needs it."""

from __future__ import annotations

from typing import Annotated

import typer

from repo_mhm import __version__
from repo_mhm.cli import (
    ask,
    bench,
    chat,
    chunks,
    config,
    hook,
    index,
    log,
    map_page,
    mcp,
    memory,
    model,
    review,
    search,
    status,
    watch,
)
from repo_mhm.cli.command_line import TYPED, CommandGroup, Program
from repo_mhm.errors import UsageError

app = CommandGroup(
    "repo-mhm model pull",
    'repo-mhm ask "where are sessions closed?"',
    "repo-mhm index",
    name="repo-mhm",
    cls=Program,
    help="Ask a whole repository, with a model that runs on your own machine.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add("ask", *ask.EXAMPLES)(ask.ask)
app.add("search", *search.EXAMPLES)(search.search)
app.add("log", *log.EXAMPLES)(log.log)
app.add("chat", *chat.EXAMPLES)(chat.chat)
app.add("index", *index.EXAMPLES)(index.index)
app.add("watch", *watch.EXAMPLES)(watch.watch)
app.add("review", *review.EXAMPLES)(review.review)
app.add("map", *map_page.EXAMPLES)(map_page.map_)
app.add("status", *status.STATUS_EXAMPLES)(status.status)
app.add("doctor", *status.DOCTOR_EXAMPLES)(status.doctor)
app.add("gc", *memory.GC_EXAMPLES)(memory.gc)
app.add("chunks", *chunks.CHUNKS_EXAMPLES)(chunks.chunks)
app.add("plan", *chunks.PLAN_EXAMPLES)(chunks.plan)
app.add_typer(hook.app, name="hook")
app.add_typer(memory.app, name="memory")
app.add_typer(model.app, name="model")
app.add_typer(config.app, name="config")
app.add_typer(mcp.app, name="mcp")
app.add_typer(bench.app, name="bench")


def _print_version(context: typer.Context, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    if "--json" in context.meta[TYPED]:
        import platform

        from repo_mhm.cli.terminal import print_json

        system = f"{platform.system()} {platform.machine()}"
        version = {"version": __version__, "python": platform.python_version(), "system": system}
        print_json(version)
    else:
        typer.echo(f"repo-mhm {__version__}")
    raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            "-V",
            help="Print the version and exit; with --json, as JSON.",
            callback=_print_version,
            is_eager=True,
        ),
    ] = False,
    json: Annotated[bool, typer.Option("--json", hidden=True, help="With --version.")] = False,
) -> None:
    if json:
        raise UsageError(
            "--json goes behind the command", hint="For example: repo-mhm status --json"
        )
