"""What the shell completes beside options: conversations, templates, models, languages, files.

A completion that fails offers nothing: its errors would appear in the middle of the command line.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from repo_mhm.errors import RepoMhmError

if TYPE_CHECKING:
    from repo_mhm.store import Store


def session_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Conversations of the repository that begin so, the newest first.

    Names that a shell would have to quote are left out, as those that are dates.
    """
    names = _from_store(ctx, lambda store: [session.name for session in store.sessions()])
    return [name for name in names if name.startswith(incomplete) and _is_plain(name)]


def _from_store(ctx: typer.Context, read: Callable[[Store], list[str]]) -> list[str]:
    """What the memory of the repository holds; nothing where there is none."""
    from repo_mhm.git import state_dir
    from repo_mhm.store import find_store

    try:
        store = find_store(state_dir(_folder(ctx)))
        if store is None:
            return []
        with store:
            return read(store)
    except RepoMhmError:
        return []


def _folder(ctx: typer.Context) -> Path:
    """The folder that the words before name."""
    repo, path = ctx.params.get("repo"), ctx.params.get("path")
    if isinstance(repo, (list, tuple)):
        repo = repo[0] if repo else None
    return Path(repo or (path if isinstance(path, Path) else "."))


def _is_plain(name: str) -> bool:
    return all(letter.isalnum() or letter in "-_./+@" for letter in name)


def template_names(incomplete: str) -> list[str]:
    """Templates of the user that begin so."""
    from repo_mhm.config import load

    try:
        return [name for name in load().templates if name.startswith(incomplete)]
    except RepoMhmError:
        return []


def model_names(incomplete: str) -> list[str]:
    """Models that begin so: those on this machine first, then those that can be pulled."""
    from repo_mhm.commands.model import listing, servers
    from repo_mhm.config import load

    try:
        settings = load()
        entries = sorted(listing(settings), key=lambda entry: entry.state != "ready")
        names = [*servers(settings), *(entry.name for entry in entries)]
    except RepoMhmError:
        return []
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]


def setting_names(incomplete: str) -> list[str]:
    """Settings that begin so."""
    from repo_mhm.config_files import SETTINGS

    return [name for name in SETTINGS if name.startswith(incomplete)]


def head_numbers(ctx: typer.Context, incomplete: str) -> list[str]:
    """Numbers of the heads of the memory that begin so."""
    numbers = _from_store(
        ctx, lambda store: sorted({str(note.head) for note in store.notes()}, key=int)
    )
    return [number for number in numbers if number.startswith(incomplete)]


def language_names(incomplete: str) -> list[str]:
    """Languages that begin so."""
    from repo_mhm.source.languages import NAMES

    return [name for name in NAMES if name.startswith(incomplete)]


def stored_paths(ctx: typer.Context, incomplete: str) -> list[str]:
    """Files and folders of the repository, from its root, that go on so by one more part."""
    folder = incomplete.rpartition("/")[0]
    below = _from_store(ctx, lambda store: store.files_at(folder))
    paths = [path for path in below if path.startswith(incomplete)]
    depth = incomplete.count("/") + 1
    parts = {path: path.split("/") for path in paths}
    shorter = {
        "/".join(names[:depth]) + ("/" if len(names) > depth else "") for names in parts.values()
    }
    return sorted(path for path in shorter if _is_plain(path))
