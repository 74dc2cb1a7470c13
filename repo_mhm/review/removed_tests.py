"""The rule on removed tests: neither moved nor renamed, while the code they test stayed. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from difflib import SequenceMatcher

from repo_mhm.review.edits import Edit, Side
from repo_mhm.review.findings import Finding, line_finding
from repo_mhm.source.file_roles import is_test
from repo_mhm.source.symbols import Symbol

_SAME_TEST = 0.6
"""Where the bodies of two tests are more alike than this (difflib), one is the other, renamed."""
_MOST_COMPARED = 2000
"""Characters of a test's body that are compared."""


def removed_tests(edits: Sequence[Edit]) -> Iterator[Finding]:
    """One finding for each file that lost tests while the code they used stayed."""
    remaining = {
        symbol.name
        for edit in edits
        if edit.new
        for symbol in edit.new.symbols
        if symbol.kind == "test"
    }
    removed_names = _removed_names(edits)

    for edit in edits:
        if edit.old is None:
            continue
        lost = [
            symbol
            for symbol in edit.old.symbols
            if symbol.kind == "test"
            and symbol.name not in remaining
            and not _was_renamed(edit, symbol)
            and not _uses(edit.old.body(symbol), removed_names - {symbol.name})
        ]
        if lost:
            yield _finding(edit, edit.old, lost)


def _finding(edit: Edit, old: Side, lost: Sequence[Symbol]) -> Finding:
    first = lost[0]
    line = next((edit.new_line(line) for line in edit.diff.removed() if line.old >= first.start), 1)
    more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    return line_finding(
        edit,
        max(1, line),
        "info",
        "test-removed",
        f"the test `{first.qualified}`{more} was removed, the code it tests was not",
        symbol=first.qualified,
        was=old.lines[first.start - 1],
    )


def _removed_names(edits: Sequence[Edit]) -> set[str]:
    """Names of the functions, classes and methods, other than tests' own, that are gone."""
    return {
        symbol.name
        for edit in edits
        if edit.old and not is_test(edit.old.path)
        for symbol in edit.old.symbols
        if symbol.kind in {"function", "class", "method"} and not _has(edit.new, symbol.name)
    }


def _has(side: Side | None, name: str) -> bool:
    return side is not None and any(symbol.name == name for symbol in side.symbols)


def _uses(body: str, names: Collection[str]) -> bool:
    return not set(names).isdisjoint(re.findall(r"\w+", body))


def _was_renamed(edit: Edit, test: Symbol) -> bool:
    """Whether a test that is new in the file looks like this one."""
    if edit.new is None or edit.old is None:
        return False
    old_names = {symbol.name for symbol in edit.old.symbols}
    text = _compared(edit.old, test)

    for symbol in edit.new.symbols:
        if symbol.kind != "test" or symbol.name in old_names:
            continue
        matcher = SequenceMatcher(None, text, _compared(edit.new, symbol), autojunk=False)
        if matcher.ratio() > _SAME_TEST:
            return True
    return False


def _compared(side: Side, test: Symbol) -> str:
    return side.body(test).replace(test.name, "")[:_MOST_COMPARED]
