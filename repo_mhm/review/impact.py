"""Impact: who, outside the diff, is hit by what it does to definitions. Without a model; silent when in doubt."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from repo_mhm.review import signatures
from repo_mhm.review.edits import Edit, Side, SymbolChange, Target
from repo_mhm.review.findings import Finding, Severity, Span
from repo_mhm.review.references import Reference, References
from repo_mhm.source.file_roles import is_documentation, is_test

NAMED_PLACES = 3
"""Places spelled out in a message; evidence holds more."""
LONGEST_QUOTE = 160


def names(changes: Iterable[SymbolChange]) -> set[str]:
    """The names to look for in the new tree before `impact` can tell anything."""
    return {change.target.name for change in changes}


def impact(
    changes: Sequence[SymbolChange], edits: Sequence[Edit], sources: Mapping[str, Side]
) -> list[Finding]:
    """What the changes do to the rest; `sources` are the files of the new tree that hold one of `names`."""
    references = References(sources)
    touched = {edit.diff.path: {line.new for line in edit.diff.added()} for edit in edits}
    found: list[Finding] = []
    for change in changes:
        used = list(references.to(change.target))
        untouched = [
            one
            for one in used
            if not touched.get(one.path, set()) & set(range(one.line, one.end + 1))
        ]
        direct = _direct(change, untouched)
        found += direct
        if change.kind != "removed" and (direct or change.difference):
            found += _tests(change, used, touched)
        if direct or change.kind == "signature":
            found += _documents(change, sources, touched)
    return [
        replace(one, evidence=tuple(_quoted(span, sources) for span in one.evidence))
        for one in found
    ]


def _quoted(span: Span, sources: Mapping[str, Side]) -> Span:
    lines = sources[span.path].lines
    return replace(
        span, text=lines[span.start - 1].strip()[:LONGEST_QUOTE] if span.start <= len(lines) else ""
    )


def _direct(change: SymbolChange, untouched: Sequence[Reference]) -> list[Finding]:
    if change.kind == "removed":
        return _finding(change, "error", "removed", "and is still used", untouched)
    if change.kind == "constant":
        readers = [one for one in untouched if one.kind != "import"]
        return _finding(change, "info", "constant", "and is read", readers)
    difference = change.difference
    if difference is None:
        return []
    reasons: dict[tuple[str, int], str] = {}
    hit: dict[bool, list[Reference]] = {True: [], False: []}
    for one in untouched:
        if one.arguments is None or not one.bound:
            continue
        reason = difference.effect(signatures.call(one.arguments, change.target.language))
        if reason:
            reasons[one.path, one.line] = reason
            hit[reason.startswith("relies")].append(one)
    return [
        *_finding(
            change, "error", "signature", "and callers were not changed", hit[False], reasons
        ),
        *_finding(change, "warning", "default", "and callers rely on it", hit[True], reasons),
    ]


def _finding(
    change: SymbolChange,
    severity: Severity,
    category: str,
    verb: str,
    places: Sequence[Reference],
    reasons: Mapping[tuple[str, int], str] | None = None,
) -> list[Finding]:
    if not places:
        return []
    told = [
        f"{one.path}:{one.line}" + _because(one, reasons or {}) for one in places[:NAMED_PLACES]
    ]
    more = f" and {len(places) - NAMED_PLACES} more" if len(places) > NAMED_PLACES else ""
    title = f"{change.message}, {verb}"
    message = f"{title}: {', '.join(told)}{more}"
    whys = reasons or {}
    spans = [
        Span(one.path, one.line, one.line, "", whys.get((one.path, one.line), "")) for one in places
    ]
    return [
        Finding("impact", change.path, change.line, severity, category, message, tuple(dict.fromkeys(spans)),
                change.target.qualified, was=change.was, title=title)
    ]  # fmt: skip


def _because(one: Reference, reasons: Mapping[tuple[str, int], str]) -> str:
    reason = reasons.get((one.path, one.line))
    return f" ({reason})" if reason else ""


def _tests(
    change: SymbolChange, used: Sequence[Reference], touched: Mapping[str, Collection[int]]
) -> list[Finding]:
    """Tests that use what changed, none of which the diff touches."""
    tests = [one for one in used if is_test(one.path) and one.kind != "import"]
    if is_test(change.path) or not tests or any(one.path in touched for one in tests):
        return []
    return _finding(change, "info", "tests", "and the tests that use it did not change", tests)


def _documents(
    change: SymbolChange, sources: Mapping[str, Side], touched: Mapping[str, Collection[int]]
) -> list[Finding]:
    target = change.target
    pattern = _mention(target)
    places = []
    for path in sorted(sources):
        text = sources[path].text
        if target.name not in text or not is_documentation(path) or path in touched:
            continue
        numbers = {text.count("\n", 0, match.start()) + 1 for match in pattern.finditer(text)}
        places += [
            Reference(path, number, number, "name", None, True) for number in sorted(numbers)
        ]
    return _finding(change, "info", "docs", "and documentation mentions it", places)


def _mention(target: Target) -> re.Pattern[str]:
    """How documentation names it for certain: a telling name as it is, a common one only with what it belongs to."""
    name = re.escape(target.name)
    telling = "_" in target.name.strip("_") or re.search(r"[a-z][A-Z]", target.name) is not None
    if telling and not target.container:
        return re.compile(rf"(?<!\w){name}(?!\w)")
    owner = target.container.rpartition(".")[2] or PurePosixPath(target.path).stem
    return re.compile(rf"(?<!\w){re.escape(owner)}\.{name}(?!\w)")
