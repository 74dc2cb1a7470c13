"""Snapshots of plain folders, honouring nested .gitignore files as git would."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm.git.files import File, LeftOut, printable
from repo_mhm.git.reader import open_inside
from repo_mhm.git.snapshot import Snapshot, finish

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


def folder_snapshot(root: Path) -> Snapshot:
    """The files under a folder, save what its .gitignore files ignore and anything named `.git`."""
    files: list[File] = []
    left_out: list[LeftOut] = []
    pending: list[tuple[bytes, tuple[Ignore, ...]]] = [(b"", ())]
    while pending:
        prefix, rules = pending.pop()
        try:
            with os.scandir(os.fsencode(root) + b"/" + prefix) as listing:
                entries = [entry for entry in listing if entry.name != b".git"]
        except OSError:
            left_out.append(LeftOut(printable(prefix.rstrip(b"/")), "unreadable"))
            continue
        if any(entry.name == b".gitignore" for entry in entries):
            rules = (_ignore(root, prefix), *rules)
        for entry in entries:
            raw = prefix + entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if _is_ignored(raw + b"/" if is_folder else raw, rules):
                continue
            if is_folder:
                pending.append((raw + b"/", rules))
            elif entry.is_file(follow_symlinks=False):
                files.append(
                    File(printable(raw), raw, entry.stat(follow_symlinks=False).st_size, "")
                )
            else:
                left_out.append(
                    LeftOut(
                        printable(raw), "symlink" if entry.is_symlink() else "not a regular file"
                    )
                )
    return finish(
        root,
        "folder",
        "",
        "This is not a git repository, so the plain folder is read.",
        files,
        left_out,
    )


Ignore = tuple[int, "GitIgnoreSpec"]
"""The length of the folder's own path, and the patterns of its .gitignore."""


def _ignore(root: Path, prefix: bytes) -> Ignore:
    from pathspec import GitIgnoreSpec

    try:
        with os.fdopen(open_inside(root, prefix + b".gitignore"), "rb") as stream:
            lines = os.fsdecode(stream.read()).splitlines()
    except (OSError, ValueError):
        lines = []
    return len(prefix), GitIgnoreSpec.from_lines(lines)


def _is_ignored(raw: bytes, rules: Iterable[Ignore]) -> bool:
    """The innermost .gitignore that says anything about a path decides, as in git."""
    for length, spec in rules:
        verdict = spec.check_file(os.fsdecode(raw[length:])).include
        if verdict is not None:
            return verdict
    return False
