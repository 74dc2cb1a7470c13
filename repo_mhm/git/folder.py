"""Snapshots of plain folders, honouring nested .gitignore files as git does."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from repo_mhm.git.files import File, LeftOut, printable
from repo_mhm.git.reader import open_inside
from repo_mhm.git.snapshot import Snapshot, build_snapshot
from repo_mhm.source.exclusions import LARGEST_BYTES
from repo_mhm.source.ignore_patterns import MOST_PATTERNS, IgnorePatterns, pattern_lines

_NOTE = "This is not a git repository, so the plain folder is read."

IgnoreRules = tuple[int, IgnorePatterns]
"""The length of a folder's own path, and the patterns of its .gitignore."""


def folder_snapshot(root: Path) -> Snapshot:
    """The files under a folder, save what .gitignore files ignore and anything named `.git`."""
    files: list[File] = []
    left_out: list[LeftOut] = []
    notes = [_NOTE]
    pending: list[tuple[bytes, tuple[IgnoreRules, ...]]] = [(b"", ())]
    while pending:
        prefix, rules = pending.pop()
        entries = _entries(root, prefix)
        if entries is None:
            left_out.append(LeftOut(printable(prefix.rstrip(b"/")), "unreadable"))
            continue

        if any(entry.name == b".gitignore" for entry in entries):
            patterns = _patterns(root, prefix)
            if len(patterns) > MOST_PATTERNS:
                notes.append(_unheeded(prefix))
            own_rules = IgnorePatterns.of_lines(patterns[:MOST_PATTERNS])
            rules = ((len(prefix), own_rules), *rules)
        for entry in entries:
            raw = prefix + entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if _is_ignored(raw, rules, is_folder=is_folder):
                continue
            if is_folder:
                pending.append((raw + b"/", rules))
            else:
                item = _file(raw, entry)
                if isinstance(item, File):
                    files.append(item)
                else:
                    left_out.append(item)
    return build_snapshot(root, "folder", "", " ".join(notes), files, left_out)


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


def _patterns(root: Path, prefix: bytes) -> list[str]:
    """The patterns of a folder's .gitignore; none where it is a link or cannot be read."""
    try:
        with os.fdopen(open_inside(root, prefix + b".gitignore"), "rb") as stream:
            return pattern_lines(os.fsdecode(stream.read(LARGEST_BYTES)))
    except (OSError, ValueError):
        return []


def _unheeded(prefix: bytes) -> str:
    path = printable(prefix + b".gitignore")
    return f"Only the first {MOST_PATTERNS:,} patterns of {path} count."


def _is_ignored(raw: bytes, rules: Iterable[IgnoreRules], *, is_folder: bool) -> bool:
    """The innermost .gitignore with a rule for a path decides, as in git."""
    for length, patterns in rules:
        verdict = patterns.verdict(os.fsdecode(raw[length:]), is_folder=is_folder)
        if verdict is not None:
            return verdict
    return False
