"""The options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

from repo_mhm.cli.completion import model_names, stored_paths
from repo_mhm.errors import UsageError

DURATION = "DURATION"
"""How a help text names a value such as `5s`, `2m` or `1h30m`."""
Severity = Literal["error", "warning", "info"]
SEVERITIES = "|".join(get_args(Severity))
ReviewStage = Literal["pre-commit", "pre-push"]
"""The git hooks that review."""
REPO_HELP = "A folder in the repository, all of which is meant."
_REPO = "repo_mhm.repo"
"""Where a context keeps the folder of `--repo`, for a command whose argument names one."""


def repo_beside_argument(context: typer.Context, repo: Path | None) -> Path | None:
    """Keep the folder of `--repo` for `_folder`."""
    context.meta[_REPO] = repo
    return repo


def _folder(context: typer.Context, path: Path) -> Path:
    """The folder that PATH or `--repo` names. Raises UsageError where they differ."""
    repo = context.meta.get(_REPO)
    if repo is None or path == repo:
        return path
    if path != Path():
        raise UsageError(
            f"two folders are named: {str(path)!r} and --repo {str(repo)!r}", hint="Name one."
        )
    return Path(repo)


PathArgument = Annotated[
    Path,
    typer.Argument(
        metavar="PATH", help=REPO_HELP, show_default="the current folder", callback=_folder
    ),
]
RepoOption = Annotated[
    Path,
    typer.Option("--repo", metavar="DIR", help=REPO_HELP, show_default="the current folder"),
]
ReposOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--repo",
        metavar="DIR",
        help="A folder in the repository, all of which is meant; repeat it to ask several.",
        show_default="the current folder",
    ),
]
WithinOption = Annotated[
    list[str] | None,
    typer.Option(
        "--path",
        metavar="PATH",
        help="Only look in this folder, file or pattern (services/api); may be repeated.",
        show_default=False,
        autocompletion=stored_paths,
    ),
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
Format = Literal["text", "json", "vimgrep", "quickfix", "github", "sarif"]
FORMATS: tuple[str, ...] = get_args(Format)
FormatOption = Annotated[
    Format | None,
    typer.Option(
        "--format",
        help="Print it for people, scripts, editors, GitHub or code scanning.",
        metavar="|".join(FORMATS),
        show_default="text",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        help="The model's name, or the path of a GGUF file.",
        autocompletion=model_names,
    ),
]
CommitOption = Annotated[
    str | None,
    typer.Option(
        "--commit", help="Read the files of this commit, not the working tree.", metavar="REVISION"
    ),
]
Selector = Literal["module", "lru", "single", "random"]
Depth = Literal["auto", "skim", "read"]
DepthOption = Annotated[
    Depth | None,
    typer.Option(
        "--depth",
        help="Read only outlines (skim), whole chunks (read), or outlines first (auto).",
        metavar="auto|skim|read",
    ),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option(
        "--threads",
        metavar="N",
        help="CPU threads that the model uses.",
        show_default="physical cores",
    ),
]
