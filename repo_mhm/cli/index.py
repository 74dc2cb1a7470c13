"""`repo-mhm index`: read the repository into memory, with progress and a closing line."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repo_mhm.cli.index_progress import index_display, show
from repo_mhm.cli.options import (
    DURATION,
    DepthOption,
    JsonOption,
    ModelOption,
    PathArgument,
    Selector,
    ThreadsOption,
    WithinOption,
)
from repo_mhm.cli.termination import INTERRUPT_EXIT, SIGTERM_EXIT, Terminated, ending_on_sigterm
from repo_mhm.errors import RepoMhmError, UsageError
from repo_mhm.formatting import duration

if TYPE_CHECKING:
    from repo_mhm.cli.index_progress import IndexDisplay
    from repo_mhm.commands.index import Indexer
    from repo_mhm.memory.index_plan import Extent
    from repo_mhm.memory.index_run import IndexResult

EXAMPLES = (
    "repo-mhm index",
    "repo-mhm index --dry-run",
    "repo-mhm index --budget 30m",
    "repo-mhm index --all",
    "repo-mhm index --stats",
    "repo-mhm index --path services/api",
    "repo-mhm index ~/src/requests --depth skim",
)

BudgetOption = Annotated[
    str | None,
    typer.Option(
        "--budget",
        help="Read for this time, for example 30m; a later index goes on from there.",
        metavar=DURATION,
        show_default="what adds most, for 10m at most",
    ),
]
AllOption = Annotated[
    bool, typer.Option("--all", help="Read everything, however long it takes, for hours perhaps.")
]
RereadOption = Annotated[
    bool,
    typer.Option(
        "--reread",
        help="Read again what another model has read; otherwise you are asked, or it is refused.",
    ),
]
HeadsOption = Annotated[
    int | None,
    typer.Option(
        "--heads", metavar="N", help="Number of heads, the parts into which the memory is divided."
    ),
]
HeadTokensOption = Annotated[
    int | None,
    typer.Option(
        "--head-tokens", metavar="N", help="Most tokens that the notes of a head may take."
    ),
]
SelectorOption = Annotated[
    Selector | None,
    typer.Option(
        "--selector",
        help="Which head a step updates: its module's, each in turn, the first, or any.",
        metavar="module|lru|single|random",
    ),
]
GpuLayersOption = Annotated[
    int | None,
    typer.Option(
        "--gpu-layers",
        metavar="N",
        help="Layers of the model to run on the GPU: -1 for all, 0 for none.",
    ),
]
WaitOption = Annotated[
    str | None,
    typer.Option(
        "--wait",
        help="If another index is running, wait for it up to this long, for example 10m.",
        metavar=DURATION,
    ),
]
DryRunOption = Annotated[
    bool,
    typer.Option("--dry-run", help="Only say what there is to read, and how long it will take."),
]
StatsOption = Annotated[
    bool,
    typer.Option("--stats", help="Also say where time and memory went, and what was left out."),
]


def index(  # noqa: PLR0913  an argument for each option
    path: PathArgument = Path(),
    within: WithinOption = None,
    depth: DepthOption = None,
    budget: BudgetOption = None,
    read_all: AllOption = False,
    reread: RereadOption = False,
    heads: HeadsOption = None,
    head_tokens: HeadTokensOption = None,
    selector: SelectorOption = None,
    model: ModelOption = None,
    gpu_layers: GpuLayersOption = None,
    threads: ThreadsOption = None,
    wait: WaitOption = None,
    dry_run: DryRunOption = False,
    stats: StatsOption = False,
    json: JsonOption = False,
) -> None:
    """Read the repository into memory.

    Unless told otherwise it reads what adds most, for ten minutes at most, and says what it leaves.
    Run it again at any time: it reads what is new, what changed and what is left. It may be
    interrupted. Options that are not given come from the settings.
    """
    from repo_mhm.commands.index import open_indexer
    from repo_mhm.durations import parse_duration

    if dry_run and stats:
        raise UsageError(
            "--dry-run keeps nothing that --stats could count", hint="Leave out one of the two."
        )
    overrides = {
        "depth": depth,
        "heads": heads,
        "head_tokens": head_tokens,
        "selector": selector,
        "model": model,
        "gpu_layers": gpu_layers,
        "threads": threads,
    }
    opened = open_indexer(
        path,
        overrides,
        extent=extent(read_all=read_all, budget=budget),
        within=within or (),
        wait_seconds=parse_duration(wait) if wait else 0.0,
        only_plan=dry_run,
    )
    with opened as indexer:
        if dry_run:
            _print_plan(indexer, json)
        elif reread or may_read(indexer):
            _run(indexer, json, stats)


def extent(*, read_all: bool = False, budget: str | None = None) -> Extent:
    """How much to read. A time that the user has chosen is used to its end."""
    from repo_mhm.durations import parse_duration
    from repo_mhm.memory.index_plan import EVERYTHING, USEFUL, Extent

    if read_all and budget:
        raise UsageError(
            "--all reads until nothing is left, and --budget for a time",
            hint="Leave out one of the two.",
        )
    if budget:
        return Extent(budget_seconds=parse_duration(budget))
    return EVERYTHING if read_all else USEFUL


def may_read(indexer: Indexer) -> bool:
    """Whether to read what another model has read; whoever sits at a terminal is asked.

    Raises RereadRefused where nobody does.
    """
    from repo_mhm.cli.terminal import console
    from repo_mhm.commands.index import refusal
    from repo_mhm.formatting import safe

    other = indexer.other_reader()
    if other is None:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise refusal(other)

    console(stderr=True).print(f"{safe(other.description)}.")
    if typer.confirm(f"Read all of it again with {safe(indexer.model.name)}?", err=True):
        return True
    console(stderr=True).print("Nothing was read; the notes stay in use.")
    return False


def _print_plan(indexer: Indexer, json: bool) -> None:
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.formatting import count, safe

    plan = indexer.plan()
    if json:
        print_json(asdict(plan))
        return

    out = console()
    within = f" of {safe(', '.join(plan.scope))}" if plan.scope else ""
    out.print(f"{count(plan.chunks, 'chunk')}{within}; the overview of them needs no model")
    if plan.steps:
        out.print(_cost("useful", plan.useful_steps, plan.useful_tokens, plan.useful_seconds))
        whole = _cost("all", plan.steps, plan.tokens, plan.seconds)
        options = "".join(f" --path {safe(name)}" for name in plan.scope)
        out.print(f"{whole} (repo-mhm index{options} --all)")
        out.print("at this machine's measured speed" if plan.measured else "at an assumed speed")
    else:
        out.print("all of them are read")
    if not indexer.model.id:
        out.print(_why_no_model_can_read(indexer))
    if other := indexer.other_reader():
        out.print(f"{safe(other.description)}: reading them again needs --reread")


def _why_no_model_can_read(indexer: Indexer) -> str:
    """What is missing, and how to get it: the model cannot be opened."""
    from repo_mhm.errors import ModelMissing
    from repo_mhm.formatting import safe

    try:
        indexer.model.open()
    except ModelMissing as exc:
        return safe(f"{exc.message}. {exc.hint}")
    return ""


def _cost(label: str, steps: int, tokens: int, seconds: float) -> str:
    from repo_mhm.formatting import count, rough_duration

    time = f"about {rough_duration(seconds)}" if steps else "now"
    return f"{label:<7} {time}: {count(steps, 'step')}, about {tokens:,} tokens"


def _run(indexer: Indexer, json: bool, stats: bool) -> None:
    """Read, and say in the end what was done; also when an interrupt or an error ends it early."""
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import safe

    if note := indexer.snapshot.note:
        console(stderr=True).print(f"note: {safe(note)}")
    model = indexer.model
    if model.remote:
        console(stderr=True).print(f"{safe(model.remote)} is asked: code is sent there")
    for limit in model.limits:
        console(stderr=True).print(f"{safe(model.name)}: {safe(limit)}")
    try:
        with ending_on_sigterm(), index_display() as display:
            result = _show_progress(indexer, display)
    except KeyboardInterrupt as exc:
        _print_result(indexer, indexer.result_so_far(), json, stats)
        raise typer.Exit(SIGTERM_EXIT if isinstance(exc, Terminated) else INTERRUPT_EXIT) from None
    except UsageError:
        raise
    except RepoMhmError:
        console(stderr=True).print(summary(indexer.result_so_far()))
        raise
    _print_result(indexer, result, json, stats)


def _show_progress(indexer: Indexer, display: IndexDisplay) -> IndexResult:
    from repo_mhm.memory.index_run import IndexResult

    reads_all = not indexer.options.only_useful
    for event in indexer.run(display.scanned):
        if isinstance(event, IndexResult):
            return event
        show(event, display, reads_all=reads_all)
    raise AssertionError("an index ends with its result")


def _print_result(indexer: Indexer, result: IndexResult, json: bool, with_stats: bool) -> None:
    from repo_mhm.cli.index_stats import print_stats
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.formatting import safe

    stats = indexer.stats() if with_stats else None
    if json:
        print_json(asdict(result) | ({"stats": asdict(stats)} if stats else {}))
        return
    console().print(summary(result))
    if stats:
        print_stats(stats)
    if result.warning:
        console(stderr=True).print(f"warning: {safe(result.warning)}")


def summary(result: IndexResult) -> str:
    """What an index did, and what it left and why, in one line."""
    from repo_mhm.formatting import count, safe

    if not result.chunks:
        return _nothing_read(result)

    chunks, notes = count(result.chunks, "chunk"), count(result.notes, "note")
    if result.scope:
        chunks += f" of {safe(', '.join(result.scope))}"
    if result.steps or result.ended in ("time", "interrupted"):
        steps = f"{count(result.steps, 'step')} in {duration(result.seconds)}"
        parts = [f"{steps}: {notes} on {chunks}"]
    else:
        parts = [f"nothing to do: {chunks} read, {notes}"]

    if result.ended == "interrupted":
        parts.insert(0, "interrupted; this is kept")
    if result.left:
        parts.append(_what_is_left(result))
    if result.failed:
        parts.append(f"{count(result.failed, 'step')} without a usable reply")
    if result.redacted:
        parts.append(f"{count(result.redacted, 'secret')} masked")
    return "; ".join(parts)


def _nothing_read(result: IndexResult) -> str:
    if result.ended == "interrupted":
        return "interrupted before the repository was scanned; the memory is as it was"
    return "nothing to read here; `repo-mhm chunks --skipped` says what was left out, and why"


def _what_is_left(result: IndexResult) -> str:
    """The steps that are left, why, and how to take them."""
    from repo_mhm.formatting import count, rough_duration, safe

    steps = f"{count(result.left, 'step')} left"
    within = "".join(f" --path {safe(name)}" for name in result.scope)
    command = f"`repo-mhm index{within} --all`"
    whole = f"{command} takes about {rough_duration(result.left_seconds)} for them"
    if result.ended == "useful":
        return f"{steps} that add little; {whole}"
    if result.ended == "time":
        return f"{steps} as the time is up; run index again to go on; {whole}"
    return f"{steps}; run index again to go on"
