"""`repo-mhm hook`: have every commit or push reviewed, and the memory kept current."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from repo_mhm.cli.options import JsonOption, PathArgument
from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from repo_mhm.git.hooks import Hook

app = typer.Typer(
    help="Have git hooks review every commit or push, or keep the memory current.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Text = Optional[str]  # noqa: UP045 (Typer evaluates it on Python 3.10)
StageOption = Annotated[
    Text, typer.Option("--stage", help="pre-commit, pre-push, post-commit …", metavar="STAGE")
]


@app.command("install")
def install(
    path: PathArgument = Path(),
    stage: Annotated[
        Text,
        typer.Option(
            "--stage", help="pre-commit or pre-push.", metavar="STAGE", show_default="pre-commit"
        ),
    ] = None,
    refresh: Annotated[
        bool,
        typer.Option(
            "--refresh",
            help="Keep the memory current instead: after commit, merge, checkout, rebase.",
        ),
    ] = False,
    fail_on: Annotated[
        Text,
        typer.Option("--fail-on", help="Stop the commit or push on an error, or on a warning too."),
    ] = None,
    timeout: Annotated[
        str, typer.Option("--timeout", help="Time for the whole review; then it lets pass.")
    ] = "60s",
    no_model: Annotated[
        bool, typer.Option("--no-model", help="Only look at impact; ask no model.")
    ] = False,
    shared: Annotated[
        bool,
        typer.Option("--shared", help="Even where core.hooksPath serves all your repositories."),
    ] = False,
) -> None:
    """Install the hook. One that is there already is kept and runs first.

    With --refresh: hooks that read what changed in the background, at low priority; git does not wait for them.
    """
    from repo_mhm.cli.review import level_named
    from repo_mhm.cli.terminal import console
    from repo_mhm.commands import hook as command
    from repo_mhm.config import parse_duration
    from repo_mhm.formatting import safe
    from repo_mhm.git.hooks import REFRESHES

    parse_duration(timeout)
    arguments = ["--timeout", timeout]
    if fail_on is not None:
        arguments += ["--fail-on", level_named(fail_on)]
    if no_model:
        arguments.append("--no-model")
    if refresh and (stage or fail_on or no_model):
        raise UsageError(
            "--refresh goes with no option of a review", hint="Install the two one after the other."
        )
    stages = REFRESHES if refresh else (command.review_stage(stage or "pre-commit"),)
    for one in stages:
        done = command.install(path, one, [] if refresh else arguments, shared=shared)
        console().print(f"installed {safe(str(done.path))}")
        if done.chained:
            console().print(f"the hook that was there runs first: {safe(str(done.chained))}")


@app.command("uninstall")
def uninstall(path: PathArgument = Path(), stage: StageOption = None) -> None:
    """Remove what `install` made, and only that; without --stage for every stage."""
    from repo_mhm.cli.terminal import console
    from repo_mhm.commands import hook as command
    from repo_mhm.git.hooks import STAGES

    stages = STAGES if stage is None else (command.stage_named(stage),)
    removed = command.uninstall(path, stages)
    console().print(
        f"removed: {', '.join(removed)}" if removed else "no hook of repo-mhm is installed"
    )


@app.command("status")
def status(path: PathArgument = Path(), json: JsonOption = False) -> None:
    """Say which hooks are installed, and where."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands import hook as command
    from repo_mhm.formatting import safe

    found = command.status(path)
    if json:
        print_json({"hooks": [asdict(one) for one in found]})
        return
    for one in found:
        console().print(f"{one.stage}: {safe(_said(one))}")


def _said(hook: Hook) -> str:
    if not hook.installed:
        return f"not installed{f' (another hook is at {hook.path})' if hook.other else ''}"
    text = f"installed at {hook.path}"
    if hook.chained:
        text += f", after {hook.chained.name}"
    if hook.edited:
        text += ", changed by hand since"
    return text
