"""`repo-mhm memory`: the heads and their notes, shown, searched and exported."""

from __future__ import annotations

from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from repo_mhm.cli.command_line import CommandGroup
from repo_mhm.cli.completion import head_numbers
from repo_mhm.cli.file_links import FileLinks
from repo_mhm.cli.options import JsonOption, OutOption, PathArgument, RepoOption, WithinOption
from repo_mhm.cli.question_input import read_input
from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_mhm.commands.memory import NoteView

app = CommandGroup(
    "repo-mhm memory show",
    "repo-mhm memory search session cookies",
    "repo-mhm memory export --out memory.md",
    help="Show, search, export and compare the notes in memory.",
)

SHOWN_LOCATIONS = 3
"""Most locations shown of one note; `--json` has all."""

NO_NOTE = "no note matches; `repo-mhm search` looks in the source"
NO_MATCH = 1
"""Exit code where no note matches, as of `search`."""

ExportFormat = Literal["markdown", "json", "agents"]

GC_EXAMPLES = ("repo-mhm gc", "repo-mhm gc --days 7")


@app.add(
    "show",
    "repo-mhm memory show",
    "repo-mhm memory show --head 3",
    "repo-mhm memory show --path services/api",
)
def show(
    path: PathArgument = Path(),
    head: Annotated[
        int | None,
        typer.Option(
            "--head",
            metavar="N",
            help="Show only the head with this number.",
            autocompletion=head_numbers,
        ),
    ] = None,
    within: WithinOption = None,
    json: JsonOption = False,
) -> None:
    """Show every head with its notes, and the lines that each rests on."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands import memory
    from repo_mhm.commands.question_files import find_scope
    from repo_mhm.formatting import count

    with memory.open_existing(path) as (store, workspace):
        settings = workspace.settings
        scope = find_scope(store, path, within or ())
        views = memory.show(store, settings.heads, settings.head_tokens, scope)
    if head is not None and head not in range(settings.heads):
        raise UsageError(
            f"there is no head {head}", hint=f"Their numbers are 0 to {settings.heads - 1}."
        )
    wanted = [view for view in views if head is None or view.head == head]
    if json:
        print_json({"heads": [asdict(view) for view in wanted], "scope": list(scope.names)})
        return
    if not wanted:
        console(stderr=True).print(NO_NOTE)
    links = FileLinks(workspace.root, Path.cwd())
    for view in wanted:
        notes = count(len(view.notes), "note")
        console().print(f"head {view.head}: {view.tokens} of {view.budget} tokens, {notes}")
        for note in view.notes:
            _print_note(note, links)


@app.add(
    "search",
    "repo-mhm memory search session cookies",
    "repo-mhm memory search --limit 5 --json session cookies",
)
def search(
    query: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="QUERY",
            help="Words to look for, with or without quotes. Without them they come from stdin.",
            show_default=False,
        ),
    ] = None,
    repo: RepoOption = Path(),
    limit: Annotated[
        int,
        typer.Option("--limit", "-n", metavar="N", min=1, help="Show at most so many notes."),
    ] = 20,
    within: WithinOption = None,
    json: JsonOption = False,
) -> None:
    """Search the notes for words, including retired notes.

    The exit code is 1 where no note matches.
    """
    from repo_mhm.cli.terminal import console, print_json, print_warning
    from repo_mhm.commands import memory
    from repo_mhm.commands.question_files import find_scope

    asked = read_input(query or (), command="memory search", takes_material=False)
    if asked.warning:
        print_warning(asked.warning)
    with memory.open_existing(repo) as (store, workspace):
        scope = find_scope(store, repo, within or ())
        notes = memory.search(store, asked.question, limit, scope)
    if json:
        print_json({"notes": [asdict(note) for note in notes], "scope": list(scope.names)})
    else:
        links = FileLinks(workspace.root, Path.cwd())
        for note in notes:
            _print_note(note, links)
    if not notes:
        if not json:
            console(stderr=True).print(NO_NOTE)
        raise typer.Exit(NO_MATCH)


@app.add(
    "export",
    "repo-mhm memory export --out memory.md",
    "repo-mhm memory export --json",
    "repo-mhm memory export --format agents --out AGENTS.md",
)
def export(
    path: PathArgument = Path(),
    within: WithinOption = None,
    form: Annotated[
        ExportFormat | None,
        typer.Option(
            "--format",
            help="Notes as Markdown or JSON, or a section on the code for coding agents.",
            metavar="|".join(get_args(ExportFormat)),
            show_default="markdown",
        ),
    ] = None,
    json: JsonOption = False,
    out: OutOption = None,
    max_tokens: Annotated[
        int | None,
        typer.Option(
            "--max-tokens",
            metavar="N",
            min=1,
            help="With --format agents: about how many tokens the section may have.",
            show_default="1500",
        ),
    ] = None,
) -> None:
    """Write the notes to a file, or a section for AGENTS.md.

    Each note stands with the lines it rests on. The section stands between marks and takes the
    place of its former one: all else in the file stays as it is. It is made of code, metadata and
    CI, without a model.
    """
    from repo_mhm.cli.formats import chosen_format
    from repo_mhm.cli.output_file import output_file, read_bytes, write_bytes
    from repo_mhm.git import find_root

    chosen = chosen_format(form, {"json": json}, default="markdown")
    if max_tokens is not None and chosen != "agents":
        raise UsageError("--max-tokens is for --format agents only", hint="Leave it out.")
    file = output_file(out, find_root(path).path) if out is not None else None

    text = _exported(path, within or (), chosen, max_tokens)
    if file is None:
        from repo_mhm.cli.terminal import print_line

        print_line(text.rstrip("\n"))
        return
    data = text.encode()
    if chosen == "agents":
        from repo_mhm.pages.agents_section import replaced

        data = replaced(read_bytes(file), text)
    write_bytes(file, data)


def _exported(path: Path, within: Sequence[str], form: str, max_tokens: int | None) -> str:
    from repo_mhm.commands import memory
    from repo_mhm.commands.question_files import find_scope
    from repo_mhm.formatting import escaped_json, safe

    if form == "agents":
        from repo_mhm.cli.scan_bar import page_progress
        from repo_mhm.commands.map_page import make_map
        from repo_mhm.pages.agents_section import MAX_TOKENS, agents_section

        with page_progress() as (progress, activity):
            page = make_map(path, progress, activity, within)
        return agents_section(page, MAX_TOKENS if max_tokens is None else max_tokens)

    with memory.open_existing(path) as (store, workspace):
        settings = workspace.settings
        scope = find_scope(store, path, within)
        views = memory.show(store, settings.heads, settings.head_tokens, scope)
        commit = store.meta("commit")
    if form == "json":
        from repo_mhm.cli.terminal import SCHEMA

        heads = [asdict(view) for view in views]
        values = {"schema": SCHEMA, "commit": commit, "heads": heads, "scope": scope.names}
        return escaped_json(dumps(values, ensure_ascii=False, indent=1)) + "\n"
    return safe(memory.as_markdown(views, commit))


@app.add("diff", "repo-mhm memory diff HEAD~1", "repo-mhm memory diff v1.0 v2.0")
def diff(
    before: Annotated[
        str, typer.Argument(metavar="BEFORE", help="A commit at which an index ended.")
    ],
    after: Annotated[
        str, typer.Argument(metavar="AFTER", help="A later commit at which one ended.")
    ] = "HEAD",
    repo: RepoOption = Path(),
    json: JsonOption = False,
) -> None:
    """Show how the notes changed from one indexed commit to another."""
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
    path: PathArgument = Path(),
    days: Annotated[
        float,
        typer.Option(
            "--days",
            metavar="N",
            min=0,
            help="Delete notes that were retired at least so many days ago.",
        ),
    ] = 30.0,
    json: JsonOption = False,
) -> None:
    """Delete notes that were retired long ago, and give the space back.

    A note is retired when its code is gone or when another note takes its place.
    In a database of more than 512 MiB all retired notes are deleted.
    """
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands import memory
    from repo_mhm.formatting import count, size

    result = memory.gc(path, days)
    if json:
        print_json(asdict(result))
        return
    before, after = size(result.bytes_before), size(result.bytes_after)
    console().print(f"{count(result.notes, 'note')} dropped; {before} before, {after} now")


def _print_note(note: NoteView, links: FileLinks) -> None:
    from rich.text import Text

    from repo_mhm.cli.terminal import console
    from repo_mhm.commands.memory import LEVEL_NAMES
    from repo_mhm.formatting import safe

    shown = ", ".join(map(links.location, note.citations[:SHOWN_LOCATIONS]))
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
