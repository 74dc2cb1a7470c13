"""Findings: their shape, their order, what makes two the same, and what silences one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Worst first."""
MOST_SPANS = 20
"""Evidence named in one finding; the message says how much there is."""
_IGNORE = re.compile(r"repo-mhm:\s*ignore(?:\[([a-z, -]*)\])?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """Lines of a file of the new tree, from 1, inclusive."""

    path: str
    start: int
    end: int
    text: str = ""
    """The first of them, as it is written there."""
    why: str = ""
    """What this place has to do with the finding, where that is not said by the finding itself."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark, tied to a changed line: `path:line` of the new tree (of the old one for a deleted file)."""

    kind: Literal["impact", "model"]
    path: str
    line: int
    severity: Severity
    category: str
    message: str
    """All of it in a sentence or two, with the first places among `evidence`."""
    evidence: tuple[Span, ...] = ()
    symbol: str = ""
    """Qualified name of what it is about; may be empty."""
    source: str = ""
    """The text of its line."""
    was: str = ""
    """The line that stood there before, where one did."""
    agreed: bool = False
    """Found by rule, and the model thinks so too."""
    title: str = ""
    """The message without its places, for who lists those below; empty when there are none."""
    fingerprint: str = ""
    """The same for the same remark on the same code, wherever that moved to within its file."""


def ordered(findings: Iterable[Finding], lines: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Worst first, then by place; no two alike; each with the text of its line and a fingerprint.

    `lines` holds the new files' lines by path.
    """
    rank = {severity: number for number, severity in enumerate(SEVERITIES)}
    kept: dict[tuple[str, int, str, str], Finding] = {}
    for found in sorted(
        findings, key=lambda one: (one.kind, rank[one.severity], one.path, one.line, one.category)
    ):
        key = (
            found.path,
            found.line,
            found.category,
            found.symbol if found.kind == "impact" else "",
        )
        known = [other for other in kept if found.kind == "model" and _is_same(other, key)]
        for other in known:
            kept[other] = replace(kept[other], agreed=kept[other].kind == "impact")
        if not known:
            kept.setdefault(key, found)
    seen: dict[str, int] = {}
    result = []
    for found in sorted(
        kept.values(), key=lambda one: (rank[one.severity], one.path, one.line, one.category)
    ):
        text = _line(lines, found.path, found.line)
        base = _digest(found, text)
        seen[base] = seen.get(base, -1) + 1
        print_ = hashlib.blake2b(f"{base}\0{seen[base]}".encode(), digest_size=16).hexdigest()
        result.append(
            replace(found, source=text, fingerprint=print_, evidence=found.evidence[:MOST_SPANS])
        )
    return result


def _is_same(known: tuple[str, int, str, str], key: tuple[str, int, str, str]) -> bool:
    """Whether a model's remark is about what is known of its line already: it adds nothing but its agreement."""
    return known[:2] == key[:2] and (known[2] == key[2] or known[2] in _SLIPS)


_SLIPS = frozenset({"arguments", "boundary", "condition", "exception", "error-handling"})


def _digest(found: Finding, text: str) -> str:
    subject = found.symbol or " ".join(text.split())
    parts = (found.kind, found.category, found.path, subject)
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _line(lines: Mapping[str, Sequence[str]], path: str, line: int) -> str:
    known = lines.get(path, ())
    return known[line - 1] if 0 < line <= len(known) else ""


def silenced(
    found: Finding, lines: Mapping[str, Sequence[str]], baseline: Collection[str] = ()
) -> bool:
    """Whether the baseline knows it, or `repo-mhm: ignore` (or `ignore[category, …]`) stands on its line or above."""
    if found.fingerprint in baseline:
        return True
    for number in (found.line, found.line - 1):
        text = _line(lines, found.path, number)
        match = _IGNORE.search(text)
        if match and (number == found.line or _is_comment_only(text)):
            wanted = {one.strip() for one in (match[1] or "").lower().split(",")} - {""}
            return not wanted or found.category in wanted
    return False


def _is_comment_only(text: str) -> bool:
    return text.lstrip().startswith(("#", "//", "/*", "*", "--", ";", "%", "<!--"))


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The worst severity among them."""
    present = {found.severity for found in findings}
    return next((severity for severity in SEVERITIES if severity in present), None)


def at_least(severity: Severity | None, level: Severity) -> bool:
    """Whether a severity is as bad as `level`, or worse."""
    return severity is not None and SEVERITIES.index(severity) <= SEVERITIES.index(level)
