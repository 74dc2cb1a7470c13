"""Report: what a review found, and several reports as one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repo_mhm.review.findings import Finding

if TYPE_CHECKING:
    from repo_mhm.git.files import LeftOut


LATE = "the time was up"
"""The reason for what a review leaves out after its deadline."""
UNCOMPARED = "in its language, calls are not compared with signatures"
OTHER_USES = "uses of"
"""What begins the reason where nothing tells whether lines use what changed."""
_EXPECTED = frozenset({"binary", "symlink", "submodule", "empty", "lfs pointer", UNCOMPARED})
"""Reasons that are the same in every review of such files: a hook need not repeat them."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a review found."""

    label: str
    """What was reviewed: `staged changes`, a range of commits, a ref …"""
    summary: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    not_reviewed: tuple[LeftOut, ...] = ()
    unsearched: tuple[str, ...] = ()
    """Files whose new text could not be searched for secrets."""
    silenced: int = 0
    """Findings that the baseline or an ignore comment hides."""
    model: str = ""
    """Name of the model that was asked; empty when none was."""
    files: int = 0
    """How many files were reviewed."""

    @property
    def has_gaps(self) -> bool:
        """Whether something was not reviewed for a reason that nobody expects."""
        return any(
            item.reason not in _EXPECTED and not item.reason.startswith(OTHER_USES)
            for item in self.not_reviewed
        )

    @property
    def left_out_by_reason(self) -> dict[str, list[str]]:
        """The paths that were not reviewed, by reason, in the order of the report."""
        paths: dict[str, list[str]] = {}
        for item in self.not_reviewed:
            paths.setdefault(item.reason, []).append(item.path)
        return paths


def merge_reports(reports: Sequence[Report]) -> Report:
    """Several reports (one for each pushed ref) as one; findings of two of them count once."""
    if len(reports) == 1:
        return reports[0]

    finding_by_fingerprint = {
        finding.fingerprint: finding for report in reports for finding in report.findings
    }
    not_reviewed = dict.fromkeys(item for report in reports for item in report.not_reviewed)
    return Report(
        label=", ".join(report.label for report in reports),
        summary=tuple(line for report in reports for line in _labelled_summary(report)),
        findings=tuple(finding_by_fingerprint.values()),
        not_reviewed=tuple(not_reviewed),
        unsearched=tuple(dict.fromkeys(path for report in reports for path in report.unsearched)),
        silenced=sum(report.silenced for report in reports),
        model=next((report.model for report in reports if report.model), ""),
        files=sum(report.files for report in reports),
    )


def _labelled_summary(report: Report) -> tuple[str, ...]:
    if not report.summary:
        return ()
    first, *others = report.summary
    return (f"{report.label}: {first}", *others)
