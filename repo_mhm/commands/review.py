"""`review`: finds the change, opens memory and model, and has it reviewed; also as a git hook.

Reads stdin and the variables that git and the pre-commit framework set. Warnings go to `say`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm.durations import parse_duration
from repo_mhm.errors import RepoMhmError, StoreError, UsageError
from repo_mhm.git import diff, state_dir
from repo_mhm.git.changes import Changes
from repo_mhm.git.files import LeftOut
from repo_mhm.git.roots import find_root
from repo_mhm.review.baseline import Baseline, baseline_of, named_baseline
from repo_mhm.review.report import LATE, Report, merge_reports
from repo_mhm.review.reviewer import Reviewer
from repo_mhm.review.time_limit import Watchdog
from repo_mhm.store import Store, find_store

if TYPE_CHECKING:
    from repo_mhm.review.model_calls import ReviewModel

MOST_REMARKS = 3
"""Changed files that are named because they are left out of the memory."""
HOOK_TIMEOUT = "60s"
REPLIES_FILE = Path("state", "reviews.json")
"""Where replies are kept, in the folder of the memory."""

Say = Callable[[str], None]
"""Receives warnings, one line each."""


@dataclass(frozen=True, slots=True)
class ChangeSource:
    """Where the change comes from; where nothing says so, it is all that is not committed.

    Raises:
        UsageError: More than one source is named.
    """

    repo: Path
    revisions: str | None = None
    """A range, `A..B` or `A...B`, or one commit."""
    staged: bool = False
    working: bool = False
    stdin: bool = False
    """A unified diff."""
    text: str | None = None
    """A unified diff too."""
    pushed: bool = False
    """Git's pre-push protocol on stdin, or the range that the pre-commit framework names."""
    remote: str = ""
    """The remote of a push."""

    def __post_init__(self) -> None:
        named = (
            self.staged, self.working, self.stdin, self.pushed,
            self.revisions is not None, self.text is not None,
        )  # fmt: skip
        if sum(named) > 1:
            raise UsageError(
                "more than one change is named",
                hint="Give one of --staged, --working, --stdin or a range.",
            )

    def changes(self) -> tuple[Path, list[Changes]]:
        """The repository's root and the changes to review.

        Raises:
            UsageError: The folder is in no repository, or nothing comes in on stdin.
            RepositoryError: The repository cannot be read.
        """
        root = find_root(self.repo)
        if root.kind == "folder":
            raise UsageError(f"{self.repo} is not in a git repository", hint="Run this inside one.")
        return root.path, self._changes(root.path)

    def _changes(self, root: Path) -> list[Changes]:
        if self.pushed:
            return self._push(root)
        if self.stdin:
            return [diff.from_text(root, _read_stdin())]
        if self.text is not None:
            return [diff.from_text(root, self.text)]
        if self.revisions is not None:
            return [diff.between(root, self.revisions)]
        if self.staged:
            index = os.environ.get("GIT_INDEX_FILE")
            return [diff.staged(root, Path(index).absolute() if index else None)]
        return [diff.working(root)]

    def _push(self, root: Path) -> list[Changes]:
        # The pre-commit framework reads git's protocol itself and hands one range on.
        new = os.environ.get("PRE_COMMIT_TO_REF")
        if not new:
            return diff.pushed(root, _read_stdin(), self.remote)

        old = os.environ.get("PRE_COMMIT_FROM_REF") or "0" * len(new)
        remote = os.environ.get("PRE_COMMIT_REMOTE_NAME", self.remote)
        local = os.environ.get("PRE_COMMIT_LOCAL_BRANCH") or "HEAD"
        return diff.pushed(root, f"{local} {new} {local} {old}", remote)


def _read_stdin() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "nothing comes in on stdin", hint="Pipe a diff in: git diff | repo-mhm review --stdin"
        )
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """How to review."""

    timeout: str | None = None
    """Time for the whole review; None is no limit, 60 s for a hook."""
    baseline: Path | None = None
    model: str | None = None
    """The model that weighs small changes; without one, the review is by rule alone."""
    end: Callable[[Report], int] | None = None
    """Ends the process where a review overruns its time by much, as a hook must not hang: it prints
    what was found so far, in another thread, and gives the exit status. Without it, such a review
    goes on."""


def review(source: ChangeSource, options: ReviewOptions, say: Say) -> Report:
    """Review a change.

    Raises:
        RepoMhmError: The change, the baseline or the model of the options cannot be read.
    """
    return _review(source, options, options.timeout, say, in_hook=False)


def is_skipped() -> bool:
    """Whether `REPO_MHM_SKIP` asks hooks to do nothing."""
    return os.environ.get("REPO_MHM_SKIP", "0") not in {"", "0"}


def review_in_hook(source: ChangeSource, options: ReviewOptions, say: Say) -> Report | None:
    """Review a change in a git hook; what goes wrong is said, and None returned."""
    try:
        return _review(source, options, options.timeout or HOOK_TIMEOUT, say, in_hook=True)
    except RepoMhmError as exc:
        say(f"not reviewed: {exc.message}")
    except Exception as exc:  # noqa: BLE001  whether a defect stops a commit is for the caller
        say(f"not reviewed: {type(exc).__name__}: {exc}")
    return None


def _review(
    source: ChangeSource, options: ReviewOptions, timeout: str | None, say: Say, *, in_hook: bool
) -> Report:
    began = time.monotonic()
    seconds = parse_duration(timeout) if timeout else None
    progress = _Progress(Reviewer(deadline=None if seconds is None else began + seconds))
    end = options.end
    limit = seconds if end is not None else None

    with Watchdog(limit, lambda: end(progress.report()) if end is not None else 0):
        root, all_changes = source.changes()
        if not any(changes.files or changes.left_out for changes in all_changes):
            return Report(", ".join(changes.label for changes in all_changes) or "nothing")

        progress.waiting = list(all_changes)
        baselines = [_baseline(changes, options, say) for changes in all_changes]
        directory, store = _store(root, say)
        if store is not None and not in_hook:
            _say_left_out(store, all_changes, say)
        try:
            progress.reviewer.store = store
            progress.reviewer.model, note = _model(root, directory, options)
            for changes, baseline in zip(all_changes, baselines, strict=True):
                progress.review(changes, baseline)
        finally:
            if store is not None:
                store.close()
        if note:
            say(note)
        return merge_reports(progress.reports)


def _say_left_out(store: Store, all_changes: Sequence[Changes], say: Say) -> None:
    """Say which changed files the memory has not read: a review still looks at them by rule."""
    from repo_mhm.source.left_out_remarks import left_out_remark, way_back

    paths = [change.diff.path for changes in all_changes for change in changes.files]
    remarks = [
        f"{left_out_remark(path, reasons)}; it is reviewed all the same; {way_back(path, reasons)}"
        for path in dict.fromkeys(paths)
        if (reasons := store.left_out_at(path))
    ]
    for remark in remarks[:MOST_REMARKS]:
        say(remark)
    if len(remarks) > MOST_REMARKS:
        say(f"{len(remarks) - MOST_REMARKS:,} more changed files were not read into the memory")


@dataclass(slots=True)
class _Progress:
    """How far the review of several changes is, for whoever must end it early."""

    reviewer: Reviewer
    waiting: list[Changes] | None = None
    """The changes whose review has not ended; None while they are not known."""
    reports: list[Report] = field(default_factory=list)

    def review(self, changes: Changes, baseline: Baseline) -> None:
        """Review the first of the changes that wait."""
        self.reviewer.baseline = baseline.fingerprints
        self.reports.append(self.reviewer.review(changes))
        self.waiting = (self.waiting or [])[1:]

    def report(self) -> Report:
        """What was found so far."""
        reports = list(self.reports)
        if self.waiting is None:
            reports.append(Report("the change", unsearched=("the change",)))
        elif self.waiting:
            reports.append(self.reviewer.report())
        for changes in (self.waiting or [])[1:]:
            reports.append(Report(changes.label, unsearched=(changes.label,)))
        late = LeftOut("the rest of the review", LATE)
        merged = merge_reports(reports)
        return replace(merged, not_reviewed=(*merged.not_reviewed, late))


def _baseline(changes: Changes, options: ReviewOptions, say: Say) -> Baseline:
    """The known findings that count for these changes; a remark on them is said."""
    if options.baseline is not None:
        return named_baseline(options.baseline)
    baseline = baseline_of(changes)
    if baseline.remark:
        say(baseline.remark)
    return baseline


def _store(root: Path, say: Say) -> tuple[Path | None, Store | None]:
    """The memory and its folder, if in order: a review does without rather than not at all."""
    directory = None
    try:
        directory = state_dir(root)
        return directory, find_store(directory)
    except StoreError as exc:
        say(f"the memory is not used: {exc.message}")
        return directory, None


def _model(
    root: Path, directory: Path | None, options: ReviewOptions
) -> tuple[ReviewModel | None, str]:
    """The model to ask, if one is named, and a note where it is on another machine.

    `directory` keeps its replies.

    Raises:
        ModelError: The model of the options cannot be used.
    """
    if options.model is None:
        return None, ""
    # Imported here: together they take a tenth of the time of a review by rule.
    from repo_mhm import config
    from repo_mhm.commands.workspace import choose_model
    from repo_mhm.review.model_calls import ReviewModel
    from repo_mhm.review.reply_cache import ReplyCache

    settings = config.load(root, {"model": options.model})
    model = choose_model(settings, "answers", single_answer=True)
    cache = ReplyCache(model.id, directory / REPLIES_FILE if directory else None)
    note = f"{model.remote} is asked: code is sent there" if model.remote else ""
    return ReviewModel(model.open, model.name, cache), note
