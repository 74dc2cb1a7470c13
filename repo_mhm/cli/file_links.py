"""Paths of a repository as its reader sees them: relative to the current folder, and as links."""

from __future__ import annotations

import os
from pathlib import Path

from repo_mhm.formatting import single_line


class FileLinks:
    """Paths relative to `folder`, where the reader is, of files under `root`."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._folder = folder

    def shown(self, path: str) -> str:
        """A path of the repository on one line, relative to the reader's folder.

        It stays as it is where there is no such file, as in a bare repository.
        """
        if self._file(path) is None:
            return single_line(path)
        file = os.path.join(os.path.abspath(self._root), path)  # noqa: PTH100, PTH118
        return single_line(os.path.relpath(file, self._folder))

    def url(self, path: str) -> str:
        """The `file://` link to a path of the repository; empty where there is no such file."""
        file = self._file(path)
        return "" if file is None else file.as_uri()

    def _file(self, path: str) -> Path | None:
        from repo_mhm.git.files import raw_path

        file = self._root / os.fsdecode(raw_path(path))
        return file if os.path.lexists(file) else None
