"""Snapshots of commits, and the commits that HEAD and other revisions name."""

from __future__ import annotations

from pathlib import Path

from repo_mhm.errors import RepositoryError
from repo_mhm.git.files import File, LeftOut, printable, printable_path
from repo_mhm.git.plumbing import attempt, git_error, run
from repo_mhm.git.snapshot import Snapshot, build_snapshot
from repo_mhm.git.submodules import with_submodules

SUBMODULE_MODE = b"160000"
LEFT_OUT_MODES = {b"120000": "symlink", SUBMODULE_MODE: "submodule"}
"""Why entries with these modes are left out of a snapshot."""
_DEEPEN = "This clone is shallow. If it lacks that commit, run `git fetch --deepen=100`."


def head_commit(root: Path) -> str:
    """Full id of HEAD's commit, empty where there is none yet."""
    result = attempt(root, "rev-parse", "--verify", "--quiet", "HEAD")
    if result.status == 0:
        return result.out.decode().strip()

    # To rev-parse, a branch that a crash left empty or garbled looks like one without commits.
    # Only a listing shows that it is broken.
    listing = attempt(root, "for-each-ref", "refs/heads")
    if "broken ref" in listing.err:
        raise git_error(root, listing.err.replace("warning: ignoring", "fatal: there is a"))
    return ""


def resolve_commit(root: Path, revision: str) -> str:
    """Full id of the commit that a revision names. Raises RepositoryError where it names none."""
    result = attempt(root, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    if result.status:
        raise RepositoryError(
            f"{printable_path(root)} has no commit {revision!r}",
            hint=_DEEPEN
            if is_shallow(root)
            else "Name a branch, a tag or a commit id that `git log` knows.",
        )
    return result.out.decode().strip()


def is_shallow(root: Path) -> bool:
    """Whether the clone lacks the older part of the history."""
    return attempt(root, "rev-parse", "--is-shallow-repository").out.strip() == b"true"


def commit_snapshot(root: Path, commit: str, note: str) -> Snapshot:
    """The files of a commit's tree; `note` is for the snapshot.

    Files that a partial clone has not fetched are left out, and not fetched now. Raises ConfigError
    where settings that decide on submodules cannot be read.
    """
    snapshot, commit_by_folder = _commit_alone(root, commit, note)
    return with_submodules(snapshot, commit_by_folder, submodule_snapshot)


def submodule_snapshot(root: Path, commit: str) -> Snapshot:
    """The files of a commit's tree without those of submodules."""
    return _commit_alone(root, commit, "")[0]


def _commit_alone(root: Path, commit: str, note: str) -> tuple[Snapshot, dict[bytes, str]]:
    """The files of a commit's tree, and the commits of its submodules by folder."""
    commit_by_folder: dict[bytes, str] = {}
    files: list[File] = []
    left_out: list[LeftOut] = []
    for entry in _tree_listing(root, commit).split(b"\0")[:-1]:
        meta, _, raw = entry.partition(b"\t")
        mode, _, blob, size = meta.split()
        path = printable(raw)
        if mode == SUBMODULE_MODE:
            commit_by_folder[raw] = blob.decode()
        if reason := LEFT_OUT_MODES.get(mode) or ("" if size.isdigit() else "not fetched"):
            left_out.append(LeftOut(path, reason))
        else:
            files.append(File(path, raw, int(size), blob.decode()))
    return build_snapshot(root, "commit", commit, note, files, left_out), commit_by_folder


def _tree_listing(root: Path, commit: str) -> bytes:
    """Each entry of the tree as `mode type blob size TAB path NUL`."""
    listing = attempt(root, "ls-tree", "-r", "-z", "--long", "--full-tree", commit)
    if listing.status == 0:
        return listing.out
    if "promisor" in listing.err:
        return _partial_tree_listing(root, commit)
    raise git_error(root, listing.err)


def _partial_tree_listing(root: Path, commit: str) -> bytes:
    """The listing of a partial clone, with `-` as the size of blobs that were not fetched.

    `ls-tree --long` ends at the first such blob, so the sizes come from `cat-file`.
    """
    tree = f"{commit}^{{tree}}"
    objects = run(root, "rev-list", "--objects", "--no-object-names", "--missing=print", tree)
    present = [line for line in objects.splitlines(keepends=True) if not line.startswith(b"?")]
    batch_check = "--batch-check=%(objectname) %(objectsize)"
    lines = run(root, "cat-file", batch_check, "--buffer", stdin=b"".join(present)).splitlines()
    size_by_id = dict(line.split() for line in lines)

    entries = []
    for entry in run(root, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")[:-1]:
        meta, _, raw = entry.partition(b"\t")
        size = size_by_id.get(meta.split()[2], b"-")
        entries.append(b"%s %s\t%s\0" % (meta, size, raw))
    return b"".join(entries)
