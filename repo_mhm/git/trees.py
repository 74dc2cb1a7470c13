"""A tree to search and read files in: the index, a commit or the working tree.

Files outside a sparse checkout are searched and read in the index. Where a partial clone lacks
files, git cannot search the others with `git grep`, so they are read and searched here.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from repo_mhm.git.files import printable, printable_paths, raw_path
from repo_mhm.git.partial import present_objects
from repo_mhm.git.plumbing import MOST_ARGUMENT_BYTES, attempt, git_error, run
from repo_mhm.git.reader import open_inside
from repo_mhm.source.exclusions import LARGEST_BYTES

_GREP = tuple("grep -l -z -w -a --no-color --full-name -f -".split())
"""Print paths that end with NUL; search whole words, patterns from stdin, in all files."""
_MOST_FIXED = 8
"""Names that git looks for one by one on every line; it takes more as one pattern of alternatives,
which for 3,000 names in 20,000 files takes .2 s instead of 10."""
_MOST_ALTERNATIVES = 5_000
_WORD = re.compile(r"[A-Za-z0-9_]+")
"""A name whose bounds as a word do not depend on what else is looked for."""
_COMMITTED_FILE = re.compile(rb"(?<![^\0])(?:100644|100755) ()blob ([0-9a-f]+)\t([^\0]+)\0")
"""A regular file as `ls-tree` prints it: mode, type, id and path; other entries do not match."""
_INDEXED_FILE = re.compile(rb"(?<![^\0])([A-Za-z]) (?:100644|100755) ([0-9a-f]+) [0-3]\t([^\0]+)\0")
"""A regular file as `ls-files` prints it: tag (S: a sparse checkout leaves it out), mode, id, stage
and path."""
_BATCH = 200
"""Blobs of a partial clone that are in memory at once while they are searched."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A file's content and the id git gives to such content."""

    id: str
    content: bytes


@dataclass(frozen=True)
class Tree:
    """The index, the working tree, or the tree of `commit`."""

    root: Path
    kind: Literal["index", "commit", "worktree"]
    commit: str
    env: Mapping[str, str]

    @cached_property
    def blobs(self) -> dict[str, str]:
        """Git's id of the content of every regular file, by path.

        Of the working tree these are the contents in the index: what differs from them there is
        among its changes.
        """
        return {path: blob for path, blob, _ in self._listing}

    @cached_property
    def sparse(self) -> frozenset[str]:
        """The files that a sparse checkout leaves out of the working tree."""
        return frozenset(path for path, _, is_sparse in self._listing if is_sparse)

    @cached_property
    def absent(self) -> frozenset[str]:
        """The files whose content a partial clone lacks."""
        present = self._present
        if present is None:
            return frozenset()
        paths = self.sparse if self.kind == "worktree" else self.blobs
        return frozenset(path for path in paths if self.blobs[path] not in present)

    @cached_property
    def _present(self) -> frozenset[str] | None:
        return present_objects(self.root)

    @cached_property
    def _listing(self) -> list[tuple[str, str, bool]]:
        """Each regular file: its path, its blob, and whether a sparse checkout leaves it out."""
        is_commit = self.kind == "commit"
        listing = ("ls-tree", "-r", "--full-tree") if is_commit else ("ls-files", "-s", "-t")
        trees = (self.commit,) if is_commit else ()
        out = run(self.root, *listing, "-z", *trees, env=self.env)
        entries = (_COMMITTED_FILE if is_commit else _INDEXED_FILE).findall(out)
        paths = printable_paths([raw for _, _, raw in entries])
        return [
            (path, blob.decode(), tag in (b"S", b"s"))
            for path, (tag, blob, _) in zip(paths, entries, strict=True)
        ]

    def grep(self, names: Collection[str], within: Collection[str] = ()) -> list[str]:
        """Paths of the files that contain one of these names as a whole word, sorted.

        Where there are files `within` which to look, few enough for a command line, git reads no
        others. Further files may be among the result.
        """
        lines = [name for name in names if name and "\n" not in name and "\0" not in name]
        if not lines:
            return []

        if self.kind == "worktree":
            # `--untracked` leaves out the tracked ones that a pattern ignores, so those that are
            # tracked are searched by themselves as well.
            scopes = ("--untracked", "--no-untracked")
            paths = {path for scope in scopes for path in self._grep(lines, scope, within)}
            unseen: Collection[str] = self.sparse - self.absent
        else:
            scope = self.commit or "--cached"
            paths = set() if self.absent else self._grep(lines, scope, within)
            unseen = self.blobs.keys() - self.absent if self.absent else ()
        if unseen:
            paths |= set(self._search_blobs(lines, unseen))
        return sorted(paths)

    def _grep(self, names: Sequence[str], scope: str, within: Collection[str]) -> set[str]:
        raws = [raw_path(path) for path in within]
        is_short = sum(map(len, raws)) < MOST_ARGUMENT_BYTES
        paths = [os.fsdecode(raw) for raw in raws] if is_short else []
        words = [name for name in names if _WORD.fullmatch(name)]
        if len(words) <= _MOST_FIXED:
            return self._grep_patterns("-F", names, scope, paths)
        others = [name for name in names if not _WORD.fullmatch(name)]
        found = self._grep_patterns("-F", others, scope, paths) if others else set()
        for start in range(0, len(words), _MOST_ALTERNATIVES):
            pattern = "|".join(words[start : start + _MOST_ALTERNATIVES])
            found |= self._grep_patterns("-E", [pattern], scope, paths)
        return found

    def _grep_patterns(
        self, kind: str, lines: Sequence[str], scope: str, paths: Sequence[str]
    ) -> set[str]:
        stdin = "\n".join(lines).encode("utf-8", "surrogateescape")
        options = ("-c", "grep.fallbackToNoIndex=false", *_GREP, kind, scope)
        env = {**self.env, "GIT_LITERAL_PATHSPECS": "1"}
        result = attempt(self.root, *options, "--", *paths, env=env, stdin=stdin)
        # 1: no file contains any name.
        if result.status > 1:
            raise git_error(self.root, result.err)
        prefix = f"{self.commit}:".encode() if self.kind == "commit" else b""
        return {printable(raw.removeprefix(prefix)) for raw in result.out.split(b"\0")[:-1]}

    def _search_blobs(self, names: Sequence[str], paths: Collection[str]) -> Iterator[str]:
        """The files among `paths` whose blobs contain one of the names as a whole word."""
        alternatives = b"|".join(
            re.escape(name.encode("utf-8", "surrogateescape")) for name in names
        )
        words = re.compile(rb"(?<![A-Za-z0-9_])(?:%s)(?![A-Za-z0-9_])" % alternatives)
        ordered = sorted(paths)
        for start in range(0, len(ordered), _BATCH):
            for path, blob in self._read_blobs(ordered[start : start + _BATCH]).items():
                if words.search(blob.content):
                    yield path

    def read(self, paths: Sequence[str]) -> dict[str, Blob]:
        """Blobs by path; what is missing, too large or no regular file is left out."""
        if self.kind != "worktree":
            return self._read_blobs(paths)
        on_disk = {path: self._read_from_disk(path) for path in paths}
        blobs = {path: blob for path, blob in on_disk.items() if blob is not None}
        missing = [path for path in paths if path not in blobs]
        if missing:
            blobs |= self._read_blobs([path for path in missing if path in self.sparse])
        return blobs

    def _read_blobs(self, paths: Sequence[str]) -> dict[str, Blob]:
        ids = {path: self.blobs[path] for path in paths if path in self.blobs}
        blob_by_id = self.blobs_of(ids.values())
        return {path: blob_by_id[blob] for path, blob in ids.items() if blob in blob_by_id}

    def blobs_of(self, ids: Iterable[str]) -> dict[str, Blob]:
        """The blobs of these ids, by id; those that are missing or too large are left out."""
        wanted = set(ids)
        return _read_objects(self.root, wanted if self._present is None else wanted & self._present)

    def has(self, ids: Collection[str]) -> bool:
        """Whether all of these objects are here; ids of zeros stand for nothing."""
        present = self._present
        return present is None or all(blob in present for blob in ids if blob.strip("0"))

    def _read_from_disk(self, path: str) -> Blob | None:
        try:
            with os.fdopen(open_inside(self.root, raw_path(path)), "rb") as stream:
                content = stream.read(LARGEST_BYTES + 1)
        except (OSError, ValueError):
            return None
        if len(content) > LARGEST_BYTES:
            return None
        digest = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
        return Blob(digest.hexdigest(), content)


def _read_objects(root: Path, ids: Iterable[str]) -> dict[str, Blob]:
    ordered = sorted(ids)
    headers = _cat_file(root, ordered, "--batch-check").split(b"\n")
    readable = [
        blob for blob, header in zip(ordered, headers, strict=False) if _is_readable(header)
    ]
    out = _cat_file(root, readable, "--batch")

    # Each object is a header line, `id type size`, its content and a line end.
    blobs: dict[str, Blob] = {}
    position = 0
    for blob in readable:
        header, _, _ = out[position : position + 200].partition(b"\n")
        size = header.split()[2]
        position += len(header) + 1
        blobs[blob] = Blob(blob, out[position : position + int(size)])
        position += int(size) + 1
    return blobs


def _is_readable(header: bytes) -> bool:
    fields = header.split()
    return len(fields) == 3 and fields[1] == b"blob" and int(fields[2]) <= LARGEST_BYTES


def _cat_file(root: Path, ids: Sequence[str], mode: str) -> bytes:
    if not ids:
        return b""
    stdin = "".join(f"{blob}\n" for blob in ids).encode("ascii")
    return run(root, "cat-file", mode, "--buffer", stdin=stdin)
