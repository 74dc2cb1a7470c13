"""Impact: the code, tests and documentation outside a diff that its changed definitions may break.

By rule, and silent when in doubt. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from repo_mhm.location import Location
from repo_mhm.review.edits import Edit, Side
from repo_mhm.review.findings import Evidence, Finding, Severity
from repo_mhm.review.references import Reference, References
from repo_mhm.review.signature_changes import RELIES_ON_DEFAULT, read_call
from repo_mhm.review.symbol_changes import SymbolChange, Target
from repo_mhm.source.file_roles import is_documentation, is_test
from repo_mhm.source.redaction import redact

NAMED_LOCATIONS = 3
"""Locations that a message names; the evidence has more."""
MOST_QUOTED = 160
"""Characters of a line that evidence quotes."""

Sources = Mapping[str, Side]
TouchedLines = Mapping[str, Collection[int]]
"""The added lines of each changed file."""
Reasons = Mapping[tuple[str, int], str]
"""Why a call does not fit, by path and line."""


def names_to_find(changes: Iterable[SymbolChange]) -> set[str]:
    """The names whose files `impact` needs as its `sources`."""
    return {change.target.name for change in changes}


def impact(
    changes: Sequence[SymbolChange], edits: Sequence[Edit], sources: Sources
) -> list[Finding]:
    """What the changes do to the rest of the repository.

    `sources` are the files of the new tree that have one of the names to find.
    """
    references = References(sources)
    touched = {edit.diff.path: {line.new for line in edit.diff.added()} for edit in edits}

    findings: list[Finding] = []
    for change in changes:
        all_references = list(references.to(change.target))
        on_users = _findings_on_users(change, _untouched(all_references, touched))
        findings += on_users
        if change.kind != "removed" and (on_users or change.difference):
            findings += _findings_on_tests(change, all_references, touched)
        if on_users or change.kind == "signature":
            findings += _findings_on_documentation(change, sources, touched)

    return [_with_quotes(finding, sources) for finding in findings]


def _untouched(references: Sequence[Reference], touched: TouchedLines) -> list[Reference]:
    """References on lines that the diff does not add."""
    return [reference for reference in references if not _is_touched(reference, touched)]


def _is_touched(reference: Reference, touched: TouchedLines) -> bool:
    added = touched.get(reference.path, ())
    return any(line in added for line in range(reference.line, reference.end + 1))


def _with_quotes(finding: Finding, sources: Sources) -> Finding:
    paths = {evidence.location.path for evidence in finding.evidence}
    lines_by_path = {path: _quotable_lines(sources[path]) for path in paths}
    quoted = [_quoted(evidence, lines_by_path) for evidence in finding.evidence]
    return replace(finding, evidence=tuple(quoted))


def _quotable_lines(side: Side) -> list[str]:
    """The lines of a file without secrets; a file that the diff does not touch still has them."""
    return redact(side.path, side.text)[0].split("\n")


def _quoted(evidence: Evidence, lines_by_path: Mapping[str, Sequence[str]]) -> Evidence:
    lines = lines_by_path[evidence.location.path]
    start = evidence.location.start
    text = lines[start - 1].strip()[:MOST_QUOTED] if start <= len(lines) else ""
    return replace(evidence, text=text)


# Users of a definition ----------------------------------------------------------------------------


def _findings_on_users(change: SymbolChange, untouched: Sequence[Reference]) -> list[Finding]:
    if change.kind == "removed":
        return _finding(change, "error", "removed", "and is still used", untouched)
    if change.kind == "constant":
        readers = [reference for reference in untouched if reference.kind != "import"]
        return _finding(change, "info", "constant", "and is read", readers)
    return _findings_on_calls(change, untouched)


def _findings_on_calls(change: SymbolChange, untouched: Sequence[Reference]) -> list[Finding]:
    """Calls that no longer fit the signature, and calls that rely on a default that changed."""
    syntax = change.target.language.calls
    if change.difference is None or syntax is None:
        return []

    reasons: dict[tuple[str, int], str] = {}
    broken: list[Reference] = []
    relying: list[Reference] = []
    for reference in untouched:
        if reference.arguments is None or not reference.is_bound:
            continue
        reason = change.difference.effect(read_call(reference.arguments, syntax))
        if reason:
            reasons[reference.path, reference.line] = reason
            relies = reason.startswith(RELIES_ON_DEFAULT)
            (relying if relies else broken).append(reference)

    return [
        *_finding(change, "error", "signature", "and callers were not changed", broken, reasons),
        *_finding(change, "warning", "default", "and callers rely on it", relying, reasons),
    ]


def _findings_on_tests(
    change: SymbolChange, references: Sequence[Reference], touched: TouchedLines
) -> list[Finding]:
    """Tests that use what changed, if the diff touches none of them."""
    tests = [
        reference
        for reference in references
        if is_test(reference.path) and reference.kind != "import"
    ]
    if is_test(change.path) or any(test.path in touched for test in tests):
        return []
    return _finding(change, "info", "tests", "and the tests that use it did not change", tests)


# Documentation ------------------------------------------------------------------------------------


def _findings_on_documentation(
    change: SymbolChange, sources: Sources, touched: TouchedLines
) -> list[Finding]:
    """Mentions in documentation that the diff does not touch."""
    mention = _mention(change.target)
    mentions: list[Reference] = []

    for path in sorted(sources):
        text = sources[path].text
        if change.target.name not in text or not is_documentation(path) or path in touched:
            continue
        lines = {text.count("\n", 0, match.start()) + 1 for match in mention.finditer(text)}
        mentions += [Reference(path, line, line, "name", None, True) for line in sorted(lines)]

    return _finding(change, "info", "docs", "and documentation mentions it", mentions)


def _mention(target: Target) -> re.Pattern[str]:
    """Matches text that can hardly mean anything but the target.

    A name of several words may stand alone; any other counts only behind its class or module.
    """
    name = re.escape(target.name)
    has_several_words = "_" in target.name.strip("_") or re.search(r"[a-z][A-Z]", target.name)
    if has_several_words and not target.container:
        return re.compile(rf"(?<!\w){name}(?!\w)")

    owner = target.owner or PurePosixPath(target.path).stem
    return re.compile(rf"(?<!\w){re.escape(owner)}\.{name}(?!\w)")


# Findings -----------------------------------------------------------------------------------------


def _finding(
    change: SymbolChange,
    severity: Severity,
    category: str,
    consequence: str,
    references: Sequence[Reference],
    reasons: Reasons | None = None,
) -> list[Finding]:
    """One finding on all the references; none where there are none."""
    if not references:
        return []

    why = reasons or {}
    evidence = [_evidence(reference, why) for reference in references]
    title = f"{change.message}, {consequence}"
    finding = Finding(
        "impact",
        change.path,
        change.line,
        severity,
        category,
        f"{title}: {_locations(references, why)}",
        tuple(dict.fromkeys(evidence)),
        change.target.qualified,
        was=change.was,
        title=title,
    )
    return [finding]


def _evidence(reference: Reference, reasons: Reasons) -> Evidence:
    path, line = reference.path, reference.line
    return Evidence(Location(path, line, line), why=reasons.get((path, line), ""))


def _locations(references: Sequence[Reference], reasons: Reasons) -> str:
    parts = []
    for reference in references[:NAMED_LOCATIONS]:
        reason = reasons.get((reference.path, reference.line))
        parts.append(f"{reference.path}:{reference.line}" + (f" ({reason})" if reason else ""))

    more = len(references) - NAMED_LOCATIONS
    return ", ".join(parts) + (f" and {more} more" if more > 0 else "")
