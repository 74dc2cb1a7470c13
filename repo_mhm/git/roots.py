"""The root that a path leads to: a working tree, a bare repository or a plain folder; its state."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Literal, NamedTuple

from repo_mhm.errors import RepositoryError
from repo_mhm.git.files import printable_path
from repo_mhm.git.plumbing import attempt, git_error, run

_REPAIR_HINT = (
    "Clone the repository again, run `git worktree repair`, "
    "or remove the .git to read it as a plain folder."
)


class Root(NamedTuple):
    """The top of a working tree, a bare repository's git directory, or a plain folder."""

    path: Path
    kind: Literal["worktree", "bare", "folder"]


def find_root(path: Path) -> Root:
    """The root around a folder.

    Raises RepositoryError when `path` is no folder, or its repository is damaged or not trusted.
    """
    folder = _existing_folder(path)
    result = attempt(
        folder, "rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--show-toplevel"
    )
    is_bare, is_inside, top = [*result.out.split(b"\n", 2), b"", b""][:3]
    if result.status == 0 and is_inside == b"true":
        return Root(_output_path(top), "worktree")
    if is_bare == b"true":
        return Root(_output_path(run(folder, "rev-parse", "--absolute-git-dir")), "bare")
    if is_bare == b"false":
        raise RepositoryError(
            f"{printable_path(folder)} lies outside its repository's working tree",
            hint=(
                "Name a folder inside the working tree; "
                "look at core.worktree if that is where you are."
            ),
        )
    if "not a git repository" not in result.err:
        raise git_error(folder, result.err)

    _check_no_damaged_repository(folder)
    return Root(folder, "folder")


def _output_path(line: bytes) -> Path:
    return Path(os.fsdecode(line.removesuffix(b"\n")))


def _existing_folder(path: Path) -> Path:
    try:
        folder = path.resolve(strict=True)
        is_folder = folder.is_dir()
    except (OSError, RuntimeError, ValueError) as exc:
        raise RepositoryError(
            f"{printable_path(path)} cannot be read: {_reason(exc)}", hint="Check the path."
        ) from exc
    if not is_folder:
        raise RepositoryError(
            f"{printable_path(path)} is not a folder", hint="Name a folder inside a repository."
        )
    return folder


def _reason(exc: Exception) -> str:
    return exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)


def _check_no_damaged_repository(folder: Path) -> None:
    """Raise RepositoryError where a folder above has a `.git` that git does not recognise."""
    device = folder.stat().st_dev
    for parent in (folder, *folder.parents):
        if parent.stat().st_dev != device:
            # Git does not look beyond a mount point either.
            return
        if _is_damaged(parent / ".git"):
            raise RepositoryError(
                f"{printable_path(parent / '.git')} is damaged: git finds no repository in it",
                hint=_REPAIR_HINT,
            )


def _is_damaged(dot_git: Path) -> bool:
    """Whether there is a `.git` that is more than an empty folder."""
    try:
        if not os.path.lexists(dot_git):
            return False
        return not dot_git.is_dir() or any(dot_git.iterdir())
    except OSError:
        return False


def state_dir(path: Path, *, create: bool = False) -> Path:
    """The folder for the memory of the repository around `path`.

    It is `repo-mhm` in the git directory that all its worktrees share; for plain folders and
    read-only repositories it is in the user's cache. Created (0700) only when `create` is set.
    Raises RepositoryError when it cannot be created or is a symlink.
    """
    root = find_root(path)
    home = root.path if root.kind == "folder" else _git_dir(root.path, "--git-common-dir")
    state = home / "repo-mhm"
    if root.kind == "folder" or not _is_writable(state if state.is_dir() else home):
        cache = _cache_dir(home)
        # A memory that was made before the repository became read-only is read where it is.
        has_memory = root.kind != "folder" and (state / "memory.db").is_file()
        state = state if has_memory and not cache.exists() else cache
    if create:
        _create_private(state)
    return state


def _is_writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def _cache_dir(home: Path) -> Path:
    from platformdirs import user_cache_path

    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:32]
    return user_cache_path("repo-mhm", appauthor=False) / "repos" / name


def _create_private(folder: Path) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(exist_ok=True, mode=0o700)
        is_link = folder.is_symlink()
    except OSError as exc:
        raise RepositoryError(
            f"{printable_path(folder)} cannot be created: {_reason(exc)}",
            hint="Check who owns its parent.",
        ) from exc
    if is_link:
        raise RepositoryError(
            f"{printable_path(folder)} is a symlink", hint="Remove it and run the command again."
        )


def git_dirs(root: Path) -> tuple[Path, ...]:
    """A working tree's own git directory and the one that all worktrees share, if they differ.

    Empty for a plain folder.
    """
    if find_root(root).kind == "folder":
        return ()
    own, common = _git_dir(root, "--git-dir"), _git_dir(root, "--git-common-dir")
    return (own,) if own == common else (own, common)


def _git_dir(root: Path, option: str) -> Path:
    return (root / _output_path(run(root, "rev-parse", option))).resolve()
