"""`repo-mhm chunks` and `repo-mhm plan`: what a repository is cut into, before any model reads it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from repo_mhm.commands.chunks import Stats
    from repo_mhm.git import Snapshot

PathArgument = Annotated[
    Path, typer.Argument(help="A folder in the repository.", show_default="the current folder")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
CommitOption = Annotated[
    Optional[str],  # noqa: UP045 (Typer evaluates it on Python 3.10)
    typer.Option("--commit", help="Read this commit instead of the working tree.", metavar="REV"),
]


def chunks(
    path: PathArgument = Path(),
    json: JsonOption = False,
    skipped: Annotated[
        bool, typer.Option("--skipped", help="List the files left out, each with its reason.")
    ] = False,
    stats: Annotated[bool, typer.Option("--stats", help="Only print totals.")] = False,
    commit: CommitOption = None,
) -> None:
    """Show the chunks a repository is cut into."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands import chunks as command
    from repo_mhm.formatting import safe

    snapshot, scans = command.read(path, commit)
    _say_note(snapshot)
    if stats:
        totals = command.stats(scans)
        print_json(asdict(totals)) if json else _print_stats(totals)
        return
    for found in scans:
        if skipped:
            reason = found.skipped or found.fallback
            if reason and json:
                print_json({"path": found.path, "reason": reason})
            elif reason:
                console().print(f"{safe(found.path)}: {safe(reason)}")
            continue
        for chunk in found.chunks:
            if json:
                print_json(asdict(chunk))
            else:
                names = ", ".join(chunk.symbols[:4]) + (" …" if len(chunk.symbols) > 4 else "")
                console().print(
                    f"{safe(chunk.path)}:{chunk.start}-{chunk.end}  {chunk.tokens} tokens  {safe(names)}"
                )


def plan(
    path: PathArgument = Path(),
    heads: Annotated[int, typer.Option("--heads", help="Number of heads.")] = 8,
    selector: Annotated[
        str, typer.Option("--selector", help="module, lru, single or random.")
    ] = "module",
    seed: Annotated[int, typer.Option("--seed", help="Seed of the random selector.")] = 0,
    json: JsonOption = False,
    commit: CommitOption = None,
) -> None:
    """Show which head holds which module, with the token shares."""
    from repo_mhm.cli.terminal import console, print_json, table
    from repo_mhm.commands import chunks as command
    from repo_mhm.formatting import safe

    snapshot, scans = command.read(path, commit)
    _say_note(snapshot)
    made, shares = command.plan(scans, heads, selector, seed)
    if json:
        print_json(
            {
                "heads": made.heads,
                "selector": made.selector,
                "modules": [asdict(share) for share in shares],
            }
        )
        return
    rows = table(
        "head",
        "module",
        "chunks",
        "tokens",
        "of the head",
        right=("head", "chunks", "tokens", "of the head"),
    )
    for share in shares:
        rows.add_row(
            str(share.head),
            safe(share.module) or ".",
            f"{share.chunks:,}",
            f"{share.tokens:,}",
            f"{share.share:.0%}",
        )
    console().print(rows)
    for head, queue in enumerate(made.queues()):
        total = sum(share.tokens for share in shares if share.head == head)
        console().print(f"head {head}: {len(queue):,} chunks, {total:,} tokens")


def _say_note(snapshot: Snapshot) -> None:
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import safe

    if snapshot.note:
        console(stderr=True).print(f"note: {safe(snapshot.note)}")


def _print_stats(totals: Stats) -> None:
    from repo_mhm.cli.terminal import console, table
    from repo_mhm.formatting import count, safe

    out = console()
    out.print(
        f"{count(totals.files, 'file')}, {totals.bytes:,} bytes, {count(totals.chunks, 'chunk')}, "
        f"about {totals.tokens:,} tokens, {count(totals.symbols, 'symbol')}, {count(totals.references, 'reference')}"
    )
    rows = table("language", "files", right=("files",))
    for language, files in totals.languages.items():
        rows.add_row(language, f"{files:,}")
    out.print(rows)
    if totals.skipped:
        rows = table("left out because", "files", right=("files",))
        for reason, files in totals.skipped.items():
            rows.add_row(safe(reason), f"{files:,}")
        out.print(rows)
    for path, reason in totals.fallbacks.items():
        out.print(f"{safe(path)}: {safe(reason)}")
