"""Use findings: one finding on all the places that use what changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from repo_mhm.location import Location
from repo_mhm.review.calls import Reference
from repo_mhm.review.findings import Evidence, Finding, Severity
from repo_mhm.review.symbol_change import SymbolChange

NAMED_LOCATIONS = 3
"""Locations that a message names; the evidence has more."""

Reasons = Mapping[tuple[str, int], str]
"""Why a call does not fit, by path and line."""


def use_finding(
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
    evidence = [evidence_of(reference, why) for reference in references]
    title = f"{change.message}, {consequence}"
    finding = Finding(
        "impact",
        change.path,
        change.line,
        severity,
        category,
        f"{title}: {locations(references, why)}",
        tuple(dict.fromkeys(evidence)),
        change.named.qualified,
        was=change.was,
        title=title,
    )
    return [finding]


def evidence_of(reference: Reference, reasons: Reasons) -> Evidence:
    """The line of a use, and why it does not fit."""
    path, line = reference.path, reference.line
    return Evidence(Location(path, line, line), why=reasons.get((path, line), ""))


def locations(references: Sequence[Reference], reasons: Reasons) -> str:
    """The first lines of uses in words, and how many more there are."""
    parts = []
    for reference in references[:NAMED_LOCATIONS]:
        reason = reasons.get((reference.path, reference.line))
        parts.append(f"{reference.path}:{reference.line}" + (f" ({reason})" if reason else ""))

    more = len(references) - NAMED_LOCATIONS
    return ", ".join(parts) + (f" and {more} more" if more > 0 else "")
