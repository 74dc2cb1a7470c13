"""New dependencies: definitions that a change deletes because a package brings them now. Pure.

Where users name a package and no file, nothing else tells a class that came from the repository
from one of that name that comes from elsewhere. A package plausibly brings what shares a word with
its name: `Microsoft.Bcl.TimeProvider` what `TimeProvider.cs` had.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from repo_mhm.relations.source_file import OWNER_KINDS
from repo_mhm.review.edits import Edit, Side
from repo_mhm.review.symbol_change import SymbolChange
from repo_mhm.source.search_terms import identifier_parts

_MANIFESTS = frozenset(
    "pom.xml composer.json Gemfile mix.exs Package.swift Podfile packages.config libs.versions.toml"
    " build.gradle build.gradle.kts build.sbt".split()
)
_MANIFEST_SUFFIXES = frozenset({".csproj", ".props", ".targets", ".gemspec", ".podspec"})
_WORD = re.compile(r"[A-Za-z]\w*")
_SHORTEST_WORD = 3
_GENERIC = frozenset(
    "add api app build class code com common condition core dependencies dependency extensions gem"
    " group impl implementation import include interface item lib library main module name net new"
    " org package plugin project public reference require scope sdk source src system test tests"
    " testing type util utils value version".split()
)
"""Words of manifests and of classes that tell no package from another."""


def without_replaced(
    changes: Sequence[SymbolChange], edits: Sequence[Edit]
) -> Sequence[SymbolChange]:
    """The changes, but those of deleted files whose definitions a new package may bring."""
    new_words = {word for edit in edits for word in _new_words(edit)}
    if not new_words:
        return changes
    brought_paths = {
        edit.diff.old_path
        for edit in edits
        if edit.new is None and edit.old is not None and not new_words.isdisjoint(_names(edit.old))
    }
    return [
        change
        for change in changes
        if not (
            change.is_file_gone
            and change.language.is_named_by_package
            and change.symbol.path in brought_paths
        )
    ]


def _new_words(edit: Edit) -> set[str]:
    """The words in names that a manifest has now and had not before."""
    path = PurePosixPath(edit.diff.path)
    is_manifest = path.name in _MANIFESTS or path.suffix in _MANIFEST_SUFFIXES
    if not is_manifest or edit.new is None:
        return set()
    old_words = _words(edit.old.text) if edit.old is not None else set()
    return _words(" ".join(line.text for line in edit.diff.added())) - old_words


def _names(side: Side) -> set[str]:
    """The words in what a file, its namespaces and its classes are called."""
    names = [PurePosixPath(side.path).stem, side.source.namespace]
    for symbol in side.symbols:
        if symbol.kind in OWNER_KINDS:
            names += [symbol.name, symbol.container]
    return _words(" ".join(names))


def _words(text: str) -> set[str]:
    """The words of all names in a text, without their plurals, that may tell a package."""
    parts = (part for name in _WORD.findall(text) for part in identifier_parts(name))
    return {
        part.removesuffix("s")
        for part in parts
        if len(part) >= _SHORTEST_WORD and part not in _GENERIC
    }
