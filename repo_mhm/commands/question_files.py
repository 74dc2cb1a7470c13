"""The files that a question is about: what the user wrote after `--file`, as lines of the snapshot.

A path may be that of a file or a folder, with or without lines: `a.py`, `src`, `a.py:10`,
`a.py:10-20`. It counts from the current folder, else from the folder that `--repo` names, else from
the root.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from repo_mhm.errors import UsageError
from repo_mhm.git.roots import find_root
from repo_mhm.location import Location
from repo_mhm.source.redaction import without_secrets
from repo_mhm.store import Store

_WITH_LINES = re.compile(r"(?P<path>.+):(?P<start>\d{1,9})(?:-(?P<end>\d{1,9}))?", re.DOTALL)
_WILDCARD = re.compile(r"[*?\[]")


def find_files(store: Store, folder: Path, names: Sequence[str]) -> tuple[Location, ...]:
    """The lines of the snapshot that the names mean; none where there are no names.

    `folder` is the one that `--repo` names. Raises UsageError for a name that means no file of the
    snapshot, naming those that are near, and for lines that a file does not have.
    """
    if not names:
        return ()
    finder = _Finder(store, find_root(folder).path, folder)
    return tuple(dict.fromkeys(line for name in names for line in finder.lines(name)))


def find_paths(store: Store, folder: Path, names: Sequence[str]) -> frozenset[str]:
    """The files of the snapshot that the names mean: files, folders, or patterns (`src/*.py`).

    A pattern without a slash fits the name of a file in any folder. Raises UsageError for a name
    that means no file.
    """
    finder = _Finder(store, find_root(folder).path, folder)
    return frozenset(path for name in names for path in finder.paths(name))


class _Finder:
    """Finds what names mean in one snapshot."""

    def __init__(self, store: Store, root: Path, folder: Path) -> None:
        self._store = store
        self._root = root
        self._bases = (Path.cwd(), folder.absolute(), root)
        self._files = sorted(store.blobs())

    def lines(self, name: str) -> list[Location]:
        """The lines that a name means. Raises UsageError."""
        paths = self._paths(name)
        match = _WITH_LINES.fullmatch(name)
        if paths or match is None:
            return self._whole(name, paths)

        whole_files = self._whole(match["path"], self._paths(match["path"]))
        start = int(match["start"])
        return [_cut(file, start, int(match["end"] or start)) for file in whole_files]

    def paths(self, name: str) -> list[str]:
        """The files that a name or a pattern means. Raises UsageError."""
        paths = self._paths(name) or self._fitting(name)
        if paths:
            return paths
        raise _not_read(name) if self._exists(name) else self._unknown(name)

    def _fitting(self, pattern: str) -> list[str]:
        """The files that a pattern fits, from the current folder or from the root."""
        if not _WILDCARD.search(pattern):
            return []
        if "/" not in pattern:
            return [path for path in self._files if fnmatchcase(Path(path).name, pattern)]
        here = Path(os.path.relpath(Path.cwd() / pattern, self._root)).as_posix()
        patterns = (here, pattern.removeprefix("./"))
        return [path for path in self._files if any(fnmatchcase(path, each) for each in patterns)]

    def _paths(self, name: str) -> list[str]:
        """The file of that name, or the files in the folder of that name; the first base wins."""
        for base in self._bases:
            for path in (os.path.normpath(base / name), os.path.realpath(base / name)):
                inside = Path(os.path.relpath(path, self._root)).as_posix()
                prefix = "" if inside == "." else f"{inside}/"
                paths = [file for file in self._files if file == inside or file.startswith(prefix)]
                if paths:
                    return paths
        return []

    def _whole(self, name: str, paths: Sequence[str]) -> list[Location]:
        """All lines of those files that have any. Raises UsageError when none has."""
        chunks_by_path = {path: self._store.chunks_in(path) for path in paths}
        files = [
            Location(path, 1, chunks[-1].chunk.end)
            for path, chunks in chunks_by_path.items()
            if chunks
        ]
        if files:
            return files
        raise _not_read(name) if paths or self._exists(name) else self._unknown(name)

    def _exists(self, name: str) -> bool:
        return any(os.path.lexists(base / name) for base in self._bases)

    def _unknown(self, name: str) -> UsageError:
        near = difflib.get_close_matches(name, self._files)
        files_by_name = {Path(file).name: file for file in self._files}
        last_names = difflib.get_close_matches(Path(name).name, files_by_name)
        near += [files_by_name[last_name] for last_name in last_names]
        hint = f"Near: {', '.join(dict.fromkeys(near))}." if near else "Check the path."
        return UsageError(
            f"the repository has no file or folder {without_secrets(name)!r}", hint=hint
        )


def _not_read(name: str) -> UsageError:
    return UsageError(
        f"nothing of {without_secrets(name)!r} was read: "
        "it is left out, empty, or outside of the repository",
        hint="`repo-mhm chunks --skipped` says which files are left out, and why.",
    )


def _cut(file: Location, start: int, end: int) -> Location:
    if not 1 <= start <= end <= file.end:
        raise UsageError(
            f"{file.path} has no lines {start}-{end}", hint=f"It has lines 1-{file.end}."
        )
    return Location(file.path, start, end)
