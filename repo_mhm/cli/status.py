"""`repo-mhm status` and `repo-mhm doctor`: what there is, and whether it is sound."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repo_mhm.cli.chunks import JsonOption, PathArgument

if TYPE_CHECKING:
    from repo_mhm.commands.status import Status


def status(path: PathArgument = Path(), json: JsonOption = False) -> None:
    """Say what is indexed, at which commit, how stale it is, and which model read it."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands.status import status as run
    from repo_mhm.commands.workspace import open_workspace
    from repo_mhm.formatting import safe
    from repo_mhm.store import find_store

    workspace = open_workspace(path)
    store = find_store(workspace.directory)
    if store is None:
        if json:
            print_json(
                {
                    "root": str(workspace.snapshot.root),
                    "commit": "",
                    "chunks": 0,
                    "read": 0,
                    "notes": 0,
                }
            )
        else:
            console().print(
                f"{safe(str(workspace.snapshot.root))}: nothing indexed yet; run: repo-mhm index"
            )
        return
    with store:
        found = run(store, workspace)
    print_json(asdict(found)) if json else _print_status(found)


def _print_status(found: Status) -> None:
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import count, safe, size

    out = console()
    out.print(f"repository   {safe(found.root)}")
    out.print(f"memory       of commit {found.commit[:12] or 'none'}{_staleness(found)}")
    unread = found.chunks - found.read - found.skimmed
    out.print(
        f"chunks       {found.chunks:,}: {found.read:,} read whole, {found.skimmed:,} skimmed, {unread:,} not read yet"
    )
    out.print(f"notes        {found.notes:,} live, {found.retired:,} retired to the ledger")
    for fill in found.heads:
        filled = min(20, round(20 * fill.tokens / fill.budget))
        bar = "█" * filled + "░" * (20 - filled)
        out.print(
            f"  head {fill.head:<2}    {bar} {fill.tokens:>5} of {fill.budget} tokens, {count(fill.notes, 'note')}"
        )
    speed = f", {found.tokens_per_second:,.0f} tokens/s" if found.tokens_per_second else ""
    out.print(
        f"model        {safe(found.model) or 'none yet'} on {safe(found.device) or 'nothing yet'}{speed}"
    )
    out.print(f"database     {safe(found.database)}, {size(found.database_bytes)}")
    if found.redacted:
        out.print(f"secrets      {count(found.redacted, 'secret')} masked")


def _staleness(found: Status) -> str:
    if found.stale_chunks:
        return f"; {found.stale_chunks:,} chunks differ from the working tree, run: repo-mhm index"
    return ", up to date"


def doctor(
    path: PathArgument = Path(),
    json: JsonOption = False,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Set a damaged memory aside and keep what is sound of it."),
    ] = False,
) -> None:
    """Check everything repo-mhm needs, and say what mends what is not right."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands.doctor import doctor as run
    from repo_mhm.commands.doctor import repair as mend
    from repo_mhm.formatting import safe

    if repair:
        console(stderr=True).print(safe(mend(path)))
    checks = list(run(path))
    if json:
        print_json({"checks": [asdict(check) for check in checks]})
    else:
        marks = {"ok": "✓", "warning": "!", "failed": "✗"}
        for check in checks:
            console().print(f"{marks[check.state]} {check.name:<14} {safe(check.detail)}")
            if check.fix:
                console().print(f"  {'':<14} {safe(check.fix)}")
    if any(check.state == "failed" for check in checks):
        raise typer.Exit(1)
