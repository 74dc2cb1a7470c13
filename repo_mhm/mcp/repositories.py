"""The repositories that a server answers for: by name, each with a memory that stays open."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from repo_mhm.errors import RepositoryError, UsageError
from repo_mhm.formatting import single_line
from repo_mhm.git.roots import find_root
from repo_mhm.repository import Repository


@dataclass(frozen=True, slots=True)
class Served:
    """One repository of a server."""

    name: str
    """A folder's name, with a number where two folders have the same."""
    repository: Repository
    prefix: str
    """Stands before its paths in replies: its name where several repositories are served."""

    @property
    def root(self) -> Path:
        """The folder that its paths are relative to."""
        return self.repository.root

    def remark(self, text: str) -> str:
        """A warning about it, with its name where there are several."""
        return f"{self.name}: {text}" if text and self.prefix else text

    def names(self) -> dict[str, object]:
        """What entries say of their repository, where there are several."""
        return {"repo": self.name} if self.prefix else {}


@dataclass(frozen=True, slots=True)
class Repositories:
    """All repositories of a server, and the folders that look like one and cannot be read."""

    served: Mapping[str, Served]
    problems: tuple[str, ...] = ()

    @classmethod
    def open(cls, paths: Sequence[Path]) -> Repositories:
        """The repositories around these paths, or in a folder that holds several.

        Raises RepositoryError where a path leads to none.
        """
        roots: dict[str, Path] = {}
        problems: list[str] = []
        for path in paths or (Path(),):
            for root in _roots(path, problems):
                if root not in roots.values():
                    roots[_free_name(root, roots)] = root

        is_one = len(roots) == 1
        served = {
            name: Served(name, Repository.open(root), "" if is_one else f"{name}/")
            for name, root in roots.items()
        }
        return cls(served, tuple(problems))

    def chosen(self, name: str) -> list[Served]:
        """The repository of that name; all where the name is empty. Raises UsageError."""
        if not name:
            return list(self.served.values())
        if name not in self.served:
            raise UsageError("no repository has that name", hint=self._names())
        return [self.served[name]]

    def single(self, name: str) -> Served:
        """The repository of that name; the only one where the name is empty. Raises UsageError."""
        chosen = self.chosen(name)
        if len(chosen) > 1:
            raise UsageError("this needs one repository", hint=f"Give `repo`. {self._names()}")
        return chosen[0]

    def close(self) -> None:
        """Close all memories."""
        for served in self.served.values():
            served.repository.close()

    def _names(self) -> str:
        return f"Served here: {', '.join(map(single_line, self.served))}."


def _roots(path: Path, problems: list[str]) -> Iterator[Path]:
    """The root around a path; where that is a plain folder of repositories, theirs.

    Raises UsageError for a home folder or one around it, where clients start servers that know no
    project: nobody wants all of it to be read.
    """
    root = find_root(path)
    inside = _repositories_in(root.path) if root.kind == "folder" else []
    if not inside:
        if root.kind == "folder" and Path.home().resolve().is_relative_to(root.path):
            raise UsageError(
                f"{single_line(str(root.path))} is no repository",
                hint="Name one: repo-mhm mcp --repo DIR",
            )
        yield root.path
    for folder in inside:
        try:
            yield find_root(folder).path
        except RepositoryError as error:
            problems.append(f"{error.message}. {error.hint}")


def _repositories_in(folder: Path) -> list[Path]:
    """The folders in a folder that have a `.git`; links are not followed."""
    with os.scandir(folder) as items:
        folders = [Path(item.path) for item in items if item.is_dir(follow_symlinks=False)]
    return sorted(path for path in folders if os.path.lexists(path / ".git"))


def _free_name(root: Path, names: Mapping[str, Path]) -> str:
    name, number = root.name or "repository", 2
    while name in names:
        name, number = f"{root.name}-{number}", number + 1
    return name
