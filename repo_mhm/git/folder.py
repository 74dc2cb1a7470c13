"""Snapshots of plain folders, honouring nested .gitignore files as git does."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm.git.files import File, LeftOut, printable
from repo_mhm.git.reader import open_inside
from repo_mhm.git.snapshot import Snapshot, build_snapshot

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_NOTE = "This is not a git repository, so the plain folder is read."

IgnoreRules = tuple[int, "GitIgnoreSpec"]
"""The length of a folder's own path, and the patterns of its .gitignore."""


def folder_snapshot(root: Path) -> Snapshot:
    """The files under a folder, save what .gitignore files ignore and anything named `.git`."""
    files: list[File] = []
    left_out: list[LeftOut] = []
    pending: list[tuple[bytes, tuple[IgnoreRules, ...]]] = [(b"", ())]
    while pending:
        prefix, rules = pending.pop()
        entries = _entries(root, prefix)
        if entries is None:
            left_out.append(LeftOut(printable(prefix.rstrip(b"/")), "unreadable"))
            continue

        if any(entry.name == b".gitignore" for entry in entries):
            rules = (_ignore_rules(root, prefix), *rules)
        for entry in entries:
            raw = prefix + entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if _is_ignored(raw + b"/" if is_folder else raw, rules):
                continue
            if is_folder:
                pending.append((raw + b"/", rules))
            else:
                item = _file(raw, entry)
                if isinstance(item, File):
                    files.append(item)
                else:
                    left_out.append(item)
    return build_snapshot(root, "folder", "", _NOTE, files, left_out)


def _entries(root: Path, prefix: bytes) -> list[os.DirEntry[bytes]] | None:
    """What a folder contains; None where it cannot be read."""
    try:
        with os.scandir(os.fsencode(root) + b"/" + prefix) as listing:
            return [entry for entry in listing if entry.name != b".git"]
    except OSError:
        return None


def _file(raw: bytes, entry: os.DirEntry[bytes]) -> File | LeftOut:
    path = printable(raw)
    try:
        if entry.is_file(follow_symlinks=False):
            return File(path, raw, entry.stat(follow_symlinks=False).st_size, "")
        return LeftOut(path, "symlink" if entry.is_symlink() else "not a regular file")
    except OSError:
        # It was deleted after its folder was listed.
        return LeftOut(path, "unreadable")


def _ignore_rules(root: Path, prefix: bytes) -> IgnoreRules:
    from pathspec import GitIgnoreSpec

    try:
        with os.fdopen(open_inside(root, prefix + b".gitignore"), "rb") as stream:
            lines = os.fsdecode(stream.read()).splitlines()
    except (OSError, ValueError):
        lines = []
    return len(prefix), GitIgnoreSpec.from_lines(lines)


def _is_ignored(raw: bytes, rules: Iterable[IgnoreRules]) -> bool:
    """The innermost .gitignore with a rule for a path decides, as in git."""
    for length, spec in rules:
        verdict = spec.check_file(os.fsdecode(raw[length:])).include
        if verdict is not None:
            return verdict
    return False
