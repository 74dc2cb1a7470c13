"""`repo-mhm index`: read the repository into memory, with a progress bar and a summary."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repo_mhm.cli.options import (
    DURATION,
    DepthOption,
    JsonOption,
    ModelOption,
    PathArgument,
    ThreadsOption,
    examples,
)
from repo_mhm.formatting import duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_mhm.commands.index import Indexer, IndexEvent
    from repo_mhm.memory.index_plan import IndexPlan
    from repo_mhm.memory.index_run import IndexResult
    from repo_mhm.memory.time_estimates import IndexProgress

EXAMPLES = examples(
    "repo-mhm index --budget 10m",
    "repo-mhm index --dry-run",
    "repo-mhm index ~/src/requests --depth skim",
)

BudgetOption = Annotated[
    str | None,
    typer.Option(
        "--budget",
        help="Stop after this time, for example 5m; a later index goes on from there.",
        metavar=DURATION,
    ),
]
HeadsOption = Annotated[
    int | None,
    typer.Option("--heads", help="Number of heads, the parts into which the memory is divided."),
]
HeadTokensOption = Annotated[
    int | None, typer.Option("--head-tokens", help="Most tokens that the notes of a head may take.")
]
SelectorOption = Annotated[
    str | None,
    typer.Option(
        "--selector",
        help="Which head a step updates: its module's, each in turn, the first, or any.",
        metavar="module|lru|single|random",
    ),
]
GpuLayersOption = Annotated[
    int | None,
    typer.Option(
        "--gpu-layers", help="Layers of the model to run on the GPU: -1 for all, 0 for none."
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


def index(  # noqa: PLR0913  an argument for each option
    path: PathArgument = Path(),
    depth: DepthOption = None,
    budget: BudgetOption = None,
    heads: HeadsOption = None,
    head_tokens: HeadTokensOption = None,
    selector: SelectorOption = None,
    model: ModelOption = None,
    gpu_layers: GpuLayersOption = None,
    threads: ThreadsOption = None,
    wait: WaitOption = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Read the repository into memory.

    Run it again at any time: it reads what is new, what changed and what is left. It may be
    interrupted. Options that are not given come from the settings.
    """
    from repo_mhm.commands.index import open_indexer
    from repo_mhm.durations import parse_duration

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
        budget_seconds=parse_duration(budget) if budget else None,
        wait_seconds=parse_duration(wait) if wait else 0.0,
    )
    with opened as indexer:
        if dry_run:
            _print_plan(indexer.plan(), json)
        else:
            _run(indexer, json)


def _print_plan(plan: IndexPlan, json: bool) -> None:
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.formatting import count

    if json:
        print_json(asdict(plan))
        return
    basis = "this machine's measured speed" if plan.measured else "a speed not yet measured here"
    console().print(
        f"{count(plan.chunks, 'chunk')}; {count(plan.steps, 'step')} to take, "
        f"about {plan.tokens:,} tokens, {duration(plan.seconds)} at {basis}"
    )


def _run(indexer: Indexer, json: bool) -> None:
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.formatting import safe

    if note := indexer.workspace.snapshot.note:
        console(stderr=True).print(f"note: {safe(note)}")
    with IndexBar() as bar:
        result = _show_progress(indexer.run(bar.scanned), bar)
    if json:
        print_json(asdict(result))
    else:
        console().print(summary(result))


def _show_progress(events: Iterator[IndexEvent], bar: IndexBar) -> IndexResult:
    from repo_mhm.commands.index import SavingState
    from repo_mhm.memory.index_plan import IndexPlan
    from repo_mhm.memory.index_run import IndexResult
    from repo_mhm.memory.time_estimates import IndexProgress

    for event in events:
        if isinstance(event, IndexPlan):
            bar.begin_reading(event)
        elif isinstance(event, IndexProgress):
            bar.advance(event)
        elif isinstance(event, SavingState):
            bar.begin_saving(event.tokens)
        elif isinstance(event, IndexResult):
            return event
    raise AssertionError("an index ends with its result")


def summary(result: IndexResult) -> str:
    """What an index did, in one line."""
    from repo_mhm.formatting import count

    if not result.chunks:
        return "nothing to read here; `repo-mhm chunks --skipped` says what was left out, and why"

    chunks, notes = count(result.chunks, "chunk"), count(result.notes, "note")
    if result.steps or result.left:
        steps = f"{count(result.steps, 'step')} in {duration(result.seconds)}"
        parts = [f"{steps}: {notes} on {chunks}"]
    else:
        parts = [f"nothing to do: {chunks} read, {notes}"]

    if result.left:
        parts.append(f"{count(result.left, 'step')} left, run index again to go on")
    if result.failed:
        parts.append(f"{count(result.failed, 'step')} without a usable reply")
    if result.redacted:
        parts.append(f"{count(result.redacted, 'secret')} masked")
    return "; ".join(parts)


class IndexBar:
    """The progress bar on stderr: files while scanning, then steps with speed and time to go."""

    def __init__(self) -> None:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        from repo_mhm.cli.terminal import console

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[detail]}"),
        )
        self._progress = Progress(*columns, console=console(stderr=True), transient=True)
        self._task = self._progress.add_task("scanning", total=None, detail="")

    def __enter__(self) -> IndexBar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def scanned(self, done: int, total: int) -> None:
        """Show how many files are scanned."""
        self._progress.update(self._task, completed=done, total=total)

    def begin_reading(self, plan: IndexPlan) -> None:
        """Show how many steps there are, and the estimate."""
        detail = f"about {duration(plan.seconds)}" if plan.steps else ""
        self._progress.update(
            self._task, description="reading", completed=0, total=plan.steps, detail=detail
        )

    def advance(self, progress: IndexProgress) -> None:
        """Show the steps done, the speed, the time to go and the path of the last step."""
        from repo_mhm.formatting import safe

        speed = f"{progress.tokens_per_second:,.0f} tokens/s"
        left = f"{duration(progress.eta_seconds)} to go"
        detail = f"{speed}, {left}  {safe(progress.step.path)}"
        self._progress.update(self._task, completed=progress.done, detail=detail)

    def begin_saving(self, tokens: int) -> None:
        """Show that the memory's state is being evaluated."""
        detail = f"evaluating {tokens:,} tokens of memory, so that answers start at once"
        self._progress.update(self._task, description="saving", detail=detail)
