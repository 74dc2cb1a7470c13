"""What changed between two states of a repository, with both contents of every file, and the tree it leads to.

No attribute, driver or setting that a repository carries can hide a change: external diffs, text conversion and rename
limits are overruled, everything is compared as text, and what is binary is told by its content. What cannot be shown
is listed with its reason. Knows nothing about what a change means.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from repo_mhm.errors import RepositoryError, UsageError
from repo_mhm.git.commit import LEFT_OUT_MODES, head_commit, resolve_commit
from repo_mhm.git.files import LeftOut, printable, raw_path
from repo_mhm.git.plumbing import attempt, git_error, no_filters, run
from repo_mhm.git.reader import open_inside
from repo_mhm.git.trees import Blob, Tree, named_blobs
from repo_mhm.source.unified_diff import FileDiff, Hunk, Line, Status, parse, patched
from repo_mhm.source.exclusions import LARGEST_BYTES, exclusion_by_content

_PATCH = (
    "--patch", "--no-color", "--no-ext-diff", "--no-textconv", "--text", "--full-index", "--unified=3",
    "--find-renames", "-l2000", "--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", "--ignore-submodules=none",
    "--inter-hunk-context=0",
)  # fmt: skip
_RAW = (
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-ext-diff",
    "--find-renames",
    "-l2000",
    "--ignore-submodules=dirty",
)
_SETTINGS = (
    "-c",
    f"core.attributesFile={os.devnull}",
    "-c",
    "core.quotePath=false",
    "-c",
    "diff.suppressBlankEmpty=false",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One file's diff with its whole contents before and after (empty where there was none)."""

    diff: FileDiff
    old: bytes
    new: bytes
    old_blob: str = ""
    """Git's id of the old content, where git has it."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything one review looks at. `left_out` names what changed but cannot be read, with the reason."""

    label: str
    files: tuple[Change, ...]
    left_out: tuple[LeftOut, ...]
    tree: Tree


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of git's raw diff; modes and ids as git prints them."""

    old_mode: bytes
    new_mode: bytes
    old_blob: str
    new_blob: str
    status: str
    old: bytes
    new: bytes


def staged(root: Path, index_file: Path | None = None) -> Changes:
    """What the next commit changes. During a merge, only what differs from both sides.

    `index_file` is the index git told a hook to look at (`git commit -a` makes one of its own).
    """
    env = _index_env(root, index_file)
    base = head_commit(root) or _empty_tree(root)
    args = ("diff-index", "--cached")
    entries = _entries(root, (*args, *_RAW, base), env)
    for other in _merge_heads(root):
        taken = {
            (entry.new, entry.new_blob) for entry in _entries(root, (*args, *_RAW, other), env)
        }
        entries = [entry for entry in entries if (entry.new, entry.new_blob) in taken]
    return _changes(
        root, "staged changes", entries, (*args, base), Tree(root, "index", "", env), env
    )


def working(root: Path) -> Changes:
    """Everything that is not committed: staged, unstaged, and untracked files."""
    env = no_filters(root)
    base = head_commit(root) or _empty_tree(root)
    entries = _entries(root, ("diff-index", *_RAW, base), env)
    changes = _changes(
        root,
        "uncommitted changes",
        entries,
        ("diff-index", base),
        Tree(root, "worktree", "", env),
        env,
    )
    listed = run(root, "ls-files", "-z", "--others", "--exclude-standard", "--full-name", env=env)
    files, left_out = list(changes.files), list(changes.left_out)
    for raw in listed.split(b"\0")[:-1]:
        content = _on_disk(root, raw)
        path = printable(raw.rstrip(b"/"))
        reason = (
            "not a regular file" if content is None else exclusion_by_content(content) if len(content) else ""
        )
        if reason and reason not in _READABLE:
            left_out.append(LeftOut(path, reason))
        elif content:
            files.append(Change(_whole_file(path, content), b"", content))
    return replace(changes, files=tuple(files), left_out=tuple(left_out))


def between(root: Path, revisions: str) -> Changes:
    """`A..B`: from A to B; `A...B`: from where B left A to B. A side left out is HEAD.

    Raises UsageError for another form and RepositoryError for revisions that do not exist or have nothing in common.
    """
    left, dots, right = (
        revisions.partition("...") if "..." in revisions else revisions.partition("..")
    )
    if not dots:
        raise UsageError(
            f"{revisions!r} is no range",
            hint="Write it A..B or A...B, for example origin/main...HEAD.",
        )
    old, new = resolve_commit(root, left or "HEAD"), resolve_commit(root, right or "HEAD")
    if dots == "...":
        old = _merge_base(root, new, old)
        if not old:
            raise RepositoryError(
                f"{left} and {right} have no common ancestor", hint="Write A..B to compare them."
            )
    return _range(root, revisions, old, new)


def pushed(root: Path, lines: str, remote: str = "") -> list[Changes]:
    """What a push sends, one for each ref, from git's pre-push protocol (`local-ref oid remote-ref oid` a line).

    Deletions are skipped; a branch the remote does not know is compared with where it left the remote's branches.
    Raises UsageError for lines that are not of the protocol.
    """
    found: dict[tuple[str, str], Changes] = {}
    for line in filter(str.strip, lines.splitlines()):
        fields = line.split()
        if len(fields) != 4 or not all(
            re.fullmatch(r"[0-9a-f]{40,64}", oid) for oid in (fields[1], fields[3])
        ):
            raise UsageError(f"{line[:200]!r} is not a line of the pre-push protocol")
        local_ref, local, _, remote_oid = fields
        if not local.strip("0"):
            continue
        new = (
            attempt(root, "rev-parse", "--verify", "--quiet", f"{local}^{{commit}}")
            .out.decode()
            .strip()
        )
        if not new:
            tree = Tree(root, "commit", head_commit(root) or _empty_tree(root), {})
            found[local, ""] = Changes(
                local_ref, (), (LeftOut(printable(local_ref.encode()), "not a commit"),), tree
            )
            continue
        known = (
            remote_oid.strip("0")
            and attempt(root, "cat-file", "-e", f"{remote_oid}^{{commit}}").status == 0
        )
        others = [remote_oid] if known else _remote_refs(root, remote)
        old = _merge_base(root, new, *others) if others else ""
        base = old or _empty_tree(root)
        if (base, new) not in found:
            found[base, new] = _range(root, local_ref, base, new)
    return list(found.values())


def given(root: Path, text: str) -> Changes:
    """A unified diff from elsewhere, whichever side of it the working tree stands on.

    Raises RepositoryError when it is no diff, or fits the working tree neither before nor after.
    """
    files: list[Change] = []
    left_out: list[LeftOut] = []
    for diff in parse(text):
        diff = _named(diff)
        if diff.note and diff.note != "mode":
            left_out.append(LeftOut(diff.path, diff.note))
            continue
        files.append(_placed(root, diff))
    return Changes(
        "the diff given",
        tuple(files),
        tuple(left_out),
        Tree(root, "worktree", "", no_filters(root)),
    )


def _placed(root: Path, diff: FileDiff) -> Change:
    after = b"" if diff.status == "deleted" else _on_disk(root, raw_path(diff.path))
    before = b"" if diff.status == "added" else _on_disk(root, raw_path(diff.old_path))
    problem: RepositoryError | None = None
    for content, reverse in ((after, True), (before, False)):
        if content is None or (reverse and diff.status == "deleted" and before):
            continue
        try:
            lines = _split(content)
            other = "\n".join(patched(diff.path, lines, diff.hunks, reverse=reverse)).encode(
                "utf-8", "surrogateescape"
            )
        except RepositoryError as exc:
            problem = problem or exc
            continue
        return Change(diff, other, content) if reverse else Change(diff, content, other)
    raise problem or RepositoryError(
        f"the diff does not apply: there is no {diff.path}",
        hint="Run this in the repository that the diff is for.",
    )


def _split(content: bytes) -> list[str]:
    return content.decode("utf-8", "surrogateescape").split("\n")


def _named(diff: FileDiff) -> FileDiff:
    """Paths as the rest of the program writes them, never leaving the repository."""
    paths = [printable(raw_path(path)) for path in (diff.path, diff.old_path)]
    for path in paths:
        if path.startswith("/") or {"..", ".", ""} & set(path.split("/")):
            raise RepositoryError(f"the diff names {path!r}, which lies outside the repository")
    return replace(diff, path=paths[0], old_path=paths[1])


def _range(root: Path, label: str, old: str, new: str) -> Changes:
    args = ("diff-tree", "-r")
    entries = _entries(root, (*args, *_RAW, old, new), {})
    return _changes(root, label, entries, (*args, old, new), Tree(root, "commit", new, {}), {})


def _entries(root: Path, args: Sequence[str], env: Mapping[str, str]) -> list[_Entry]:
    fields = iter(run(root, *_SETTINGS, *args, env=env).split(b"\0")[:-1])
    entries = []
    for meta in fields:
        old_mode, new_mode, old_blob, new_blob, status = meta.lstrip(b":").split(b" ")
        old = next(fields)
        new = next(fields) if status[:1] in b"RC" else old
        entries.append(
            _Entry(
                old_mode,
                new_mode,
                old_blob.decode(),
                new_blob.decode(),
                status[:1].decode(),
                old,
                new,
            )
        )
    return entries


def _changes(
    root: Path,
    label: str,
    entries: Sequence[_Entry],
    args: Sequence[str],
    tree: Tree,
    env: Mapping[str, str],
) -> Changes:
    contents = named_blobs(
        root,
        {blob for entry in entries for blob in (entry.old_blob, entry.new_blob) if blob.strip("0")},
    )
    files: list[Change] = []
    left_out: list[LeftOut] = []
    shown: list[tuple[_Entry, bytes, bytes]] = []
    for entry in entries:
        old = _content(root, tree, entry.old_mode, entry.old_blob, entry.old, contents)
        new = _content(root, tree, entry.new_mode, entry.new_blob, entry.new, contents)
        reason = _reason(entry, old, new)
        if reason:
            left_out.append(LeftOut(printable(entry.new), reason))
        elif old != new or entry.old != entry.new or entry.old_mode != entry.new_mode:
            shown.append((entry, old or b"", new or b""))
    diffs = _diffs(root, args, shown, env)
    for entry, old, new in shown:
        path = printable(entry.new)
        status = _STATUSES.get(entry.status, "modified")
        known = diffs.get(path) or FileDiff(path, printable(entry.old), "modified")
        if old != new and not known.hunks:
            left_out.append(LeftOut(path, "git shows no difference"))
            continue
        note = "mode" if not known.hunks and entry.old_mode != entry.new_mode else ""
        diff = replace(known, path=path, old_path=printable(entry.old), status=status, note=note)
        files.append(Change(diff, old, new, entry.old_blob))
    return Changes(label, tuple(files), tuple(left_out), tree)


_STATUSES: dict[str, Status] = {"A": "added", "D": "deleted", "R": "renamed"}
_READABLE = frozenset({"empty", "generated", "minified"})
"""Reasons to keep a file from the memory that are no reason to keep a change from its review."""


def _reason(entry: _Entry, old: bytes | None, new: bytes | None) -> str:
    if entry.status == "U":
        return "conflict not resolved"
    for mode in (entry.new_mode, entry.old_mode):
        if kind := LEFT_OUT_MODES.get(mode):
            return kind
    for content in (new, old):
        if content is None:
            return f"unreadable, or larger than {LARGEST_BYTES // 1024**2} MiB"
        if content and (reason := exclusion_by_content(content)) and reason not in _READABLE:
            return reason
    return ""


def _content(
    root: Path, tree: Tree, mode: bytes, blob: str, raw: bytes, contents: Mapping[str, Blob]
) -> bytes | None:
    """None for what cannot be read or is too large; empty for what is not there."""
    if not mode.strip(b"0") or mode in LEFT_OUT_MODES:
        return b""
    if blob.strip("0"):
        return contents[blob].content if blob in contents else None
    content = _on_disk(root, raw) if tree.kind == "worktree" else None
    return None if content is None or len(content) > LARGEST_BYTES else content


def _diffs(
    root: Path,
    args: Sequence[str],
    shown: Sequence[tuple[_Entry, bytes, bytes]],
    env: Mapping[str, str],
) -> dict[str, FileDiff]:
    """The hunks of exactly these files, by path: what is left out may be too large to print."""
    paths = sorted({raw for entry, _, _ in shown for raw in (entry.old, entry.new)})
    if not paths:
        return {}
    spec = (
        [os.fsdecode(b":(top,literal)" + raw) for raw in paths] if len(paths) <= _MOST_PATHS else []
    )
    out = run(root, *_SETTINGS, args[0], *_PATCH, *args[1:], "--", *spec, env=env)
    found = parse(out.decode("utf-8", "surrogateescape")) if out.strip() else ()
    return {named.path: named for named in map(_named, found)}


_MOST_PATHS = 500
"""More would not fit a command line; then everything is printed."""


def _whole_file(path: str, content: bytes) -> FileDiff:
    lines = _split(content)
    if lines and not lines[-1]:
        lines.pop()
    hunk = Hunk(tuple(Line("+", 0, number, text) for number, text in enumerate(lines, 1)))
    return FileDiff(path, path, "added", (hunk,))


def _on_disk(root: Path, raw: bytes) -> bytes | None:
    try:
        with os.fdopen(open_inside(root, raw), "rb") as stream:
            return stream.read(LARGEST_BYTES + 1)
    except (OSError, ValueError):
        return None


def _index_env(root: Path, index_file: Path | None) -> dict[str, str]:
    """Only an index inside the repository's own git directory is believed in."""
    if index_file is None:
        return {}
    out = run(root, "rev-parse", "--absolute-git-dir", "--git-common-dir").decode(
        "utf-8", "surrogateescape"
    )
    folders = [(root / line).resolve() for line in out.splitlines()]
    wanted = (root / index_file).resolve()
    return (
        {"GIT_INDEX_FILE": str(wanted)}
        if any(wanted.is_relative_to(folder) for folder in folders)
        else {}
    )


def _merge_heads(root: Path) -> list[str]:
    result = attempt(root, "rev-parse", "--verify", "--quiet", "MERGE_HEAD")
    return result.out.decode().split() if result.status == 0 else []


def _empty_tree(root: Path) -> str:
    with tempfile.TemporaryFile() as nothing:
        return run(root, "hash-object", "-t", "tree", "--stdin", stdin=nothing).decode().strip()


def _merge_base(root: Path, *commits: str) -> str:
    result = attempt(root, "merge-base", *commits)
    if result.status > 1:
        raise git_error(root, result.err)
    return result.out.decode().partition("\n")[0]


def _remote_refs(root: Path, remote: str) -> list[str]:
    """The commits of the remote's branches as last seen here; of every remote when this one has none."""
    for prefix in ([f"refs/remotes/{remote}/"] if remote and "/" not in remote else []) + [
        "refs/remotes/"
    ]:
        out = run(root, "for-each-ref", "--format=%(objectname)", prefix).decode().split()
        if out:
            return list(dict.fromkeys(out))[:200]
    return []
