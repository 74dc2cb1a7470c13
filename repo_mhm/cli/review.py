"""`repo-mhm review`: options in, a report out; for people, scripts, code scanning and git hooks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from repo_mhm.cli.fast_path import nothing_staged
from repo_mhm.cli.options import (
    DURATION,
    SEVERITIES,
    FormatOption,
    JsonOption,
    RepoOption,
    examples,
)
from repo_mhm.errors import UsageError
from repo_mhm.formatting import safe
from repo_mhm.review import BASELINE

EXIT_FINDINGS = 3
"""Exit code when `--fail-on` found something."""

EXAMPLES = examples(
    "repo-mhm review",
    "repo-mhm review main...HEAD --fail-on warning",
    "repo-mhm review --staged --json",
    "repo-mhm review --format quickfix",
)

Range = Annotated[
    str | None,
    typer.Argument(help="Review the commits of a range, A..B or A...B.", metavar="RANGE"),
]
Staged = Annotated[bool, typer.Option("--staged", help="Review what the next commit changes.")]
Working = Annotated[
    bool, typer.Option("--working", help="Review all that is not committed (the default).")
]
Stdin = Annotated[bool, typer.Option("--stdin", help="Review a unified diff from stdin.")]
Hook = Annotated[
    str | None,
    typer.Option(
        "--hook",
        help="Run as this git hook: stop after 60s, and let the change pass if the review fails.",
        metavar="pre-commit|pre-push",
    ),
]
Stage = Annotated[
    str | None,
    typer.Option(
        "--stage",
        help="Review what this git hook is run for; pre-push reads git's lines from stdin.",
        metavar="pre-commit|pre-push",
    ),
]
Remote = Annotated[
    str,
    typer.Option("--remote", help="With pre-push: the remote that git pushes to.", metavar="NAME"),
]
Sarif = Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0, for code scanning.")]
FailOn = Annotated[
    str | None,
    typer.Option(
        "--fail-on",
        help="Exit with 3 if there is a finding of this severity or a worse one.",
        metavar=SEVERITIES,
    ),
]
Timeout = Annotated[
    str | None,
    typer.Option(
        "--timeout",
        help="Stop after this time, for example 60s, and list what was not reviewed.",
        metavar=DURATION,
    ),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        help="Leave out the findings that this file lists.",
        show_default=BASELINE,
    ),
]
NewBaseline = Annotated[
    Path | None,
    typer.Option(
        "--write-baseline", help="Write the findings to this file, to be left out from now on."
    ),
]
ReviewModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="Let this model, or the GGUF file at this path, weigh small changes as well.",
    ),
]
NoModelOption = Annotated[
    bool, typer.Option("--no-model", help="Review by rule alone (the default).")
]


def review(  # noqa: PLR0913  Typer takes each option as an argument
    revisions: Range = None,
    repo: RepoOption = Path(),
    staged: Staged = False,
    working: Working = False,
    stdin: Stdin = False,
    hook: Hook = None,
    stage: Stage = None,
    remote: Remote = "",
    form: FormatOption = None,
    json: JsonOption = False,
    sarif: Sarif = False,
    fail_on: FailOn = None,
    timeout: Timeout = None,
    baseline: Baseline = None,
    write_baseline: NewBaseline = None,
    model: ReviewModelOption = None,
    no_model: NoModelOption = False,
) -> None:
    """Review a change: what it touches and what it may break.

    With --hook a review that fails lets the commit or push pass.
    """
    if hook == "pre-commit" and nothing_staged(str(repo)):
        return
    from repo_mhm.cli.formats import chosen_format
    from repo_mhm.cli.report import print_report
    from repo_mhm.commands import review as command
    from repo_mhm.commands.hook import review_stage
    from repo_mhm.git import find_root
    from repo_mhm.review.baseline import write_baseline as write
    from repo_mhm.review.findings import is_at_least, severity_named, worst

    failing_severity = severity_named(fail_on) if fail_on else None
    output_format = chosen_format(form, {"json": json, "sarif": sarif})
    named_stage = hook or stage
    if named_stage is not None:
        stage = review_stage(named_stage)

    source = command.ChangeSource(
        repo,
        revisions,
        staged=staged or stage == "pre-commit",
        working=working,
        stdin=stdin,
        pushed=stage == "pre-push",
        remote=remote,
    )
    if model and no_model:
        raise UsageError("--model cannot be combined with --no-model", hint="Give one of them.")
    options = command.ReviewOptions(timeout, baseline, model)
    run = command.review if hook is None else command.review_in_hook
    report = run(source, options, _say)
    if report is None:
        return

    if write_baseline is not None:
        write(write_baseline, report.findings)
    print_report(report, output_format, find_root(repo).path, quiet=hook is not None)
    if failing_severity is not None and is_at_least(worst(report.findings), failing_severity):
        sys.stdout.flush()
        if hook is not None:
            _say_how_to_go_on(hook)
        raise typer.Exit(EXIT_FINDINGS)


def _say_how_to_go_on(hook: str) -> None:
    """What somebody can do whose commit or push is stopped."""
    verb = "push" if hook == "pre-push" else "commit"
    _say(f"to {verb} all the same: REPO_MHM_SKIP=1 git {verb} …")
    _say("to silence a finding for good: write `repo-mhm: ignore` in a comment on its line")


def _say(text: str) -> None:
    sys.stderr.write(f"repo-mhm: {safe(text)}\n")
