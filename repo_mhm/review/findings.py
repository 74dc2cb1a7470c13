"""Findings: their categories, fields and order, when two are the same, and what silences one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from repo_mhm.location import Location
from repo_mhm.review.edits import Edit

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Worst first."""
CATEGORIES = {
    "removed": "A definition is gone or renamed and still used",
    "signature": "A signature changed and callers do not fit it",
    "result": "What a function gives back changed and callers rely on it",
    "abstract": "A method became abstract and classes lack it",
    "default": "A default changed and callers rely on it",
    "constant": "A constant changed and is read elsewhere",
    "tests": "Tests that use what changed did not change",
    "docs": "Documentation mentions what changed",
    "test-removed": "A test was removed, the code it tests was not",
    "co-change": "What usually changes with this did not",
    "conflict": "A conflict marker is left in a file",
    "secret": "A secret seems to be committed",
    "unreviewed": "A defect kept a file from being reviewed",
    "arguments": "The arguments of a call changed places",
    "boundary": "A boundary moved",
    "condition": "A condition was turned round",
    "exception": "A handler catches more than before",
    "error-handling": "An error is no longer raised or handled",
    "logic": "The logic of the change looks wrong",
}
"""What each category of findings means."""
MOST_EVIDENCE = 20
"""Locations that the evidence of one finding keeps; its message counts them all."""

_IGNORE = re.compile(r"repo-mhm:\s*ignore(?:\[([a-z, -]*)\])?", re.IGNORECASE)
_COMMENT_STARTS = ("#", "//", "/*", "*", "--", ";", "%", "<!--")
_LINE_RULES = frozenset({"arguments", "boundary", "condition", "exception", "error-handling"})
"""Categories of findings by rule that a model's finding on the same line can only confirm."""

LinesByPath = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Lines of the new tree that show a finding."""

    location: Location
    text: str = ""
    """The first of the lines."""
    why: str = ""
    """What they have to do with the finding, where the finding itself does not say it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark, tied to a changed line of the new tree (of the old one for a deleted file)."""

    kind: Literal["impact", "model"]
    """`impact`: found by a rule; `model`: found by a model's weighing."""
    path: str
    line: int
    severity: Severity
    category: str
    """One of CATEGORIES."""
    message: str
    """All of it in a sentence or two, with the first locations of the evidence."""
    evidence: tuple[Evidence, ...] = ()
    symbol: str = ""
    """Qualified name of what it is about; may be empty."""
    source: str = ""
    """The text of its line."""
    was: str = ""
    """The line that it replaced, if there was one."""
    agreed: bool = False
    """Whether the model finds unlikely what the rule found."""
    title: str = ""
    """The message without locations, for whoever lists the evidence; empty if there is none."""
    fingerprint: str = ""
    """The same for the same remark on the same code, wherever that moved within its file."""


def ordered(findings: Iterable[Finding], lines: LinesByPath) -> list[Finding]:
    """Worst first, then by path and line; no two alike; with their source and fingerprint.

    `lines` are those of the new files.
    """
    result: list[Finding] = []
    times: dict[str, int] = {}

    for finding in sorted(_without_duplicates(findings), key=_rank):
        source = line_of(lines, finding.path, finding.line)
        digest = _digest(finding, source)
        number = times.get(digest, 0)
        times[digest] = number + 1
        result.append(
            replace(
                finding,
                source=source,
                fingerprint=_hash(f"{digest}\0{number}"),
                evidence=finding.evidence[:MOST_EVIDENCE],
            )
        )
    return result


def _rank(finding: Finding) -> tuple[int, str, int, str]:
    return (SEVERITIES.index(finding.severity), finding.path, finding.line, finding.category)


class _Key(NamedTuple):
    """What at most one finding may have."""

    path: str
    line: int
    category: str
    symbol: str


def _without_duplicates(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each line, category and symbol.

    A model's finding on what a rule found already only marks that one as agreed.
    """
    kept: dict[_Key, Finding] = {}

    for finding in sorted(findings, key=lambda finding: (finding.kind, *_rank(finding))):
        symbol = finding.symbol if finding.kind == "impact" else ""
        key = _Key(finding.path, finding.line, finding.category, symbol)
        is_model = finding.kind == "model"
        same = [other for other in kept if _is_confirmed(other, key)] if is_model else []

        for other in same:
            kept[other] = replace(kept[other], agreed=kept[other].kind == "impact")
        if not same:
            kept.setdefault(key, finding)

    return list(kept.values())


def _is_confirmed(kept: _Key, model: _Key) -> bool:
    """Whether a model's finding says no more than one that is kept already."""
    is_same_line = (kept.path, kept.line) == (model.path, model.line)
    return is_same_line and (kept.category == model.category or kept.category in _LINE_RULES)


def _digest(finding: Finding, source: str) -> str:
    subject = finding.symbol or " ".join(source.split())
    return _hash("\0".join((finding.kind, finding.category, finding.path, subject)))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def line_of(lines: LinesByPath, path: str, number: int) -> str:
    """A line of a file, from 1; empty where there is none."""
    file = lines.get(path, ())
    return file[number - 1] if 0 < number <= len(file) else ""


def is_silenced(finding: Finding, lines: LinesByPath, baseline: Collection[str] = ()) -> bool:
    """Whether the baseline has the finding, or a comment on its line or the line above hides it.

    The comment says `repo-mhm: ignore`, or `repo-mhm: ignore[category, …]`.
    """
    if finding.fingerprint in baseline:
        return True

    for number in (finding.line, finding.line - 1):
        text = line_of(lines, finding.path, number)
        match = _IGNORE.search(text)
        is_own_line = number == finding.line
        if match and (is_own_line or text.lstrip().startswith(_COMMENT_STARTS)):
            categories = {name.strip() for name in (match[1] or "").lower().split(",")} - {""}
            return not categories or finding.category in categories
    return False


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The worst severity among findings; None where there are none."""
    present = {finding.severity for finding in findings}
    return next((severity for severity in SEVERITIES if severity in present), None)


def is_at_least(severity: Severity | None, level: Severity) -> bool:
    """Whether a severity is as bad as `level`, or worse."""
    return severity is not None and SEVERITIES.index(severity) <= SEVERITIES.index(level)


def line_finding(  # noqa: PLR0913  each is a field of the finding
    edit: Edit,
    line: int,
    severity: Severity,
    category: str,
    message: str,
    *,
    symbol: str = "",
    was: str = "",
) -> Finding:
    """A finding by rule on one line, about `symbol` or else the symbol around the line.

    A secret is about no symbol: its fingerprint must come from its line.
    """
    if not symbol and category != "secret" and edit.new is not None:
        owner = edit.new.symbol_at(line)
        symbol = owner.qualified if owner else ""
    return Finding("impact", edit.diff.path, line, severity, category, message, (), symbol, was=was)
