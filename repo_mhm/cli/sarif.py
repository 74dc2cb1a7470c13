"""SARIF 2.1.0: findings and locations for code scanning (OASIS SARIF v2.1.0, §3).

Written by hand: sarif-om, the only library of its objects, is of 2019 and cannot write JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from repo_mhm import __version__
from repo_mhm.location import Location
from repo_mhm.review.findings import CATEGORIES
from repo_mhm.review.rule_help import WEAKNESSES, rule_help

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_mhm.cli.formats import Problem
    from repo_mhm.git.files import LeftOut
    from repo_mhm.git.origin import Origin
    from repo_mhm.review.findings import Finding
    from repo_mhm.review.report import Report

_BASE = "%SRCROOT%"
"""The base of all paths. It has no address: the folder of this machine is nobody's business."""
_WEAKNESS_ADDRESS = "https://cwe.mitre.org/data/definitions"
_ERRORS = frozenset({"removed", "signature", "result", "conflict", "secret", "unreviewed"})
_WARNINGS = frozenset({"default", "logic"})
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif(report: Report, source: Origin | None = None) -> dict[str, Any]:
    """The report as one SARIF run; what was not reviewed is among the run's notifications.

    `source` says where the code comes from.
    """
    categories = sorted({finding.category for finding in report.findings})
    rules = [_rule(category) for category in categories]
    results = [_result(finding, categories.index(finding.category)) for finding in report.findings]
    document = _document(rules, results, [_notification(item) for item in report.not_reviewed])
    run = document["runs"][0]
    run["properties"] = {
        "filesReviewed": report.files,
        "notReviewed": {reason: len(paths) for reason, paths in report.left_out_by_reason.items()},
        "unsearchedForSecrets": list(report.unsearched),
        "silenced": report.silenced,
    }
    if provenance := _provenance(source):
        run["versionControlProvenance"] = [provenance]
    return document


def _rule(category: str) -> dict[str, Any]:
    """A rule with its help (§3.49), and the address of the weakness that it is about."""
    text = rule_help(category)
    weakness = WEAKNESSES.get(category)
    address = {"helpUri": f"{_WEAKNESS_ADDRESS}/{weakness}.html"} if weakness else {}
    return {
        "id": category,
        "name": "".join(word.title() for word in category.split("-")),
        "shortDescription": {"text": f"{CATEGORIES[category]}."},
        "fullDescription": {"text": text.split("\n\n")[1]},
        "help": {"text": text.replace("`", ""), "markdown": text},
        **address,
        "defaultConfiguration": {"level": _LEVELS[_usual_severity(category)]},
        "properties": {"tags": ["security"] if category == "secret" else ["maintainability"]},
    }


def _usual_severity(category: str) -> str:
    if category in _ERRORS:
        return "error"
    return "warning" if category in _WARNINGS else "info"


def _notification(item: LeftOut) -> dict[str, Any]:
    artifact = {"uri": quote(item.path), "uriBaseId": _BASE}
    return {
        "level": "note",
        "message": {"text": f"not reviewed: {item.path} ({item.reason})"},
        "locations": [{"physicalLocation": {"artifactLocation": artifact}}],
    }


def _provenance(source: Origin | None) -> dict[str, Any]:
    """Where the code comes from (§3.23); empty where git knows no address that others can use."""
    if source is None or not source.address:
        return {}
    details = {
        "repositoryUri": quote(source.address, safe=":/@%+~#?&=,;!$'()*[]"),
        "revisionId": source.commit,
        "branch": source.branch,
        "mappedTo": {"uriBaseId": _BASE},
    }
    return {name: value for name, value in details.items() if value}


def located_sarif(problems: Sequence[Problem]) -> dict[str, Any]:
    """Locations that a question found, as one SARIF run of notes."""
    categories = sorted({problem.category for problem in problems})
    rules = [
        {"id": category, "shortDescription": {"text": f"lines found by repo-mhm: {category}"}}
        for category in categories
    ]
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
    rules: Sequence[dict[str, Any]],
    results: Sequence[dict[str, Any]],
    notifications: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """One run with its rules and notifications. Paths are relative to the repository's top."""
    driver = {
        "name": "repo-mhm",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": list(rules),
    }
    invocation = {
        "executionSuccessful": True,
        "toolExecutionNotifications": list(notifications),
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"description": {"text": "The top of the repository."}}},
        "invocations": [invocation],
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
    artifact = {"uri": quote(location.path), "uriBaseId": _BASE}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}
