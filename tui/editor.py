"""The command that opens the user's editor at a line, from $VISUAL or $EDITOR."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from repo_mhm.errors import UsageError

_TAKES_PATH_AND_LINE = frozenset(
    {"code", "codium", "cursor", "windsurf", "subl", "zed", "hx", "helix"}
)
"""Editors that take `path:line`; the others take `+line path`."""
_NEEDS_GOTO_FLAG = frozenset({"code", "codium", "cursor", "windsurf"})


def editor_command(root: Path, path: str, line: int) -> list[str]:
    """Return the command that opens a file of the repository at a line.

    Raises UsageError when the file is gone, or is reached through a link that leaves the
    repository.
    """
    target = (root / path).resolve()
    if not target.is_relative_to(root.resolve()) or not target.is_file():
        raise UsageError(
            f"{path} is not a file of the working tree",
            hint="It may have been deleted since it was read.",
        )
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    name = Path(words[0]).name
    if name in _TAKES_PATH_AND_LINE:
        flags = ["--goto"] if name in _NEEDS_GOTO_FLAG else []
        return [*words, *flags, f"{target}:{line}"]
    return [*words, f"+{line}", str(target)]
