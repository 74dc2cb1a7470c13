"""`repo-mhm status` and `repo-mhm doctor`: what is indexed, and whether all of it works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repo_mhm.cli.file_links import FileLinks
from repo_mhm.cli.options import JsonOption, PathArgument
from repo_mhm.formatting import rough_duration, safe

if TYPE_CHECKING:
    from repo_mhm.commands.status import HeadFill, Status
    from repo_mhm.store import RunningWriter

STATUS_EXAMPLES = ("repo-mhm status", "repo-mhm status --json")
DOCTOR_EXAMPLES = ("repo-mhm doctor", "repo-mhm doctor --repair", "repo-mhm doctor --secrets")

BAR_CELLS = 20
"""Width of the bar that shows how full a head is, in characters."""


def status(path: PathArgument = Path(), json: JsonOption = False) -> None:
    """Show what the memory holds and whether it is up to date.

    It names the commit, how much was read, how full each head is, and the model that read it.
    """
    from repo_mhm.cli.terminal import print_json
    from repo_mhm.commands.status import status as run
    from repo_mhm.commands.workspace import open_workspace
    from repo_mhm.git import find_root, state_dir
    from repo_mhm.store import find_store, running_writer

    # Without a memory nothing is listed: a plain folder may hold all of a disk.
    root, directory = find_root(path).path, state_dir(path)
    store = find_store(directory)
    if store is None:
        _print_nothing_indexed(str(root), running_writer(directory), json)
        return
    with store:
        result = run(store, open_workspace(path))
    if json:
        print_json({**asdict(result), "running": _running_json(result.running)})
    else:
        _print_status(result)


def _print_nothing_indexed(root: str, running: RunningWriter | None, json: bool) -> None:
    from repo_mhm.cli.terminal import console, print_json

    if json:
        empty = {"root": root, "commit": "", "chunks": 0, "read": 0, "notes": 0}
        print_json({**empty, "running": _running_json(running)})
    elif running:
        console().print(f"{safe(root)}: {_running(running)}; nothing is indexed yet")
    else:
        console().print(f"{safe(root)}: nothing indexed yet; run: repo-mhm index")


def _print_status(status: Status) -> None:
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import count, size
    from repo_mhm.source.left_out_remarks import short_counts

    out = console()
    out.print(f"repository   {safe(status.root)}")
    out.print(f"memory       of commit {status.commit[:12] or 'none'}; {_staleness(status)}")
    if status.running:
        out.print(f"running      {_running(status.running)}")
    out.print(
        f"chunks       {status.chunks:,}: {status.read:,} read whole, "
        f"{status.skimmed:,} skimmed, {_unread(status)}"
    )
    if status.left_out:
        files = count(status.left_out, "file")
        reasons = safe(short_counts(status.left_out_reasons))
        out.print(
            f"             {files} left out: {reasons} (repo-mhm chunks --skipped names them)"
        )
    if status.read_by_others:
        out.print(f"             {status.read_by_others:,} read by another model only")
    out.print(f"notes        {status.notes:,} live, {status.retired:,} retired to the ledger")
    for head in status.heads:
        out.print(_head_line(head))
    out.print(f"read by      {_last_reader(status)}")
    if status.notes_model == status.answer_model:
        out.print(f"model now    {safe(status.answer_model)}")
    else:
        out.print(f"model now    {safe(status.notes_model)} makes notes,")
        out.print(f"             {safe(status.answer_model)} answers")
    for limit in status.limits:
        out.print(f"             {safe(limit)}")
    for server in status.remote:
        out.print(f"remote       questions and code are sent to {safe(server)}")
    out.print(f"database     {safe(status.database)}, {size(status.database_bytes)}")
    if status.parse_errors:
        out.print(f"parsing      {_parse_errors(status.parse_errors)}")
    if status.redacted:
        out.print(f"secrets      {count(status.redacted, 'secret')} masked")


def _unread(status: Status) -> str:
    unread = status.chunks - status.read - status.skimmed
    return f"{unread:,} not read by a model" if unread else "none left"


def _last_reader(status: Status) -> str:
    """The model that has read the repository, where it ran then, and how fast."""
    if not status.model:
        return "no model yet"
    device = f", on {safe(status.device)}" if status.device else ""
    speed = f" at {status.tokens_per_second:,.0f} tokens/s" if status.tokens_per_second else ""
    return f"{safe(status.model)}{device}{speed}"


def _parse_errors(lines_by_path: Mapping[str, int]) -> str:
    """Which file does not parse, or how many and which is the worst."""
    from repo_mhm.formatting import count

    worst, lines = next(iter(lines_by_path.items()))
    if len(lines_by_path) == 1:
        return f"{count(lines, 'line')} of {safe(worst)} could not be parsed"
    most = f"most of them in {safe(worst)} ({lines:,})"
    all_lines = count(sum(lines_by_path.values()), "line")
    files = count(len(lines_by_path), "file")
    return f"{all_lines} of {files} could not be parsed, {most}; see repo-mhm chunks --stats"


def _running(writer: RunningWriter) -> str:
    article = "an" if writer.task == "index" else "a"
    process, seconds = safe(writer.process), rough_duration(writer.seconds)
    return f"{article} {safe(writer.task)} in process {process} since {_since(writer)} ({seconds})"


def _since(writer: RunningWriter) -> str:
    """When it began, in local time; with the day where that was not today."""
    now = datetime.now()
    began = now - timedelta(seconds=writer.seconds)
    return f"{began:%H:%M}" if began.date() == now.date() else f"{began:%Y-%m-%d %H:%M}"


def _running_json(writer: RunningWriter | None) -> dict[str, object] | None:
    if writer is None:
        return None
    began = datetime.now().astimezone() - timedelta(seconds=writer.seconds)
    return {**writer._asdict(), "since": began.isoformat(timespec="seconds")}


def _head_line(head: HeadFill) -> str:
    from repo_mhm.formatting import count

    full = min(BAR_CELLS, round(BAR_CELLS * head.tokens / head.budget))
    bar = "█" * full + "░" * (BAR_CELLS - full)
    notes = count(head.notes, "note")
    return f"  head {head.head:<2}    {bar} {head.tokens:>5} of {head.budget} tokens, {notes}"


def _staleness(status: Status) -> str:
    """Whether the source in the memory is that of the working tree; not whether it was read."""
    if status.running:
        return "it is changing now"
    if status.stale_chunks:
        return f"{status.stale_chunks:,} chunks differ from the working tree, run: repo-mhm index"
    if not status.chunks:
        return "no source in it, run: repo-mhm index"
    return "its source is up to date"


def doctor(
    path: PathArgument = Path(),
    json: JsonOption = False,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="First replace a damaged memory by one with all that is sound in it.",
        ),
    ] = False,
    secrets: Annotated[
        bool,
        typer.Option("--secrets", help="Only list what is masked in the repository, by kind."),
    ] = False,
) -> None:
    """Check the installation, and say how to repair what is wrong."""
    if secrets:
        _print_secrets(path, json)
        return
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands.doctor import doctor as run
    from repo_mhm.commands.doctor import repair as run_repair
    from repo_mhm.formatting import safe

    if repair:
        console(stderr=True).print(safe(run_repair(path)))
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


def _print_secrets(path: Path, json: bool) -> None:
    """Every secret by its kind and line, never by its text."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.commands.secrets import masked_secrets
    from repo_mhm.formatting import count
    from repo_mhm.git import find_root

    by_kind = masked_secrets(path)
    if json:
        rows = [
            {"kind": kind, "path": location.path, "line": location.start}
            for kind, locations in by_kind.items()
            for location in locations
        ]
        print_json({"secrets": rows})
        return
    links = FileLinks(find_root(path).path, Path.cwd())
    total = sum(map(len, by_kind.values()))
    console().print(f"{count(total, 'secret')} masked" if total else "no secret is masked")
    for kind, locations in by_kind.items():
        console().print(f"{kind}: {len(locations)}")
        for location in locations:
            console().print(f"  {links.location(location)}")
