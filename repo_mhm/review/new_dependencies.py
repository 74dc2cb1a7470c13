"""New dependencies: definitions that a change deletes because a package brings them now. Pure.

Where users name a package and no file, nothing else tells a class that came from the repository
from one of that name that comes from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from repo_mhm.review.edits import Edit
from repo_mhm.review.symbol_change import SymbolChange

_MANIFESTS = frozenset(
    "pom.xml composer.json Gemfile Package.swift Podfile packages.config libs.versions.toml"
    " build.gradle build.gradle.kts build.sbt".split()
)
_MANIFEST_SUFFIXES = frozenset({".csproj", ".props", ".targets", ".gemspec", ".podspec"})
_WORD = re.compile(r"[A-Za-z][A-Za-z-]{2,}")


def without_replaced(
    changes: Sequence[SymbolChange], edits: Sequence[Edit]
) -> Sequence[SymbolChange]:
    """The changes, but those of deleted files if a package that is new may have the definitions."""
    if not any(map(_adds_dependency, edits)):
        return changes
    return [
        change
        for change in changes
        if not (change.is_file_gone and change.language.is_named_by_package)
    ]


def _adds_dependency(edit: Edit) -> bool:
    """Whether a manifest names something that it did not name before."""
    path = PurePosixPath(edit.diff.path)
    is_manifest = path.name in _MANIFESTS or path.suffix in _MANIFEST_SUFFIXES
    if not is_manifest or edit.new is None:
        return False
    old_words = set(_WORD.findall(edit.old.text)) if edit.old is not None else set()
    added = " ".join(line.text for line in edit.diff.added())
    return not old_words.issuperset(_WORD.findall(added))
