"""Changing the settings: shows those in force, keeps what was changed in the user's own file, and goes by it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm.errors import RepoMhmError

if TYPE_CHECKING:
    from tui.app import ChatApp
    from tui.settings_screen import Changes, Values


class Preferences:
    """`given` is what the command line said; what is chosen in the app takes its place."""

    def __init__(self, app: ChatApp, given: dict[str, object]) -> None:
        self._app = app
        self._given = given

    def open(self) -> None:
        """Show the settings screen, again as long as a value is wrong."""
        self._app.run_worker(self._open(), group="settings", exclusive=True)

    async def _open(self) -> None:
        from tui.settings_screen import SettingsDialog

        try:
            values = await self._app.reader.settle(
                lambda: current_values(self._app.root, self._given)
            )
        except RepoMhmError as exc:
            self._app.complain(exc.message, exc.hint)
            return
        changes: Changes = {}
        while True:
            changes = await self._app.push_screen_wait(SettingsDialog(values, changes)) or {}
            if not changes or await self._keep(changes):
                return

    async def _keep(self, changes: Changes) -> bool:
        """Whether they were all right; if one was not, nothing has changed."""
        try:
            lost = await self._app.reader.settle(lambda: write(self._app.root, changes))
        except RepoMhmError as exc:
            self._app.complain(exc.message, exc.hint)
            return False
        for key in changes:
            self._given.pop(key, None)
        self._app.worker.reopen()
        shape = changes.keys() & {"heads", "head_tokens"}
        self._app.notify("Saved. Read on (F5) to bring memory in line." if shape else "Saved.")
        if lost:
            self._app.complain(
                f"The repository's .repo-mhm.toml or the environment sets {', '.join(lost)}, and wins"
            )
        return True


def current_values(root: Path, given: Mapping[str, object]) -> Values:
    """The settings that are in force for a repository. Raises ConfigError, ModelError."""
    from repo_mhm import config
    from repo_mhm.commands.model import listing
    from tui.settings_screen import Values

    settings = config.load(root, given)
    return Values(
        model=settings.model,
        heads=settings.heads,
        head_tokens=settings.head_tokens,
        first_token_seconds=settings.first_token_seconds,
        models=tuple((line.name, line.state) for line in listing(settings)),
        file=str(config.user_file()),
    )


def write(root: Path, changes: Mapping[str, str]) -> list[str]:
    """Keep changed settings in the user's file; returns those that something else, which wins, sets too.

    Raises ConfigError with nothing written when one of the values is wrong.
    """
    from repo_mhm import config

    wanted = config.load(root, changes)
    for key, value in changes.items():
        config.write_user(key, value)
    settled = config.load(root)
    return [key for key in changes if getattr(settled, key) != getattr(wanted, key)]
