"""`repo-mhm chat`: the terminal UI. In a terminal, `repo-mhm` alone opens it too."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from repo_mhm.cli.options import PathArgument
from repo_mhm.errors import UsageError

# Typer evaluates this on Python 3.10, which does not know `str | None` inside Annotated.
OptionalText = Optional[str]  # noqa: UP045


def chat(
    path: PathArgument = Path(),
    model: Annotated[
        OptionalText, typer.Option("--model", help="A model's name, or the path of a GGUF file.")
    ] = None,
) -> None:
    """Chat with the repository and see its memory, in the terminal."""
    if not in_terminal():
        raise UsageError("chat needs a terminal", hint='In a script: repo-mhm ask "QUESTION"')

    # Collecting garbage would take a quarter of the time until the first picture, and find
    # nothing: imports live until the end. The app turns the collector on again.
    gc.disable()
    from tui.app import ChatApp

    ChatApp(path, {"model": model}).run()


def in_terminal() -> bool:
    """Return whether somebody can see and type; Textual draws on stderr."""
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()
