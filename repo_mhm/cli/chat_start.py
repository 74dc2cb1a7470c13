"""Opens the terminal UI: for `chat`, and for a plain command line before typer is loaded.

To load typer and read the options with it takes as long as the app takes until its first picture.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from repo_mhm.cli.plain_arguments import PlainArguments, in_effect, read_plain

_FOLDER, _MODELS = "--repo", ("--model", "-m")


def opened_plainly(arguments: Sequence[str]) -> bool:
    """Run the terminal UI if these arguments plainly ask for it: `chat`, or none at all.

    Raises RepoMhmError as `chat` does.
    """
    plain = plain_chat(arguments)
    if plain is None or not in_terminal():
        return False
    with in_effect(plain):
        run(folder_of(plain), model_of(plain))
    return True


def plain_chat(arguments: Sequence[str]) -> PlainArguments | None:
    """What these arguments say to `chat`; None where there is more to them than is read here."""
    plain = read_plain(arguments or ("chat",), "chat", (), (_FOLDER, *_MODELS))
    if plain is None:
        return None
    folders = [*plain.words, *(value for name, value in plain.values.items() if name == _FOLDER)]
    models = plain.values.keys() & set(_MODELS)
    return plain if len(folders) <= 1 and len(models) <= 1 else None


def folder_of(plain: PlainArguments) -> Path:
    """The folder whose repository is opened."""
    return Path(*plain.words, plain.values.get(_FOLDER, ""))


def model_of(plain: PlainArguments) -> str | None:
    """The model that answers; None for that of the settings."""
    return next((plain.values[name] for name in _MODELS if name in plain.values), None)


def run(folder: Path, model: str | None) -> None:
    """Run the terminal UI until the user leaves it."""
    # Collecting garbage would take a quarter of the time until the first picture, and find
    # nothing: imports live until the end. The app turns the collector on again.
    gc.disable()
    from tui.app import ChatApp

    ChatApp(folder, {"model": model}).run()


def in_terminal() -> bool:
    """Return whether somebody can see and type; Textual draws on stderr."""
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()
