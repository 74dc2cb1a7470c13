"""What changed between two states of a repository: staged, uncommitted, in a range, in a push.

Decides which two states a request means; `changes` reads them. Runs git. Knows nothing about what a
change means.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from repo_mhm.errors import RepositoryError, UsageError
from repo_mhm.git.changes import (
    REVIEWABLE,
    Change,
    Changes,
    Comparison,
    collect_changes,
    read_from_disk,
    with_safe_paths,
)
from repo_mhm.git.commit import head_commit, is_shallow, resolve_commit
from repo_mhm.git.files import LeftOut, printable
from repo_mhm.git.plumbing import RunBeside, attempt, git_error, no_filters, run
from repo_mhm.git.trees import Tree
from repo_mhm.source.diff_parsing import parse
from repo_mhm.source.exclusions import LARGEST_BYTES, exclusion_by_content
from repo_mhm.source.unified_diff import FileDiff, Hunk, Line, patched

_MOST_REMOTE_COMMITS = 200
_DEEPEN = "Fetch more of the history: git fetch --deepen=100"
_TOO_LARGE = f"larger than {LARGEST_BYTES // 1024**2} MiB"
_OBJECT_ID = re.compile(r"[0-9a-f]{40,64}")


def staged(root: Path, index_file: Path | None = None) -> Changes:
    """What the next commit changes. During a merge, only what differs from both sides.

    `index_file` is the index that git names to a hook (`git commit -a` makes one of its own).
    """
    env = _index_env(root, index_file)
    base = head_commit(root) or _empty_tree(root)
    command = ("diff-index", "--cached")
    comparison = Comparison(root, command, (base,), env)
    entries = comparison.entries()

    for side in _merge_heads(root):
        others = Comparison(root, command, (side,), env).entries()
        differing = {(entry.new, entry.new_blob) for entry in others}
        entries = [entry for entry in entries if (entry.new, entry.new_blob) in differing]

    tree = Tree(root, "index", "", env)
    return collect_changes("staged changes", tree, comparison, entries)


def working(root: Path) -> Changes:
    """Everything that is not committed: staged, unstaged, and untracked files."""
    env = no_filters(root)
    base = head_commit(root) or _empty_tree(root)
    comparison = Comparison(root, ("diff-index",), (base,), env)
    tree = Tree(root, "worktree", "", env)
    # Both look at the whole tree: one at its folders, the other at its files.
    untracked = RunBeside(
        root, "ls-files", "-z", "--others", "--exclude-standard", "--full-name", env=env
    )
    changes = collect_changes("uncommitted changes", tree, comparison, comparison.entries())

    files, left_out, unread = list(changes.files), list(changes.left_out), set(changes.unread)
    listed = untracked.out()
    for raw in listed.split(b"\0")[:-1]:
        path = printable(raw.rstrip(b"/"))
        content = read_from_disk(root, raw)
        reason = _untracked_exclusion(content)
        if reason and reason not in REVIEWABLE:
            left_out.append(LeftOut(path, reason))
            if reason == _TOO_LARGE:
                unread.add(path)
        elif content:
            files.append(Change(_whole_file(path, content), b"", content, is_untracked=True))
    return replace(changes, files=tuple(files), left_out=tuple(left_out), unread=frozenset(unread))


def _untracked_exclusion(content: bytes | None) -> str:
    if content is None:
        return "not a regular file"
    if len(content) > LARGEST_BYTES and exclusion_by_content(content) != "binary":
        return _TOO_LARGE
    return (exclusion_by_content(content) or "") if content else ""


def _whole_file(path: str, content: bytes) -> FileDiff:
    lines = _lines(content)
    if lines and not lines[-1]:
        lines.pop()
    hunk = Hunk(tuple(Line("+", 0, number, text) for number, text in enumerate(lines, 1)))
    return FileDiff(path, path, "added", (hunk,))


def between(root: Path, revisions: str) -> Changes:
    """`A..B`: from A to B; `A...B`: from where B left A to B; `A`: what the commit A changed.

    A side that is left out is HEAD. A merge is compared with its first parent.

    Raises:
        RepositoryError: A revision does not exist, or the two have nothing in common.
    """
    dots = "..." if "..." in revisions else ".."
    if dots not in revisions:
        new = resolve_commit(root, revisions)
        return _range(root, revisions, _parent(root, new), new)

    left, _, right = revisions.partition(dots)
    old, new = resolve_commit(root, left or "HEAD"), resolve_commit(root, right or "HEAD")
    if dots == "...":
        old = _merge_base(root, new, old)
        if not old:
            message = f"{left or 'HEAD'} and {right or 'HEAD'} have no common ancestor"
            if is_shallow(root):
                raise RepositoryError(f"{message} in this shallow clone", hint=_DEEPEN)
            raise RepositoryError(message, hint="Write A..B to compare them.")
    return _range(root, revisions, old, new)


def _parent(root: Path, commit: str) -> str:
    """The first parent of a commit; the empty tree for one that has none.

    Raises:
        RepositoryError: It has one, but the clone is too shallow for it.
    """
    # `rev-parse` believes a shallow clone that its oldest commits have no parents; they say it.
    header = run(root, "cat-file", "commit", commit).partition(b"\n\n")[0]
    parents = [line[7:].decode() for line in header.split(b"\n") if line.startswith(b"parent ")]
    if not parents:
        return _empty_tree(root)
    if is_shallow(root) and not _commit_or_empty(root, parents[0]):
        raise RepositoryError(
            f"this shallow clone lacks the commit before {commit[:12]}", hint=_DEEPEN
        )
    return parents[0]


def _range(root: Path, label: str, old: str, new: str) -> Changes:
    comparison = Comparison(root, ("diff-tree", "-r"), (old, new))
    return collect_changes(label, Tree(root, "commit", new, {}), comparison, comparison.entries())


def pushed(root: Path, protocol: str, remote: str = "") -> list[Changes]:
    """What a push sends, for each ref, from the lines of git's pre-push protocol.

    A line is `local-ref oid remote-ref oid`. Deletions are skipped. A branch that the remote does
    not have is compared with where it left the remote's branches.

    Raises:
        UsageError: A line is not of the protocol.
    """
    changes_by_range: dict[tuple[str, str], Changes] = {}

    for line in filter(str.strip, protocol.splitlines()):
        local_ref, local_id, remote_id = _protocol_fields(line)
        if not local_id.strip("0"):
            continue
        new = _commit_or_empty(root, local_id)
        if not new:
            changes_by_range[local_id, ""] = _no_commit(root, local_ref)
            continue
        old = _remote_base(root, new, remote_id, remote)
        if (old, new) not in changes_by_range:
            changes_by_range[old, new] = _range(root, local_ref, old, new)

    return list(changes_by_range.values())


def _protocol_fields(line: str) -> tuple[str, str, str]:
    """The local ref, its id and the remote's id."""
    fields = line.split()
    is_valid = len(fields) == 4 and all(_OBJECT_ID.fullmatch(fields[index]) for index in (1, 3))
    if not is_valid:
        raise UsageError(f"{line[:200]!r} is not a line of the pre-push protocol")
    return fields[0], fields[1], fields[3]


def _commit_or_empty(root: Path, revision: str) -> str:
    result = attempt(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    return result.out.decode().strip()


def _no_commit(root: Path, ref: str) -> Changes:
    tree = Tree(root, "commit", head_commit(root) or _empty_tree(root), {})
    return Changes(ref, (), (LeftOut(printable(ref.encode()), "not a commit"),), tree)


def _remote_base(root: Path, commit: str, remote_id: str, remote: str) -> str:
    """What the remote has of the history of `commit`; the empty tree where it has nothing."""
    is_here = (
        bool(remote_id.strip("0"))
        and attempt(root, "cat-file", "-e", f"{remote_id}^{{commit}}").status == 0
    )
    others = [remote_id] if is_here else _remote_commits(root, remote)
    base = _merge_base(root, commit, *others) if others else ""
    return base or _empty_tree(root)


def _remote_commits(root: Path, remote: str) -> list[str]:
    """The tips of the remote's branches as last fetched; of every remote's if it has none."""
    prefixes = ["refs/remotes/"]
    if remote and "/" not in remote:
        prefixes.insert(0, f"refs/remotes/{remote}/")

    for prefix in prefixes:
        commits = run(root, "for-each-ref", "--format=%(objectname)", prefix).decode().split()
        if commits:
            return list(dict.fromkeys(commits))[:_MOST_REMOTE_COMMITS]
    return []


def from_text(root: Path, text: str) -> Changes:
    """A unified diff from elsewhere, whether or not the working tree has it applied.

    Raises:
        RepositoryError: It is no diff, or none of it fits the working tree, before or after.
    """
    tree = Tree(root, "worktree", "", no_filters(root))
    files: list[Change] = []
    left_out: list[LeftOut] = []
    unread: set[str] = set()
    misfit: RepositoryError | None = None

    for diff in map(with_safe_paths, parse(text)):
        if diff.note and diff.note != "mode":
            left_out.append(LeftOut(diff.path, diff.note))
            continue
        try:
            files.append(_fit(tree, diff))
        except RepositoryError as exc:
            misfit = misfit or exc
            left_out.append(LeftOut(diff.path, exc.message))
            unread.add(diff.path)

    if misfit and not files:
        raise misfit
    unread_paths, base = frozenset(unread), head_commit(root)
    return Changes("the diff given", tuple(files), tuple(left_out), tree, unread_paths, base)


def _fit(tree: Tree, diff: FileDiff) -> Change:
    """The change: one side is in the working tree, and the diff makes the other from it."""
    after = b"" if diff.status == "deleted" else _content(tree, diff.path)
    before = b"" if diff.status == "added" else _content(tree, diff.old_path)
    first_error: RepositoryError | None = None

    for content, is_after in ((after, True), (before, False)):
        is_not_deleted_yet = is_after and diff.status == "deleted" and bool(before)
        if content is None or is_not_deleted_yet:
            continue
        try:
            other = _other_side(diff, content, reverse=is_after)
        except RepositoryError as exc:
            first_error = first_error or exc
            continue
        return Change(diff, other, content) if is_after else Change(diff, content, other)

    raise first_error or RepositoryError(
        f"the diff does not apply: there is no {diff.path}",
        hint="Run this in the repository that the diff is for.",
    )


def _content(tree: Tree, path: str) -> bytes | None:
    """A file of the working tree, or one that a sparse checkout leaves out of it."""
    blob = tree.read([path]).get(path)
    return blob.content if blob is not None else None


def _other_side(diff: FileDiff, content: bytes, *, reverse: bool) -> bytes:
    lines = patched(diff.path, _lines(content), diff.hunks, reverse=reverse)
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "surrogateescape").split("\n")


def _index_env(root: Path, index_file: Path | None) -> dict[str, str]:
    """The variable that names another index; none for one outside the git directory."""
    if index_file is None:
        return {}

    out = run(root, "rev-parse", "--absolute-git-dir", "--git-common-dir")
    lines: Sequence[str] = out.decode("utf-8", "surrogateescape").splitlines()
    folders = [(root / line).resolve() for line in lines]
    path = (root / index_file).resolve()
    is_inside = any(path.is_relative_to(folder) for folder in folders)
    return {"GIT_INDEX_FILE": str(path)} if is_inside else {}


def _merge_heads(root: Path) -> list[str]:
    result = attempt(root, "rev-parse", "--verify", "--quiet", "MERGE_HEAD")
    return result.out.decode().split() if result.status == 0 else []


def _empty_tree(root: Path) -> str:
    return run(root, "hash-object", "-t", "tree", "--stdin", stdin=b"").decode().strip()


def _merge_base(root: Path, *commits: str) -> str:
    result = attempt(root, "merge-base", *commits)
    if result.status > 1:
        raise git_error(root, result.err)
    return result.out.decode().partition("\n")[0]
