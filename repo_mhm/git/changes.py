"""Changes: each file's diff with its contents before and after, as git's diff commands list them.

No attribute, driver or setting that a repository carries can hide a change: external diffs, text
conversion and rename limits are overruled, everything is compared as text, and what is binary is
recognised by its content. What cannot be shown is listed with its reason. Runs git.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from repo_mhm.errors import RepositoryError
from repo_mhm.git.commit import LEFT_OUT_MODES
from repo_mhm.git.files import LeftOut, printable, raw_path
from repo_mhm.git.partial import NOT_FETCHED, is_partial
from repo_mhm.git.plumbing import Result, attempt, git_error, run
from repo_mhm.git.reader import open_inside
from repo_mhm.git.trees import Blob, Tree
from repo_mhm.source.diff_parsing import parse
from repo_mhm.source.exclusions import LARGEST_BYTES, exclusion_by_content
from repo_mhm.source.unified_diff import FileDiff, Status

REVIEWABLE = frozenset({"empty", "generated", "minified"})
"""Kinds of files that are left out of the memory, but whose changes are reviewed."""

_SETTINGS = tuple(
    f"-c core.attributesFile={os.devnull} -c core.quotePath=false"
    " -c diff.suppressBlankEmpty=false".split()
)
_RAW = tuple("--raw -z --no-abbrev -l2000 --ignore-submodules=dirty".split())
_RENAMES = "--find-renames"
_EXACT_RENAMES = "--find-renames=100%"
"""Compares ids alone: contents that a partial clone lacks are not needed."""
_PATCH = tuple(
    "--patch --no-color --text --full-index --unified=3"
    " -l2000 --src-prefix=a/ --dst-prefix=b/ --submodule=short --ignore-submodules=none"
    " --inter-hunk-context=0".split()
)
_MOST_PATHS = 500
"""Paths that fit a command line. Where there are more, git prints the diffs of all files."""
_STATUS_BY_LETTER: dict[str, Status] = {"A": "added", "D": "deleted", "R": "renamed"}


@dataclass(frozen=True, slots=True)
class Change:
    """One file's diff with its whole contents before and after, empty where there was none."""

    diff: FileDiff
    old: bytes
    new: bytes
    old_blob: str = ""
    """Git's id of the old content, where git has it."""
    is_untracked: bool = False
    """Whether git does not track the file, and does not ignore it either."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that one review looks at, and the tree that the changes lead to."""

    label: str
    files: tuple[Change, ...]
    left_out: tuple[LeftOut, ...]
    """What changed but cannot be read, with the reason."""
    tree: Tree
    unread: frozenset[str] = frozenset()
    """Those of `left_out` that have a new text, which nobody could search for secrets."""
    base: str = ""
    """The commit, or the empty tree, that the change starts from."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of git's raw diff; modes, ids and paths as git prints them."""

    old_mode: bytes
    new_mode: bytes
    old_blob: str
    new_blob: str
    status: str
    """The first letter of git's status."""
    old: bytes
    new: bytes


@dataclass(frozen=True)
class Comparison:
    """Two states of a repository, as one of git's diff commands compares them."""

    root: Path
    command: tuple[str, ...]
    """The command with its options."""
    trees: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _listed(self) -> tuple[str, list[Entry]]:
        """How renames were found, and the files that differ."""
        result = self._raw(_RENAMES)
        renames = _RENAMES
        if result.status and is_partial(self.root):
            renames = _EXACT_RENAMES
            result = self._raw(renames)
        if result.status:
            raise git_error(self.root, result.err)
        return renames, list(_parse_raw(iter(result.out.split(b"\0")[:-1])))

    def _raw(self, renames: str) -> Result:
        args = (*_SETTINGS, *self.command, *_RAW, renames, *self.trees)
        return attempt(self.root, *args, env=self.env)

    def entries(self) -> list[Entry]:
        """The files that differ.

        Raises:
            RepositoryError: Git cannot compare the two.
        """
        return list(self._listed[1])

    def patch(self, entries: Sequence[Entry]) -> bytes:
        """The diffs of these files; also of others, where the repository has all contents."""
        paths = sorted({raw for entry in entries for raw in (entry.old, entry.new)})
        batches: list[list[bytes]] = [paths]
        if len(paths) > _MOST_PATHS:
            batches = _batches(entries) if is_partial(self.root) else [[]]
        return b"".join(map(self._patch_of, batches)) if paths else b""

    def _patch_of(self, paths: Sequence[bytes]) -> bytes:
        name, *options = self.command
        limits = [os.fsdecode(b":(top,literal)" + raw) for raw in paths]
        args = (name, *_PATCH, self._listed[0], *options, *self.trees, "--", *limits)
        return run(self.root, *_SETTINGS, *args, env=self.env)


def _batches(entries: Sequence[Entry]) -> list[list[bytes]]:
    """The paths of the entries, as many at once as a command line takes."""
    size = _MOST_PATHS // 2
    parts = [entries[start : start + size] for start in range(0, len(entries), size)]
    return [sorted({raw for entry in part for raw in (entry.old, entry.new)}) for part in parts]


def _parse_raw(fields: Iterator[bytes]) -> Iterator[Entry]:
    for header in fields:
        old_mode, new_mode, old_blob, new_blob, status = header.lstrip(b":").split(b" ")
        letter = status[:1].decode()
        old = next(fields)
        new = next(fields) if letter in "RC" else old
        yield Entry(old_mode, new_mode, old_blob.decode(), new_blob.decode(), letter, old, new)


def collect_changes(
    label: str, tree: Tree, comparison: Comparison, entries: Sequence[Entry]
) -> Changes:
    """The changes that `entries` list; `comparison` prints their diffs."""
    blobs = _blobs(tree, entries)
    left_out: list[LeftOut] = []
    readable: list[_Contents] = []
    unread: set[str] = set()

    for entry in entries:
        old = _content(tree, entry.old_mode, entry.old_blob, entry.old, blobs)
        new = _content(tree, entry.new_mode, entry.new_blob, entry.new, blobs)
        if new is None or (old is None and new and not exclusion_by_content(new)):
            unread.add(printable(entry.new))
        if reason := _exclusion(tree, entry, old, new):
            left_out.append(LeftOut(printable(entry.new), reason))
        elif old != new or entry.old != entry.new or entry.old_mode != entry.new_mode:
            readable.append(_Contents(entry, old or b"", new or b""))

    patch = comparison.patch([contents.entry for contents in readable])
    diffs = parse(patch.decode("utf-8", "surrogateescape")) if patch.strip() else ()
    diff_by_path = {diff.path: diff for diff in map(with_safe_paths, diffs)}
    files: list[Change] = []
    for contents in readable:
        change = _change(contents, diff_by_path)
        if contents.old != contents.new and not change.diff.hunks:
            left_out.append(LeftOut(change.diff.path, "git shows no difference"))
        else:
            files.append(change)

    base = comparison.trees[0]
    return Changes(label, tuple(files), tuple(left_out), tree, frozenset(unread), base)


@dataclass(frozen=True, slots=True)
class _Contents:
    """A file's contents on both sides."""

    entry: Entry
    old: bytes
    new: bytes


def _change(contents: _Contents, diff_by_path: Mapping[str, FileDiff]) -> Change:
    entry = contents.entry
    path, old_path = printable(entry.new), printable(entry.old)
    diff = diff_by_path.get(path) or FileDiff(path, old_path, "modified")
    is_mode_change = not diff.hunks and entry.old_mode != entry.new_mode

    diff = replace(
        diff,
        path=path,
        old_path=old_path,
        status=_STATUS_BY_LETTER.get(entry.status, "modified"),
        note="mode" if is_mode_change else "",
    )
    return Change(diff, contents.old, contents.new, entry.old_blob)


def _exclusion(tree: Tree, entry: Entry, old: bytes | None, new: bytes | None) -> str:
    """Why a file's change cannot be reviewed; empty if it can."""
    if entry.status == "U":
        return "conflict not resolved"

    for mode in (entry.new_mode, entry.old_mode):
        if mode in LEFT_OUT_MODES:
            return LEFT_OUT_MODES[mode]

    for content in (new, old):
        if content is None and not tree.has({entry.old_blob, entry.new_blob}):
            return NOT_FETCHED
        if content is None:
            return f"unreadable, or larger than {LARGEST_BYTES // 1024**2} MiB"
        reason = exclusion_by_content(content) if content else ""
        if reason and reason not in REVIEWABLE:
            return reason
    return ""


def _blobs(tree: Tree, entries: Sequence[Entry]) -> dict[str, Blob]:
    ids = {blob for entry in entries for blob in (entry.old_blob, entry.new_blob)}
    return tree.blobs_of(blob for blob in ids if blob.strip("0"))


def _content(
    tree: Tree, mode: bytes, blob: str, raw: bytes, blobs: Mapping[str, Blob]
) -> bytes | None:
    """The content of one side.

    None where it cannot be read or is too large; empty where the side has no file.
    """
    if not mode.strip(b"0") or mode in LEFT_OUT_MODES:
        return b""
    if blob.strip("0"):
        return blobs[blob].content if blob in blobs else None

    content = read_from_disk(tree.root, raw) if tree.kind == "worktree" else None
    return None if content is None or len(content) > LARGEST_BYTES else content


def read_from_disk(root: Path, raw: bytes) -> bytes | None:
    """A file's content, cut one byte after LARGEST_BYTES; None where it cannot be read."""
    try:
        with os.fdopen(open_inside(root, raw), "rb") as stream:
            return stream.read(LARGEST_BYTES + 1)
    except (OSError, ValueError):
        return None


def with_safe_paths(diff: FileDiff) -> FileDiff:
    """The diff with its paths as the rest of the program writes them.

    Raises:
        RepositoryError: A path leaves the repository.
    """
    return replace(diff, path=_safe_path(diff.path), old_path=_safe_path(diff.old_path))


def _safe_path(path: str) -> str:
    safe = printable(raw_path(path))
    if safe.startswith("/") or {"..", ".", ""} & set(safe.split("/")):
        raise RepositoryError(f"the diff names {safe!r}, which lies outside the repository")
    return safe
