"""`repo-mhm review`: options in, a report out; for people, scripts, code scanning and git hooks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from repo_mhm.cli.fast_path import nothing_staged
from repo_mhm.formatting import safe
from repo_mhm.review import BASELINE

EXIT_FINDINGS = 3
"""Exit code when `--fail-on` found something."""

OptionalText = Optional[str]  # noqa: UP045  Typer evaluates it on Python 3.10
OptionalPath = Optional[Path]  # noqa: UP045
Range = Annotated[OptionalText, typer.Argument(help="A range, A..B or A...B.", metavar="[RANGE]")]
Repo = Annotated[Path, typer.Option("--repo", help="A folder in the repository.")]
Staged = Annotated[bool, typer.Option("--staged", help="Review what the next commit changes.")]
Working = Annotated[
    bool, typer.Option("--working", help="Review all that is not committed (the default).")
]
Stdin = Annotated[bool, typer.Option("--stdin", help="Review a unified diff from stdin.")]
Hook = Annotated[
    OptionalText,
    typer.Option("--hook", help="Run as the git hook of this stage.", metavar="STAGE"),
]
Stage = Annotated[
    OptionalText,
    typer.Option(
        "--stage", help="pre-push: read git's pre-push protocol from stdin.", metavar="STAGE"
    ),
]
Remote = Annotated[str, typer.Option("--remote", help="The remote a pre-push hook pushes to.")]
Format = Annotated[
    str, typer.Option("--format", help="text, json, sarif or github.", metavar="FORMAT")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Sarif = Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0 for code scanning.")]
FailOn = Annotated[
    OptionalText,
    typer.Option("--fail-on", help="Exit with 3 on findings this bad: error, warning or info."),
]
Timeout = Annotated[
    OptionalText, typer.Option("--timeout", help="Time for the whole review, e.g. 60s.")
]
Baseline = Annotated[
    OptionalPath,
    typer.Option(
        "--baseline", help="A file of known findings to leave out.", show_default=BASELINE
    ),
]
NewBaseline = Annotated[
    OptionalPath,
    typer.Option("--write-baseline", help="Write the findings to this file, as known from now on."),
]
ModelName = Annotated[
    OptionalText, typer.Option("--model", help="A model's name, or the path of a GGUF file.")
]
NoModel = Annotated[bool, typer.Option("--no-model", help="Only look at impact; ask no model.")]


def review(  # noqa: PLR0913  Typer takes each option as an argument
    revisions: Range = None,
    repo: Repo = Path(),
    staged: Staged = False,
    working: Working = False,
    stdin: Stdin = False,
    hook: Hook = None,
    stage: Stage = None,
    remote: Remote = "",
    form: Format = "text",
    json: Json = False,
    sarif: Sarif = False,
    fail_on: FailOn = None,
    timeout: Timeout = None,
    baseline: Baseline = None,
    write_baseline: NewBaseline = None,
    model: ModelName = None,
    no_model: NoModel = False,
) -> None:
    """Review a change before people do: what it touches and what it may break.

    As a git hook (--hook) the review never stops a commit by failing.
    """
    if hook == "pre-commit" and nothing_staged(str(repo)):
        return
    from repo_mhm.cli.report import format_named, print_report
    from repo_mhm.commands import review as command
    from repo_mhm.commands.hook import review_stage
    from repo_mhm.review.baseline import write_baseline as write
    from repo_mhm.review.findings import is_at_least, severity_named, worst

    level = severity_named(fail_on) if fail_on else None
    output = format_named("json" if json else "sarif" if sarif else form)
    stage = review_stage(hook) if hook is not None else stage

    source = command.ChangeSource(
        repo,
        revisions,
        staged or stage == "pre-commit",
        working,
        stdin,
        stage == "pre-push",
        remote,
    )
    options = command.ReviewOptions(timeout, baseline, model, no_model)
    report = (command.review_in_hook if hook else command.review)(source, options, _say)
    if report is None:
        return

    if write_baseline is not None:
        write(write_baseline, report.findings)
    print_report(report, output, quiet=hook is not None)
    if level is not None and is_at_least(worst(report.findings), level):
        sys.stdout.flush()
        raise typer.Exit(EXIT_FINDINGS)


def _say(text: str) -> None:
    sys.stderr.write(f"repo-mhm: {safe(text)}\n")
