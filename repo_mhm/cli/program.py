"""Joins the commands of `repo-mhm`. Each is imported when it is asked for."""

from __future__ import annotations

from typing import Annotated, ClassVar

import typer

from repo_mhm import __version__
from repo_mhm.cli.command_line import TYPED, CommandGroup
from repo_mhm.cli.lazy_commands import LazyProgram, Source
from repo_mhm.errors import UsageError


class _RepoMhm(LazyProgram):
    sources: ClassVar = {
        "ask": Source("ask", "ask"),
        "search": Source("search", "search"),
        "log": Source("log", "log"),
        "chat": Source("chat", "chat"),
        "index": Source("index", "index"),
        "watch": Source("watch", "watch"),
        "review": Source("review", "review"),
        "map": Source("map_page", "map_"),
        "status": Source("status", "status", "STATUS_EXAMPLES"),
        "doctor": Source("status", "doctor", "DOCTOR_EXAMPLES"),
        "gc": Source("memory", "gc", "GC_EXAMPLES"),
        "chunks": Source("chunks", "chunks", "CHUNKS_EXAMPLES"),
        "plan": Source("chunks", "plan", "PLAN_EXAMPLES"),
        "hook": Source("hook"),
        "memory": Source("memory"),
        "model": Source("model"),
        "config": Source("config"),
        "mcp": Source("mcp"),
        "bench": Source("bench"),
    }


app = CommandGroup(
    "repo-mhm model pull",
    'repo-mhm ask "where are sessions closed?"',
    "repo-mhm index",
    name="repo-mhm",
    cls=_RepoMhm,
    help="Ask a whole repository, with a model that runs on your own machine.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
