"""Git hooks: installs, finds and removes ours (`hook_scripts`). Runs git, writes files.

A hook that was there before is kept beside ours and runs first. What was not installed here is
never removed.

Whatever happens meanwhile (a kill, a full disk, a power cut), git finds the user's hook or ours,
whole and runnable. Installing writes ours under a temporary name, gives the user's hook its second
name, and only then puts ours over the first. Removing puts the user's hook over ours. Where the
first was interrupted, both names are the same file, and installing again goes on from there.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from repo_mhm.atomic_file import open_folder, remove_unfinished, replace_at, sync_folder
from repo_mhm.errors import RepositoryError, UsageError
from repo_mhm.git.files import printable_path
from repo_mhm.git.hook_scripts import (
    EARLIER_SUFFIX,
    STAGES,
    Stage,
    hook_script,
    is_edited,
    is_script_of,
)
from repo_mhm.git.plumbing import attempt, run
from repo_mhm.git.roots import find_root, git_dirs

_MOST_HOOK_BYTES = 64 * 1024
_OWN_SCOPES = frozenset({"local", "worktree"})
"""Scopes of settings that belong to one repository."""
_USES_OWN_NAME = re.compile(
    r"basename\W+\$0|\$\{0##|"
    r"basename\((\$0|\$PROGRAM_NAME|__FILE__|sys\.argv\[0\])|/(h|husky\.sh)\""
)
"""Found in a hook that asks for its own name: renamed for us to run first, it would do nothing."""


@dataclass(frozen=True, slots=True)
class Hook:
    """The hook of one stage in a repository."""

    stage: Stage
    path: Path
    installed: bool
    """Whether it is ours."""
    edited: bool
    """Whether it is ours, but changed by hand since."""
    chained: Path | None
    """The hook that was there before, which ours runs first."""
    other: bool
    """Whether there is a hook at that path that is not ours."""


def install(
    root: Path, stage: Stage, program: Path, arguments: Sequence[str] = (), *, shared: bool = False
) -> Hook:
    """Install the hook of a stage, or bring it up to date.

    `arguments` are added to `repo-mhm review` or `watch`. Where the folder of the hooks lies
    outside the repository (see `outside_folder`), the caller has asked the user.

    Raises:
        UsageError: core.hooksPath is set for more than this repository; `shared` allows that.
        RepositoryError: The folder cannot be written, or our hook was changed by hand.
    """
    folder, scope = _hooks_folder(root)
    if scope not in _OWN_SCOPES and not shared:
        raise UsageError(
            f"core.hooksPath in your {scope} configuration sends the hooks of all repositories "
            f"to {printable_path(folder)}",
            hint="Add --shared to install it for all of them, "
            "or call `repo-mhm review --hook` in your own hook.",
        )

    path = folder / stage
    _check_not_edited(path, stage)
    script = hook_script(stage, program, arguments).encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_unfinished(folder, stage)
        with open_folder(folder) as descriptor:

            def keep_other() -> None:
                if os.path.lexists(path) and not _is_ours(path, stage):
                    _keep_beside(path, descriptor)

            replace_at(descriptor, stage, script, mode=0o755, before=keep_other)
    except OSError as exc:
        with suppress(RepositoryError):
            _forget_interrupted(folder, stage)
        raise _unwritable(path, exc) from exc
    return _hook(folder, stage)


def uninstall(root: Path, stage: Stage) -> bool:
    """Remove our hook and put back the one that was there before; False if ours is not installed.

    Raises:
        RepositoryError: Ours was changed by hand, so that it may do more.
    """
    folder, _ = _hooks_folder(root)
    _forget_interrupted(folder, stage)
    for path in _paths(folder, stage):
        if _is_ours(path, stage):
            _check_not_edited(path, stage)
            _restore(path, _earlier(folder, stage))
            return True
    return False


def _restore(path: Path, earlier: Path) -> None:
    try:
        if os.path.lexists(earlier):
            earlier.replace(path)
        else:
            path.unlink()
        with open_folder(path.parent) as descriptor:
            sync_folder(descriptor)
    except OSError as exc:
        raise _unwritable(path, exc) from exc


def outside_folder(root: Path) -> Path | None:
    """The folder of the hooks, where this repository's own configuration or a link put it outside.

    Whoever made the repository chose it then: it may be another repository's, or of the user's own.
    """
    folder, scope = _hooks_folder(root)
    if scope not in _OWN_SCOPES:
        return None
    resolved = folder.resolve()
    top = find_root(root).path.resolve()
    inside = (top, *git_dirs(top))
    return None if any(resolved.is_relative_to(each) for each in inside) else resolved


def status(root: Path) -> list[Hook]:
    """The hook of each stage."""
    folder, _ = _hooks_folder(root)
    return [_hook(folder, stage) for stage in STAGES]


def _hook(folder: Path, stage: Stage) -> Hook:
    for path in _paths(folder, stage):
        if _is_ours(path, stage):
            earlier = _earlier(folder, stage)
            chained = earlier if os.path.lexists(earlier) else None
            return Hook(stage, path, True, is_edited(_read(path)), chained, path.name != stage)

    path = folder / stage
    return Hook(stage, path, False, False, None, os.path.lexists(path))


def _paths(folder: Path, stage: Stage) -> Iterator[Path]:
    """Where our hook may be."""
    yield folder / stage
    # The pre-commit framework renames a hook that it finds to `.legacy` and goes on running it.
    yield folder / f"{stage}.legacy"


def _earlier(folder: Path, stage: str) -> Path:
    """Where the hook is kept that was there before ours."""
    return folder / f"{stage}{EARLIER_SUFFIX}"


def _hooks_folder(root: Path) -> tuple[Path, str]:
    """The folder that git runs hooks from, and the scope of the setting that says so.

    The scope is `local` for the default folder.
    """
    top = find_root(root)
    if top.kind == "folder":
        raise RepositoryError(
            f"{printable_path(root)} is not in a git repository", hint="Run `git init` there first."
        )

    setting = _hooks_path_setting(top.path)
    if setting is not None:
        scope, value = setting
        return top.path / value, scope
    out = run(top.path, "rev-parse", "--git-common-dir")
    return (top.path / os.fsdecode(out.removesuffix(b"\n"))).resolve() / "hooks", "local"


def _hooks_path_setting(root: Path) -> tuple[str, str] | None:
    """The scope and the value of core.hooksPath, if it is set."""
    options = ("-z", "--show-scope", "--type=path", "--get-all")
    result = attempt(root, "config", *options, "core.hooksPath")
    fields = os.fsdecode(result.out).split("\0")[:-1] if result.status == 0 else []

    # Our own git calls switch hooks off with a setting of scope `command`.
    settings = [
        (scope, value)
        for scope, value in zip(fields[::2], fields[1::2], strict=False)
        if scope != "command"
    ]
    return settings[-1] if settings and settings[-1][1] else None


def _keep_beside(path: Path, folder: int) -> None:
    """Give a hook that is not ours the second name under which ours runs it, beside its own.

    Its name stays: whoever is interrupted here leaves a hook that git runs.
    """
    earlier = _earlier(path.parent, path.name)
    if _is_same(path, earlier):
        return  # an installation was interrupted
    if os.path.lexists(earlier):
        raise RepositoryError(
            f"both {printable_path(path)} and {printable_path(earlier)} exist, and neither is ours",
            hint="Move one of them away.",
        )
    if _USES_OWN_NAME.search(_read(path)):
        raise RepositoryError(
            f"{printable_path(path)} runs hooks by the name it has, "
            "so it cannot be kept beside another",
            hint=f"Let it run `repo-mhm review --hook {path.name}`: "
            f"husky takes it from .husky/{path.name}.",
        )
    try:
        os.link(path, earlier, follow_symlinks=False)
    except (OSError, NotImplementedError):
        # Not every file system has hard links, nor does every system link links.
        _copy(path, earlier, folder)
    sync_folder(folder)


def _copy(path: Path, earlier: Path, folder: int) -> None:
    """A second hook like the first: its content and mode, or a link to the same target."""
    if path.is_symlink():
        earlier.symlink_to(path.readlink())
        return
    with os.fdopen(_open(path), "rb") as file:
        content, mode = file.read(), stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    replace_at(folder, earlier.name, content, mode=mode)


def _is_same(path: Path, earlier: Path) -> bool:
    """Whether both names are there for one hook, or for a hook and its copy."""
    if not os.path.lexists(path) or not os.path.lexists(earlier):
        return False
    if path.is_symlink() or earlier.is_symlink():
        links = path.is_symlink() and earlier.is_symlink()
        return links and path.readlink() == earlier.readlink()
    if os.path.samestat(path.lstat(), earlier.lstat()):
        return True
    same_mode = path.lstat().st_mode == earlier.lstat().st_mode
    return same_mode and _whole(path) is not None and _whole(path) == _whole(earlier)


def _remove_unfinished(folder: Path, stage: Stage) -> None:
    remove_unfinished(folder / stage)
    remove_unfinished(_earlier(folder, stage))


def _forget_interrupted(folder: Path, stage: Stage) -> None:
    """Undo an installation that was interrupted before ours was there."""
    path, earlier = folder / stage, _earlier(folder, stage)
    try:
        _remove_unfinished(folder, stage)
        if not _is_ours(path, stage) and _is_same(path, earlier):
            earlier.unlink()
    except OSError as exc:
        raise _unwritable(earlier, exc) from exc


def _read(path: Path) -> str:
    """The beginning of a hook; empty where there is none."""
    try:
        with os.fdopen(_open(path), "rb") as file:
            return file.read(_MOST_HOOK_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _whole(path: Path) -> bytes | None:
    """All of a hook's bytes; None where it cannot be read or is larger than hooks are."""
    try:
        with os.fdopen(_open(path), "rb") as file:
            content = file.read(_MOST_HOOK_BYTES + 1)
    except OSError:
        return None
    return content if len(content) <= _MOST_HOOK_BYTES else None


def _open(path: Path) -> int:
    """A descriptor of a regular file, for reading; a fifo would wait for ever. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    return handle


def _is_ours(path: Path, stage: Stage) -> bool:
    return is_script_of(_read(path), stage)


def _check_not_edited(path: Path, stage: Stage) -> None:
    if _is_ours(path, stage) and is_edited(_read(path)):
        raise RepositoryError(
            f"{printable_path(path)} was changed since repo-mhm installed it",
            hint="Take your own lines out of it (or delete it), then run this again.",
        )


def _unwritable(path: Path, exc: OSError) -> RepositoryError:
    return RepositoryError(
        f"{printable_path(path)} cannot be written: {exc.strerror or exc}",
        hint="Free some space on that disk."
        if exc.errno in (errno.ENOSPC, errno.EDQUOT)
        else "Check who may write to that folder.",
    )
