"""The root that a path leads to: a working tree, a bare repository or a plain folder; its state."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

from repo_mhm.errors import RepositoryError
from repo_mhm.git.files import printable_path
from repo_mhm.git.plumbing import attempt, git_error, run
from repo_mhm.private_folder import make_private, private_folder

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
        git_dir = _output_path(run(folder, "rev-parse", "--absolute-git-dir"))
        _check_not_cloned(git_dir)
        return Root(git_dir, "bare")
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


def _check_not_cloned(git_dir: Path) -> None:
    """Raise RepositoryError for a bare repository that another one tracks.

    It came with a clone, and with it a configuration and a memory of the clone's author.
    """
    around = git_dir.parent
    inside = attempt(around, "rev-parse", "--is-inside-work-tree")
    if inside.status or inside.out.strip() != b"true":
        return
    name = f":(literal){git_dir.name}/HEAD"
    if attempt(around, "ls-files", "--error-unmatch", "--", name).status == 0:
        raise RepositoryError(
            f"{printable_path(git_dir)} is a bare repository, and part of the repository around it",
            hint="If you trust it, clone it, and run the command in the clone.",
        )


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
    Raises RepositoryError when it cannot be created, and UnsafeState when it, or anything in it, is
    none of ours.
    """
    root = find_root(path)
    home = root.path if root.kind == "folder" else _git_dir(root.path, "--git-common-dir")
    state = home / "repo-mhm"
    is_there = state.is_dir() and not state.is_symlink()
    if root.kind == "folder" or not _is_writable(state if is_there else home):
        cache = _cache_dir(home)
        # A memory that was made before the repository became read-only is read where it is; not
        # that of another user, whose repository this is.
        is_own = root.kind != "folder" and is_there and state.stat().st_uid == os.geteuid()
        has_memory = is_own and (state / "memory.db").is_file()
        state = state if has_memory and not cache.exists() else cache
    if create:
        _create_private(state)
    _check_private(state)
    return state


def _is_writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def _cache_dir(home: Path) -> Path:
    from platformdirs import user_cache_path

    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:32]
    return user_cache_path("repo-mhm", appauthor=False) / "repos" / name


def _create_private(folder: Path) -> None:
    try:
        make_private(folder)
    except OSError as exc:
        raise RepositoryError(
            f"{printable_path(folder)} cannot be created: {_reason(exc)}",
            hint="Check who owns its parent.",
        ) from exc


def _check_private(state: Path) -> None:
    """Check the folder of a memory and all in it; where it cannot be read, its files tell why."""
    with suppress(OSError), private_folder(state) as folder:
        folder.check_all()


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
