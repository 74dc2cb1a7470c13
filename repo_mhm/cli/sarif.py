"""SARIF 2.1.0: findings and locations for code scanning (OASIS SARIF v2.1.0, §3).

Written by hand: sarif-om, the only library of its objects, is of 2019 and cannot write JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from repo_mhm import __version__
from repo_mhm.location import Location
from repo_mhm.review.findings import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_mhm.cli.formats import Problem
    from repo_mhm.review.findings import Finding
    from repo_mhm.review.report import Report

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif(report: Report) -> dict[str, Any]:
    """The report as one SARIF run; what was not reviewed is among the run's notifications."""
    categories = sorted({finding.category for finding in report.findings})
    rules = [(category, CATEGORIES.get(category, category)) for category in categories]
    results = [_result(finding, categories.index(finding.category)) for finding in report.findings]
    notes = [f"not reviewed: {item.path} ({item.reason})" for item in report.not_reviewed]
    return _document(rules, results, notes)


def located_sarif(problems: Sequence[Problem]) -> dict[str, Any]:
    """Locations that a question found, as one SARIF run of notes."""
    categories = sorted({problem.category for problem in problems})
    rules = [(category, f"lines found by repo-mhm: {category}") for category in categories]
    results = [
        {
            "ruleId": problem.category,
            "ruleIndex": categories.index(problem.category),
            "level": "note",
            "message": {"text": problem.message or problem.title},
            "locations": [_location(Location(problem.path, problem.line, problem.line))],
        }
        for problem in problems
    ]
    return _document(rules, results, [])


def _document(
    rules: Sequence[tuple[str, str]], results: Sequence[dict[str, Any]], notes: Sequence[str]
) -> dict[str, Any]:
    """One run with its rules, each an id with its description, and notifications."""
    driver = {
        "name": "repo-mhm",
        "version": __version__,
        "rules": [{"id": name, "shortDescription": {"text": text}} for name, text in rules],
    }
    notifications = [{"level": "note", "message": {"text": text}} for text in notes]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
        "results": list(results),
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
