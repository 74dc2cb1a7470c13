"""`repo-mhm ask`: a question in, an answer streamed out, its citations after it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repo_mhm.cli.options import DURATION, JsonOption, ModelOption, RepoOption, examples
from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from repo_mhm.answer.events import Event
    from repo_mhm.commands.ask import AskRequest, OpenedAnswer
    from repo_mhm.commands.deep import PassRequest
    from repo_mhm.memory.refresh import FileProgress

MODES = ("memory", "source", "both")

EXAMPLES = examples(
    'repo-mhm ask "where are sessions closed?"',
    'repo-mhm ask --no-model "how are sessions closed?"',
    'repo-mhm ask --quiet --no-source "how are sessions closed?" > answer.md',
    'repo-mhm ask --continue "and who closes them?"',
    'repo-mhm ask --deep --budget 5m "what happens when a login fails?"',
)

QuestionArgument = Annotated[
    str, typer.Argument(help="What you want to know; `-` reads it from stdin.")
]
FromOption = Annotated[
    str,
    typer.Option(
        "--from",
        help="Answer from the notes in memory, from the source, or from both.",
        metavar="memory|source|both",
    ),
]
ContinueOption = Annotated[bool, typer.Option("--continue", help="Continue the last conversation.")]
FirstTokenOption = Annotated[
    str | None,
    typer.Option(
        "--first-token",
        help="How long the answer may take to begin: with less time the model sees less.",
        metavar=DURATION,
        show_default="5s",
    ),
]
DeepOption = Annotated[
    bool,
    typer.Option(
        "--deep", help="First read the repository again, looking for the answer: takes minutes."
    ),
]
UpdateOption = Annotated[
    str | None,
    typer.Option(
        "--update",
        help="With --deep: extract facts from each section, or rewrite a head after each.",
        metavar="extract|rewrite",
        show_default="extract",
    ),
]
NoGateOption = Annotated[
    bool,
    typer.Option(
        "--no-gate",
        help="With --deep: also read sections that share no word with the question.",
    ),
]
BudgetOption = Annotated[
    str | None,
    typer.Option(
        "--budget",
        help="With --deep: stop reading after this time, for example 5m, and answer.",
        metavar=DURATION,
    ),
]
NoModelOption = Annotated[
    bool,
    typer.Option("--no-model", help="Only print the best locations: no model is asked."),
]
ThoroughOption = Annotated[
    bool,
    typer.Option("--thorough", help="Show the model more of the source, however long it takes."),
]
AllOption = Annotated[
    bool,
    typer.Option("--all", help="List all lines of an answer that is a list, not only the best."),
]
QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", help="Print the answer and its citations only: no locations, no remarks."
    ),
]
NoSourceOption = Annotated[
    bool, typer.Option("--no-source", help="Leave out the cited lines below the answer.")
]
ShowEvidenceOption = Annotated[
    bool,
    typer.Option("--show-evidence", help="Also print the source lines that the model is given."),
]


def ask(  # noqa: PLR0913  one argument for each option
    question: QuestionArgument,
    repo: RepoOption = Path(),
    source: FromOption = "both",
    follow_up: ContinueOption = False,
    first_token: FirstTokenOption = None,
    model: ModelOption = None,
    deep: DeepOption = False,
    update: UpdateOption = None,
    no_gate: NoGateOption = False,
    budget: BudgetOption = None,
    json: JsonOption = False,
    show_evidence: ShowEvidenceOption = False,
    no_model: NoModelOption = False,
    thorough: ThoroughOption = False,
    show_all: AllOption = False,
    quiet: QuietOption = False,
    no_source: NoSourceOption = False,
) -> None:
    """Answer a question about the repository.

    The best locations come first, then the answer, then the lines of source that it cites.
    `[1]` marks a sentence that the first of them supports, `[?]` one that nothing supports.
    What code alone can answer is answered at once, by a list of locations.

    Without a terminal stdout gets the answer and its citations; all else is on stderr.
    """
    started = time.monotonic()
    if source not in MODES:
        raise UsageError(
            f"--from cannot be {source!r}",
            hint="Use --from memory, --from source or --from both.",
        )
    if not deep and (update or no_gate or budget):
        raise UsageError("--update, --no-gate and --budget need --deep", hint="Add --deep.")

    if no_model and (deep or thorough or model):
        raise UsageError(
            "--no-model asks no model, which --deep, --thorough and --model need",
            hint="Leave out --no-model, or the other option.",
        )

    from repo_mhm.commands.ask import AskRequest

    request = AskRequest(
        question=_question(question),
        path=repo,
        mode=source,  # type: ignore[arg-type]
        follow_up=follow_up,
        overrides={"first_token_seconds": first_token, "model": model},
        started=started,
        use_model=not no_model,
        thorough=thorough,
        show_all=show_all,
    )
    pass_request = _pass_request(update, budget, gate=not no_gate) if deep else None
    with _answer(request, pass_request, quiet=quiet) as answer:
        from repo_mhm.cli.answer_printer import AnswerPrinter, PrintOptions, print_as_json

        if json:
            print_as_json(answer.events)
        else:
            options = PrintOptions(quiet=quiet, source=not no_source, evidence=show_evidence)
            AnswerPrinter(options, answer.root).print(answer.events)


def _question(text: str) -> str:
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    if not text.strip():
        raise UsageError(
            "the question is empty", hint='Ask one: repo-mhm ask "where are sessions closed?"'
        )
    return text.strip()


def _pass_request(update: str | None, budget: str | None, *, gate: bool) -> PassRequest:
    from repo_mhm.commands.deep import PassRequest
    from repo_mhm.config import parse_duration

    return PassRequest(
        update=update or "extract",
        gate=gate,
        budget_seconds=parse_duration(budget) if budget else None,
    )


@contextmanager
def _answer(
    request: AskRequest, pass_request: PassRequest | None, *, quiet: bool
) -> Iterator[OpenedAnswer[Event]]:
    """The answer; of a deep pass only the answer's events, as a bar shows the others."""
    scan_progress = _no_bar if quiet else _scan_bar
    if pass_request is None:
        from repo_mhm.commands.ask import ask as run

        with run(request, scan_progress) as answer:
            yield answer
    else:
        from repo_mhm.cli.deep import show_pass
        from repo_mhm.commands.ask import OpenedAnswer
        from repo_mhm.commands.deep import ask_deep

        with (
            ask_deep(request, pass_request, scan_progress) as deep_answer,
            closing(show_pass(deep_answer.events)) as events,
        ):
            yield OpenedAnswer(events, deep_answer.root)


@contextmanager
def _scan_bar() -> Iterator[FileProgress]:
    """A bar that appears with the first file; only the first question of all scans any."""
    from repo_mhm.cli.index import IndexBar

    with ExitStack() as stack:
        bar = cache(lambda: stack.enter_context(IndexBar()))
        yield lambda done, total: bar().scanned(done, total)


@contextmanager
def _no_bar() -> Iterator[FileProgress]:
    yield lambda done, total: None
