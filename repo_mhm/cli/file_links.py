"""Paths of a repository as its reader sees them: relative to the current folder, and as links."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm.formatting import single_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_mhm.location import Location


class FileLinks:
    """Paths relative to `folder`, where the reader is, of files under `root`."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._folder = folder

    def shown(self, path: str) -> str:
        """A path of the repository on one line, relative to the reader's folder.

        In another part of the disk it is absolute, where that is shorter.
        It stays as it is where there is no such file, as in a bare repository.
        """
        if self._file(path) is None:
            return single_line(path)
        root = os.path.abspath(self._root)  # noqa: PTH100
        file = os.path.join(root, path)  # noqa: PTH118
        relative = os.path.relpath(file, self._folder)
        is_far = not self._folder.is_relative_to(root) and len(relative) > len(file)
        return single_line(file if is_far else relative)

    def for_editors(self, path: str) -> str:
        """A path that leads to the file from the reader's folder."""
        return self.shown(path)

    def location(self, location: Location) -> str:
        """A location whose path is shown as `shown` says."""
        return replace(location, path=self.shown(location.path)).short

    def url(self, path: str) -> str:
        """The `file://` link to a path of the repository; empty where there is no such file."""
        file = self._file(path)
        return "" if file is None else file.as_uri()

    def _file(self, path: str) -> Path | None:
        from repo_mhm.git.files import raw_path

        file = self._root / os.fsdecode(raw_path(path))
        return file if os.path.lexists(file) else None


class NamedFileLinks(FileLinks):
    """Paths of several repositories, which begin with their names; `roots` has the folders."""

    def __init__(self, roots: Mapping[str, Path], folder: Path) -> None:
        super().__init__(Path(), folder)
        self._roots = roots

    def shown(self, path: str) -> str:
        """The path as it is, on one line: the name says where it is."""
        return single_line(path)

    def _file(self, path: str) -> Path | None:
        from repo_mhm.git.files import raw_path

        name, _, inside = path.partition("/")
        root = self._roots.get(name)
        file = None if root is None else root / os.fsdecode(raw_path(inside))
        return file if file is not None and os.path.lexists(file) else None

    def for_editors(self, path: str) -> str:
        """The path of the file on disk, relative to the reader's folder."""
        file = self._file(path)
        return single_line(path if file is None else os.path.relpath(file, self._folder))
