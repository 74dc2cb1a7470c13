"""What the shell completes beside options: names of conversations, templates, languages, files.

A completion that fails offers nothing: its errors would appear in the middle of the command line.
"""

from __future__ import annotations

from pathlib import Path

import typer

from repo_mhm.errors import RepoMhmError


def session_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Conversations of the repository that begin so, the newest first.

    Names that a shell would have to quote are left out, as those that are dates.
    """
    from repo_mhm.git import state_dir
    from repo_mhm.store import find_store

    try:
        store = find_store(state_dir(Path(ctx.params.get("repo") or ".")))
        if store is None:
            return []
        with store:
            names = [session.name for session in store.sessions()]
    except RepoMhmError:
        return []
    return [name for name in names if name.startswith(incomplete) and _is_plain(name)]


def _is_plain(name: str) -> bool:
    return all(letter.isalnum() or letter in "-_./+@" for letter in name)


def template_names(incomplete: str) -> list[str]:
    """Templates of the user that begin so."""
    from repo_mhm.config import load

    try:
        return [name for name in load().templates if name.startswith(incomplete)]
    except RepoMhmError:
        return []


def language_names(incomplete: str) -> list[str]:
    """Languages that begin so."""
    from repo_mhm.source.languages import NAMES

    return [name for name in NAMES if name.startswith(incomplete)]


def stored_paths(ctx: typer.Context, incomplete: str) -> list[str]:
    """Files and folders of the repository, from its root, that go on so by one more part."""
    from repo_mhm.git import state_dir
    from repo_mhm.store import find_store

    try:
        store = find_store(state_dir(Path(ctx.params.get("repo") or ".")))
        if store is None:
            return []
        with store:
            paths = [path for path in store.blobs() if path.startswith(incomplete)]
    except RepoMhmError:
        return []
    depth = incomplete.count("/") + 1
    parts = {path: path.split("/") for path in paths}
    shorter = {
        "/".join(names[:depth]) + ("/" if len(names) > depth else "") for names in parts.values()
    }
    return sorted(path for path in shorter if _is_plain(path))
