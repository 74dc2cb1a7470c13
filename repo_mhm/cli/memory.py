"""`repo-mhm memory`: the heads and their notes, shown, searched and exported."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from repo_mhm.cli.options import JsonOption
from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from repo_mhm.commands.memory import NoteView

HeadNumber = Optional[int]  # noqa: UP045  Typer evaluates it on Python 3.10

app = typer.Typer(
    help="Look at what the memory holds.", no_args_is_help=True, rich_markup_mode=None
)

SHOWN_LOCATIONS = 3
"""Most locations shown of one note; `--json` has all."""

RepoOption = Annotated[
    Path,
    typer.Option("--repo", help="A folder in the repository.", show_default="the current folder"),
]


@app.command()
def show(
    repo: RepoOption = Path(),
    head: Annotated[HeadNumber, typer.Option("--head", help="Only this head.")] = None,
    json: JsonOption = False,
) -> None:
    """Show every head with its notes, their levels and the source they describe."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands import memory
    from repo_mhm.formatting import count

    with memory.open_existing(repo) as (store, workspace):
        views = memory.show(store, workspace.settings.heads, workspace.settings.head_tokens)
    wanted = [view for view in views if head is None or view.head == head]
    if json:
        print_json({"heads": [asdict(view) for view in wanted]})
        return
    for view in wanted:
        notes = count(len(view.notes), "note")
        console().print(f"head {view.head}: {view.tokens} of {view.budget} tokens, {notes}")
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

    with memory.open_existing(repo) as (store, _):
        notes = memory.search(store, query, limit)
    if json:
        print_json({"notes": [asdict(note) for note in notes]})
        return
    for note in notes:
        _print_note(note)


@app.command()
def export(
    repo: RepoOption = Path(),
    output: Annotated[
        Optional[Path],  # noqa: UP045  Typer evaluates it on Python 3.10
        typer.Option("--output", "-o", help="A file.", show_default="stdout"),
    ] = None,
) -> None:
    """Write the memory as Markdown."""
    from repo_mhm.cli.terminal import console
    from repo_mhm.commands import memory
    from repo_mhm.formatting import safe

    with memory.open_existing(repo) as (store, workspace):
        text = safe(memory.export(store, workspace.settings.heads, workspace.settings.head_tokens))
    if output is None:
        console().print(text, end="")
    else:
        try:
            output.write_text(text, "utf-8")
        except OSError as exc:
            raise UsageError(
                f"{output} cannot be written: {exc.strerror}",
                hint="use --output with a file that you may write",
            ) from exc


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A commit that was indexed.")],
    after: Annotated[str, typer.Argument(help="A later one.")] = "HEAD",
    repo: RepoOption = Path(),
    json: JsonOption = False,
) -> None:
    """Show which notes came, went or changed level between two commits, by head."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands import memory
    from repo_mhm.formatting import safe

    changes = memory.diff(repo, before, after)
    if json:
        print_json({"changes": [asdict(change) for change in changes]})
        return
    for change in changes:
        into = f" -> {safe(change.into.anchor)}" if change.into else ""
        anchor, text = safe(change.note.anchor), safe(change.note.text)
        console().print(f"head {change.head}  {change.kind:<7} {anchor}{into}  {text}")
    if not changes:
        console().print("no difference")


def gc(
    repo: RepoOption = Path(),
    days: Annotated[
        float, typer.Option("--days", help="Keep notes on code that has been gone for fewer days.")
    ] = 30.0,
    json: JsonOption = False,
) -> None:
    """Drop notes on code that is long gone, and give the space back."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands import memory
    from repo_mhm.formatting import count, size

    result = memory.gc(repo, days)
    if json:
        print_json(asdict(result))
        return
    before, after = size(result.bytes_before), size(result.bytes_after)
    console().print(f"{count(result.notes, 'note')} dropped; {before} before, {after} now")


def _print_note(note: NoteView) -> None:
    from rich.text import Text

    from repo_mhm.cli.terminal import console
    from repo_mhm.commands.memory import LEVEL_NAMES
    from repo_mhm.formatting import safe

    shown = ", ".join(map(str, note.citations[:SHOWN_LOCATIONS]))
    hidden = len(note.citations) - SHOWN_LOCATIONS
    more = f" and {hidden} more" if hidden > 0 else ""
    retired = "" if note.live else ", retired"
    source = f"{LEVEL_NAMES[note.level]}, {note.depth}{retired}  {safe(shown)}{more}"
    console().print(
        Text.assemble(
            (f"  {safe(note.anchor)}", "bold"),
            f"  {safe(note.text)}\n",
            (f"    {source}", "dim"),
        )
    )
