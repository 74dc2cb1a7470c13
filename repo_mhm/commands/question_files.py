"""What the user wrote after `--file` and `--path`: lines of the snapshot, and a scope.

A path may be that of a file or a folder: `a.py`, `src`; with lines (`a.py:10`, `a.py:10-20`) after
`--file`, or a pattern (`src/*.py`) after `--path`. It counts from the current folder, else from the
folder that `--repo` names, else from the root.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path, PurePosixPath

from repo_mhm.errors import UsageError
from repo_mhm.git.roots import find_root
from repo_mhm.location import Location
from repo_mhm.scope import WHOLE, Scope
from repo_mhm.source.left_out_remarks import left_out_remark, way_back
from repo_mhm.source.redaction import without_secrets
from repo_mhm.store import Store

_WITH_LINES = re.compile(r"(?P<path>.+):(?P<start>\d{1,9})(?:-(?P<end>\d{1,9}))?", re.DOTALL)
_WILDCARD = re.compile(r"[*?\[]")


def find_files(
    store: Store, folder: Path, names: Sequence[str], scope: Scope = WHOLE
) -> tuple[Location, ...]:
    """The lines of the snapshot that the names mean; none where there are no names.

    `folder` is the one that `--repo` names. Raises UsageError for a name that means no file of the
    scope, naming those that are near, and for lines that a file does not have.
    """
    if not names:
        return ()
    finder = _Finder(store, find_root(folder).path, folder)
    lines = dict.fromkeys(line for name in names for line in finder.lines(name))
    in_scope = tuple(line for line in lines if line.path in scope)
    if not in_scope:
        raise UsageError(f"--file names nothing in {scope}", hint="Leave out --file or --path.")
    return in_scope


def find_scope(store: Store, folder: Path, names: Sequence[str]) -> Scope:
    """The part of the snapshot that the names mean: files, folders, or patterns (`src/*.py`).

    The whole where there are no names, or one means the root. A pattern without a slash fits the
    name of a file in any folder. Raises UsageError for a name that means no file, or only files
    that are left out.
    """
    finder = _Finder(store, find_root(folder).path, folder)
    scopes = [finder.scope(name) for name in names]
    if not scopes or any(scope.is_whole for scope in scopes):
        return WHOLE
    return Scope.of_paths(
        folders=frozenset().union(*(scope.folders for scope in scopes)),
        files=frozenset().union(*(scope.files for scope in scopes)),
        names=dict.fromkeys(name for scope in scopes for name in scope.names),
    )


class _Finder:
    """Finds what names mean in one snapshot."""

    def __init__(self, store: Store, root: Path, folder: Path) -> None:
        self._store = store
        self._root = root
        self._bases = (Path.cwd(), folder.absolute(), root)

    @cached_property
    def _files(self) -> list[str]:
        return sorted(self._store.blobs())

    def lines(self, name: str) -> list[Location]:
        """The lines that a name means. Raises UsageError."""
        paths = self._paths(name)
        match = _WITH_LINES.fullmatch(name)
        if paths or match is None:
            return self._whole(name, paths)

        whole_files = self._whole(match["path"], self._paths(match["path"]))
        start = int(match["start"])
        return [_cut(file, start, int(match["end"] or start)) for file in whole_files]

    def scope(self, name: str) -> Scope:
        """What a name or a pattern means. Raises UsageError."""
        path = self._path(name)
        if path is None:
            fitting = self._fitting(name)
            if not fitting:
                raise self._nothing_at(name)
            return Scope.of_paths(files=fitting, names=[name])
        if not path:
            return WHOLE
        if reasons := self._store.left_out_at(path):
            raise _left_out(path, reasons)
        is_file = self._store.files_at(path, most=1) == [path]
        return Scope.of_paths(files=[path]) if is_file else Scope.of_paths(folders=[path])

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
        """The file of that name, or the files in the folder of that name."""
        path = self._path(name)
        return [] if path is None else self._store.files_at(path)

    def _path(self, name: str) -> str | None:
        """The path from the root of what has that name, empty for the root; the first base wins.

        None where the snapshot has no such file and no file below such a folder.
        """
        if "\0" in name:
            return None
        for base in self._bases:
            for path in (os.path.normpath(base / name), os.path.realpath(base / name)):
                inside = Path(os.path.relpath(path, self._root)).as_posix()
                inside = "" if inside == "." else inside
                if self._store.files_at(inside, most=1):
                    return inside
        return None

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
        raise self._nothing_at(name)

    def _nothing_at(self, name: str) -> UsageError:
        """The error for a name of which nothing was read."""
        path = self._path(name)
        if path and (reasons := self._store.left_out_at(path)):
            return _left_out(path, reasons)
        places = [base / name for base in self._bases if os.path.lexists(base / name)]
        if not places:
            return self._unknown(name)
        is_inside = any(
            Path(os.path.realpath(place)).is_relative_to(self._root) for place in places
        )
        return _not_read(name) if is_inside else _outside(name)

    def _unknown(self, name: str) -> UsageError:
        folders = {str(parent) for file in self._files for parent in PurePosixPath(file).parents}
        near = difflib.get_close_matches(name.rstrip("/"), [*sorted(folders), *self._files])
        files_by_name = {Path(file).name: file for file in self._files}
        last_names = difflib.get_close_matches(Path(name).name, files_by_name)
        near += [files_by_name[last_name] for last_name in last_names]
        hint = f"Near: {', '.join(dict.fromkeys(near))}." if near else "Check the path."
        return UsageError(
            f"the repository has no file or folder {without_secrets(name)!r}", hint=hint
        )


def _not_read(name: str) -> UsageError:
    return UsageError(
        f"nothing of {without_secrets(name)!r} was read: git ignores it, or it holds no file",
        hint="`repo-mhm chunks --skipped` says which other files are left out, and why.",
    )


def _outside(name: str) -> UsageError:
    return UsageError(
        f"{without_secrets(name)!r} lies outside of the repository",
        hint="Name a file or a folder in it; -C DIR asks another repository.",
    )


def _left_out(path: str, reason_by_path: Mapping[str, str]) -> UsageError:
    """The error for a file or a folder of which everything is left out."""
    hint = way_back(path, reason_by_path)
    return UsageError(left_out_remark(path, reason_by_path), hint=f"{hint[:1].upper()}{hint[1:]}.")


def _cut(file: Location, start: int, end: int) -> Location:
    if not 1 <= start <= end <= file.end:
        raise UsageError(
            f"{file.path} has no lines {start}-{end}", hint=f"It has lines 1-{file.end}."
        )
    return Location(file.path, start, end)
