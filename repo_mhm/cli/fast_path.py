"""What the command line can answer before it loads anything: a hook with nothing to review.

A hook runs on every commit, and most calls by hook frameworks find nothing staged. Importing the
rest of the command line takes ten times as long as asking git.
"""

from __future__ import annotations

from collections.abc import Sequence

from repo_mhm.cli.plain_arguments import in_effect, read_plain

_TIMEOUT_SECONDS = 10
_VALUED = ("--hook", "--repo", "--timeout", "--model", "-m", "--fail-on")
SEVERITIES = ("error", "warning", "info")
_DIFF = ("diff-index", "--cached", "--quiet", "--ignore-submodules=none", "HEAD", "--")


def nothing_to_review(arguments: Sequence[str]) -> bool:
    """Whether these arguments ask for the review of a commit that changes nothing.

    Raises RepositoryError for a folder of `-C` that cannot be entered.
    """
    plain = read_plain(arguments, "review", ("--no-model",), _VALUED)
    if plain is None or plain.words or plain.values.get("--hook") != "pre-commit":
        return False
    if plain.values.get("--fail-on", "error") not in SEVERITIES:
        return False
    with in_effect(plain):
        return nothing_staged(plain.values.get("--repo", "."))


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
