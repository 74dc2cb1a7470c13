"""The tree that a change leads to, and the one that it comes from, as relations ask them. Does IO.

The idea: nearly all files are the same on both sides, and the store has read most of them. So a
`TreeFiles` serves the files that the change leaves alone: where git's id of a file's content is the
stored one, its text and symbols come from the store; the others are searched with git, read and
parsed. A `ChangedTree` puts one side of the changed files in front of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from repo_mhm.git.trees import Tree
from repo_mhm.relations.fields import fields_named
from repo_mhm.relations.nearness import distance, folders_around
from repo_mhm.relations.source_file import SourceFile, is_named_in_code
from repo_mhm.review.edits import Side, read_side
from repo_mhm.source import languages
from repo_mhm.source.exclusions import exclusion_by_content, exclusion_by_path
from repo_mhm.source.file_roles import is_documentation
from repo_mhm.source.redaction import Masked, masked_paths
from repo_mhm.source.repository_paths import RepositoryPaths
from repo_mhm.source.symbols import Symbol
from repo_mhm.source.text_encoding import to_utf8
from repo_mhm.store import Store

MOST_FILES = 600
"""Files that one review reads and parses to find uses of what changed."""
MOST_STORED_FILES = 2_000
"""Stored files that one review looks through for the names of what changed, and for the classes
that inherit: names like `get` are in every third file of a large repository."""
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""A name that git finds by the same bounds as this."""


class TreeFiles:
    """The files of a tree that a change leaves alone; it keeps what it has read.

    `changed` are the paths of the others, which are neither searched nor read. `is_late` tells
    whether the time for the review is over: then no further file is read.
    """

    def __init__(
        self,
        tree: Tree,
        store: Store | None,
        changed: Iterable[str],
        is_late: Callable[[], bool],
    ) -> None:
        self._tree = tree
        self._changed = frozenset(changed)
        self._store = store
        self._is_late = is_late
        self._files: dict[str, SourceFile] = {}
        self._sides: dict[str, Side | None] = {}
        self._paths_by_name: dict[str, list[str]] = {}
        self._paths_by_names: dict[tuple[str, ...], list[str]] = {}
        self._looked_through: set[str] = set()
        self.left_out: set[str] = set()
        """The files that have a wanted name and were not read."""

    @cached_property
    def blobs(self) -> dict[str, str]:
        """Git's id of the content of every file, by path."""
        blobs = dict(self._tree.blobs)
        for path in self._changed:
            blobs.pop(path, None)
        return blobs

    @cached_property
    def _not_stored(self) -> frozenset[str]:
        """The files that are searched and read in the tree."""
        return frozenset(self.blobs.keys() - self._stored)

    @cached_property
    def _stored(self) -> frozenset[str]:
        """The files that the store has with this very content."""
        if self._store is None:
            return frozenset()
        stored = self._store.blobs()
        return frozenset(path for path, blob in self.blobs.items() if stored.get(path) == blob)

    def named(self, name: str) -> list[Symbol]:
        """The symbols of a simple name: the stored ones, highest rank first, then the others."""
        symbols: list[Symbol] = []
        if self._store is not None and self._stored:
            stored = (item.symbol for item in self._store.symbols_named([name]))
            symbols += [item for item in stored if item.name == name and item.path in self._stored]
        for path in self._searched([name]):
            symbols += [item for item in self.file(path).symbols if item.name == name]
        return symbols

    def paths_with(self, names: Sequence[str]) -> list[str]:
        """The files that have one of the names as a word."""
        paths: list[str] = []
        if self._store is not None and self._stored:
            paths += self._nearest(self._stored_with(tuple(names), self._store))
        return [*paths, *self._searched(names)]

    def _stored_with(self, names: tuple[str, ...], store: Store) -> list[str]:
        """The stored files that have one of the names; several rules ask for the same."""
        if names not in self._paths_by_names:
            found = [path for path in store.paths_with(names) if path in self._stored]
            self._paths_by_names[names] = found
        return self._paths_by_names[names]

    def _nearest(self, found: Sequence[str]) -> list[str]:
        """Those of the stored files for which there is room, the nearest to the change first."""
        room = 0 if self._is_late() else MOST_STORED_FILES - len(self._looked_through)
        new = [path for path in found if path not in self._looked_through]
        if len(new) > room:
            new.sort(key=lambda path: distance(path, self._folders))
            self.left_out.update(new[room:])
        self._looked_through.update(new[:room])
        return [path for path in found if path in self._looked_through]

    @cached_property
    def _folders(self) -> frozenset[str]:
        """The folders around the changed files."""
        return folders_around(self._changed)

    def search_at_once(self, names: Iterable[str]) -> None:
        """Search for all of these names together: a search for each of thousands takes minutes."""
        wanted = {name for name in names if _WORD.fullmatch(name)}
        paths_by_name: dict[str, list[str]] = {name: [] for name in wanted}
        for path in self._searched(sorted(wanted)) if len(wanted) > 1 else ():
            for name in wanted.intersection(_WORD.findall(self.file(path).text)):
                paths_by_name[name].append(path)
        if len(wanted) > 1:
            self._paths_by_name = paths_by_name

    def _searched(self, names: Sequence[str]) -> list[str]:
        """The files with one of the names that the store does not have, as far as they are read."""
        if not self._not_stored:
            return []
        known = [self._found_at_once(name) for name in names]
        if None not in known:
            return sorted({path for paths in known for path in paths or ()})
        found = self._tree.grep(names, self._not_stored)
        paths = [path for path in found if path in self._not_stored]
        unread = [path for path in paths if path not in self._sides]
        secret_names = masked_paths(unread)
        self._read([path for path in unread if path not in secret_names])
        return [path for path in paths if self._sides.get(path) is not None]

    def _found_at_once(self, name: str) -> list[str] | None:
        """The files that `search_at_once` found with a name; None where it did not search for it.

        Whatever has `#name` has the word `name`.
        """
        word = _WORD.search(name)
        paths = self._paths_by_name.get(word[0]) if word else None
        if paths is None or word is None or word[0] == name:
            return paths
        return [path for path in paths if name in self.file(path).text]

    def _read(self, paths: Sequence[str]) -> None:
        room = 0 if self._is_late() else max(0, MOST_FILES - len(self._sides))
        self.left_out.update(paths[room:])
        for path, blob in self._tree.read(paths[:room]).items():
            self._sides[path] = _read_side(path, to_utf8(blob.content))
        for path in paths[:room]:
            self._sides.setdefault(path, None)

    def file(self, path: str) -> SourceFile:
        """A file of the tree; an empty one where there is none."""
        if path not in self._files:
            self._files[path] = self._file(path)
        return self._files[path]

    def _file(self, path: str) -> SourceFile:
        store = self._store
        if store is not None and path in self._stored:
            name = store.language_of(path)
            return SourceFile(
                path,
                languages.by_name(name) if name else None,
                lambda: store.text_of(path),
                lambda: [item.symbol for item in store.symbols_in(path)],
            )
        if path in self.blobs and path not in self._sides:
            self._read([path])
        return _source(path, self._sides.get(path))


class ChangedTree:
    """A `Repository`: one side of the changed files, in front of those that stayed.

    `sides` has every path that either side of the change names; None where this side has no file.
    """

    def __init__(self, files: TreeFiles, sides: Mapping[str, Side | None]) -> None:
        self._files = files
        self._changed = {path: _source(path, side) for path, side in sides.items()}
        self._present = {path for path, side in sides.items() if side is not None}
        self._named: dict[str, list[Symbol]] = {}

    @cached_property
    def paths(self) -> RepositoryPaths:
        """The files of this side."""
        kept = self._files.blobs.keys() - self._changed.keys()
        return RepositoryPaths(kept | self._present, lambda path: self.file(path).text)

    @property
    def left_out(self) -> set[str]:
        """The files that have a wanted name and were not looked through."""
        return self._files.left_out

    def named(self, name: str) -> list[Symbol]:
        """The symbols of a simple name."""
        if name not in self._named:
            symbols = self._changed_symbols.get(name, [])
            kept = [item for item in self._files.named(name) if item.path not in self._changed]
            self._named[name] = [item for item in symbols + kept if is_named_in_code(item)]
        return self._named[name]

    @cached_property
    def _changed_symbols(self) -> dict[str, list[Symbol]]:
        """The symbols of the changed files, by name."""
        symbols: dict[str, list[Symbol]] = {}
        for path in sorted(self._present):
            for symbol in self._changed[path].symbols:
                symbols.setdefault(symbol.name, []).append(symbol)
        return symbols

    @cached_property
    def _changed_paths(self) -> dict[str, list[str]]:
        """The changed files that have a word, by word."""
        paths: dict[str, list[str]] = {}
        for path in sorted(self._present):
            for word in set(_WORD.findall(self._changed[path].text)):
                paths.setdefault(word, []).append(path)
        return paths

    def _changed_with(self, name: str) -> Iterable[str]:
        """The changed files whose text has a name."""
        if _WORD.fullmatch(name):
            return self._changed_paths.get(name, ())
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        return (path for path in self._present if word.search(self._changed[path].text))

    def add_fields(self, name: str) -> list[Symbol]:
        """The fields of a name, from now on among the symbols."""
        fields = [field for file in self.files_with([name]) for field in fields_named(file, name)]
        self._named[name] = fields
        return fields

    def file(self, path: str) -> SourceFile:
        """A file of this side; an empty one where there is none."""
        return self._changed.get(path) or self._files.file(path)

    def rank(self, symbol: Symbol) -> float:
        """The same for all: a review lists every use."""
        return 0.0

    def files_with(self, names: Iterable[str]) -> list[SourceFile]:
        """The files whose text has one of the names, by path."""
        wanted = list(names)
        changed = {path for name in wanted for path in self._changed_with(name)}
        kept = {path for path in self._files.paths_with(wanted) if path not in self._changed}
        return [self.file(path) for path in sorted(changed | kept)] if wanted else []

    def using_files(self, names: Iterable[str], near: Iterable[str]) -> list[SourceFile]:
        """The files with one of the names: those nearest to the change, as the tree bounds them."""
        del near
        return self.files_with(names)


def _source(path: str, side: Side | None) -> SourceFile:
    """A file of one side; an empty one where that has none."""
    return side.source if side is not None else SourceFile(path, None, str, tuple)


def _read_side(path: str, data: bytes) -> Side:
    language = languages.for_file(path, data)
    is_excluded = exclusion_by_path(path, len(data)) or exclusion_by_content(data)
    return read_side(
        path, Masked(data), None if is_excluded or is_documentation(path) else language
    )
