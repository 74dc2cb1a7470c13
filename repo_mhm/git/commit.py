"""Snapshots of commits."""

from __future__ import annotations

from pathlib import Path

from repo_mhm.errors import RepositoryError
from repo_mhm.git.files import File, LeftOut, printable, shown
from repo_mhm.git.plumbing import attempt, run
from repo_mhm.git.snapshot import Snapshot, finish


def head_of(root: Path) -> str:
    result = attempt(root, "rev-parse", "--verify", "--quiet", "HEAD")
    return result.out.decode().strip() if result.status == 0 else ""


def resolve(root: Path, revision: str) -> str:
    result = attempt(root, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    if result.status:
        raise RepositoryError(
            f"{shown(root)} has no commit {revision!r}",
            hint="Name a branch, a tag or a commit id that `git log` knows.",
        )
    return result.out.decode().strip()


def commit_snapshot(root: Path, commit: str, note: str) -> Snapshot:
    files: list[File] = []
    left_out: list[LeftOut] = []
    for entry in run(root, "ls-tree", "-r", "-z", "--long", "--full-tree", commit).split(b"\0")[:-1]:
        meta, _, raw = entry.partition(b"\t")
        mode, _, blob, size = meta.split()
        path = printable(raw)
        if reason := LEFT_OUT_MODES.get(mode) or ("" if size.isdigit() else "not fetched"):
            left_out.append(LeftOut(path, reason))
        else:
            files.append(File(path, raw, int(size), blob.decode()))
    return finish(root, "commit", commit, note, files, left_out)


LEFT_OUT_MODES = {b"120000": "symlink", b"160000": "submodule"}
