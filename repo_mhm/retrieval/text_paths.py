"""Which files of a snapshot the paths and the modules in a text mean. Pure.

A text names files as they lie elsewhere (`site-packages/requests/models.py` for
`src/requests/models.py`) and modules by dots (`sphinx.ext.autodoc.Documenter`). So a path means the
files that share most of its end, and a dotted name the file that its longest beginning leads to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

_INSTALLED = frozenset({"site-packages", "dist-packages", "node_modules", "vendor"})
"""Folders of what is installed: a file there is one of ours only if more than its name agrees."""
_PACKAGE_FILES = frozenset({"__init__", "index", "mod", "main"})
"""Names of files, without their endings, that stand for the folder they are in."""


class TextPaths:
    """The files of a snapshot, by the parts of their paths."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_name: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        self._by_module_end: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        for path in sorted(paths):
            parts = tuple(path.split("/"))
            self._by_name[parts[-1]].append(parts)
            module = _module(parts)
            if module:
                self._by_module_end[module[-1]].append((module, path))

    def files(self, path: str) -> list[str]:
        """The files that a path means, best first; none where only a common name agrees."""
        parts = [part for part in path.split("/") if part not in ("", ".", "~")]
        if not parts:
            return []
        shared = [(_shared(parts, stored), stored) for stored in self._by_name[parts[-1]]]
        # A name that no folder bears out must be all that the text says, or all there is.
        enough = {len(parts)} if _INSTALLED.intersection(parts) else {len(parts), 1}
        certain = [
            (count, stored)
            for count, stored in shared
            if count > 1 or (count in enough and (len(parts) == 1 or len(stored) == 1))
        ]
        most = max((count for count, _ in certain), default=0)
        return ["/".join(stored) for count, stored in certain if count == most]

    def modules(self, dotted: str) -> list[str]:
        """The files that a dotted name leads to, by as many of its parts as possible.

        Of several parts the first alone leads nowhere.
        """
        parts = dotted.split(".")
        for end in range(len(parts), min(1, len(parts) - 1), -1):
            files = list(self._module_files(parts[:end]))
            if files:
                return files
        return []

    def _module_files(self, parts: Sequence[str]) -> Iterator[str]:
        for module, path in self._by_module_end[parts[-1]]:
            if _shared(parts, module) == len(parts):
                yield path


def _module(parts: Sequence[str]) -> tuple[str, ...]:
    """The parts of a file's path as those of a module: without its ending, or without its name."""
    stem = parts[-1].partition(".")[0]
    return tuple(parts[:-1]) if stem in _PACKAGE_FILES else (*parts[:-1], stem)


def _shared(parts: Sequence[str], stored: Sequence[str]) -> int:
    """How many of the last parts are the same."""
    count = 0
    for first, second in zip(reversed(parts), reversed(stored), strict=False):
        if first != second:
            break
        count += 1
    return count
