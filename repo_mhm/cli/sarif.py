"""SARIF 2.1.0: a review's report for code scanning (OASIS SARIF v2.1.0, §3).

Written by hand: sarif-om, the only library of its objects, is of 2019 and cannot write JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from repo_mhm import __version__
from repo_mhm.location import Location
from repo_mhm.review.findings import CATEGORIES

if TYPE_CHECKING:
    from repo_mhm.review.findings import Finding
    from repo_mhm.review.report import Report

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif(report: Report) -> dict[str, Any]:
    """The report as one SARIF run; what was not reviewed is among the run's notifications."""
    categories = sorted({finding.category for finding in report.findings})
    notes = [
        {"level": "note", "message": {"text": f"not reviewed: {item.path} ({item.reason})"}}
        for item in report.not_reviewed
    ]
    driver = {
        "name": "repo-mhm",
        "version": __version__,
        "rules": [
            {"id": category, "shortDescription": {"text": CATEGORIES.get(category, category)}}
            for category in categories
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "results": [
            _result(finding, categories.index(finding.category)) for finding in report.findings
        ],
    }
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    own = Location(finding.path, finding.line, finding.line)
    return {
        "ruleId": finding.category,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [_location(own)],
        "relatedLocations": [_location(evidence.location) for evidence in finding.evidence],
        "partialFingerprints": {"repoMhm/v1": finding.fingerprint},
        "properties": {"kind": finding.kind, "symbol": finding.symbol},
    }


def _location(location: Location) -> dict[str, Any]:
    region = {"startLine": location.start, "endLine": location.end}
    artifact = {"uri": quote(location.path)}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}
