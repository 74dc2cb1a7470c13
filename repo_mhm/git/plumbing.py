"""Runs git: the only module that starts it, always to read and never through a shell.

A repository's own configuration is hostile, so:

- GIT_* variables are stripped (a hook's GIT_DIR must not redirect us), optional locks are off, nothing is fetched.
- Hooks and the file system monitor are off. External diffs and text conversion are out of reach: no diff is rendered.
- `no_filters` is the environment for commands that may compare contents and would run a clean filter for that.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import PIPE
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from repo_mhm.errors import RepositoryError
from repo_mhm.git.files import printable, shown

if TYPE_CHECKING:
    from git import Git


_KEPT = {
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
}
_SET = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    # A partial clone would fetch what it lacks through whatever command its configuration names. Git before 2.39.4
    # does not know the first, hence the second, which no configuration overrides.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "LC_ALL": "C",
}
_OPTIONS = ("--no-pager", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")


class Result(NamedTuple):
    status: int
    out: bytes
    err: str


def _client() -> Git:
    try:
        from git import Git
    except ImportError as exc:
        raise RepositoryError(
            "git cannot be run", hint="Install git and put it on the PATH."
        ) from exc
    return Git()


def git_version() -> str:
    """The version of the git that is used; RepositoryError where there is none."""
    return ".".join(map(str, _client().version_info))


def _command(client: Git, folder: Path, args: Sequence[str], env: Mapping[str, str]) -> list[str]:
    # GitPython adds to the environment but cannot take away from it: env(1) does. GitPython also falls back to the
    # current folder where the wanted one is not accessible, hence -C.
    unwanted = [
        name
        for name in os.environ
        if name.startswith("GIT_") and name not in _KEPT and name not in env
    ]
    without = ["env", *(part for name in unwanted for part in ("-u", name))] if unwanted else []
    return [*without, str(client.GIT_PYTHON_GIT_EXECUTABLE), "-C", str(folder), *_OPTIONS, *args]


def attempt(
    folder: Path, *args: str, env: Mapping[str, str] | None = None, stdin: BinaryIO | None = None
) -> Result:
    """Run git in a folder and return what it said, whatever its exit status; RepositoryError when it cannot start."""
    client = _client()
    from git.exc import GitError

    whole = {**_SET, **(env or {})}
    try:
        status, out, err = client.execute(
            _command(client, folder, args, whole),
            stdin,
            as_process=False,
            with_extended_output=True,
            stdout_as_string=False,
            universal_newlines=False,
            with_exceptions=False,
            strip_newline_in_stdout=False,
            env=whole,
        )
    except (GitError, OSError, ValueError) as exc:
        raise RepositoryError(
            f"git cannot be run in {shown(folder)}: {exc}", hint="Run `git status` there."
        ) from exc
    return Result(status, out, err)


def start(folder: Path, *args: str) -> Git.AutoInterrupt:
    """Start a git command that is talked to over pipes; it ends when the result is garbage collected."""
    client = _client()
    return client.execute(_command(client, folder, args, _SET), PIPE, as_process=True, env=_SET)


def run(
    folder: Path, *args: str, env: Mapping[str, str] | None = None, stdin: BinaryIO | None = None
) -> bytes:
    """Run git in a folder and return its output; RepositoryError when it fails."""
    result = attempt(folder, *args, env=env, stdin=stdin)
    if result.status:
        raise failure(folder, result.err)
    return result.out


def failure(folder: Path, err: str) -> RepositoryError:
    """The error for what git wrote to stderr."""
    if "dubious ownership" in err or "unsafe repository" in err:
        return RepositoryError(
            f"git does not trust {shown(folder)}: it belongs to another user",
            hint=f"If you trust it, run `git config --global --add safe.directory '{shown(folder)}'`.",
        )
    reason = next(
        (line for line in err.splitlines() if line.startswith(("fatal:", "error:"))), err.strip()
    )
    text = (
        printable(reason.partition(": ")[2].encode("utf-8", "surrogateescape"))
        or "git failed without a message"
    )
    return RepositoryError(
        f"git cannot read {shown(folder)}: {text}",
        hint="Run `git fsck` there to see what is damaged.",
    )


_INERT_FILTER = (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))


def no_filters(root: Path) -> dict[str, str]:
    """Configuration, as environment (a filter's name may hold `=`), under which no filter driver runs anything."""
    listed = attempt(root, "config", "-z", "--name-only", "--get-regexp", r"^filter\.")
    if listed.status not in (0, 1):
        raise failure(root, listed.err)
    names = sorted(
        {
            key.rpartition(".")[0]
            for key in os.fsdecode(listed.out).split("\0")
            if key.count(".") > 1
        }
    )
    pairs = [(f"{name}.{key}", value) for name in names for key, value in _INERT_FILTER]
    env = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return env
