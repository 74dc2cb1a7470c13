"""What the common options set for this run: the folder, colours, and how much is printed.

The command line sets it before anything is printed; `terminal` makes its consoles by it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, get_args

from repo_mhm.errors import RepositoryError

Color = Literal["auto", "always", "never"]
COLORS: tuple[str, ...] = get_args(Color)


class _Output:
    # No dataclass: `plain_arguments` says why.
    color: Color = "auto"
    is_quiet: bool = False


_output = _Output()


def enter(folder: Path | str) -> None:
    """Make a folder the current one; `-C` does this. Raises RepositoryError."""
    try:
        os.chdir(folder)
    except OSError as exc:
        raise RepositoryError(
            f"the folder {str(folder)!r} cannot be entered: {exc.strerror}", hint="Check -C."
        ) from exc


def set_color(color: Color) -> None:
    """Use colours always, never, or on a terminal; `--color` sets this."""
    _output.color = color


def set_quiet() -> None:
    """Print no progress and no remarks; `--quiet` sets this."""
    _output.is_quiet = True


def is_quiet() -> bool:
    """Whether progress and remarks are left out."""
    return _output.is_quiet


def chosen_color() -> Color:
    """When to use colours: what `--color` says, else NO_COLOR, else FORCE_COLOR."""
    if _output.color != "auto":
        return _output.color
    if os.environ.get("NO_COLOR"):
        return "never"
    return "always" if os.environ.get("FORCE_COLOR") not in (None, "", "0") else "auto"
