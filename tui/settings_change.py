"""Lets the user change the settings, and uses what was saved."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from repo_mhm.errors import RepoMhmError
from tui.notices import show_error, show_error_text
from tui.settings import current_values
from tui.settings_screen import SavedSettings, SettingsScreen

if TYPE_CHECKING:
    from tui.app import ChatApp


async def change_settings(app: ChatApp) -> None:
    """Show the settings, and use what was saved. It waits for the user: it runs in a worker."""
    state = app.state
    try:
        values = await app.reader.run(partial(current_values, state.root, state.overrides))
    except RepoMhmError as error:
        show_error(app, error)
        return
    saved = await app.push_screen_wait(SettingsScreen(values, state.root, app.reader))
    if saved is not None:
        _use(app, saved)


def _use(app: ChatApp, saved: SavedSettings) -> None:
    for key in saved.changes:
        app.state.overrides.pop(key, None)
    app.worker.reopen()
    resized = saved.changes.keys() & {"heads", "head_tokens"}
    app.notify("Saved. Press F5 to fit the memory to it." if resized else "Saved.")
    if saved.without_effect:
        names = ", ".join(saved.without_effect)
        message = f"{names}: .repo-mhm.toml or a REPO_MHM_ variable overrides what was saved"
        show_error_text(app, message)
