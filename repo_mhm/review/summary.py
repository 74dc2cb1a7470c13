"""Summary: three lines on what a change is about, without a model. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from repo_mhm.review.edits import Edit, touched_symbols
from repo_mhm.source.file_roles import is_test

_MOST_NAMED = 4


def summary(edits: Sequence[Edit]) -> tuple[str, ...]:
    """How much changed and where, which definitions, and which tests changed with it."""
    if not edits:
        return ()
    names = [f"`{name}`" for name in touched_names(edits)]
    touched = f"Touches {_listed(names)}" if names else "Touches no definition"
    return _extent(edits), touched, _tests(edits)


def _extent(edits: Sequence[Edit]) -> str:
    added = sum(1 for edit in edits for _ in edit.diff.added())
    removed = sum(1 for edit in edits for _ in edit.diff.removed())
    noun = "file" if len(edits) == 1 else "files"
    paths = _listed([edit.diff.path for edit in edits])
    return f"{len(edits)} {noun}, +{added:,} −{removed:,}: {paths}"


def _tests(edits: Sequence[Edit]) -> str:
    tests = [edit.diff.path for edit in edits if is_test(edit.diff.path)]
    return f"Tests changed with it: {_listed(tests)}" if tests else "No test changed with it"


def touched_names(edits: Sequence[Edit]) -> list[str]:
    """Qualified names of the touched definitions, source before tests."""
    touched = sorted(touched_symbols(edits), key=lambda item: is_test(item[0]))
    return list(dict.fromkeys(symbol.qualified for _, symbol in touched))


def _listed(items: Sequence[str]) -> str:
    more = f" and {len(items) - _MOST_NAMED} more" if len(items) > _MOST_NAMED else ""
    return ", ".join(items[:_MOST_NAMED]) + more
