"""The repositories that a server answers for, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from repo_mhm.errors import UsageError
from repo_mhm.git.roots import find_root


@dataclass(frozen=True, slots=True)
class Repositories:
    """Roots by name: a folder's name, with a number where two folders have the same."""

    roots: Mapping[str, Path]

    @classmethod
    def open(cls, paths: Sequence[Path]) -> Repositories:
        """The repositories around these paths. Raises RepositoryError where one is missing."""
        roots: dict[str, Path] = {}
        for path in paths or (Path(),):
            root = find_root(path).path
            if root in roots.values():
                continue
            name, number = root.name, 2
            while name in roots:
                name, number = f"{root.name}-{number}", number + 1
            roots[name] = root
        return cls(roots)

    def find(self, name: str) -> Path:
        """The root of that name; the only one where the name is empty. Raises UsageError."""
        if name in self.roots:
            return self.roots[name]
        names = ", ".join(self.roots)
        if name:
            raise UsageError(f"no repository is called {name[:100]!r}", hint=f"Here: {names}.")
        if len(self.roots) > 1:
            raise UsageError("several repositories are served", hint=f"Name one as repo: {names}.")
        return next(iter(self.roots.values()))
