"""Alteration findings: what a definition that is still there, but altered, does to its users. Pure.

Calls that do not fit, code that cannot do with the new result what it did with the old one, tests
and documentation that say what was so before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import PurePosixPath

from repo_mhm.relations.narrowing import extended_type
from repo_mhm.relations.records import Use
from repo_mhm.relations.repository import Repository
from repo_mhm.review.call_fit import read_call
from repo_mhm.review.calls import Reference
from repo_mhm.review.findings import Finding, Severity
from repo_mhm.review.references import References
from repo_mhm.review.result_changes import ResultDifference
from repo_mhm.review.signature_changes import RELIES_ON_DEFAULT, Difference, OverloadsDifference
from repo_mhm.review.symbol_change import SymbolChange
from repo_mhm.review.use_findings import use_finding
from repo_mhm.source.file_roles import is_documentation, is_test
from repo_mhm.source.language_traits import CallSyntax
from repo_mhm.source.symbols import Symbol


def alteration_findings(
    change: SymbolChange, references: References, new: Repository, touched: Collection[str]
) -> list[Finding]:
    """The findings on one altered definition; `touched` are the paths of the diff."""
    kept = references.to(change.symbol)
    on_users = _findings_on_users(change, kept, references)
    if on_users and all(finding.severity == "info" for finding in on_users):
        return on_users  # Tests and documentation would say no more of it.

    findings = [*on_users]
    if on_users or change.difference:
        findings += _findings_on_tests(change, references.tests_of(change.symbol), touched)
    if on_users or change.kind == "signature":
        findings += _findings_on_documentation(change, new, touched)
    return findings


def _findings_on_users(
    change: SymbolChange, kept: Sequence[Reference], references: References
) -> list[Finding]:
    if change.kind == "constant":
        readers = [reference for reference in kept if reference.kind != "import"]
        return use_finding(change, "info", "constant", "and is read", readers)
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

    def effect(reference: Reference) -> str:
        # Of what Kotlin's results promise, Java's callers do not depend on much.
        is_java = change.path.endswith(".java"), reference.path.endswith(".java")
        site = references.site(reference) if is_java[0] == is_java[1] else None
        return difference.effect(site, references.has_member) if site else ""

    reasons = {(each.path, each.line): reason for each in kept if (reason := effect(each))}
    broken = [each for each in kept if effect(each)]
    is_doubtful = difference.is_annotation_only or all(place.is_guess for place in broken)
    severity: Severity = "warning" if is_doubtful else "error"
    if broken and any(map(effect, references.rewritten(change.symbol, change.path))):
        severity = "info"  # What the author writes so now is right.
    return use_finding(change, severity, "result", "and callers were not changed", broken, reasons)


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
    if broken and _is_misread(change, change.difference, syntax, kept, references):
        severity = "info"
    of_default: Severity = "warning" if change.difference.surely_differs else "info"
    return [
        *use_finding(
            change, severity, "signature", "and callers were not changed", broken, reasons
        ),
        *use_finding(change, of_default, "default", "and callers rely on it", relying, reasons),
    ]


def _is_misread(
    change: SymbolChange,
    difference: Difference | OverloadsDifference,
    syntax: CallSyntax,
    kept: Sequence[Reference],
    references: References,
) -> bool:
    """Whether some call shows that the parameters, or what calls mean them, were misread.

    One that did not fit before the change, or that the author writes now and that does not fit.
    Of extensions that tells nothing: they are called in two ways.
    """
    if extended_type(change.symbol):
        return False
    rewritten = references.rewritten(change.symbol, change.path)
    before = (each.arguments for each in kept if each.is_bound and not each.is_guess)
    now = (each.arguments for each in rewritten if each.is_bound and not each.is_guess)
    return not (
        all(difference.fitted_before(read_call(parts, syntax)) for parts in before if parts)
        and all(difference.fits_now(read_call(parts, syntax)) for parts in now if parts)
    )


def _findings_on_tests(
    change: SymbolChange, uses: Sequence[Use], touched: Collection[str]
) -> list[Finding]:
    """Tests that use what changed, if the diff touches none of them."""
    if is_test(change.path) or any(use.path in touched for use in uses):
        return []
    tests = [Reference(use.path, use.line, use.line, use.kind) for use in uses]
    return use_finding(change, "info", "tests", "and the tests that use it did not change", tests)


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

    return use_finding(change, "info", "docs", "and documentation mentions it", mentions)


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
