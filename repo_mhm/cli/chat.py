"""`repo-mhm chat`: the terminal UI. In a terminal, `repo-mhm` alone opens it too."""

from __future__ import annotations

from pathlib import Path

from repo_mhm.cli import chat_start
from repo_mhm.cli.options import ModelOption, PathArgument
from repo_mhm.errors import UsageError

EXAMPLES = ("repo-mhm chat", "repo-mhm chat ~/src/requests")


def chat(path: PathArgument = Path(), model: ModelOption = None) -> None:
    """Chat in a terminal UI, beside sources, memory, map and review."""
    if not chat_start.in_terminal():
        raise UsageError("chat needs a terminal", hint='In a script: repo-mhm ask "QUESTION"')
    chat_start.run(path, model)
