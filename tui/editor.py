"""The user's editor, at a line. The one place in the UI that reads the environment, as every editor caller must."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from repo_mhm.errors import UsageError

_GOTO = frozenset({"code", "codium", "cursor", "windsurf", "subl", "zed", "hx", "helix"})
"""Editors that take `path:line`."""
_GOTO_FLAG = frozenset({"code", "codium", "cursor", "windsurf"})


def editor_command(root: Path, path: str, line: int) -> list[str]:
    """The command that opens a file of the repository at a line.

    Raises UsageError when the file is gone, or is reached through a link that leaves the repository.
    """
    target = (root / path).resolve()
    if not target.is_relative_to(root.resolve()) or not target.is_file():
        raise UsageError(
            f"{path} is no file of the working tree",
            hint="It may have been deleted since it was read.",
        )
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    name = Path(words[0]).name
    if name in _GOTO:
        return [*words, *(["--goto"] if name in _GOTO_FLAG else []), f"{target}:{line}"]
    return [*words, f"+{line}", str(target)]
