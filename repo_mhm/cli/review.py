"""`repo-mhm review`: options in, a report out; for people, scripts, code scanning and git hooks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from repo_mhm.cli.command_line import set_verbose
from repo_mhm.cli.completion import model_names
from repo_mhm.cli.fast_path import nothing_staged
from repo_mhm.cli.options import (
    DURATION,
    SEVERITIES,
    JsonOption,
    RepoOption,
    ReviewStage,
    Severity,
)
from repo_mhm.errors import UsageError
from repo_mhm.formatting import safe
from repo_mhm.review import BASELINE

if TYPE_CHECKING:
    from repo_mhm.review.report import Report

EXIT_FINDINGS = 3
"""Exit code when `--fail-on` found something."""

EXAMPLES = (
    "repo-mhm review",
    "repo-mhm review HEAD~1",
    "repo-mhm review main...HEAD --fail-on warning",
    "repo-mhm review --staged --json",
    "repo-mhm review --format quickfix",
)

Range = Annotated[
    str | None,
    typer.Argument(
        help="Review what a commit changed, or the commits of a range: A..B or A...B.",
        metavar="COMMIT|RANGE",
    ),
]
Staged = Annotated[bool, typer.Option("--staged", help="Review what the next commit changes.")]
Working = Annotated[
    bool, typer.Option("--working", help="Review all that is not committed (the default).")
]
Stdin = Annotated[bool, typer.Option("--stdin", help="Review a unified diff from stdin.")]
Hook = Annotated[
    ReviewStage | None,
    typer.Option(
        "--hook",
        help="Run as this git hook: end after 60s, print nothing where there is nothing to say.",
        metavar="pre-commit|pre-push",
    ),
]
Stage = Annotated[
    ReviewStage | None,
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
ReviewFormat = Literal["text", "json", "vimgrep", "quickfix", "github", "sarif", "gitlab"]
Format = Annotated[
    ReviewFormat | None,
    typer.Option(
        "--format",
        help="Print it for people, scripts, editors, GitHub, GitLab or code scanning.",
        metavar="|".join(get_args(ReviewFormat)),
        show_default="text",
    ),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Say on stderr what is done; with --hook, also where there is nothing to say.",
        callback=set_verbose,
        is_eager=True,
    ),
]
Sarif = Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0, for code scanning.")]
FailOn = Annotated[
    Severity | None,
    typer.Option(
        "--fail-on",
        help="Exit with 3 on a finding of this severity or a worse one, "
        "and where a file could not be searched for secrets.",
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
        metavar="FILE",
        help="Leave out the findings that this file lists.",
        show_default=BASELINE,
    ),
]
NewBaseline = Annotated[
    Path | None,
    typer.Option(
        "--write-baseline",
        metavar="FILE",
        help="Write the findings to this file, to be left out from now on.",
    ),
]
ReviewModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        autocompletion=model_names,
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
    form: Format = None,
    json: JsonOption = False,
    sarif: Sarif = False,
    fail_on: FailOn = None,
    timeout: Timeout = None,
    baseline: Baseline = None,
    write_baseline: NewBaseline = None,
    model: ReviewModelOption = None,
    no_model: NoModelOption = False,
    verbose: Verbose = False,
) -> None:
    """Review a change: what it touches and what it may break.

    With --hook a review that fails lets the commit or push pass, unless --fail-on is given.
    """
    if hook == "pre-commit" and nothing_staged(str(repo)):
        return
    from repo_mhm.cli.formats import chosen_format
    from repo_mhm.cli.report import print_report
    from repo_mhm.commands import review as command
    from repo_mhm.git import find_root
    from repo_mhm.review.baseline import write_baseline as write

    output_format = chosen_format(form, {"json": json, "sarif": sarif})
    stage = hook or stage
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
    if hook is not None and command.is_skipped():
        return

    def finish(report: Report) -> int:
        """Print the report; the exit status."""
        root = find_root(repo).path
        print_report(report, output_format, root, is_hook=hook is not None, verbose=verbose)
        sys.stdout.flush()
        return _status(report, fail_on, hook)

    options = command.ReviewOptions(timeout, baseline, model, finish)
    run = command.review if hook is None else command.review_in_hook
    report = run(source, options, _say)
    if report is None:
        if fail_on is not None:
            assert hook is not None
            _say_how_to_go_on(hook, has_findings=False)
            raise typer.Exit(EXIT_FINDINGS)
        return

    if write_baseline is not None:
        write(write_baseline, report.findings)
    if status := finish(report):
        raise typer.Exit(status)


def _status(report: Report, failing_severity: Severity | None, hook: str | None) -> int:
    """The exit status that a report asks for; says what somebody can do who is stopped."""
    from repo_mhm.review.findings import is_at_least, worst

    if failing_severity is None:
        return 0
    has_findings = is_at_least(worst(report.findings), failing_severity)
    if not has_findings and not report.unsearched:
        return 0
    if report.unsearched:
        more = f" and {len(report.unsearched) - 1:,} more" if len(report.unsearched) > 1 else ""
        _say(f"not searched for secrets, so --fail-on stops: {report.unsearched[0]}{more}")
    if hook is not None:
        _say_how_to_go_on(hook, has_findings=has_findings)
    return EXIT_FINDINGS


def _say_how_to_go_on(hook: str, *, has_findings: bool) -> None:
    """What somebody can do whose commit or push is stopped."""
    verb = "push" if hook == "pre-push" else "commit"
    _say(f"to {verb} all the same: REPO_MHM_SKIP=1 git {verb} …")
    if has_findings:
        _say("to silence a finding for good: write `repo-mhm: ignore` in a comment on its line")


def _say(text: str) -> None:
    sys.stderr.write(f"repo-mhm: {safe(text)}\n")
