"""The log of commits: what each one changed, when and why, newest first. Runs git.

Bounded in number and in time; it reads trees only and runs nothing that a repository configures.
Messages and paths are as hostile as any text. Git separates all fields by NUL, which neither can
hold, and a status or a commit's id says what follows, so none can pass for another.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from repo_mhm.git.files import printable
from repo_mhm.git.history import LOG_SETTINGS
from repo_mhm.git.plumbing import attempt
from repo_mhm.source.redaction import masked_paths, redact

MOST_COMMITS = 20_000
"""Commits that are listed; older ones are left out."""
MOST_SECONDS = 5.0
"""How long git may list them. 17,000 commits of pytest take half a second; the newest come first,
so that what is lost is the oldest."""
MOST_MESSAGE_BYTES = 2_000
"""How much of a message is read: whoever says more says it at the beginning."""

_OPTIONS = (
    "--no-merges",
    "--no-color",
    "--no-show-signature",
    "--no-notes",
    "--no-relative",
    "--encoding=UTF-8",
    "-z",
    "--name-status",
    # Only files that were moved unchanged: it costs nothing, as git compares ids, not contents.
    "--find-renames=100%",
)
_WITH_MESSAGE = "--format=%H%x00%ct%x00%B"
_WITHOUT_MESSAGE = "--format=%H%x00%ct%x00"
_ID = re.compile(rb"[0-9a-f]{40,64}")
_RENAMED = b"R"
_COPIED = b"C"


@dataclass(frozen=True, slots=True)
class LoggedCommit:
    """One commit that is no merge."""

    id: str
    at: int
    """When it was committed, in seconds since the epoch."""
    message: str
    changed: tuple[str, ...]
    """Paths of files added, changed or deleted, as `File.path` has them. Moved ones are not among
    them. None for a commit without parents, as of a shallow clone: it has everything."""
    moved: tuple[tuple[str, str], ...]
    """The path before and after, of files moved unchanged."""


@dataclass(frozen=True, slots=True)
class CommitLog:
    """Commits newest first."""

    commits: tuple[LoggedCommit, ...]
    is_complete: bool
    """Whether there are no older ones."""


def read_commit_log(
    root: Path,
    commit: str,
    since: str = "",
    seconds: float = MOST_SECONDS,
    *,
    count: int | None = None,
    with_messages: bool = True,
) -> CommitLog:
    """The commits that lead to `commit`, without those that lead to `since`; both are full ids.

    The newest `count` of them; without messages, which take most of the time to read.
    """
    most = MOST_COMMITS if count is None else count
    bounds = [commit, f"^{since}"] if since else [commit]
    result = attempt(
        root,
        *LOG_SETTINGS,
        "-c",
        "log.showRoot=false",
        "log",
        *_OPTIONS,
        _WITH_MESSAGE if with_messages else _WITHOUT_MESSAGE,
        f"--max-count={most}",
        *bounds,
        "--",
        # Without the variable, a git that is ended would lose what it has found.
        env={"GIT_FLUSH": "1"},
        seconds=seconds,
    )
    commits = tuple(_commits(result.out.split(b"\0")))
    return CommitLog(commits, result.status == 0 and len(commits) < most)


def is_ancestor(root: Path, older: str, newer: str) -> bool:
    """Whether the commit `older` leads to `newer`; False where git does not know one of them."""
    return attempt(root, "merge-base", "--is-ancestor", older, newer).status == 0


def _commits(fields: list[bytes]) -> list[LoggedCommit]:
    """The commits of a log; one that was cut off at the end is left out."""
    commits = list(_listed(fields))
    # The same files change again and again: each path is looked at once.
    paths = {path for commit in commits for path in commit.changed}
    paths.update(path for commit in commits for pair in commit.moved for path in pair)
    secrets = masked_paths(sorted(paths))
    return [_without(commit, secrets) for commit in commits] if secrets else commits


def _without(commit: LoggedCommit, secrets: Container[str]) -> LoggedCommit:
    """A commit without the paths that hold a secret."""
    changed = tuple(path for path in commit.changed if path not in secrets)
    moved = tuple(pair for pair in commit.moved if not any(path in secrets for path in pair))
    return replace(commit, changed=changed, moved=moved)


def _listed(fields: list[bytes]) -> Iterator[LoggedCommit]:
    position = 0
    shown = cache(printable)
    while position + 3 < len(fields) and _ID.fullmatch(fields[position]):
        commit, at, message = fields[position : position + 3]
        position += 3
        changed: list[str] = []
        moved: list[tuple[str, str]] = []
        while position + 1 < len(fields) and not _ID.fullmatch(fields[position]):
            status = fields[position].lstrip(b"\n")
            if status[:1] in (_RENAMED, _COPIED):
                before, after = fields[position + 1 : position + 3]
                position += 3
                if status[:1] == _RENAMED:
                    moved.append((shown(before), shown(after)))
            else:
                changed.append(shown(fields[position + 1]))
                position += 2
        text = message[:MOST_MESSAGE_BYTES].decode("utf-8", "replace")
        yield LoggedCommit(
            commit.decode(),
            int(at),
            redact("message.txt", text)[0] if text else "",
            tuple(changed),
            tuple(moved),
        )
