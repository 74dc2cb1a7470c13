"""`repo-mhm review`: what a change touches and may break, for people, scripts, code scanning and git hooks."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from json import dumps, loads
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from repo_mhm.cli.fast_path import nothing_staged
from repo_mhm.errors import RepoMhmError, UsageError
from repo_mhm.review import BASELINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_mhm.commands.review import Report, Reviewer
    from repo_mhm.git.changes import Changes
    from repo_mhm.review.findings import Severity
    from repo_mhm.review.model_session import Asker
    from repo_mhm.store import Store

Text = Optional[str]  # noqa: UP045 (Typer evaluates it on Python 3.10)
Place = Optional[Path]  # noqa: UP045
HOOK_TIMEOUT = "60s"
FOUND = 3
"""Exit code when `--fail-on` found something."""


def review(
    revisions: Annotated[
        Text, typer.Argument(help="A range, A..B or A...B.", metavar="[RANGE]")
    ] = None,
    repo: Annotated[Path, typer.Option("--repo", help="A folder in the repository.")] = Path(),
    staged: Annotated[
        bool, typer.Option("--staged", help="Review what the next commit changes.")
    ] = False,
    working: Annotated[
        bool, typer.Option("--working", help="Review all that is not committed (the default).")
    ] = False,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Review a unified diff from stdin.")
    ] = False,
    hook: Annotated[
        Text,
        typer.Option(
            "--hook", help="Run as the git hook of this stage: never in the way.", metavar="STAGE"
        ),
    ] = None,
    stage: Annotated[
        Text,
        typer.Option(
            "--stage", help="pre-push: read git's pre-push protocol from stdin.", metavar="STAGE"
        ),
    ] = None,
    remote: Annotated[
        str, typer.Option("--remote", help="The remote a pre-push hook pushes to.")
    ] = "",
    form: Annotated[
        str, typer.Option("--format", help="text, json, sarif or github.", metavar="FORMAT")
    ] = "text",
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    sarif: Annotated[
        bool, typer.Option("--sarif", help="Print SARIF 2.1.0 for code scanning.")
    ] = False,
    fail_on: Annotated[
        Text,
        typer.Option("--fail-on", help="Exit with 3 on findings this bad: error, warning or info."),
    ] = None,
    timeout: Annotated[
        Text, typer.Option("--timeout", help="Time for the whole review, e.g. 60s.")
    ] = None,
    baseline: Annotated[
        Place,
        typer.Option(
            "--baseline", help="A file of known findings to leave out.", show_default=BASELINE
        ),
    ] = None,
    write_baseline: Annotated[
        Place,
        typer.Option(
            "--write-baseline", help="Write the findings to this file, as known from now on."
        ),
    ] = None,
    model: Annotated[
        Text, typer.Option("--model", help="A model's name, or the path of a GGUF file.")
    ] = None,
    no_model: Annotated[
        bool, typer.Option("--no-model", help="Only look at impact; ask no model.")
    ] = False,
    opinions: Annotated[
        bool,
        typer.Option(
            "--opinions", help="Also ask what the model thinks of each change: for large models."
        ),
    ] = False,
) -> None:
    """Review a change before people do: what it touches, what it may break, what the memory knows about it."""
    if hook == "pre-commit" and nothing_staged(str(repo)):
        return
    level = level_named(fail_on) if fail_on else None
    from repo_mhm.cli.report import FORMATS, print_report

    shown = "json" if json else "sarif" if sarif else form
    if shown not in FORMATS:
        raise UsageError(f"there is no format {shown!r}", hint=f"Formats: {', '.join(FORMATS)}.")
    if hook is not None:
        from repo_mhm.commands.hook import review_stage

        stage = review_stage(hook)
    if (
        sum(
            (
                staged or stage == "pre-commit",
                working,
                stdin,
                revisions is not None,
                stage == "pre-push",
            )
        )
        > 1
    ):
        raise UsageError(
            "more than one change is named",
            hint="Give one of --staged, --working, --stdin or a range.",
        )
    source = _Source(
        repo, revisions, staged or stage == "pre-commit", stdin, stage == "pre-push", remote
    )
    options = _Options(
        timeout or (HOOK_TIMEOUT if hook else None), baseline, model, no_model, opinions
    )
    report = _hooked(source, options) if hook else _reviewed(source, options)
    if report is None:
        return
    if write_baseline is not None:
        _write_baseline(write_baseline, report)
    print_report(report, shown, quiet=hook is not None)
    from repo_mhm.review.findings import at_least, worst

    if level is not None and at_least(worst(report.findings), level):
        sys.stdout.flush()
        raise typer.Exit(FOUND)


def level_named(name: str) -> Severity:
    """The severity called `name`. Raises UsageError for another."""
    from repo_mhm.review.findings import SEVERITIES

    for severity in SEVERITIES:
        if severity == name:
            return severity
    raise UsageError(f"there is no severity {name!r}", hint=f"Severities: {', '.join(SEVERITIES)}.")


class _Source:
    """Where the change comes from."""

    def __init__(
        self,
        repo: Path,
        revisions: str | None,
        staged: bool,
        stdin: bool,
        pushed: bool,
        remote: str,
    ) -> None:
        self.repo, self._revisions, self._staged = repo, revisions, staged
        self._stdin, self._pushed, self._remote = stdin, pushed, remote

    def changes(self) -> tuple[Path, list[Changes]]:
        """The repository's root and the changes to review. Raises RepoMhmError when they cannot be had."""
        from repo_mhm.git import diff
        from repo_mhm.git.roots import find_root

        top = find_root(self.repo)
        root = top.path
        if top.kind == "folder":
            raise UsageError(f"{self.repo} is not in a git repository", hint="Run this inside one.")
        if self._pushed:
            return root, self._push(root)
        if self._stdin:
            return root, [diff.from_text(root, _read_stdin())]
        if self._revisions is not None:
            return root, [diff.between(root, self._revisions)]
        if self._staged:
            index = os.environ.get("GIT_INDEX_FILE")
            return root, [diff.staged(root, Path(index).absolute() if index else None)]
        return root, [diff.working(root)]

    def _push(self, root: Path) -> list[Changes]:
        from repo_mhm.git import diff

        # The pre-commit framework reads git's protocol itself and hands one range on.
        new = os.environ.get("PRE_COMMIT_TO_REF")
        if new:
            old = os.environ.get("PRE_COMMIT_FROM_REF") or "0" * len(new)
            remote = os.environ.get("PRE_COMMIT_REMOTE_NAME", self._remote)
            local = os.environ.get("PRE_COMMIT_LOCAL_BRANCH") or "HEAD"
            return diff.pushed(root, f"{local} {new} {local} {old}", remote)
        return diff.pushed(root, _read_stdin(), self._remote)


class _Options:
    """How to review."""

    def __init__(
        self,
        timeout: str | None,
        baseline: Path | None,
        model: str | None,
        no_model: bool,
        opinions: bool,
    ) -> None:
        self.timeout, self.baseline, self.opinions = timeout, baseline, opinions
        self.model, self.no_model = model, no_model


def _read_stdin() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "nothing comes in on stdin", hint="Pipe a diff in: git diff | repo-mhm review --stdin"
        )
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")


def _hooked(source: _Source, options: _Options) -> Report | None:
    """As a hook: whatever goes wrong is said, and lets the commit or push pass."""
    if os.environ.get("REPO_MHM_SKIP", "0") not in {"", "0"}:
        return None
    try:
        return _reviewed(source, options)
    except RepoMhmError as exc:
        _say(f"not reviewed: {exc.message}")
    except Exception as exc:  # noqa: BLE001 (a hook that fails must not be in the way of a commit)
        _say(f"not reviewed: {type(exc).__name__}: {exc}")
    return None


def _reviewed(source: _Source, options: _Options) -> Report:
    from repo_mhm.commands.review import Report, Reviewer, joined
    from repo_mhm.config import parse_duration
    from repo_mhm.git import state_dir
    from repo_mhm.store import find_store

    started = time.monotonic()
    seconds = parse_duration(options.timeout) if options.timeout else None
    reviewer = Reviewer(deadline=None if seconds is None else started + seconds)
    with Watchdog(reviewer, seconds):
        root, found = source.changes()
        if not any(changes.files or changes.left_out for changes in found):
            return Report(", ".join(changes.label for changes in found) or "nothing")
        reviewer.baseline = _read_baseline(root, options.baseline)
        directory = state_dir(root)
        store = _store(lambda: find_store(directory))
        try:
            reviewer.store = store
            reviewer.asker, note = _asker(root, directory, options)
            report = joined([reviewer.review(changes) for changes in found])
        finally:
            if store is not None:
                store.close()
        if note:
            _say(note)
        return report


def _store(find: Callable[[], Store | None]) -> Store | None:
    """The memory, if there is one in order: a review does without it rather than not at all."""
    from repo_mhm.errors import StoreError

    try:
        return find()
    except StoreError as exc:
        _say(f"the memory is not used: {exc.message}")
        return None


def _asker(root: Path, directory: Path, options: _Options) -> tuple[Asker | None, str]:
    """What asks the model, or a note that says why none is asked."""
    if options.no_model:
        return None, ""
    from repo_mhm import config
    from repo_mhm.commands.workspace import choose_model
    from repo_mhm.errors import ModelError
    from repo_mhm.review.model_session import Asker

    try:
        chosen = choose_model(config.load(root, {"model": options.model}), single_answer=True)
    except ModelError as exc:
        if options.model is not None:
            raise
        return None, f"no model was asked: {exc.message}"
    replies = directory / "state" / "reviews.json"
    return Asker(chosen.open, chosen.name, chosen.id, replies, opinions=options.opinions), ""


class Watchdog:
    """Ends the process, children included, when a review is still busy well after its time: fails open, aloud."""

    GRACE = 5.0

    def __init__(self, reviewer: Reviewer, seconds: float | None) -> None:
        from threading import Timer

        self._reviewer = reviewer
        self._timer = Timer(seconds + self.GRACE, self._end) if seconds is not None else None

    def __enter__(self) -> None:
        if self._timer:
            self._timer.daemon = True
            self._timer.start()

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()

    def _end(self) -> None:
        _say("the time was up before the review was done; it may have missed anything")
        for out in self._reviewer.late[:50]:
            _say(f"not reviewed: {out.path} ({out.reason})")
        for child in _children():
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
        os._exit(0)


def _children() -> list[int]:
    """Processes this one started and that still run, where the system lists them."""
    found: list[int] = []
    for listing in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(child) for child in listing.read_text().split()]
    return found


def _read_baseline(root: Path, given: Path | None) -> frozenset[str]:
    """Fingerprints of known findings. Raises UsageError when a file that was asked for is none."""
    path = given or root / BASELINE
    try:
        known = loads(path.read_text(encoding="utf-8"))["fingerprints"]
        return frozenset(map(str, known))
    except FileNotFoundError:
        if given is None:
            return frozenset()
        raise UsageError(
            f"there is no baseline {given}", hint="Make one with --write-baseline."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as exc:
        raise UsageError(
            f"{path} is no baseline: {exc}", hint="Make it anew with --write-baseline."
        ) from exc


def _write_baseline(path: Path, report: Report) -> None:
    known = {
        one.fingerprint: f"{one.path}: {one.category}: {one.message}" for one in report.findings
    }
    try:
        path.write_text(
            dumps({"schema": 1, "fingerprints": known}, indent=1, sort_keys=True) + "\n",
            encoding="utf-8",
        )
    except OSError as exc:
        raise UsageError(
            f"{path} cannot be written: {exc.strerror}", hint="Name a file in a folder of yours."
        ) from exc


def _say(text: str) -> None:
    from repo_mhm.formatting import safe

    sys.stderr.write(f"repo-mhm: {safe(text)}\n")
