"""The repository that relations ask, as a store has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from repo_mhm.relations.fields import fields_named
from repo_mhm.relations.nearness import distance, folders_around
from repo_mhm.relations.source_file import SourceFile, is_named_in_code
from repo_mhm.source import languages
from repo_mhm.source.file_roles import is_test
from repo_mhm.source.languages import Language
from repo_mhm.source.repository_paths import RepositoryPaths, shortest_first
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import Store

MOST_FILES = 2_000
"""Files that are looked through for the uses of one name: some ten seconds."""
MOST_LOOKUPS = 300
"""So many questions about paths take as long as reading the list of all, where they are many."""


class StoredPaths(RepositoryPaths):
    """The paths of a store, which is asked for single ones before the list of all is read."""

    def __init__(self, store: Store) -> None:
        super().__init__((), store.text_of)
        self._store = store
        self._lookups = 0

    @property
    def paths(self) -> frozenset[str]:
        """All of them."""
        self._lookups = MOST_LOOKUPS
        return self._all

    @cached_property
    def _all(self) -> frozenset[str]:
        return frozenset(self._store.blobs())

    def __contains__(self, path: object) -> bool:
        return bool(self.existing([str(path)]))

    def existing(self, candidates: Iterable[str]) -> tuple[str, ...]:
        """Those of the candidates that exist, in their order."""
        if not self._is_lookup():
            return super().existing(candidates)
        wanted = tuple(candidates)
        known = self._store.existing_paths(wanted)
        return tuple(path for path in wanted if path in known)

    def ending_with(self, end: str) -> list[str]:
        """The paths that are `end` or end with it after a slash, shortest first."""
        if not self._is_lookup():
            return super().ending_with(end)
        return sorted(self._store.paths_named([end]), key=shortest_first)

    def _is_lookup(self) -> bool:
        self._lookups += 1
        return self._lookups <= MOST_LOOKUPS


class StoreRepository:
    """A `Repository` that reads the store; it keeps what it has read."""

    def __init__(self, store: Store, *, with_tests: bool = True) -> None:
        self._store = store
        self._with_tests = with_tests
        self._files: dict[str, SourceFile] = {}
        self._named: dict[str, list[Symbol]] = {}
        self._with_names: dict[tuple[str, ...], list[str]] = {}
        self._using: dict[tuple[str, ...], Sequence[SourceFile]] = {}
        self._ranks: dict[Symbol, float] = {}
        self.left_out: set[str] = set()
        """The files that have a wanted name and were not looked through."""

    @cached_property
    def paths(self) -> RepositoryPaths:
        """The files of the snapshot."""
        return StoredPaths(self._store)

    def named(self, name: str) -> list[Symbol]:
        """The symbols of a simple name, highest rank first."""
        if name not in self._named:
            stored = self._store.symbols_named([name])
            self._named[name] = [
                item.symbol
                for item in stored
                if item.symbol.name == name and is_named_in_code(item.symbol)
            ]
        return self._named[name]

    def add_fields(self, name: str) -> list[Symbol]:
        """The fields of a name, from now on among the symbols."""
        fields = [field for file in self.files_with([name]) for field in fields_named(file, name)]
        self._named[name] = fields
        return fields

    def file(self, path: str) -> SourceFile:
        """A file of the snapshot; an empty one where there is none."""
        if path not in self._files:
            self._files[path] = SourceFile(
                path,
                self._language(path),
                lambda: self._store.text_of(path),
                lambda: [stored.symbol for stored in self._store.symbols_in(path)],
            )
        return self._files[path]

    def _language(self, path: str) -> Language | None:
        # Asking the store loads fewer languages than recognising one by the path.
        name = self._store.language_of(path)
        return languages.by_name(name) if name else None

    def rank(self, symbol: Symbol) -> float:
        """PageRank of a symbol."""
        if symbol not in self._ranks:
            stored = self._store.symbols_in(symbol.path)
            self._ranks |= {item.symbol: item.rank for item in stored}
        return self._ranks.get(symbol, 0.0)

    def files_with(self, names: Iterable[str]) -> Sequence[SourceFile]:
        """The files of which a chunk has one of these names, by path."""
        wanted = tuple(names)
        if wanted not in self._with_names:
            # Each of many namesakes is asked for by the same name.
            self._with_names[wanted] = [
                path
                for path in self._store.paths_with(wanted)
                if self._with_tests or not is_test(path)
            ]
        return [self.file(path) for path in self._with_names[wanted]]

    def using_files(self, names: Iterable[str], near: Iterable[str]) -> Sequence[SourceFile]:
        """As `files_with`; of more than MOST_FILES those nearest to the files of `near`."""
        wanted = tuple(names)
        if wanted not in self._using:
            self._using[wanted] = self._nearest(self.files_with(wanted), near)
        return self._using[wanted]

    def _nearest(self, files: Sequence[SourceFile], near: Iterable[str]) -> Sequence[SourceFile]:
        if len(files) <= MOST_FILES:
            return files
        folders = folders_around(near)
        nearest = sorted(files, key=lambda file: distance(file.path, folders))
        self.left_out.update(file.path for file in nearest[MOST_FILES:])
        return sorted(nearest[:MOST_FILES], key=lambda file: file.path)
