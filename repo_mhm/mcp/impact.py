"""The tool `impact`: what a change may break, by the rules of reviews alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from repo_mhm.errors import UsageError
from repo_mhm.formatting import count, single_line
from repo_mhm.mcp.replies import Entry, Page, page

if TYPE_CHECKING:
    from repo_mhm.repositories import Served
    from repo_mhm.review.findings import Finding
    from repo_mhm.review.report import Report

TIME_LIMIT = "60s"
"""Of one review: what it leaves is said."""


def impact(
    chosen: Sequence[Served],
    *,
    diff: str = "",
    revisions: str = "",
    staged: bool = False,
    max_tokens: int = 1500,
    cursor: str = "",
) -> Page:
    """What a change may break; without arguments all that is not committed.

    Raises UsageError where more than one change is named, or a change for several repositories, and
    RepositoryError for a change that cannot be read.
    """
    if sum(map(bool, (diff, revisions, staged))) > 1:
        raise UsageError("more than one change is named", hint="Give diff, range or staged.")
    if len(chosen) > 1 and (diff or revisions):
        raise UsageError("a diff or a range is of one repository", hint="Give its name as repo.")

    warnings: list[str] = []
    reports: list[tuple[Served, Report]] = []
    for served in chosen:
        report = _report(served, diff, revisions, warnings, staged=staged)
        reports.append((served, report))

    findings = [
        _finding_entry(served, finding) for served, report in reports for finding in report.findings
    ]
    left_out = [
        Entry(
            f"{served.prefix}{single_line(item.path)}  {item.reason}",
            {**served.names(), "path": item.path, "not_reviewed": item.reason},
            "not reviewed",
        )
        for served, report in reports
        for item in report.not_reviewed
    ]
    files = sum(report.files for _, report in reports)
    heading = f"{count(len(findings), 'finding')} in {count(files, 'changed file')}."
    entries = findings + left_out
    return page(entries, max_tokens=max_tokens, cursor=cursor, heading=heading, remarks=warnings)


def _report(
    served: Served, diff: str, revisions: str, warnings: list[str], *, staged: bool
) -> Report:
    from repo_mhm.commands.review import ChangeSource, ReviewOptions

    source = ChangeSource(
        served.root, revisions=revisions or None, staged=staged, text=diff or None
    )
    options = ReviewOptions(timeout=TIME_LIMIT)
    return served.repository.review(
        source, options, lambda text: warnings.append(served.remark(text))
    )


def _finding_entry(served: Served, finding: Finding) -> Entry:
    location = f"{served.prefix}{single_line(finding.path)}:{finding.line}-{finding.line}"
    text = f"{location}  {finding.severity} [{finding.category}] {single_line(finding.message)}"
    value: dict[str, object] = {
        **served.names(),
        "path": finding.path,
        "start": finding.line,
        "end": finding.line,
        "severity": finding.severity,
        "category": finding.category,
        "message": finding.message,
        "evidence": [f"{served.prefix}{evidence.location}" for evidence in finding.evidence],
    }
    return Entry(text, value, "findings")
