"""Hook: install, remove and look at the git hooks that run a review or keep the memory current."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from repo_mhm.errors import UsageError
from repo_mhm.git import hooks
from repo_mhm.git.hooks import REVIEWS, STAGES, Hook, Stage


def stage_named(name: str) -> Stage:
    """The stage called `name`. Raises UsageError for another."""
    for stage in STAGES:
        if stage == name:
            return stage
    raise UsageError(f"there is no stage {name!r}", hint=f"Stages: {', '.join(STAGES)}.")


def review_stage(name: str) -> Stage:
    """The stage called `name`, if a review can run there. Raises UsageError for another."""
    for stage in REVIEWS:
        if stage == name:
            return stage
    raise UsageError(f"no review can run at {name!r}", hint=f"Stages: {', '.join(REVIEWS)}.")


def install(
    path: Path, stage: Stage, arguments: Sequence[str] = (), *, shared: bool = False
) -> Hook:
    """Install the hook in the repository around `path`; raises as `hooks.install` does."""
    return hooks.install(path, stage, program(), arguments, shared=shared)


def uninstall(path: Path, stages: Sequence[Stage]) -> list[Stage]:
    """Remove our hooks of these stages; returns those that were there."""
    return [stage for stage in stages if hooks.uninstall(path, stage)]


def status(path: Path) -> list[Hook]:
    """How each stage stands."""
    return hooks.status(path)


def program() -> Path:
    """The command a hook calls: the script of this very installation, whatever the PATH says later."""
    beside = Path(sys.executable).with_name("repo-mhm")
    found = str(beside) if beside.exists() else shutil.which("repo-mhm")
    if found is None:
        raise UsageError(
            "the command repo-mhm is not installed",
            hint="Install the package, then run this again.",
        )
    return Path(found).absolute()
