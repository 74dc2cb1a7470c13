"""History: which commits changed a file or some lines of it, who made them, when and why.

Git follows the lines back through the commits (`git log -L`), and a file through its renames. Both
are bounded in number and in time, and run nothing that a repository configures. Runs git.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from repo_mhm.git.files import raw_path
from repo_mhm.git.plumbing import attempt
from repo_mhm.source.redaction import redact

MOST_COMMITS = 200
"""Commits that are listed; older ones are not looked for."""
MOST_SECONDS = 2.0
"""How long git may look for them. A history of 17,000 commits takes 1.2 s."""

_FORMAT = "%x01%H%x02%as%x02%aN%x02%s"
_OPTIONS = (
    "--no-color", "--no-show-signature", "--no-notes", f"--format={_FORMAT}",
)  # fmt: skip
LOG_SETTINGS = ("-c", f"core.attributesFile={os.devnull}")


@dataclass(frozen=True, slots=True)
class HistoryCommit:
    """One commit: its author and the first line of its message are as hostile as any text."""

    id: str
    """In full."""
    date: str
    """Of the author, as `2024-05-31`."""
    author: str
    subject: str


@dataclass(frozen=True, slots=True)
class History:
    """The commits that changed something, newest first."""

    commits: tuple[HistoryCommit, ...]
    is_complete: bool
    """Whether the last one is the one that added it; else the history goes on."""


def history_of_lines(root: Path, path: str, start: int, end: int) -> History:
    """The commits that changed lines of a file, counted as HEAD has them.

    Empty where HEAD has no such lines, or where there is no git.
    """
    lines = f"{start},{end}:{_argument(path)}"
    return _log(root, ["-s", f"-L{lines}", "HEAD"])


def history_of_file(root: Path, path: str) -> History:
    """The commits that changed a file, under its earlier names too."""
    return _log(root, ["--follow", "HEAD", "--", f":(literal){_argument(path)}"])


def text_at_head(root: Path, path: str) -> str | None:
    """The text of a file as HEAD has it; None where it has none."""
    result = attempt(root, "cat-file", "blob", f"HEAD:{_argument(path)}")
    return result.out.decode("utf-8", "replace") if result.status == 0 else None


def _argument(path: str) -> str:
    """A path as git's command line takes it."""
    return os.fsdecode(raw_path(path))


def _log(root: Path, arguments: Sequence[str]) -> History:
    # Without the variable, a git that is ended would lose what it has found.
    env = {"GIT_FLUSH": "1"}
    options = (*_OPTIONS, f"--max-count={MOST_COMMITS}")
    result = attempt(
        root, *LOG_SETTINGS, "log", *options, *arguments, env=env, seconds=MOST_SECONDS
    )
    records = result.out.decode("utf-8", "replace").split("\x01")[1:]
    commits = [_commit(record) for record in records if record.count("\x02") == 3]
    is_complete = result.status == 0 and len(commits) < MOST_COMMITS
    return History(tuple(commits), is_complete)


def _commit(record: str) -> HistoryCommit:
    commit, date, author, subject = record.strip("\n").split("\x02")
    first_line, _ = redact("subject.txt", subject.partition("\n")[0].strip())
    return HistoryCommit(commit, date, author.strip(), first_line)
