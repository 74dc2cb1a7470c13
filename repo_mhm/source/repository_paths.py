"""Repository paths: which files exist, so that an import can be followed to one. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache, cached_property


class RepositoryPaths:
    """The paths of a repository; `read` returns the text of one of them."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], str]) -> None:
        self._paths = frozenset(paths)
        # Each import of a package asks for the same few manifests.
        self.read = cache(read)

    @property
    def paths(self) -> frozenset[str]:
        """All of them."""
        return self._paths

    def __contains__(self, path: object) -> bool:
        return path in self.paths

    def existing(self, candidates: Iterable[str]) -> tuple[str, ...]:
        """Those of the candidates that exist, in their order."""
        return tuple(path for path in candidates if path in self.paths)

    def ending_with(self, end: str) -> list[str]:
        """The paths that are `end` or end with it after a slash, shortest first."""
        namesakes = self._by_name.get(_last_part(end), [])
        return sorted(_ending_with(namesakes, end), key=shortest_first)

    def in_folder(self, folder: str, suffix: str = "") -> list[str]:
        """The files directly in a folder whose names end with `suffix`."""
        return [path for path in self._by_folder[folder] if path.endswith(suffix)]

    def folders_ending_with(self, end: str) -> list[str]:
        """The folders of files that are `end` or end with it after a slash, in order."""
        namesakes = self.folders_named(_last_part(end))
        return [folder for folder in _ending_with(namesakes, end) if folder in self.folders]

    def folders_named(self, name: str) -> list[str]:
        """All folders of a name, those that hold only folders included, in order."""
        return self._folders_by_name.get(name, [])

    @cached_property
    def folders(self) -> frozenset[str]:
        """The folders that hold files; the root is the empty text."""
        return frozenset(self._by_folder)

    @cached_property
    def folders_above(self) -> frozenset[str]:
        """All folders, those that hold only folders included."""
        above: set[str] = set()
        for folder in self.folders:
            parent = folder
            # Above a folder that was met before all were met.
            while parent not in above:
                above.add(parent)
                parent = parent.rpartition("/")[0]
        return frozenset(above)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        return _by_last_part(self.paths)

    @cached_property
    def _folders_by_name(self) -> dict[str, list[str]]:
        return _by_last_part(sorted(self.folders_above))

    @cached_property
    def _by_folder(self) -> defaultdict[str, list[str]]:
        by_folder: defaultdict[str, list[str]] = defaultdict(list)
        for path in sorted(self.paths):
            by_folder[path.rpartition("/")[0]].append(path)
        return by_folder


def _last_part(path: str) -> str:
    return path.rpartition("/")[2]


def _by_last_part(paths: Iterable[str]) -> dict[str, list[str]]:
    by_part: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        by_part[_last_part(path)].append(path)
    return by_part


def _ending_with(paths: Iterable[str], end: str) -> list[str]:
    """Those that are `end` or end with it after a slash."""
    suffix = f"/{end}"
    return [path for path in paths if path == end or path.endswith(suffix)]


def shortest_first(path: str) -> tuple[int, str]:
    """Sorts paths by the number of their folders."""
    return path.count("/"), path


def ancestors(path: str) -> list[str]:
    """The folders around a file, the nearest first, the root (the empty text) last."""
    folders = []
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        folders.append(folder)
    return folders or [""]
