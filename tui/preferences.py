"""Reads the settings for the settings screen, and writes what was changed there. Runs away from the event loop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tui.settings import Values


def current_values(root: Path) -> Values:
    """The settings that are in force for a repository. Raises ConfigError, ModelError."""
    from repo_mhm import config
    from repo_mhm.commands.model import listing

    settings = config.load(root)
    return Values(
        model=settings.model,
        heads=settings.heads,
        head_tokens=settings.head_tokens,
        first_token_seconds=settings.first_token_seconds,
        models=tuple((line.name, line.state) for line in listing(settings)),
        file=str(config.user_file()),
    )


def write(changes: Mapping[str, str]) -> None:
    """Keep changed settings in the user's file. Raises ConfigError, with nothing of a wrong value written."""
    from repo_mhm import config

    for key, value in changes.items():
        config.write_user(key, value)
