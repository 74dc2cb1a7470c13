"""`repo-mhm chat`: the terminal UI. In a terminal, `repo-mhm` alone opens it too."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from repo_mhm.cli.options import ModelOption, PathArgument
from repo_mhm.errors import UsageError

EXAMPLES = ("repo-mhm chat", "repo-mhm chat ~/src/requests")


def chat(path: PathArgument = Path(), model: ModelOption = None) -> None:
    """Chat in a terminal UI, beside the sources, the memory and a map."""
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
