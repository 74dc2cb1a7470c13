"""Reviews a change for the view: its report and its diff, and the file of ignored findings.

Runs git and reads the memory, so the view calls it in a thread of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repo_mhm.commands.review import ChangeSource
    from repo_mhm.git.files import LeftOut
    from repo_mhm.review.findings import Finding
    from repo_mhm.source.unified_diff import FileDiff

STAGED, WORKING = "staged", "working"
"""Changes that are called by these names; any other name is a range of commits."""


@dataclass(frozen=True, slots=True)
class ReviewedChange:
    """What a review found, with the change that it looked at."""

    label: str
    findings: tuple[Finding, ...]
    not_reviewed: tuple[LeftOut, ...]
    silenced: int
    diffs: tuple[FileDiff, ...]
    warnings: tuple[str, ...]


def review_change(root: Path, name: str) -> ReviewedChange:
    """Review the change of that name, by rule alone. Raises RepoMhmError."""
    from repo_mhm.commands.review import ReviewOptions, review

    source = _source(root, name)
    warnings: list[str] = []
    report = review(source, ReviewOptions(), warnings.append)
    _, all_changes = source.changes()
    return ReviewedChange(
        label=report.label,
        findings=report.findings,
        not_reviewed=report.not_reviewed,
        silenced=report.silenced,
        diffs=tuple(change.diff for changes in all_changes for change in changes.files),
        warnings=tuple(warnings),
    )


def _source(root: Path, name: str) -> ChangeSource:
    from repo_mhm.commands.review import ChangeSource

    if name == STAGED:
        return ChangeSource(root, staged=True)
    if name == WORKING:
        return ChangeSource(root, working=True)
    return ChangeSource(root, revisions=name)


def ignore_finding(root: Path, finding: Finding) -> Path:
    """Add a finding to the repository's baseline, and return that file. Raises UsageError."""
    from repo_mhm.review import BASELINE
    from repo_mhm.review.baseline import add_to_baseline

    path = root / BASELINE
    add_to_baseline(path, finding)
    return path
