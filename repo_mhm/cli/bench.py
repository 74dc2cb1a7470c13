"""`repo-mhm bench`: how well memories keep planted facts, measured and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repo_mhm.cli.command_line import CommandGroup
from repo_mhm.cli.options import JsonOption, ModelOption
from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_mhm.bench.log import RetentionLog
    from repo_mhm.bench.measures import Outcome

app = CommandGroup(
    "repo-mhm bench retention log.jsonl --repo ~/src/pytest",
    "repo-mhm bench report log.jsonl",
    help="Measure how well a memory keeps the facts that were read.",
)

LogArgument = Annotated[
    Path,
    typer.Argument(
        metavar="LOG",
        help="The log to write (JSONL). If it exists, only the runs that it lacks are made.",
    ),
]
ReposOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--repo",
        metavar="DIR",
        help="A repository with Python code to plant the facts in; several are joined.",
        show_default="the current folder",
    ),
]
ArmsOption = Annotated[
    str,
    typer.Option("--arms", help="The arms to run, separated by commas, or `all`.", metavar="ARMS"),
]
LengthsOption = Annotated[
    str,
    typer.Option(
        "--lengths",
        help="Tokens of source in a haystack; several numbers are tried in turn.",
        metavar="NUMBERS",
    ),
]
HaystacksOption = Annotated[
    int, typer.Option("--haystacks", metavar="N", help="Number of haystacks of each length.")
]
FactsOption = Annotated[
    int, typer.Option("--facts", metavar="N", help="Number of facts to plant in each haystack.")
]
HeadsOption = Annotated[
    str,
    typer.Option(
        "--heads", help="Number of heads; several numbers are tried in turn.", metavar="NUMBERS"
    ),
]
QuestionsOption = Annotated[
    int,
    typer.Option(
        "--questions",
        metavar="N",
        help="How many of the facts to ask for, drawn by chance; 0 for all. "
        "Some arms read the whole source again for each.",
    ),
]
BudgetOption = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="TIME",
        help="How long to measure, such as 10m. What is cut off is measured anew the next time.",
    ),
]
TotalOption = Annotated[
    int, typer.Option("--total", metavar="N", help="Tokens of memory, all heads together.")
]
EachOption = Annotated[
    int,
    typer.Option(
        "--each", metavar="N", help="Tokens of each head; 0 divides --total among the heads."
    ),
]
AnswersOption = Annotated[
    bool, typer.Option("--answers/--no-answers", help="Whether to ask for each fact at the end.")
]
TogetherOption = Annotated[
    bool,
    typer.Option(
        "--together",
        help="Give arms that must know the question all questions joined into one.",
    ),
]
SeedOption = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        help="Number that decides which files, positions and facts are drawn.",
    ),
]


@app.add(
    "retention",
    "repo-mhm bench retention log.jsonl --repo ~/src/pytest",
    "repo-mhm bench retention log.jsonl --arms notes,bm25 --lengths 8000,16000",
    "repo-mhm bench retention log.jsonl --lengths 64000 --budget 10m",
)
def retention(  # noqa: PLR0913  each argument is an option of the command
    out: LogArgument,
    repo: ReposOption = None,
    arms: ArmsOption = "single+rewrite,notes,deep",
    lengths: LengthsOption = "8000",
    haystacks: HaystacksOption = 1,
    facts: FactsOption = 16,
    questions: QuestionsOption = 0,
    heads: HeadsOption = "8",
    total: TotalOption = 4096,
    each: EachOption = 0,
    answers: AnswersOption = True,
    together: TogetherOption = False,
    seed: SeedOption = 0,
    budget: BudgetOption = None,
    model: ModelOption = None,
    json: JsonOption = False,
) -> None:
    """Plant facts in source, read it, and log which facts are kept.

    An arm is a way to keep a memory. All arms read the same source and have the same budget. The
    arms are single+rewrite (MemAgent), lru+rewrite (MHM-LRU), routed+rewrite, concur, pi-mem,
    overview (no model reads), default (`index`), notes (`index --all`), drop-oldest, deep, and
    without a memory retrieval and bm25.
    """
    from repo_mhm.bench.arms import ARMS
    from repo_mhm.bench.run import RetentionOptions
    from repo_mhm.cli.terminal import console
    from repo_mhm.commands import bench as command
    from repo_mhm.durations import parse_duration

    options = RetentionOptions(
        arms=ARMS if arms == "all" else tuple(arms.split(",")),
        lengths=_numbers(lengths, "--lengths"),
        haystacks=haystacks,
        facts=facts,
        heads=_numbers(heads, "--heads"),
        total_tokens=total,
        head_tokens=each,
        questions=questions,
        answers=answers,
        together=together,
        seed=seed,
        budget_seconds=None if budget is None else parse_duration(budget),
    )
    with console(stderr=True).status("planting") as status:
        for progress in command.retention(repo or [Path()], out, options, model=model):
            status.update(
                f"{progress.arm}, {progress.length:,} tokens, haystack {progress.haystack + 1}: "
                f"step {progress.step} of about {progress.expected_steps}, "
                f"{progress.kept} of {progress.facts} facts in memory"
            )
    _print(out, command.read_log(out), json)


def _print(log: Path, retention_log: RetentionLog, json: bool) -> None:
    if json:
        _print_json(retention_log.outcomes)
    else:
        _print_tables(log, retention_log)


def _numbers(text: str, option: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError:
        raise UsageError(
            f"{option} {text} is not a list of numbers", hint=f"Write {option} 4000,8000."
        ) from None


@app.add("report", "repo-mhm bench report log.jsonl --svg figures")
def report(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="A log that `bench retention` wrote.")],
    svg: Annotated[
        Path | None,
        typer.Option(
            "--svg", metavar="DIR", help="Also draw the figures as SVG files in this folder."
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show the figures of a log, with 95 % intervals."""
    from repo_mhm.cli.terminal import console
    from repo_mhm.commands import bench as command

    retention_log = command.read_log(log)
    _print(log, retention_log, json)
    if svg is not None:
        from repo_mhm.bench.plots import draw

        for path in draw(retention_log.outcomes, svg):
            console(stderr=True).print(f"wrote {path}", markup=False)


def _print_json(outcomes: Sequence[Outcome]) -> None:
    from repo_mhm.bench.measures import by_arm, figures
    from repo_mhm.cli.terminal import print_json

    arms: list[dict[str, object]] = []
    for (arm, length), group in by_arm(outcomes).items():
        entry: dict[str, object] = {"arm": arm, "length": length, "facts": len(group)}
        for name, figure in figures(group).items():
            entry[name] = [figure.value, *(figure.interval or (None, None))]
        arms.append(entry)
    print_json({"arms": arms})


def _print_tables(log: Path, retention_log: RetentionLog) -> None:
    from repo_mhm.bench.plots import growth, tables
    from repo_mhm.cli.terminal import console, table

    if not retention_log.outcomes:
        raise UsageError(
            f"{log} has no finished run", hint="Let `repo-mhm bench retention` run to its end."
        )
    costs = retention_log.costs
    all_tables = (*tables(retention_log.outcomes, costs).values(), growth(costs))
    for header, *rows in filter(None, all_tables):
        grid = table(*header, right=header[1:])
        for row in rows:
            grid.add_row(*row)
        console().print(grid)
