"""Summary: three lines on what a change is about, without a model. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from repo_mhm.review.edits import Edit, touched_symbols
from repo_mhm.source.file_roles import is_test

_NAMED = 4


def summary(edits: Sequence[Edit], notes: Sequence[str] = ()) -> tuple[str, ...]:
    """How much changed and where, which definitions, and what the memory (`notes`) or the tests have to do with it."""
    if not edits:
        return ()
    added = sum(1 for edit in edits for _ in edit.diff.added())
    removed = sum(1 for edit in edits for _ in edit.diff.removed())
    noun = "file" if len(edits) == 1 else "files"
    first = f"{len(edits)} {noun}, +{added:,} −{removed:,}: {_listed([edit.diff.path for edit in edits])}"
    names = touched_names(edits)
    second = (
        f"Touches {_listed([f'`{name}`' for name in names])}" if names else "Touches no definition"
    )
    tests = [edit.diff.path for edit in edits if is_test(edit.diff.path)]
    third = f"Tests changed with it: {_listed(tests)}" if tests else "No test changed with it"
    return first, second, notes[0] if notes else third


def touched_names(edits: Sequence[Edit]) -> list[str]:
    """Qualified names of the touched definitions, source before tests."""
    found = touched_symbols(edits)
    return [symbol.qualified for path, symbol in sorted(found, key=lambda one: is_test(one[0]))]


def _listed(items: Sequence[str]) -> str:
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return ", ".join(items[:_NAMED]) + more
