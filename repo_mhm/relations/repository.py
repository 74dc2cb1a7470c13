"""What relations ask of a repository: its symbols by name, its files. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from repo_mhm.relations.source_file import SourceFile
from repo_mhm.source.repository_paths import RepositoryPaths
from repo_mhm.source.symbols import Symbol


class Repository(Protocol):
    """A snapshot, as the store has it."""

    @property
    def paths(self) -> RepositoryPaths:
        """Its files."""

    def named(self, name: str) -> Sequence[Symbol]:
        """Its symbols of a simple name, highest rank first."""

    def file(self, path: str) -> SourceFile:
        """One of its files; an empty one where there is none."""

    def files_with(self, names: Iterable[str]) -> Sequence[SourceFile]:
        """The files whose text has all these names, by path."""
