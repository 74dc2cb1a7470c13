"""Options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PathArgument = Annotated[
    Path, typer.Argument(help="A folder in the repository.", show_default="the current folder")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
