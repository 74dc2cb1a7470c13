"""A review's report as text for people, JSON for scripts, and lines for other tools.

`sarif` has its own module. Whatever comes from a repository or a model is made harmless first.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repo_mhm.cli.formats import LOCATION_FORMATS, Problem, github, print_problems
from repo_mhm.formatting import escaped_json
from repo_mhm.location import Location

if TYPE_CHECKING:
    from rich.console import Console

    from repo_mhm.review.findings import Evidence, Finding
    from repo_mhm.review.report import Report

MOST_LISTED = 5
"""Files that are named as not reviewed, for each reason; `--json` has all."""
MOST_EVIDENCE = 5
"""Locations of one finding that the text shows; `--json` has more."""
MOST_SOURCE_CHARACTERS = 160
"""A longer line of source is cut in the text."""


def print_report(
    report: Report, output: str, root: Path, *, is_hook: bool = False, verbose: bool = False
) -> None:
    """Write a report to stdout in one of the formats; `root` is the folder of its paths.

    In a hook, text is written only where there is something to say, unless it is `verbose`.
    """
    with suppress(AttributeError):
        # A terminal without UTF-8 must not be what a commit fails on.
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]

    if output == "json":
        from repo_mhm.cli.terminal import print_json

        print_json(report_json(report))
    elif output == "sarif":
        from repo_mhm.cli.sarif import sarif
        from repo_mhm.git.origin import origin

        document = dumps(sarif(report, origin(root)), ensure_ascii=False)
        sys.stdout.write(escaped_json(document) + "\n")
    elif output == "gitlab":
        sys.stdout.write(escaped_json(dumps(gitlab(report), ensure_ascii=False)) + "\n")
    elif output == "github":
        _print_github(report)
    elif output in LOCATION_FORMATS:
        from repo_mhm.cli.file_links import FileLinks

        print_problems(_problems(report), output, FileLinks(root, Path.cwd()))
    elif report.findings or not is_hook:
        _print_text(report)
    elif report.has_gaps or verbose:
        _print_gaps(report, verbose=verbose)


# JSON ---------------------------------------------------------------------------------------------


def report_json(report: Report) -> dict[str, Any]:
    """The report as DESIGN §12 has it."""
    return {
        "change": report.label,
        "summary": list(report.summary),
        "findings": [_finding_json(finding) for finding in report.findings],
        "not_reviewed": [
            {"path": item.path, "reason": item.reason} for item in report.not_reviewed
        ],
        "not_reviewed_counts": {
            reason: len(paths) for reason, paths in report.left_out_by_reason.items()
        },
        "unsearched": list(report.unsearched),
        "files": report.files,
        "silenced": report.silenced,
        "model": report.model,
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "path": finding.path,
        "line": finding.line,
        "severity": finding.severity,
        "category": finding.category,
        "message": finding.message,
        "evidence": [_evidence_json(evidence) for evidence in finding.evidence],
        "symbol": finding.symbol,
        "source": finding.source,
        "was": finding.was,
        "agreed": finding.agreed,
        "title": finding.title,
        "fingerprint": finding.fingerprint,
    }


def _evidence_json(evidence: Evidence) -> dict[str, Any]:
    location = evidence.location
    return {
        "path": location.path,
        "start": location.start,
        "end": location.end,
        "text": evidence.text,
        "why": evidence.why,
    }


# Lines for other tools ----------------------------------------------------------------------------


def _problems(report: Report) -> Iterator[Problem]:
    """The findings, and what was not reviewed, as lines of other tools have them."""
    for finding in report.findings:
        yield Problem(
            finding.path,
            finding.line,
            finding.message,
            severity=finding.severity,
            category=finding.category,
            title=f"repo-mhm: {finding.category}",
        )


def _print_github(report: Report) -> None:
    """Workflow commands, which GitHub turns into annotations, of which a step shows ten a level."""
    notices = (Problem("", 0, text, title="repo-mhm") for text in left_out_texts(report))
    for problem in (*_problems(report), *notices):
        sys.stdout.write(f"{github(problem)}\n")


def left_out_texts(report: Report) -> list[str]:
    """What was not reviewed, a sentence for each reason, with the number of files."""
    return [_left_out_text(reason, paths) for reason, paths in report.left_out_by_reason.items()]


def _left_out_text(reason: str, paths: Sequence[str]) -> str:
    return f"not reviewed: {_listed(paths)} ({reason})"


def _listed(paths: Sequence[str]) -> str:
    """The first paths, and how many there are if there are more."""
    more = len(paths) - MOST_LISTED
    text = ", ".join(paths[:MOST_LISTED])
    return f"{text} and {more:,} more, {len(paths):,} in all" if more > 0 else text


_GITLAB_SEVERITIES = {"error": "critical", "warning": "major", "info": "info"}


def gitlab(report: Report) -> list[dict[str, Any]]:
    """The report as GitLab's code quality reports have it.

    Such a report holds nothing but issues, so what was not reviewed is one for each reason.
    """
    issues = [
        _gitlab_issue(
            problem.message,
            problem.category,
            finding.fingerprint,
            _GITLAB_SEVERITIES[problem.severity],
            Location(problem.path, problem.line, problem.line),
        )
        for finding, problem in zip(report.findings, _problems(report), strict=True)
    ]
    for reason, paths in report.left_out_by_reason.items():
        digest = blake2b(f"{reason}\0{paths[0]}".encode("utf-8", "replace"), digest_size=16)
        issues.append(
            _gitlab_issue(
                _left_out_text(reason, paths),
                "not-reviewed",
                digest.hexdigest(),
                "info",
                Location(paths[0], 1, 1),
            )
        )
    return issues


def _gitlab_issue(
    description: str, name: str, fingerprint: str, severity: str, location: Location
) -> dict[str, Any]:
    return {
        "type": "issue",
        "description": description,
        "check_name": f"repo-mhm/{name}",
        "fingerprint": fingerprint,
        "severity": severity,
        "categories": ["Bug Risk"],
        "location": {"path": location.path, "lines": {"begin": location.start}},
    }


# Text ---------------------------------------------------------------------------------------------

_STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}
_REMOVING = frozenset({"removed", "error-handling", "test-removed"})
"""Categories of findings about removed code: the line there now did not take its place."""


def _print_text(report: Report) -> None:
    from repo_mhm.cli.terminal import console, print_safely

    print_safely(f"repo-mhm review: {report.label}")
    for line in report.summary:
        print_safely(f"  {line}")

    for finding in report.findings:
        print_safely("")
        _print_finding(console(), finding)
    if report.findings:
        print_safely("")

    for text in left_out_texts(report):
        print_safely(text)
    print_safely(_total(report))


def _print_gaps(report: Report, *, verbose: bool) -> None:
    """For a hook without findings: a line for each reason why it may miss some."""
    from repo_mhm.cli.terminal import print_safely

    for text in left_out_texts(report):
        print_safely(f"repo-mhm: {text}")
    if verbose:
        print_safely(f"repo-mhm: {_total(report)}")


def _print_finding(out: Console, finding: Finding) -> None:
    """The finding and its lines; below them the evidence, each with its own line."""
    from rich.text import Text

    from repo_mhm.formatting import safe

    location = f"{safe(finding.path)}:{finding.line}"
    head = Text.assemble((location, "bold"), ": ", (finding.severity, _STYLES[finding.severity]))
    out.print(head.append(f" [{finding.category}] {safe(_headline(finding))}"))
    for mark, line in _marked_lines(finding):
        out.print(f"    {mark}{safe(line.strip())[:MOST_SOURCE_CHARACTERS]}")

    shown = _shown_evidence(finding)
    for evidence in shown:
        _print_evidence(out, evidence)
    if shown and len(finding.evidence) > len(shown):
        out.print(f"  -> {len(finding.evidence) - len(shown)} more")


def _shown_evidence(finding: Finding) -> tuple[Evidence, ...]:
    return finding.evidence[:MOST_EVIDENCE] if finding.title else ()


def _headline(finding: Finding) -> str:
    text = finding.title if _shown_evidence(finding) else finding.message
    if finding.kind == "model":
        return f"{text} (says the model)"
    return f"{text} (the model thinks so too)" if finding.agreed else text


def _print_evidence(out: Console, evidence: Evidence) -> None:
    from rich.text import Text

    from repo_mhm.formatting import safe

    location = f"{safe(evidence.location.path)}:{evidence.location.start}"
    why = f": {evidence.why}" if evidence.why else ""
    out.print(Text.assemble("  -> ", (location, "bold"), safe(why)))
    if evidence.text:
        out.print(Text(f"       {safe(evidence.text)[:MOST_SOURCE_CHARACTERS]}", style="dim"))


def _marked_lines(finding: Finding) -> Iterator[tuple[str, str]]:
    """The line that the finding is about, below the line that was there before."""
    is_replaced = finding.was.strip() not in ("", finding.source.strip())
    if is_replaced:
        yield "- ", finding.was
    if not finding.source.strip():
        return

    is_removal = finding.category in _REMOVING and "was renamed" not in finding.message
    if not is_replaced:
        mark = ""
    elif is_removal:
        mark = "  "
    else:
        mark = "+ "
    yield mark, finding.source


def _total(report: Report) -> str:
    from repo_mhm.formatting import count

    if not report.files:
        text = "nothing was reviewed" if report.not_reviewed else "there is nothing to review"
    else:
        text = count(len(report.findings), "finding") if report.findings else "no findings"
        if report.findings:
            text += f" ({_by_severity(report.findings)})"
        if report.not_reviewed:
            text += f" in what was reviewed; not reviewed: {len(report.not_reviewed):,}"
        elif not report.findings:
            text += f" in {count(report.files, 'file')}"
    return text + (f", {report.silenced:,} silenced" if report.silenced else "")


def _by_severity(findings: tuple[Finding, ...]) -> str:
    from repo_mhm.formatting import count

    counts = Counter(finding.severity for finding in findings)
    parts = [count(counts[name], name) for name in ("error", "warning") if counts[name]]
    if counts["info"]:
        parts.append(f"{counts['info']:,} info")
    return ", ".join(parts)
