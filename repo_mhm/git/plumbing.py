"""Runs git, only to read and never through a shell; processes that live on through GitPython.

All git commands start here, with two exceptions: `cli.fast_path` asks whether anything is staged
before GitPython is imported, and the scripts of `hook_scripts` call git themselves. What keeps a
hostile configuration from running anything is in `git_environment`, for all three.

`no_filters` is the environment for commands that may compare contents: without it they would run
the repository's clean filters.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from repo_mhm.errors import RepositoryError
from repo_mhm.git.files import printable, printable_path
from repo_mhm.git_environment import VARIABLES, arguments, environment, removed_variables

if TYPE_CHECKING:
    from git import Git


_log = logging.getLogger(__name__)
MOST_ARGUMENT_BYTES = 100_000
"""Of paths on a command line; Linux allows 128 KiB of arguments at the least."""
_ENDED = -9
"""Exit status of a git that was ended."""


class Result(NamedTuple):
    """What a git command wrote, and its exit status."""

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
    git = str(client.GIT_PYTHON_GIT_EXECUTABLE)
    return [*_without_variables(env), git, *arguments(str(folder), args)]


def _without_variables(env: Mapping[str, str]) -> list[str]:
    """The start of a command that runs without the caller's GIT_* variables.

    GitPython adds to the environment but cannot remove from it; env(1) can.
    """
    prefix: list[str] = []
    for name in removed_variables(env):
        prefix += ["-u", name]
    return ["env", *prefix] if prefix else []


def attempt(
    folder: Path,
    *args: str,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    seconds: float | None = None,
) -> Result:
    """Run git in a folder, whatever its exit status. Raises RepositoryError when it cannot start.

    `env` adds variables. Git is ended after `seconds`; what it wrote so far is returned, with an
    exit status that is not 0.
    """
    began = time.monotonic()
    try:
        with _input_file(stdin) as file:
            done = subprocess.run(
                ["git", *arguments(str(folder), args)],
                stdin=file or subprocess.DEVNULL,
                capture_output=True,
                env={**environment(), **(env or {})},
                timeout=seconds,
            )
    except subprocess.TimeoutExpired as exc:
        return Result(_ENDED, exc.stdout or b"", "")
    except FileNotFoundError as exc:
        raise RepositoryError(
            "git cannot be run", hint="Install git and put it on the PATH."
        ) from exc
    except (OSError, ValueError) as exc:
        raise RepositoryError(
            f"git cannot be run in {printable_path(folder)}: {exc}", hint="Run `git status` there."
        ) from exc
    _log_command(args, f"{1000 * (time.monotonic() - began):.0f} ms")
    return Result(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def _log_command(args: Sequence[str], outcome: str) -> None:
    if _log.isEnabledFor(logging.DEBUG):
        # Paths that are not UTF-8 hold surrogates, which no log file or terminal can write.
        _log.debug("git %s: %s", printable(os.fsencode(" ".join(args))), outcome)


@contextmanager
def _input_file(content: bytes | None) -> Iterator[BinaryIO | None]:
    """A file for git to read; in memory where the system can, since the disk may be full."""
    if content is None:
        yield None
        return
    with _unnamed_file() as file:
        file.write(content)
        file.seek(0)
        yield file


def _unnamed_file() -> BinaryIO:
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("stdin"), "w+b")
    return cast(BinaryIO, tempfile.TemporaryFile())


def start_process(folder: Path, *args: str) -> Git.AutoInterrupt:
    """Start a git command with pipes to it; it ends when the result is garbage collected."""
    client = _client()
    command = _command(client, folder, args, VARIABLES)
    _log_command(args, "started")
    return client.execute(command, subprocess.PIPE, as_process=True, env=VARIABLES)


def run(
    folder: Path, *args: str, env: Mapping[str, str] | None = None, stdin: bytes | None = None
) -> bytes:
    """The output of a git command in a folder. Raises RepositoryError when it fails."""
    result = attempt(folder, *args, env=env, stdin=stdin)
    if result.status:
        raise git_error(folder, result.err)
    return result.out


class RunBeside:
    """A git command that runs beside what its caller does; see `run`."""

    def __init__(self, folder: Path, *args: str, env: Mapping[str, str]) -> None:
        self._folder, self._args, self._env = folder, args, env
        self._out = b""
        self._error: RepositoryError | None = None
        # A daemon, since an interrupt must not wait for it.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._out = run(self._folder, *self._args, env=self._env)
        except RepositoryError as exc:
            self._error = exc

    def out(self) -> bytes:
        """Its output, once it has ended. Raises RepositoryError when it fails."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._out


def git_error(folder: Path, err: str) -> RepositoryError:
    """The error to raise for what git wrote to stderr."""
    if "dubious ownership" in err or "unsafe repository" in err:
        return RepositoryError(
            f"git does not trust {printable_path(folder)}: it belongs to another user",
            hint=(
                "If you trust it, run "
                f"`git config --global --add safe.directory '{printable_path(folder)}'`."
            ),
        )

    errors = (line for line in err.splitlines() if line.startswith(("fatal:", "error:")))
    reason = next(errors, err.strip()).partition(": ")[2]
    text = printable(reason.encode("utf-8", "surrogateescape")) or "git failed without a message"
    if "promisor remote" in err or "lazy fetching disabled" in err:
        return RepositoryError(
            f"the partial clone {printable_path(folder)} lacks what is asked for: {text}",
            hint="Nothing is fetched here. `git fetch --refetch --no-filter` fetches all of it.",
        )
    return RepositoryError(
        f"git cannot read {printable_path(folder)}: {text}",
        hint="Run `git fsck` there to see what is damaged.",
    )


_INERT_FILTER = (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))


def no_filters(root: Path) -> dict[str, str]:
    """Variables that set every filter driver of the repository to run nothing.

    Options (`-c`) cannot do that: a filter's name may contain `=`.
    """
    result = attempt(root, "config", "-z", "--name-only", "--get-regexp", r"^filter\.")
    if result.status not in (0, 1):
        raise git_error(root, result.err)

    keys = os.fsdecode(result.out).split("\0")
    filters = sorted({key.rpartition(".")[0] for key in keys if key.count(".") > 1})
    pairs = [(f"{name}.{key}", value) for name in filters for key, value in _INERT_FILTER]
    env = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return env
