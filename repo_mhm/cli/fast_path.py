"""What the command line can answer before anything is loaded: whether a hook's call has nothing to review.

A hook runs on every commit, most calls of the frameworks that run hooks find nothing, and importing the rest of the
command line takes ten times as long as asking git.
"""

from __future__ import annotations

from collections.abc import Sequence

_TIME = 10


def nothing_to_review(arguments: Sequence[str]) -> bool:
    """Whether these arguments ask for the review of a commit that changes nothing, in a repository that works."""
    if not arguments or arguments[0] != "review" or _value(arguments, "--hook") != "pre-commit":
        return False
    return "--help" not in arguments and nothing_staged(_value(arguments, "--repo") or ".")


def _value(arguments: Sequence[str], option: str) -> str:
    """The last value given for an option, written `--option value` or `--option=value`."""
    found = ""
    for at, argument in enumerate(arguments):
        if argument == option and at + 1 < len(arguments):
            found = arguments[at + 1]
        elif argument.startswith(f"{option}="):
            found = argument.partition("=")[2]
    return found


def nothing_staged(repo: str) -> bool:
    """Whether the index equals HEAD; False when git cannot tell.

    Unlike everywhere else git's variables are left as they are, since they name the index that is being committed;
    they say nothing of a repository named by the caller.
    """
    import os
    import subprocess

    command = ["git", "-C", repo, "-c", "core.fsmonitor=false", "diff-index", "--cached", "--quiet"]
    command += ["--no-ext-diff", "--ignore-submodules=none", "HEAD", "--"]
    env = (
        None
        if repo == "."
        else {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    )
    try:
        return (
            subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIME, env=env
            ).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
