"""Snapshots of commits."""

from __future__ import annotations

import tempfile
from pathlib import Path

from repo_mhm.errors import RepositoryError
from repo_mhm.git.files import File, LeftOut, printable, shown
from repo_mhm.git.plumbing import attempt, failure, run
from repo_mhm.git.snapshot import Snapshot, finish


def head_of(root: Path) -> str:
    """Full id of HEAD's commit, empty where there is none yet."""
    result = attempt(root, "rev-parse", "--verify", "--quiet", "HEAD")
    if result.status == 0:
        return result.out.decode().strip()
    # A branch that a crash left empty or garbled looks unborn to rev-parse; only a listing tells.
    listed = attempt(root, "for-each-ref", "refs/heads")
    if "broken ref" in listed.err:
        raise failure(root, listed.err.replace("warning: ignoring", "fatal: there is a"))
    return ""


def resolve(root: Path, revision: str) -> str:
    """Full id of the commit that a revision names; RepositoryError where it names none."""
    result = attempt(root, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    if result.status:
        raise RepositoryError(
            f"{shown(root)} has no commit {revision!r}",
            hint="Name a branch, a tag or a commit id that `git log` knows.",
        )
    return result.out.decode().strip()


def commit_snapshot(root: Path, commit: str, note: str) -> Snapshot:
    """The files of a commit's tree. In a partial clone, what was never fetched is left out, and not fetched now."""
    listed = attempt(root, "ls-tree", "-r", "-z", "--long", "--full-tree", commit)
    lacking = listed.status != 0 and "promisor" in listed.err
    if listed.status and not lacking:
        raise failure(root, listed.err)
    out = _sized(root, commit) if lacking else listed.out
    files: list[File] = []
    left_out: list[LeftOut] = []
    for entry in out.split(b"\0")[:-1]:
        meta, _, raw = entry.partition(b"\t")
        mode, _, blob, size = meta.split()
        path = printable(raw)
        if reason := LEFT_OUT_MODES.get(mode) or ("" if size.isdigit() else "not fetched"):
            left_out.append(LeftOut(path, reason))
        else:
            files.append(File(path, raw, int(size), blob.decode()))
    return finish(root, "commit", commit, note, files, left_out)


def _sized(root: Path, commit: str) -> bytes:
    """What `ls-tree --long` prints, which gives up at the first blob that a partial clone lacks."""
    known = run(
        root, "rev-list", "--objects", "--no-object-names", "--missing=print", f"{commit}^{{tree}}"
    )
    with tempfile.TemporaryFile() as wanted:
        wanted.write(
            b"".join(line for line in known.splitlines(keepends=True) if not line.startswith(b"?"))
        )
        wanted.seek(0)
        checked = run(
            root, "cat-file", "--batch-check=%(objectname) %(objectsize)", "--buffer", stdin=wanted
        )
    sizes = dict(line.split() for line in checked.splitlines())
    listed = run(root, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")[:-1]
    entries = [entry.partition(b"\t") for entry in listed]
    return b"".join(
        b"%s %s\t%s\0" % (meta, sizes.get(meta.split()[2], b"-"), raw) for meta, _, raw in entries
    )


LEFT_OUT_MODES = {b"120000": "symlink", b"160000": "submodule"}
