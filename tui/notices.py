"""Notifications of errors: what failed and what to do next."""

from __future__ import annotations

from typing import Any

from textual.app import App

from repo_mhm.errors import RepoMhmError
from tui.safe_text import single_line

_ERROR_SECONDS = 10
"""How long an error is shown."""


def show_error(app: App[Any], error: RepoMhmError) -> None:
    """Show an error with its hint."""
    show_error_text(app, error.message, error.hint)


def show_error_text(app: App[Any], message: str, hint: str = "") -> None:
    """Show an error's message and hint in one line."""
    text = single_line(f"{message}. {hint}" if hint else message)
    app.notify(text, severity="error", timeout=_ERROR_SECONDS, markup=False)
