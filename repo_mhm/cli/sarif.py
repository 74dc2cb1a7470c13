"""SARIF 2.1.0: a review's report for code scanning. Owns the shape only (OASIS SARIF v2.1.0, §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from repo_mhm import __version__

if TYPE_CHECKING:
    from repo_mhm.commands.review import Report
    from repo_mhm.review.findings import Finding

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
RULES = {
    "removed": "A definition is gone or renamed and still used",
    "signature": "A signature changed and callers do not fit it",
    "default": "A default changed and callers rely on it",
    "constant": "A constant changed and is read elsewhere",
    "tests": "Tests that use what changed did not change",
    "docs": "Documentation mentions what changed",
    "test-removed": "A test was removed, the code it tests was not",
    "conflict": "A conflict marker is left in a file",
    "secret": "A secret seems to be committed",
    "arguments": "The arguments of a call changed places",
    "boundary": "A boundary moved",
    "condition": "A condition was turned round",
    "exception": "A handler catches more than before",
    "error-handling": "An error is no longer raised or handled",
    "logic": "The logic of the change looks wrong",
    "security": "The change looks unsafe",
    "performance": "The change looks slow",
    "resources": "The change looks like it leaks",
}
"""What each category of findings means."""


def sarif(report: Report) -> dict[str, Any]:
    """The report as one SARIF run; what was not reviewed is among the run's notifications."""
    rules = sorted({finding.category for finding in report.findings})
    notes = [
        {"level": "note", "message": {"text": f"not reviewed: {out.path} ({out.reason})"}}
        for out in report.not_reviewed
    ]
    driver = {
        "name": "repo-mhm",
        "version": __version__,
        "rules": [
            {"id": rule, "shortDescription": {"text": RULES.get(rule, rule)}} for rule in rules
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "results": [_result(finding, rules.index(finding.category)) for finding in report.findings],
    }
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    return {
        "ruleId": finding.category,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [_location(finding.path, finding.line, finding.line)],
        "relatedLocations": [
            _location(span.path, span.start, span.end) for span in finding.evidence
        ],
        "partialFingerprints": {"repoMhm/v1": finding.fingerprint},
        "properties": {"kind": finding.kind, "symbol": finding.symbol},
    }


def _location(path: str, start: int, end: int) -> dict[str, Any]:
    region = {"startLine": start, "endLine": end}
    return {"physicalLocation": {"artifactLocation": {"uri": quote(path)}, "region": region}}
