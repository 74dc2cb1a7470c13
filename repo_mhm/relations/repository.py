"""What relations ask of a repository: its symbols by name, its files. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import Protocol

from repo_mhm.relations.source_file import SourceFile
from repo_mhm.source.repository_paths import RepositoryPaths
from repo_mhm.source.symbols import Symbol


class Repository(Protocol):
    """A snapshot, as the store has it."""

    @property
    def paths(self) -> RepositoryPaths:
        """Its files."""

    @property
    def left_out(self) -> Set[str]:
        """The files that have a wanted name and were not looked through."""

    def named(self, name: str) -> Sequence[Symbol]:
        """Its symbols of a simple name, highest rank first."""

    def file(self, path: str) -> SourceFile:
        """One of its files; an empty one where there is none."""

    def add_fields(self, name: str) -> Sequence[Symbol]:
        """The fields of a name, from now on among the symbols.

        The parser takes no field for a definition that has neither a value nor a word for it
        (Go's and C's structures, `self.name` in Python).
        """

    def rank(self, symbol: Symbol) -> float:
        """PageRank of a symbol."""

    def files_with(self, names: Iterable[str]) -> Sequence[SourceFile]:
        """The files whose text has one of these names, by path."""

    def using_files(self, names: Iterable[str], near: Iterable[str]) -> Sequence[SourceFile]:
        """As `files_with`; where thousands have a name, those nearest to the files of `near`."""
