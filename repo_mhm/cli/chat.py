"""`repo-mhm chat`: the terminal UI; also what `repo-mhm` alone opens in a terminal."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from repo_mhm.cli.options import PathArgument
from repo_mhm.errors import UsageError

# Typer evaluates this on Python 3.10, where `str | None` needs typing's spelling inside Annotated.
Text = Optional[str]  # noqa: UP045


def chat(
    path: PathArgument = Path(),
    model: Annotated[
        Text, typer.Option("--model", help="A model's name, or the path of a GGUF file.")
    ] = None,
) -> None:
    """Chat with the repository and see its memory, in the terminal."""
    if not in_terminal():
        raise UsageError("chat needs a terminal", hint='In a script: repo-mhm ask "QUESTION"')
    # Nothing made before the first picture is garbage: looking for some takes a quarter of the time until then. The
    # app switches it on again.
    gc.disable()
    from tui.app import ChatApp

    ChatApp(path, {"model": model}).run()


def in_terminal() -> bool:
    """Whether somebody can see and type."""
    return (
        sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()
    )  # Textual draws on stderr
