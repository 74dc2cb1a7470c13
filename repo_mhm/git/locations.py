"""Where a path leads: to a working tree, a bare repository or a plain folder; and where its memory lives."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Literal, NamedTuple

from repo_mhm.errors import RepositoryError
from repo_mhm.git.files import shown
from repo_mhm.git.plumbing import attempt, failure, run


class Place(NamedTuple):
    root: Path
    kind: Literal["worktree", "bare", "folder"]


def locate(path: Path) -> Place:
    """The place around a path; RepositoryError when it is no folder, or its repository is damaged or not trusted."""
    folder = _existing_folder(path)
    result = attempt(
        folder, "rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--show-toplevel"
    )
    bare, inside, top = [*result.out.split(b"\n", 2), b"", b""][:3]
    if result.status == 0 and inside == b"true":
        return Place(Path(os.fsdecode(top.removesuffix(b"\n"))), "worktree")
    if bare == b"true":
        out = run(folder, "rev-parse", "--absolute-git-dir")
        return Place(Path(os.fsdecode(out.removesuffix(b"\n"))), "bare")
    if bare == b"false":
        raise RepositoryError(
            f"{shown(folder)} lies outside its repository's working tree",
            hint="Name a folder inside the working tree; look at core.worktree if that is where you are.",
        )
    if "not a git repository" not in result.err:
        raise failure(folder, result.err)
    device = folder.stat().st_dev
    for parent in (folder, *folder.parents):
        if parent.stat().st_dev != device:
            # Git does not look beyond a mount point either.
            break
        if _is_damaged(parent / ".git"):
            raise RepositoryError(
                f"{shown(parent / '.git')} is damaged: git finds no repository in it", hint=_REPAIR
            )
    return Place(folder, "folder")


_REPAIR = "Clone the repository again, run `git worktree repair`, or remove the .git to read it as a plain folder."


def _existing_folder(path: Path) -> Path:
    try:
        folder = path.resolve(strict=True)
        if not folder.is_dir():
            raise RepositoryError(
                f"{shown(path)} is not a folder", hint="Name a folder inside a repository."
            )
    except (OSError, RuntimeError, ValueError) as exc:
        raise RepositoryError(
            f"{shown(path)} cannot be read: {_reason(exc)}", hint="Check the path."
        ) from exc
    return folder


def _reason(exc: Exception) -> str:
    return exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)


def _is_damaged(dot_git: Path) -> bool:
    try:
        return not dot_git.is_dir() or any(dot_git.iterdir()) if os.path.lexists(dot_git) else False
    except OSError:
        return False


def state_dir(path: Path, *, create: bool = False) -> Path:
    """Where the memory of this repository lives: `repo-mhm` in the git directory all its worktrees share, or in the
    user's cache for plain folders and read-only repositories. Made (0700) only when `create` is set.

    Raises RepositoryError when the place cannot be made or is not a directory of its own.
    """
    place = locate(path)
    home = place.root
    if place.kind != "folder":
        home = _git_dir(place.root, "--git-common-dir")
    state = home / "repo-mhm"
    if place.kind == "folder" or not os.access(
        state if state.is_dir() else home, os.W_OK | os.X_OK
    ):
        from platformdirs import user_cache_path

        name = hashlib.sha256(os.fsencode(home)).hexdigest()[:32]
        state = user_cache_path("repo-mhm", appauthor=False) / "repos" / name
    if create:
        _make_private(state)
    return state


def git_dirs(root: Path) -> tuple[Path, ...]:
    """The git directories of a working tree: its own, and the one all worktrees share; none of a plain folder."""
    if locate(root).kind == "folder":
        return ()
    return tuple(
        dict.fromkeys(_git_dir(root, which) for which in ("--git-dir", "--git-common-dir"))
    )


def _git_dir(root: Path, which: str) -> Path:
    out = run(root, "rev-parse", which)
    return (root / os.fsdecode(out.removesuffix(b"\n"))).resolve()


def _make_private(folder: Path) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(exist_ok=True, mode=0o700)
        if folder.is_symlink():
            raise RepositoryError(
                f"{shown(folder)} is a symlink", hint="Remove it and run the command again."
            )
    except OSError as exc:
        raise RepositoryError(
            f"{shown(folder)} cannot be made: {_reason(exc)}", hint="Check who owns its parent."
        ) from exc
