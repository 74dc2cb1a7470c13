"""`repo-mhm memory`: the heads and their notes, shown, searched and exported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from repo_mhm.cli.chunks import JsonOption
from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from repo_mhm.commands.memory import NoteView
    from repo_mhm.commands.workspace import Workspace
    from repo_mhm.store import Store

app = typer.Typer(
    help="Look at what the memory holds.", no_args_is_help=True, rich_markup_mode=None
)

RepoOption = Annotated[
    Path,
    typer.Option("--repo", help="A folder in the repository.", show_default="the current folder"),
]


@app.command()
def show(
    repo: RepoOption = Path(),
    head: Annotated[Optional[int], typer.Option("--head", help="Only this head.")] = None,  # noqa: UP045
    json: JsonOption = False,
) -> None:
    """Show every head with its notes, their levels and where they come from."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands import memory
    from repo_mhm.formatting import count

    with _opened(repo) as (store, workspace):
        views = memory.show(store, workspace.settings.heads, workspace.settings.head_tokens)
    wanted = [view for view in views if head is None or view.head == head]
    if json:
        print_json({"heads": [asdict(view) for view in wanted]})
        return
    for view in wanted:
        console().print(
            f"head {view.head}: {view.tokens} of {view.budget} tokens, {count(len(view.notes), 'note')}"
        )
        for note in view.notes:
            _print_note(note)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="Words to look for.")],
    repo: RepoOption = Path(),
    limit: Annotated[int, typer.Option("--limit", help="Most notes to show.")] = 20,
    json: JsonOption = False,
) -> None:
    """Search the notes, retired ones included."""
    from repo_mhm.cli.terminal import print_json
    from repo_mhm.commands import memory

    with _opened(repo) as (store, _):
        found = memory.search(store, query, limit)
    if json:
        print_json({"notes": [asdict(note) for note in found]})
        return
    for note in found:
        _print_note(note)


@app.command()
def export(
    repo: RepoOption = Path(),
    output: Annotated[
        Optional[Path], typer.Option("--output", "-o", help="A file.", show_default="stdout")
    ] = None,  # noqa: UP045
) -> None:
    """Write the memory as Markdown."""
    from repo_mhm.cli.terminal import console
    from repo_mhm.commands import memory
    from repo_mhm.formatting import safe

    with _opened(repo) as (store, workspace):
        text = safe(memory.export(store, workspace.settings.heads, workspace.settings.head_tokens))
    if output is None:
        console().print(text, end="")
    else:
        try:
            output.write_text(text, "utf-8")
        except OSError as exc:
            raise UsageError(
                f"{output} cannot be written: {exc.strerror}",
                hint="name a file in a folder of yours",
            ) from exc


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A commit the memory has been of.")],
    after: Annotated[str, typer.Argument(help="A later one.")] = "HEAD",
    repo: RepoOption = Path(),
    json: JsonOption = False,
) -> None:
    """Show which notes came, went or changed level between two commits, by head."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.formatting import safe
    from repo_mhm.git import open_snapshot

    commits = [open_snapshot(repo, commit).commit for commit in (before, after)]
    with _opened(repo) as (store, _):
        changes = store.memory_diff(*commits)
    if json:
        print_json({"changes": [asdict(change) for change in changes]})
        return
    for change in changes:
        into = f" -> {safe(change.into.anchor)}" if change.into else ""
        console().print(
            f"head {change.head}  {change.kind:<7} {safe(change.note.anchor)}{into}  {safe(change.note.text)}"
        )
    if not changes:
        console().print("no difference")


def gc(
    repo: RepoOption = Path(),
    days: Annotated[
        float, typer.Option("--days", help="Keep notes on code gone for less than this.")
    ] = 30.0,
    json: JsonOption = False,
) -> None:
    """Drop what is kept of code long gone, and give the space back."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.formatting import count, size
    from repo_mhm.store import writer_lock

    with _opened(repo) as (store, workspace), writer_lock(workspace.directory):
        done = store.gc(days=days)
    if json:
        print_json(asdict(done))
        return
    before, after = size(done.bytes_before), size(done.bytes_after)
    console().print(f"{count(done.notes, 'note')} dropped; {before} before, {after} now")


@contextmanager
def _opened(repo: Path) -> Iterator[tuple[Store, Workspace]]:
    from repo_mhm.commands.workspace import open_workspace
    from repo_mhm.errors import StoreError
    from repo_mhm.store import find_store

    workspace = open_workspace(repo)
    store = find_store(workspace.directory)
    if store is None:
        raise StoreError(f"{workspace.snapshot.root} has no memory yet", hint="run: repo-mhm index")
    with store:
        yield store, workspace


def _print_note(note: NoteView) -> None:
    from rich.text import Text

    from repo_mhm.cli.terminal import console
    from repo_mhm.commands.memory import LEVEL_NAMES
    from repo_mhm.formatting import safe

    places = ", ".join(f"{span.path}:{span.start}-{span.end}" for span in note.citations[:3])
    more = f" and {len(note.citations) - 3} more" if len(note.citations) > 3 else ""
    retired = "" if note.live else ", retired"
    console().print(
        Text.assemble(
            (f"  {safe(note.anchor)}", "bold"),
            f"  {safe(note.text)}\n",
            (f"    {LEVEL_NAMES[note.level]}, {note.depth}{retired}  {safe(places)}{more}", "dim"),
        )
    )
