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
OptionalText = Optional[str]  # noqa: UP045  Typer evaluates it on Python 3.10
ReviewStage = Annotated[
    OptionalText,
    typer.Option(
        "--stage", help="pre-commit or pre-push.", metavar="STAGE", show_default="pre-commit"
    ),
]
AnyStage = Annotated[
    OptionalText,
    typer.Option("--stage", help="pre-commit, pre-push, post-commit …", metavar="STAGE"),
]
Refresh = Annotated[
    bool,
    typer.Option(
        "--refresh",
        help="Keep the memory current instead: after commit, merge, checkout, rebase.",
    ),
]
FailOn = Annotated[
    OptionalText,
    typer.Option("--fail-on", help="Stop the commit or push on an error, or on a warning too."),
]
Timeout = Annotated[
    str, typer.Option("--timeout", help="Time for the whole review; then it lets the commit pass.")
]
NoModel = Annotated[bool, typer.Option("--no-model", help="Only look at impact; ask no model.")]
Shared = Annotated[
    bool,
    typer.Option("--shared", help="Even where core.hooksPath serves all your repositories."),
]


@app.command("install")
def install(  # noqa: PLR0913  Typer takes each option as an argument
    path: PathArgument = Path(),
    stage: ReviewStage = None,
    refresh: Refresh = False,
    fail_on: FailOn = None,
    timeout: Timeout = "60s",
    no_model: NoModel = False,
    shared: Shared = False,
) -> None:
    """Install the hook. One that is there already is kept and runs first.

    With --refresh: hooks that read what changed in the background, at low priority; git does not
    wait for them.
    """
    from repo_mhm.cli.terminal import console
    from repo_mhm.commands import hook as command
    from repo_mhm.formatting import safe
    from repo_mhm.git.hook_scripts import REFRESHES

    arguments = _review_arguments(fail_on, timeout, no_model)
    if refresh and (stage or fail_on or no_model):
        raise UsageError(
            "--refresh goes with no option of a review", hint="Install the two one after the other."
        )

    stages = REFRESHES if refresh else (command.review_stage(stage or "pre-commit"),)
    for each in stages:
        hook = command.install(path, each, [] if refresh else arguments, shared=shared)
        console().print(f"installed {safe(str(hook.path))}")
        if hook.chained:
            console().print(f"the hook that was there runs first: {safe(str(hook.chained))}")


def _review_arguments(fail_on: str | None, timeout: str, no_model: bool) -> list[str]:
    """The arguments that the hook gives to `repo-mhm review`, checked."""
    from repo_mhm.config import parse_duration
    from repo_mhm.review.findings import severity_named

    parse_duration(timeout)
    arguments = ["--timeout", timeout]
    if fail_on is not None:
        arguments += ["--fail-on", severity_named(fail_on)]
    if no_model:
        arguments.append("--no-model")
    return arguments


@app.command("uninstall")
def uninstall(path: PathArgument = Path(), stage: AnyStage = None) -> None:
    """Remove what `install` made, and only that; without --stage for every stage."""
    from repo_mhm.cli.terminal import console
    from repo_mhm.commands import hook as command
    from repo_mhm.git.hook_scripts import STAGES

    stages = STAGES if stage is None else (command.stage_named(stage),)
    removed = command.uninstall(path, stages)
    console().print(
        f"removed: {', '.join(removed)}" if removed else "no hook of repo-mhm is installed"
    )


@app.command("status")
def status(path: PathArgument = Path(), json: JsonOption = False) -> None:
    """Say which hooks are installed, and where."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.formatting import safe
    from repo_mhm.git import hooks

    all_hooks = hooks.status(path)
    if json:
        print_json({"hooks": [asdict(hook) for hook in all_hooks]})
        return
    for hook in all_hooks:
        console().print(f"{hook.stage}: {safe(_state(hook))}")


def _state(hook: Hook) -> str:
    if not hook.installed:
        other = f" (another hook is at {hook.path})" if hook.other else ""
        return f"not installed{other}"

    text = f"installed at {hook.path}"
    if hook.chained:
        text += f", after {hook.chained.name}"
    if hook.edited:
        text += ", changed by hand since"
    return text
