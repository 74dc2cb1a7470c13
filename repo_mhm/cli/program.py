"""Joins the commands of `repo-mhm`. Every heavy import is inside the command that needs it."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer
import typer.core

from repo_mhm import __version__
from repo_mhm.cli import (
    ask,
    bench,
    chat,
    chunks,
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
from repo_mhm.cli.options import examples


class _Commands(typer.core.TyperGroup):
    """The commands. One whose reader closes the pipe (`| head`) ends without an error."""

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # The interpreter would otherwise report the rest of its buffer while it shuts down.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit from None
        return result


app = typer.Typer(
    name="repo-mhm",
    cls=_Commands,
    help="Ask a whole repository, with a model that runs on your own machine.",
    epilog=examples(
        "repo-mhm model pull",
        'repo-mhm ask "where are sessions closed?"',
        "repo-mhm index",
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich alone would take half of the 150 ms `--help` may take
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("ask", epilog=ask.EXAMPLES)(ask.ask)
app.command("search", epilog=search.EXAMPLES)(search.search)
app.command("log", epilog=log.EXAMPLES)(log.log)
app.command("chat", epilog=chat.EXAMPLES)(chat.chat)
app.command("index", epilog=index.EXAMPLES)(index.index)
app.command("watch", epilog=watch.EXAMPLES)(watch.watch)
app.command("review", epilog=review.EXAMPLES)(review.review)
app.command("map", epilog=map_page.EXAMPLES)(map_page.map_)
app.command("status", epilog=status.STATUS_EXAMPLES)(status.status)
app.command("doctor", epilog=status.DOCTOR_EXAMPLES)(status.doctor)
app.command("gc", epilog=memory.GC_EXAMPLES)(memory.gc)
app.command("chunks", epilog=chunks.CHUNKS_EXAMPLES)(chunks.chunks)
app.command("plan", epilog=chunks.PLAN_EXAMPLES)(chunks.plan)
app.add_typer(hook.app, name="hook")
app.add_typer(memory.app, name="memory")
app.add_typer(model.app, name="model")
app.add_typer(mcp.app, name="mcp")
app.add_typer(bench.app, name="bench")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"repo-mhm {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    pass
