"""What the help texts of several commands share: options, arguments and the list of examples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DURATION = "DURATION"
"""How a help text names a value such as `5s`, `2m` or `1h30m`."""
SEVERITIES = "error|warning|info"

PathArgument = Annotated[
    Path, typer.Argument(help="A folder in the repository.", show_default="the current folder")
]
RepoOption = Annotated[
    Path,
    typer.Option("--repo", help="A folder in the repository.", show_default="the current folder"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="The model's name, or the path of a GGUF file.")
]
CommitOption = Annotated[
    str | None,
    typer.Option(
        "--commit", help="Read the files of this commit, not the working tree.", metavar="REVISION"
    ),
]
DepthOption = Annotated[
    str | None,
    typer.Option(
        "--depth",
        help="Read only outlines (skim), whole chunks (read), or outlines first (auto).",
        metavar="auto|skim|read",
    ),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option(
        "--threads", help="CPU threads that the model uses.", show_default="physical cores"
    ),
]


def examples(*commands: str) -> str:
    """The end of a help text: one command a line."""
    # The control character keeps the lines as they are; otherwise they would be joined.
    return "\b\nExamples:\n" + "\n".join(f"  {command}" for command in commands)
