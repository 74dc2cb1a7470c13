"""`repo-mhm review`: what a change touches and may break, for people, scripts, code scanning and git hooks."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from json import dumps, loads
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from repo_mhm.cli.quick import nothing_staged
from repo_mhm.errors import RepoMhmError, UsageError
from repo_mhm.review import BASELINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_mhm.commands.asker import Asker
    from repo_mhm.commands.review import Report, Reviewer
    from repo_mhm.git.diff import Changes
    from repo_mhm.review.findings import Severity
    from repo_mhm.store import Store

Text = Optional[str]  # noqa: UP045 (Typer evaluates it on Python 3.10)
Place = Optional[Path]  # noqa: UP045
FORMATS = ("text", "json", "sarif", "github")
HOOK_TIMEOUT = "60s"
MOST_LEFT_OUT = 20
FOUND = 3
"""Exit code when `--fail-on` found something."""


def review(
    revisions: Annotated[Text, typer.Argument(help="A range, A..B or A...B.", metavar="[RANGE]")] = None,
    repo: Annotated[Path, typer.Option("--repo", help="A folder in the repository.")] = Path(),
    staged: Annotated[bool, typer.Option("--staged", help="Review what the next commit changes.")] = False,
    working: Annotated[bool, typer.Option("--working", help="Review all that is not committed (the default).")] = False,
    stdin: Annotated[bool, typer.Option("--stdin", help="Review a unified diff from stdin.")] = False,
    hook: Annotated[
        Text, typer.Option("--hook", help="Run as the git hook of this stage: never in the way.", metavar="STAGE")
    ] = None,
    stage: Annotated[
        Text, typer.Option("--stage", help="pre-push: read git's pre-push protocol from stdin.", metavar="STAGE")
    ] = None,
    remote: Annotated[str, typer.Option("--remote", help="The remote a pre-push hook pushes to.")] = "",
    form: Annotated[str, typer.Option("--format", help="text, json, sarif or github.", metavar="FORMAT")] = "text",
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0 for code scanning.")] = False,
    fail_on: Annotated[
        Text, typer.Option("--fail-on", help="Exit with 3 on findings this bad: error, warning or info.")
    ] = None,
    timeout: Annotated[Text, typer.Option("--timeout", help="Time for the whole review, e.g. 60s.")] = None,
    baseline: Annotated[
        Place, typer.Option("--baseline", help="A file of known findings to leave out.", show_default=BASELINE)
    ] = None,
    write_baseline: Annotated[
        Place, typer.Option("--write-baseline", help="Write the findings to this file, as known from now on.")
    ] = None,
    model: Annotated[Text, typer.Option("--model", help="A model's name, or the path of a GGUF file.")] = None,
    no_model: Annotated[bool, typer.Option("--no-model", help="Only look at impact; ask no model.")] = False,
) -> None:
    """Review a change before people do: what it touches, what it may break, what the memory knows about it."""
    if hook == "pre-commit" and nothing_staged(str(repo)):
        return
    level = level_named(fail_on) if fail_on else None
    shown = "json" if json else "sarif" if sarif else form
    if shown not in FORMATS:
        raise UsageError(f"there is no format {shown!r}", hint=f"Formats: {', '.join(FORMATS)}.")
    if hook is not None:
        from repo_mhm.commands.hook import review_stage

        stage = review_stage(hook)
    if sum((staged or stage == "pre-commit", working, stdin, revisions is not None, stage == "pre-push")) > 1:
        raise UsageError("more than one change is named", hint="Give one of --staged, --working, --stdin or a range.")
    source = _Source(repo, revisions, staged or stage == "pre-commit", stdin, stage == "pre-push", remote)
    options = _Options(timeout or (HOOK_TIMEOUT if hook else None), baseline, model, no_model)
    report = _hooked(source, options) if hook else _reviewed(source, options)
    if report is None:
        return
    if write_baseline is not None:
        _write_baseline(write_baseline, report)
    _print(report, shown, quiet=hook is not None)
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

    def __init__(self, repo: Path, revisions: str | None, staged: bool, stdin: bool, pushed: bool, remote: str) -> None:
        self.repo, self._revisions, self._staged = repo, revisions, staged
        self._stdin, self._pushed, self._remote = stdin, pushed, remote

    def changes(self) -> tuple[Path, list[Changes]]:
        """The repository's root and the changes to review. Raises RepoMhmError when they cannot be had."""
        from repo_mhm.git import diff
        from repo_mhm.git.places import locate

        place = locate(self.repo)
        root = place.root
        if place.kind == "folder":
            raise UsageError(f"{self.repo} is not in a git repository", hint="Run this inside one.")
        if self._pushed:
            return root, self._push(root)
        if self._stdin:
            return root, [diff.given(root, _read_stdin())]
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

    def __init__(self, timeout: str | None, baseline: Path | None, model: str | None, no_model: bool) -> None:
        self.timeout, self.baseline, self.model, self.no_model = timeout, baseline, model, no_model


def _read_stdin() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("nothing comes in on stdin", hint="Pipe a diff in: git diff | repo-mhm review --stdin")
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
    from repo_mhm.commands.asker import Asker
    from repo_mhm.commands.workspace import choose_model
    from repo_mhm.errors import ModelError

    try:
        chosen = choose_model(config.load(root, {"model": options.model}), one_answer=True)
    except ModelError as exc:
        if options.model is not None:
            raise
        return None, f"no model was asked: {exc.message}"
    return Asker(chosen.open, chosen.name, chosen.id, directory / "state" / "reviews.json"), ""


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
        raise UsageError(f"there is no baseline {given}", hint="Make one with --write-baseline.") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as exc:
        raise UsageError(f"{path} is no baseline: {exc}", hint="Make it anew with --write-baseline.") from exc


def _write_baseline(path: Path, report: Report) -> None:
    known = {one.fingerprint: f"{one.path}: {one.category}: {one.message}" for one in report.findings}
    try:
        path.write_text(dumps({"schema": 1, "fingerprints": known}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    except OSError as exc:
        raise UsageError(f"{path} cannot be written: {exc.strerror}", hint="Name a file in a folder of yours.") from exc


def _say(text: str) -> None:
    from repo_mhm.cli.render import safe

    sys.stderr.write(f"repo-mhm: {safe(text)}\n")


def _print(report: Report, form: str, *, quiet: bool) -> None:
    from repo_mhm.cli.render import print_json

    if form == "json":
        print_json(as_json(report))
    elif form == "sarif":
        from repo_mhm.cli.sarif import sarif

        sys.stdout.write(dumps(sarif(report)) + "\n")
    elif form == "github":
        _print_github(report)
    elif report.files or report.not_reviewed or not quiet:
        _print_text(report)


def as_json(report: Report) -> dict[str, Any]:
    """The report as DESIGN §11 has it, with some more."""
    return {
        "change": printed(report.label),
        "summary": [printed(line) for line in report.summary],
        "findings": [
            {name: printed(value) if isinstance(value, str) else value for name, value in asdict(one).items()}
            for one in report.findings
        ],
        "not_reviewed": [{"path": printed(out.path), "reason": printed(out.reason)} for out in report.not_reviewed],
        "silenced": report.silenced,
        "model": report.model,
    }


def printed(text: str) -> str:
    """Text without lone surrogates, which no UTF-8 stream takes."""
    return text.encode("utf-8", "replace").decode()


_GITHUB = {"error": "error", "warning": "warning", "info": "notice"}


def _print_github(report: Report) -> None:
    """Workflow commands, which GitHub turns into annotations; nothing in a finding can end one and begin another."""
    from repo_mhm.cli.render import safe

    def escaped(text: str, *more: str) -> str:
        for char in ("%", "\r", "\n", *more):
            text = text.replace(char, f"%{ord(char):02X}")
        return safe(text)

    for one in report.findings:
        path, title = escaped(one.path, ":", ","), escaped(f"repo-mhm: {one.category}", ":", ",")
        sys.stdout.write(
            f"::{_GITHUB[one.severity]} file={path},line={one.line},title={title}::{escaped(one.message)}\n"
        )
    for out in report.not_reviewed:
        sys.stdout.write(f"::notice title=repo-mhm::{escaped(f'not reviewed: {out.path} ({out.reason})')}\n")


_STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def _print_text(report: Report) -> None:
    from rich.text import Text as Line

    from repo_mhm.cli.render import console, count, safe

    out = console()
    out.print(f"repo-mhm review: {safe(report.label)}")
    for line in report.summary:
        out.print(f"  {safe(line)}")
    for one in report.findings:
        out.print()
        head = Line.assemble(
            f"{safe(one.path)}:{one.line}: ", (one.severity, _STYLES[one.severity]), f" [{one.category}] "
        )
        out.print(head.append(safe(one.message) + ("" if one.kind == "impact" else " (says the model)")))
        if one.source.strip():
            out.print(f"    {safe(one.source.strip())[:160]}")
    if report.findings:
        out.print()
    for left in report.not_reviewed[:MOST_LEFT_OUT]:
        out.print(f"not reviewed: {safe(left.path)} ({safe(left.reason)})")
    if len(report.not_reviewed) > MOST_LEFT_OUT:
        out.print(f"not reviewed: {len(report.not_reviewed) - MOST_LEFT_OUT:,} more; --json lists them")
    total = count(len(report.findings), "finding") if report.findings else "no findings"
    if not report.files:
        total = "nothing was reviewed" if report.not_reviewed else "there is nothing to review"
    elif report.not_reviewed:
        total += " in what was reviewed"
    out.print(total + (f", {report.silenced:,} silenced" if report.silenced else ""))
