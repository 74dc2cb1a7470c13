"""Scope: the part of a repository that a question, an index or a view is limited to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar


class HasPath(Protocol):
    """Something that lies in a file."""

    @property
    def path(self) -> str:
        """That of the file, from the root."""
        ...


_Item = TypeVar("_Item", bound=HasPath)


@dataclass(frozen=True, slots=True)
class Scope:
    """Folders with all that lies below them, and single files; or the whole repository.

    >>> "services/api/app.py" in Scope.of_paths(folders=["services/api"])
    True
    """

    is_whole: bool = True
    names: tuple[str, ...] = ()
    """What it is called in answers, each as a path or a pattern from the root."""
    folders: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()

    @classmethod
    def of_paths(
        cls, folders: Iterable[str] = (), files: Iterable[str] = (), names: Iterable[str] = ()
    ) -> Scope:
        """A part of the repository; called by its paths unless there are names for it."""
        folders, files = frozenset(folders), frozenset(files)
        shown = tuple(names) or tuple(sorted(folders | files))
        return cls(is_whole=False, names=shown, folders=folders, files=files)

    def only(self, files: Iterable[str], name: str) -> Scope:
        """Of this scope only these files; `name` is added to what it is called."""
        return Scope.of_paths(
            files=(file for file in files if file in self), names=(*self.names, name)
        )

    def __contains__(self, path: str) -> bool:
        """Whether a file or a folder lies in it."""
        if self.is_whole or path in self.files or path in self.folders:
            return True
        ends = (index for index, character in enumerate(path) if character == "/")
        return any(path[:end] in self.folders for end in ends)

    def preferred(self, items: Sequence[_Item]) -> list[_Item]:
        """Those that lie in it, where any do; else all: a name means what is nearest."""
        return [item for item in items if item.path in self] or list(items)

    def __str__(self) -> str:
        return ", ".join(self.names) or "the repository"


WHOLE = Scope()
