"""`repo-mhm bench`: how well memories keep planted facts, measured and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from repo_mhm.cli.chunks import JsonOption
from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from repo_mhm.bench.measures import Outcome

app = typer.Typer(
    help="Measure how well memories keep what they read.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def retention(
    out: Annotated[
        Path, typer.Argument(help="The log to write (JSONL); it is added to if it is there.")
    ],
    repo: Annotated[
        Path, typer.Option("--repo", help="A repository with Python to plant facts in.")
    ] = Path(),
    arms: Annotated[
        str, typer.Option("--arms", help="Ways to keep a memory, or `all`.")
    ] = "single+rewrite,notes,deep",
    lengths: Annotated[
        str, typer.Option("--lengths", help="Tokens of source in a haystack.")
    ] = "8000",
    haystacks: Annotated[int, typer.Option("--haystacks", help="Haystacks of each length.")] = 1,
    facts: Annotated[int, typer.Option("--facts", help="Facts planted in each.")] = 16,
    heads: Annotated[str, typer.Option("--heads", help="Numbers of heads to try.")] = "8",
    total: Annotated[int, typer.Option("--total", help="Tokens of memory, over all heads.")] = 4096,
    each: Annotated[
        int, typer.Option("--each", help="Tokens of every head, instead of --total.")
    ] = 0,
    answers: Annotated[
        bool, typer.Option("--answers/--no-answers", help="Also ask for every fact.")
    ] = True,
    together: Annotated[
        bool,
        typer.Option(
            "--together",
            help="Give arms that must know the question all questions joined into one.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Draws files, places, names and values.")] = 0,
    model: Annotated[
        Optional[str],  # noqa: UP045 (Typer evaluates it on Python 3.10)
        typer.Option("--model", help="A model's name, or the path of a GGUF file."),
    ] = None,
) -> None:
    """Plant facts in real code, let every arm read it within the same budget, and log what is left at each step."""
    import json

    from repo_mhm.bench.run import ARMS, RetentionOptions
    from repo_mhm.bench.run import retention as run
    from repo_mhm.cli.terminal import console
    from repo_mhm.commands.workspace import choose_model, open_workspace
    from repo_mhm.engine.open_llama import PROMPT_CONTEXT

    options = RetentionOptions(
        arms=ARMS if arms == "all" else tuple(arms.split(",")),
        lengths=_numbers(lengths, "--lengths"),
        haystacks=haystacks,
        facts=facts,
        heads=_numbers(heads, "--heads"),
        total_tokens=total,
        head_tokens=each,
        answers=answers,
        together=together,
        seed=seed,
    )
    options.check()
    workspace = open_workspace(repo, {"model": model})
    # Besides its chunk a prompt shows a whole memory, and its reply may be one.
    chosen = choose_model(
        workspace.settings, prompt_context=options.largest_memory() * 2 + PROMPT_CONTEXT
    )
    try:
        log = out.open("a", encoding="utf-8")
    except OSError as exc:
        raise UsageError(
            f"{out} cannot be written: {exc.strerror}", hint="name another file"
        ) from exc
    with log, chosen.open() as engine, console(stderr=True).status("planting") as shown:

        def write(entry: dict[str, object]) -> None:
            log.write(json.dumps(entry) + "\n")
            log.flush()

        for at in run(workspace.snapshot, engine, chosen.id, options, write):
            shown.update(
                f"{at.arm}, {at.length:,} tokens, haystack {at.haystack + 1}: step {at.step} of about {at.steps}, "
                f"{at.held} of {at.facts} facts held"
            )
    _report(out, json_output=False)


@app.command()
def report(
    log: Annotated[Path, typer.Argument(help="What `bench retention` has written.")],
    svg: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--svg", help="Also draw retention and survival into this folder."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show what a log says: capture, retention, leaks and answers by arm and length, with 95 % intervals."""
    from repo_mhm.cli.terminal import console

    outcomes = _report(log, json_output=json)
    if svg is not None:
        from repo_mhm.bench.plots import draw

        for path in draw(outcomes, svg):
            console(stderr=True).print(f"wrote {path}", markup=False)


def _report(log: Path, *, json_output: bool) -> list[Outcome]:
    from repo_mhm.bench.measures import by_arm, figures
    from repo_mhm.bench.plots import tables
    from repo_mhm.bench.run import outcomes
    from repo_mhm.cli.terminal import console, print_json, table

    try:
        lines = log.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(
            f"{log} cannot be read: {exc}", hint="name a log of `repo-mhm bench retention`"
        ) from exc
    found = outcomes(lines)
    if json_output:
        print_json(
            {
                "arms": [
                    {"arm": arm, "length": length, "facts": len(group)}
                    | {
                        name: [one.value, *(one.interval or (None, None))]
                        for name, one in figures(group).items()
                    }
                    for (arm, length), group in by_arm(found).items()
                ]
            }
        )
        return found
    if not found:
        raise UsageError(
            f"{log} holds no finished run", hint="let `repo-mhm bench retention` come to its end"
        )
    for rows in tables(found).values():
        shown = table(*rows[0], right=rows[0][1:])
        for row in rows[1:]:
            shown.add_row(*row)
        console().print(shown)
    return found


def _numbers(text: str, option: str) -> tuple[int, ...]:
    try:
        return tuple(int(each) for each in text.split(","))
    except ValueError:
        raise UsageError(
            f"{option} {text} is not a list of numbers", hint=f"write {option} 4000,8000"
        ) from None
