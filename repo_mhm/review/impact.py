"""Impact: the code, tests and documentation outside a diff that its changed definitions may break.

By rule, and silent when in doubt. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from repo_mhm.location import Location
from repo_mhm.relations.records import Use
from repo_mhm.relations.repository import Repository
from repo_mhm.review.abstract_methods import new_duties, unmet_findings
from repo_mhm.review.awaits import await_findings, dropped_awaits
from repo_mhm.review.edits import Edit
from repo_mhm.review.file_imports import broken_loads
from repo_mhm.review.findings import SEVERITIES, Evidence, Finding, Severity
from repo_mhm.review.new_dependencies import without_replaced
from repo_mhm.review.references import Reference, References
from repo_mhm.review.removals import is_bound, passes_on_less
from repo_mhm.review.result_changes import ResultDifference
from repo_mhm.review.signature_changes import RELIES_ON_DEFAULT, read_call
from repo_mhm.review.symbol_change import SymbolChange
from repo_mhm.source.file_roles import is_documentation, is_test
from repo_mhm.source.redaction import redact
from repo_mhm.source.symbols import Symbol

NAMED_LOCATIONS = 3
"""Locations that a message names; the evidence has more."""
MOST_QUOTED = 160
"""Characters of a line that evidence quotes."""

Reasons = Mapping[tuple[str, int], str]
"""Why a call does not fit, by path and line."""


def impact(
    changes: Sequence[SymbolChange],
    edits: Sequence[Edit],
    old: Repository,
    new: Repository,
    is_late: Callable[[], bool] = lambda: False,
) -> list[Finding]:
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
        if change.kind == "removed":
            continue
        if is_late():
            break
        kept = references.to(change.symbol)
        on_users = _findings_on_users(change, kept, references)
        findings += on_users
        if on_users and all(finding.severity == "info" for finding in on_users):
            continue  # Tests and documentation would say no more of it.
        if on_users or change.difference:
            findings += _findings_on_tests(change, references.tests_of(change.symbol), touched)
        if on_users or change.kind == "signature":
            findings += _findings_on_documentation(change, new, touched)
    if not is_late():
        findings += _findings_on_modules(edits, references, findings, new)
        findings += _findings_on_passed_on(edits, references, findings)
        findings += await_findings(dropped_awaits(edits), references)
        findings += unmet_findings(new_duties(edits), new)

    return _with_quotes(_one_by_cause(findings), new)


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
    if not affected:
        return []
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
    if is_guess and is_replaceable:
        severity = "info"
    return _finding(change, severity, "removed", "and is still used", places)


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
        places = [place for place in broken if _evidence(place, {}).location not in named]
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
            places = [place for place in broken if _evidence(place, {}).location not in named]
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
        f"{title}: {_locations(places, {})}",
        tuple(dict.fromkeys(_evidence(place, {}) for place in places)),
        symbol,
        title=title,
    )


# Users of a definition ----------------------------------------------------------------------------


def _findings_on_users(
    change: SymbolChange, kept: Sequence[Reference], references: References
) -> list[Finding]:
    if change.kind == "constant":
        readers = [reference for reference in kept if reference.kind != "import"]
        return _finding(change, "info", "constant", "and is read", readers)
    if change.result is not None:
        return _findings_on_results(change, change.result, kept, references)
    return _findings_on_calls(change, kept, references)


def _findings_on_results(
    change: SymbolChange,
    difference: ResultDifference,
    kept: Sequence[Reference],
    references: References,
) -> list[Finding]:
    """Calls that cannot do with the new result what they did with the old one."""
    reasons: dict[tuple[str, int], str] = {}
    broken: list[Reference] = []
    for reference in kept:
        # Of what Kotlin's results promise, Java's callers do not depend on much.
        is_java = change.path.endswith(".java"), reference.path.endswith(".java")
        site = references.site(reference) if is_java[0] == is_java[1] else None
        reason = difference.effect(site, references.has_member) if site else ""
        if reason:
            reasons[reference.path, reference.line] = reason
            broken.append(reference)
    is_doubtful = difference.is_annotation_only or all(place.is_guess for place in broken)
    severity: Severity = "warning" if is_doubtful else "error"
    return _finding(change, severity, "result", "and callers were not changed", broken, reasons)


def _findings_on_calls(
    change: SymbolChange, kept: Sequence[Reference], references: References
) -> list[Finding]:
    """Calls that no longer fit the signature, and calls that rely on a default that changed."""
    syntax = change.language.calls
    if change.difference is None or syntax is None:
        return []

    reasons: dict[tuple[str, int], str] = {}
    broken: list[Reference] = []
    relying: list[Reference] = []
    for reference in kept:
        if reference.arguments is None or not reference.is_bound:
            continue
        reason = change.difference.effect(read_call(reference.arguments, syntax))
        if reason and not references.leads_elsewhere(reference, change.symbol):
            reasons[reference.path, reference.line] = reason
            relies = reason.startswith(RELIES_ON_DEFAULT)
            (relying if relies else broken).append(reference)

    severity: Severity = "warning" if all(place.is_guess for place in broken) else "error"
    of_default: Severity = "warning" if change.difference.surely_differs else "info"
    return [
        *_finding(change, severity, "signature", "and callers were not changed", broken, reasons),
        *_finding(change, of_default, "default", "and callers rely on it", relying, reasons),
    ]


def _findings_on_tests(
    change: SymbolChange, uses: Sequence[Use], touched: Collection[str]
) -> list[Finding]:
    """Tests that use what changed, if the diff touches none of them."""
    if is_test(change.path) or any(use.path in touched for use in uses):
        return []
    tests = [Reference(use.path, use.line, use.line, use.kind) for use in uses]
    return _finding(change, "info", "tests", "and the tests that use it did not change", tests)


# Documentation ------------------------------------------------------------------------------------


def _findings_on_documentation(
    change: SymbolChange, new: Repository, touched: Collection[str]
) -> list[Finding]:
    """Mentions in documentation that the diff does not touch."""
    mention = _mention(change.named)
    mentions: list[Reference] = []

    for file in new.files_with([change.named.name]):
        if not is_documentation(file.path) or file.path in touched:
            continue
        lines = {file.line_at(match.start()) for match in mention.finditer(file.text)}
        mentions += [Reference(file.path, line, line, "name") for line in sorted(lines)]

    return _finding(change, "info", "docs", "and documentation mentions it", mentions)


def _mention(symbol: Symbol) -> re.Pattern[str]:
    """Matches text that can hardly mean anything but the symbol.

    A name of several words may stand alone; any other counts only behind its class or module.
    """
    name = re.escape(symbol.name)
    has_several_words = "_" in symbol.name.strip("_") or re.search(r"[a-z][A-Z]", symbol.name)
    if has_several_words and not symbol.container:
        return re.compile(rf"(?<!\w){name}(?!\w)")

    owner = symbol.container.rpartition(".")[2] or PurePosixPath(symbol.path).stem
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
        change.named.qualified,
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
