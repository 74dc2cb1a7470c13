"""`repo-mhm hook`: have every commit or push reviewed, and the memory kept current."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from repo_mhm.cli.command_line import CommandGroup
from repo_mhm.cli.completion import model_names
from repo_mhm.cli.options import (
    DURATION,
    SEVERITIES,
    JsonOption,
    PathArgument,
    ReviewStage,
    Severity,
)
from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from repo_mhm.git.hooks import Hook

Stage = Literal[
    "pre-commit", "pre-push", "post-commit", "post-merge", "post-checkout", "post-rewrite"
]
"""Git hooks that can be installed."""

app = CommandGroup(
    "repo-mhm hook install --fail-on error",
    "repo-mhm hook status",
    help="Install git hooks that review changes or refresh the memory.",
)
ReviewStageOption = Annotated[
    ReviewStage | None,
    typer.Option(
        "--stage",
        help="Review before each commit, or before each push.",
        metavar="pre-commit|pre-push",
        show_default="pre-commit",
    ),
]
AnyStage = Annotated[
    Stage | None,
    typer.Option(
        "--stage",
        help="Remove only the hook of this stage, for example pre-push.",
        metavar="STAGE",
        show_default="all",
    ),
]
Refresh = Annotated[
    bool,
    typer.Option(
        "--refresh",
        help="Refresh the memory after each commit, merge, checkout and rebase instead.",
    ),
]
RefreshBudget = Annotated[
    str,
    typer.Option(
        "--budget",
        help="With --refresh: how long each refresh may read, for example 5m.",
        metavar=DURATION,
    ),
]
FailOn = Annotated[
    Severity | None,
    typer.Option(
        "--fail-on",
        help="Stop the commit or push on a finding of this severity or a worse one.",
        metavar=SEVERITIES,
    ),
]
Timeout = Annotated[
    str,
    typer.Option(
        "--timeout",
        help="End the review after this time and let the commit or push pass.",
        metavar=DURATION,
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        help="Let this model weigh small changes as well, in each review.",
        autocompletion=model_names,
    ),
]
NoModel = Annotated[bool, typer.Option("--no-model", help="Review by rule alone (the default).")]
Shared = Annotated[
    bool,
    typer.Option(
        "--shared", help="Install even if core.hooksPath makes the hook run in other repositories."
    ),
]

Yes = Annotated[
    bool,
    typer.Option(
        "--yes", "-y", help="Do not ask where the folder of the hooks lies outside the repository."
    ),
]


@app.add(
    "install",
    "repo-mhm hook install --fail-on error",
    "repo-mhm hook install --stage pre-push",
    "repo-mhm hook install --refresh --budget 1m",
)
def install(  # noqa: PLR0913  Typer takes each option as an argument
    path: PathArgument = Path(),
    stage: ReviewStageOption = None,
    refresh: Refresh = False,
    budget: RefreshBudget = "2m",
    fail_on: FailOn = None,
    timeout: Timeout = "60s",
    model: Model = None,
    no_model: NoModel = False,
    shared: Shared = False,
    yes: Yes = False,
    json: JsonOption = False,
) -> None:
    """Install a git hook that reviews each commit or push.

    A hook that is there already is kept and runs first. With --refresh this installs hooks that
    refresh the memory instead, where there is one. They run in the background, within a time, and
    git does not wait for them.
    """
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands import hook as command
    from repo_mhm.durations import parse_duration
    from repo_mhm.formatting import safe
    from repo_mhm.git.hook_scripts import REFRESHES

    parse_duration(budget)
    arguments = ["--budget", budget] if refresh else _review_arguments(fail_on, timeout, model)
    if refresh and (stage or fail_on or model or no_model):
        raise UsageError(
            "--refresh cannot be combined with --stage, --fail-on, --model or --no-model",
            hint="Install the two kinds of hooks one after the other.",
        )

    if refresh:
        command.check_indexed(path)
    if not yes:
        _ask_about_outside(path)
    stages: tuple[Stage, ...] = REFRESHES if refresh else (stage or "pre-commit",)
    installed = [command.install(path, each, arguments, shared=shared) for each in stages]
    if json:
        print_json({"hooks": [asdict(hook) for hook in installed]})
        return
    for hook in installed:
        console().print(f"installed {safe(str(hook.path))}")
        if hook.chained:
            console().print(f"the hook that was there runs first: {safe(str(hook.chained))}")


def _ask_about_outside(path: Path) -> None:
    """Ask before a file is written or removed in a folder that the repository names elsewhere.

    Raises UsageError where nobody can answer.
    """
    from repo_mhm.cli.chat_start import in_terminal
    from repo_mhm.formatting import safe
    from repo_mhm.git.hooks import outside_folder

    folder = outside_folder(path)
    if folder is None:
        return
    text = f"this repository takes its hooks from {safe(str(folder))}, which lies outside of it"
    if not in_terminal():
        raise UsageError(text, hint="If that folder is yours, add --yes.")
    typer.confirm(f"{text}. Use that folder?", abort=True, err=True)


def _review_arguments(fail_on: Severity | None, timeout: str, model: str | None) -> list[str]:
    """The arguments that the hook gives to `repo-mhm review`, checked."""
    from repo_mhm.durations import parse_duration

    parse_duration(timeout)
    arguments = ["--timeout", timeout]
    if fail_on is not None:
        arguments += ["--fail-on", fail_on]
    if model is not None:
        arguments += ["--model", model]
    return arguments


@app.add("uninstall", "repo-mhm hook uninstall", "repo-mhm hook uninstall --stage pre-push")
def uninstall(
    path: PathArgument = Path(),
    stage: AnyStage = None,
    yes: Yes = False,
    json: JsonOption = False,
) -> None:
    """Remove the hooks that `install` wrote; put back those it kept."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands import hook as command
    from repo_mhm.git.hook_scripts import STAGES

    stages = STAGES if stage is None else (stage,)
    if not yes:
        _ask_about_outside(path)
    removed = command.uninstall(path, stages)
    if json:
        print_json({"removed": removed})
        return
    console().print(
        f"removed: {', '.join(removed)}" if removed else "no hook of repo-mhm is installed"
    )


@app.add("status", "repo-mhm hook status", "repo-mhm hook status --json")
def status(path: PathArgument = Path(), json: JsonOption = False) -> None:
    """Show which hooks are installed, and where."""
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
