"""`repo-mhm chunks` and `repo-mhm plan`: what a repository is cut into, before a model reads it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repo_mhm.cli.file_links import FileLinks
from repo_mhm.cli.options import CommitOption, JsonOption, PathArgument, Selector
from repo_mhm.cli.scan_totals import print_damaged, print_left_out

if TYPE_CHECKING:
    from repo_mhm.commands.chunks import ModuleShare, Totals
    from repo_mhm.git import Snapshot
    from repo_mhm.memory.head_assignment import HeadPlan
    from repo_mhm.source.scan import ScannedFile

CHUNKS_EXAMPLES = (
    "repo-mhm chunks --stats",
    "repo-mhm chunks --skipped",
    "repo-mhm chunks --commit HEAD~1",
)
PLAN_EXAMPLES = ("repo-mhm plan", "repo-mhm plan --heads 16 --selector lru")
_SHOWN_NAMES = 4


def chunks(
    path: PathArgument = Path(),
    json: JsonOption = False,
    skipped: Annotated[
        bool,
        typer.Option("--skipped", help="List the files that are left out, each with the reason."),
    ] = False,
    stats: Annotated[bool, typer.Option("--stats", help="Print only totals.")] = False,
    commit: CommitOption = None,
) -> None:
    """Show the chunks into which the repository is cut."""
    from repo_mhm.commands.chunks import scan_repository, totals

    snapshot, files = scan_repository(path, commit)
    _print_note(snapshot)
    links = FileLinks(snapshot.root, Path.cwd())
    if stats:
        _print_totals(totals(files), json)
    elif skipped:
        _print_left_out(files, links, json)
    else:
        _print_chunks(files, links, json)


def plan(
    path: PathArgument = Path(),
    heads: Annotated[
        int,
        typer.Option(
            "--heads", metavar="N", min=1, help="Number of heads, the parts of the memory."
        ),
    ] = 8,
    selector: Annotated[
        Selector,
        typer.Option(
            "--selector",
            help="How chunks are given to heads: by module, in turn, all to the first, at random.",
            metavar="module|lru|single|random",
        ),
    ] = "module",
    seed: Annotated[
        int,
        typer.Option(
            "--seed", metavar="N", help="With --selector random: number that decides the draw."
        ),
    ] = 0,
    json: JsonOption = False,
    commit: CommitOption = None,
) -> None:
    """Show which head would hold which module, and how much of it."""
    from repo_mhm.cli.terminal import print_json
    from repo_mhm.commands import chunks as command

    snapshot, files = command.scan_repository(path, commit)
    _print_note(snapshot)
    head_plan, shares = command.plan(files, heads, selector, seed)
    if json:
        modules = [asdict(share) for share in shares]
        print_json({"heads": head_plan.heads, "selector": head_plan.selector, "modules": modules})
    else:
        _print_plan(head_plan, shares)


def _print_note(snapshot: Snapshot) -> None:
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import safe

    if snapshot.note:
        console(stderr=True).print(f"note: {safe(snapshot.note)}")


def _print_chunks(files: Iterable[ScannedFile], links: FileLinks, json: bool) -> None:
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.formatting import safe

    for file in files:
        for chunk in file.chunks:
            if json:
                print_json(asdict(chunk))
                continue
            names = ", ".join(chunk.symbols[:_SHOWN_NAMES])
            if len(chunk.symbols) > _SHOWN_NAMES:
                names += " …"
            where = links.location(chunk.location)
            console().print(f"{where}  {chunk.tokens} tokens  {safe(names)}")


def _print_left_out(files: Iterable[ScannedFile], links: FileLinks, json: bool) -> None:
    """Files that were left out, or cut as text although their language is known."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.formatting import safe

    for file in files:
        reason = file.skipped or file.fallback
        if reason and json:
            print_json({"path": file.path, "reason": reason})
        elif reason:
            console().print(f"{links.shown(file.path)}: {safe(reason)}")


def _print_totals(totals: Totals, json: bool) -> None:
    from repo_mhm.cli.terminal import console, print_json, table
    from repo_mhm.formatting import count, safe

    if json:
        print_json(asdict(totals))
        return
    out = console()
    out.print(
        f"{count(totals.files, 'file')}, {totals.bytes:,} bytes, {count(totals.chunks, 'chunk')}, "
        f"about {totals.tokens:,} tokens, {count(totals.symbols, 'symbol')}, "
        f"{count(totals.references, 'reference')}"
    )

    rows = table("language", "files", right=("files",))
    for language, files in totals.languages.items():
        rows.add_row(language, f"{files:,}")
    out.print(rows)

    print_left_out(totals.skipped)
    for path, reason in totals.fallbacks.items():
        out.print(f"{safe(path)}: {safe(reason)}")
    print_damaged(totals.damaged)


def _print_plan(head_plan: HeadPlan, shares: Iterable[ModuleShare]) -> None:
    from repo_mhm.cli.terminal import console, table
    from repo_mhm.formatting import safe

    numbers = ("head", "chunks", "tokens", "of the head")
    rows = table("head", "module", "chunks", "tokens", "of the head", right=numbers)
    tokens_by_head = [0] * head_plan.heads
    for share in shares:
        tokens_by_head[share.head] += share.tokens
        rows.add_row(
            str(share.head),
            safe(share.module) or ".",
            f"{share.chunks:,}",
            f"{share.tokens:,}",
            f"{share.share:.0%}",
        )
    console().print(rows)
    for head, queue in enumerate(head_plan.queues()):
        console().print(f"head {head}: {len(queue):,} chunks, {tokens_by_head[head]:,} tokens")
