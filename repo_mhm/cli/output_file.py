"""Writes a page to the file that a user names: in one step, and never out of the repository.

A link that the repository holds must not decide which file is replaced. So a path inside the
repository has to stay inside it, links followed; a path elsewhere is the user's own.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from repo_mhm.errors import UsageError

_NEW_FILE_MODE = 0o644


def output_file(path: Path, root: Path) -> Path:
    """The file to replace, links followed. Raises UsageError where it may not be written."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  `resolve` would follow links
    resolved, real_root = path.resolve(), root.resolve()
    is_inside = absolute.is_relative_to(root) or absolute.is_relative_to(real_root)
    if is_inside and not resolved.is_relative_to(real_root):
        raise UsageError(
            f"{path} leads out of the repository, to {resolved}",
            hint="Remove the link, or name another file.",
        )
    if resolved.exists() and not resolved.is_file():
        raise UsageError(f"{path} is not a regular file", hint="Name a file to write.")
    return resolved


def read_bytes(path: Path) -> bytes:
    """What a file holds; empty where there is none. Raises UsageError."""
    try:
        return path.read_bytes() if path.exists() else b""
    except OSError as exc:
        raise UsageError(
            f"{path} cannot be read: {exc.strerror}", hint="Check its rights."
        ) from exc


def write_bytes(path: Path, data: bytes) -> None:
    """Replace a file in one step; it keeps its rights. Raises UsageError."""
    from repo_mhm.atomic_file import open_folder, replace_at

    try:
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else _NEW_FILE_MODE
        with open_folder(path.parent) as folder:
            replace_at(folder, path.name, data, mode=mode)
    except OSError as exc:
        raise UsageError(
            f"{path} cannot be written: {exc.strerror}",
            hint="Name a file that you may write, in a folder that exists.",
        ) from exc
