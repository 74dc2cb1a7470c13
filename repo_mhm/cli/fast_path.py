"""What the command line can answer before it loads anything: a hook with nothing to review.

A hook runs on every commit, and most calls by hook frameworks find nothing staged. Importing the
rest of the command line takes ten times as long as asking git.
"""

from __future__ import annotations

from collections.abc import Sequence

_TIMEOUT_SECONDS = 10
_DIFF = ("diff-index", "--cached", "--quiet", "--ignore-submodules=none", "HEAD", "--")


def nothing_to_review(arguments: Sequence[str]) -> bool:
    """Whether these arguments ask for the review of a commit that changes nothing."""
    is_review = bool(arguments) and arguments[0] == "review"
    if not is_review or _option(arguments, "--hook") != "pre-commit":
        return False
    asks_for_help = "--help" in arguments or "-h" in arguments
    return not asks_for_help and nothing_staged(_option(arguments, "--repo") or ".")


def _option(arguments: Sequence[str], name: str) -> str:
    """The last value of an option, written `--option value` or `--option=value`; else empty."""
    value = ""
    for index, argument in enumerate(arguments):
        if argument == name and index + 1 < len(arguments):
            value = arguments[index + 1]
        elif argument.startswith(f"{name}="):
            value = argument.partition("=")[2]
    return value


def nothing_staged(repo: str) -> bool:
    """Whether the index equals HEAD; False when git cannot tell.

    Git's own variables name the index that is being committed. They say nothing about a repository
    that the caller names.
    """
    import subprocess

    from repo_mhm.git_environment import COMMIT_VARIABLES, arguments, environment

    try:
        done = subprocess.run(
            ["git", *arguments(repo, _DIFF)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            env=environment(COMMIT_VARIABLES if repo == "." else ()),
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
