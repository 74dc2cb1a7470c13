"""`hook`: installs, removes and lists the git hooks that review a change or refresh the memory."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from repo_mhm.commands.hook_refresh import was_indexed
from repo_mhm.errors import UsageError
from repo_mhm.git import hooks, state_dir
from repo_mhm.git.hook_scripts import Stage
from repo_mhm.git.hooks import Hook


def check_indexed(path: Path) -> None:
    """Raise UsageError where the repository around `path` has nothing that a hook could refresh."""
    if not was_indexed(state_dir(path)):
        raise UsageError(
            "this repository was never indexed, so there is nothing to refresh: "
            "no hook was installed",
            hint="Run `repo-mhm index`, then this again.",
        )


def install(
    path: Path, stage: Stage, arguments: Sequence[str] = (), *, shared: bool = False
) -> Hook:
    """Install the hook in the repository around `path`; raises as `hooks.install` does.

    Whoever calls this has asked where `hooks.outside_folder` says that it lies outside.
    """
    return hooks.install(path, stage, _program(), arguments, shared=shared)


def uninstall(path: Path, stages: Sequence[Stage]) -> list[Stage]:
    """Remove our hooks of these stages; return the stages that had one."""
    return [stage for stage in stages if hooks.uninstall(path, stage)]


def _program() -> Path:
    """The command that a hook calls: this installation's script, whatever PATH says later."""
    beside = Path(sys.executable).with_name("repo-mhm")
    program = str(beside) if beside.exists() else shutil.which("repo-mhm")
    if program is None:
        raise UsageError(
            "the command repo-mhm is not installed",
            hint="Install the package, then run this again.",
        )
    return Path(program).absolute()
