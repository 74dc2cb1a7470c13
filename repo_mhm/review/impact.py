"""Impact: the code, tests and documentation outside a diff that its changed definitions may break.

By rule, and silent when in doubt. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import NamedTuple

from repo_mhm.relations.repository import Repository
from repo_mhm.review.abstract_methods import new_duties, unmet_findings
from repo_mhm.review.alteration_findings import alteration_findings
from repo_mhm.review.awaits import await_findings, dropped_awaits
from repo_mhm.review.calls import Reference
from repo_mhm.review.edits import Edit
from repo_mhm.review.file_imports import broken_loads
from repo_mhm.review.findings import SEVERITIES, Evidence, Finding, Severity
from repo_mhm.review.new_dependencies import without_replaced
from repo_mhm.review.references import References
from repo_mhm.review.removals import is_bound, passes_on_less
from repo_mhm.review.symbol_change import SymbolChange
from repo_mhm.review.use_findings import evidence_of, locations, use_finding
from repo_mhm.source.redaction import redact

MOST_QUOTED = 160
"""Characters of a line that evidence quotes."""


class Impact(NamedTuple):
    """What changes do to the rest of the repository."""

    findings: list[Finding]
    unjudged: dict[str, list[str]]
    """The changed members of each changed file of whose uses nothing tells what they mean."""


def impact(
    changes: Sequence[SymbolChange],
    edits: Sequence[Edit],
    old: Repository,
    new: Repository,
    is_late: Callable[[], bool] = lambda: False,
) -> Impact:
    """What the changes do to the rest of the repository, as it is in the old and the new tree.

    Once it `is_late`, what was found so far is all.
    """
    signatures = [change.symbol for change in changes if change.kind == "signature"]
    references = References(old, new, edits, signatures)
    touched = {path for edit in edits for path in (edit.diff.path, edit.diff.old_path)}

    findings: list[Finding] = []
    for group in _by_cause(without_replaced(changes, edits)):
        if is_late():
            break
        findings += _findings_on_removal(group, references)
    for change in changes:
        if change.kind != "removed" and not is_late():
            findings += alteration_findings(change, references, new, touched)
    if not is_late():
        findings += _findings_on_modules(edits, references, findings, new)
        findings += _findings_on_passed_on(edits, references, findings)
        findings += await_findings(dropped_awaits(edits), references)
        findings += unmet_findings(new_duties(edits), new)

    reported = {finding.symbol for finding in findings}
    others = [change for change in changes if change.named.qualified not in reported]
    unjudged: dict[str, list[str]] = {}
    for change in others:
        is_member = change.kind != "constant" and change.named == change.symbol
        if is_member and not is_late() and references.has_unjudged(change.symbol):
            unjudged.setdefault(change.path, []).append(change.symbol.name)
    return Impact(_with_quotes(_one_by_cause(findings), new), unjudged)


def _one_by_cause(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, but one for a declaration and its definition, or an interface and its classes.

    They are of one category and name, and what they show is the same.
    """
    kept: list[Finding] = []
    for finding in findings:
        if not any(_says_no_more(finding, other) for other in kept):
            kept.append(finding)
    return kept


def _says_no_more(finding: Finding, other: Finding) -> bool:
    """Whether another finding shows all that this one does."""
    same_name = re.split(r"\W+", finding.symbol)[-1] == re.split(r"\W+", other.symbol)[-1]
    is_shown = set(finding.evidence) <= set(other.evidence)
    is_weaker = SEVERITIES.index(finding.severity) >= SEVERITIES.index(other.severity)
    same_category = finding.category == other.category
    return same_name and same_category and is_shown and is_weaker and bool(finding.evidence)


def _with_quotes(findings: Sequence[Finding], new: Repository) -> list[Finding]:
    paths = {evidence.location.path for finding in findings for evidence in finding.evidence}
    # A file that the diff does not touch may still have its secrets.
    lines_by_path = {path: redact(path, new.file(path).text)[0].split("\n") for path in paths}
    return [
        replace(finding, evidence=tuple(_quoted(each, lines_by_path) for each in finding.evidence))
        for finding in findings
    ]


def _quoted(evidence: Evidence, lines_by_path: Mapping[str, Sequence[str]]) -> Evidence:
    lines = lines_by_path[evidence.location.path]
    start = evidence.location.start
    text = lines[start - 1].strip()[:MOST_QUOTED] if start <= len(lines) else ""
    return replace(evidence, text=text)


# Removed definitions ------------------------------------------------------------------------------


def _by_cause(changes: Iterable[SymbolChange]) -> list[list[SymbolChange]]:
    """The removed definitions; those of one file that is gone or moved have one cause."""
    groups: dict[tuple[str, str], list[SymbolChange]] = {}
    for change in changes:
        if change.kind == "removed":
            is_whole_file = change.new_path or change.is_file_gone
            own = "" if is_whole_file else change.symbol.qualified
            groups.setdefault((change.symbol.path, own), []).append(change)
    return list(groups.values())


def _findings_on_removal(group: Sequence[SymbolChange], references: References) -> list[Finding]:
    broken = {
        change.named.qualified: references.outside(change.symbol)
        if change.is_hidden
        else [
            *references.broken(change.symbol, is_renamed=change.is_renamed),
            *references.listed(change.symbol),
        ]
        for change in group
    }
    affected = [change for change in group if broken[change.named.qualified]]
    # Where all users of a class that is gone were changed, so were those of its members.
    replaced = {name for name, places in broken.items() if not places}
    certain = [
        change
        for change in affected
        if change.symbol.container not in replaced
        and not references.is_doubtful(change.symbol, broken[change.named.qualified])
    ]
    if not affected:
        return []
    is_remark = not certain
    affected = certain or affected
    places = [place for change in affected for place in broken[change.named.qualified]]
    places = sorted({(place.path, place.line): place for place in places}.values())
    change = affected[0]
    if len(affected) > 1:
        more = f" and {len(affected) - 1} more"
        change = replace(change, message=change.message.replace("` ", f"`{more} ", 1))
    is_doubtful = change.is_field and change.language.has_open_fields
    is_guess = is_doubtful or all(place.is_guess for place in places)
    severity: Severity = "warning" if is_guess else "error"
    # Where one that extends a library's type is gone, the library may have it now.
    is_replaceable = not change.is_renamed and references.extends_outside_type(change.symbol)
    if is_remark or (is_guess and is_replaceable):
        severity = "info"
    return use_finding(change, severity, "removed", "and is still used", places)


def _findings_on_modules(
    edits: Sequence[Edit], references: References, findings: Sequence[Finding], new: Repository
) -> Iterator[Finding]:
    """Imports of files that are gone, unless a finding on a definition names them."""
    named = {evidence.location for finding in findings for evidence in finding.evidence}
    for edit in edits:
        if edit.old is None or edit.old.language is None:
            continue
        if edit.new is not None and edit.diff.path == edit.diff.old_path:
            continue
        if _is_ported(edit, edits):
            continue
        broken = references.broken_imports(edit.old.path)
        loads = broken_loads(edit.old.path, edit.old.language.name, new)
        broken += [Reference(path, line, line, "import") for path, line in loads]
        places = [place for place in broken if evidence_of(place, {}).location not in named]
        if places:
            path = edit.diff.old_path
            event = f"moved to {edit.diff.path}" if edit.new is not None else "is gone"
            yield _import_finding(edit, 1, path, f"{path} {event}, and is still imported", places)


def _findings_on_passed_on(
    edits: Sequence[Edit], references: References, findings: Sequence[Finding]
) -> Iterator[Finding]:
    """Imports of names that a file passed on from another, unless a finding names them."""
    named = {evidence.location for finding in findings for evidence in finding.evidence}
    for edit in edits:
        if edit.new is None or not passes_on_less(edit):
            continue
        for name, broken in references.lost_imports(edit):
            places = [place for place in broken if evidence_of(place, {}).location not in named]
            if places and not is_bound(edit.new, name):
                removed = edit.diff.removed()
                line = next((edit.new_line(item) for item in removed if name in item.text), 1)
                title = (
                    f"`{name}` is no longer passed on by {edit.diff.path}, and is still imported"
                )
                yield _import_finding(edit, line, name, title, places)


def _is_ported(edit: Edit, edits: Sequence[Edit]) -> bool:
    """Whether the change brings a file of the same name in another language."""
    old = PurePosixPath(edit.diff.old_path)
    arrivals = [
        PurePosixPath(other.diff.path)
        for other in edits
        if other.diff.status in ("added", "renamed") and other.new is not None
    ]
    return any(path.stem == old.stem and path.suffix != old.suffix for path in arrivals)


def _import_finding(
    edit: Edit, line: int, symbol: str, title: str, places: Sequence[Reference]
) -> Finding:
    return Finding(
        "impact",
        edit.diff.path,
        line,
        "error",
        "removed",
        f"{title}: {locations(places, {})}",
        tuple(dict.fromkeys(evidence_of(place, {}) for place in places)),
        symbol,
        title=title,
    )
