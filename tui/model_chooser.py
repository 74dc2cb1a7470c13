"""Chooses the model that answers: asks the user, writes the setting, fetches what is missing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from repo_mhm.errors import RepoMhmError
from tui.model_screen import ModelScreen
from tui.notices import show_error, show_error_text
from tui.settings import SettingValues, current_values, use_model

if TYPE_CHECKING:
    from tui.app import ChatApp


class ModelChooser:
    """Belongs to the app. Its methods wait for the user, so they run in the app's workers."""

    def __init__(self, app: ChatApp) -> None:
        self._app = app

    async def choose(self, title: str) -> str | None:
        """Ask for a model; returns its name, None when the user chooses none."""
        values = await self._values()
        if values is None:
            return None
        return await self._app.push_screen_wait(ModelScreen(title, values, self._app.reader))

    async def use(self, name: str) -> None:
        """Let a model answer from now on; fetch it if it is not on this machine."""
        app = self._app
        try:
            without_effect = await app.reader.run(partial(use_model, app.state.root, name))
        except RepoMhmError as error:
            show_error(app, error)
            return
        for key in ("model", "answer_model"):
            app.state.overrides.pop(key, None)
        if without_effect:
            reason = f"{without_effect}: .repo-mhm.toml or a REPO_MHM_ variable overrides it"
            show_error_text(app, reason)

        app.worker.reopen()
        app.worker.download_missing()

    async def _values(self) -> SettingValues | None:
        state = self._app.state
        try:
            job = partial(current_values, state.root, state.overrides, describe=True)
            return await self._app.reader.run(job)
        except RepoMhmError as error:
            show_error(self._app, error)
            return None
