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
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "--output",
        "-o",
        metavar="FILE",
        help="The file to write, replaced in one step.",
        show_default="stdout",
    ),
]
FORMATS = "text|json|vimgrep|quickfix|github|sarif"


def _formats(incomplete: str) -> list[str]:
    """Formats that begin so, for the shell."""
    return [name for name in FORMATS.split("|") if name.startswith(incomplete)]


FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="Print it for people, scripts, editors, GitHub or code scanning.",
        metavar=FORMATS,
        show_default="text",
        autocompletion=_formats,
    ),
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
