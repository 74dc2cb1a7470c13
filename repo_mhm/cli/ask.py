"""`repo-mhm ask`: a question in, an answer streamed out, its citations after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from repo_mhm.cli.command_line import set_quiet
from repo_mhm.cli.completion import session_names, template_names
from repo_mhm.cli.options import (
    DURATION,
    FormatOption,
    JsonOption,
    ModelOption,
    ReposOption,
    WithinOption,
)
from repo_mhm.cli.question_input import read_input
from repo_mhm.cli.scan_bar import no_bar, scan_bar
from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from repo_mhm.answer.events import Event
    from repo_mhm.cli.answer_printer import PrintOptions
    from repo_mhm.cli.formats import Problem
    from repo_mhm.commands.ask import AskRequest, OpenedAnswer
    from repo_mhm.commands.deep import PassRequest
    from repo_mhm.templates import Template

EXAMPLES = (
    'repo-mhm ask "where are sessions closed?"',
    "repo-mhm ask where are sessions closed",
    'repo-mhm ask --no-model "how are sessions closed?"',
    'repo-mhm ask --quiet --no-source "how are sessions closed?"',
    'repo-mhm ask --continue "and who closes them?"',
    'repo-mhm ask --file src/auth.py "what can fail here?"',
    'repo-mhm ask --path services/api "where are sessions closed?"',
    'repo-mhm ask --repo ../requests --repo ../urllib3 "who retries a request?"',
    'git diff | repo-mhm ask "what may this break?"',
    "repo-mhm ask --all --format vimgrep who calls connect",
    'repo-mhm ask --deep --budget 5m "what happens when a login fails?"',
)

QuestionArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="QUESTION",
        help=(
            "What you want to know, with or without quotes. "
            "Without it, or as `-`, it is read from stdin. "
            "Beside a question, text on stdin is material for it."
        ),
        show_default=False,
    ),
]
FromOption = Annotated[
    Literal["memory", "source", "both"] | None,
    typer.Option(
        "--from",
        help="Answer from the notes in memory, from the source, or from both.",
        metavar="memory|source|both",
        show_default="both",
    ),
]
ContinueOption = Annotated[
    bool, typer.Option("--continue", "-c", help="Continue the last conversation.")
]
SessionOption = Annotated[
    str | None,
    typer.Option(
        "--session",
        metavar="NAME",
        help="Continue the conversation of this name, or begin it.",
        autocompletion=session_names,
    ),
]
FileOption = Annotated[
    list[str] | None,
    typer.Option(
        "--file",
        "-f",
        metavar="PATH[:LINES]",
        help="Ask about this file, folder or lines (a.py:10-20); may be repeated.",
        show_default=False,
    ),
]
TemplateOption = Annotated[
    str | None,
    typer.Option(
        "--template",
        "-t",
        metavar="NAME",
        help="Ask the question of this template in your settings.",
        autocompletion=template_names,
    ),
]
SystemOption = Annotated[
    str | None,
    typer.Option("--system", metavar="TEXT", help="What the answer is to heed: its style, say."),
]
FirstTokenOption = Annotated[
    str | None,
    typer.Option(
        "--first-token",
        help="How long the answer may take to begin: with less time the model sees less.",
        metavar=DURATION,
        show_default="3 to 15 s, by the machine's speed",
    ),
]
DeepOption = Annotated[
    bool,
    typer.Option(
        "--deep",
        help="Show the best locations, then read the repository again for the answer: takes "
        "minutes, unless code alone answers.",
    ),
]
UpdateOption = Annotated[
    Literal["extract", "rewrite"] | None,
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
        show_default="15m; none with --no-gate",
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
        "--quiet",
        "-q",
        help="Print the answer and its citations only: no locations, no remarks.",
        callback=set_quiet,
        is_eager=True,
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
    question: QuestionArgument = None,
    repo: ReposOption = None,
    source: FromOption = None,
    follow_up: ContinueOption = False,
    session: SessionOption = None,
    files: FileOption = None,
    within: WithinOption = None,
    template: TemplateOption = None,
    system: SystemOption = None,
    first_token: FirstTokenOption = None,
    model: ModelOption = None,
    deep: DeepOption = False,
    update: UpdateOption = None,
    no_gate: NoGateOption = False,
    budget: BudgetOption = None,
    form: FormatOption = None,
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

    Without a terminal stdout gets the answer and its citations; all else is on stderr. The formats
    vimgrep, quickfix, github and sarif have only the locations, and ask no model.
    """
    from repo_mhm.cli.answer_printer import PrintOptions
    from repo_mhm.cli.formats import LOCATION_FORMATS, chosen_format
    from repo_mhm.commands.ask import AskRequest

    output_format = chosen_format(form, {"json": json})
    no_model = no_model or output_format in LOCATION_FORMATS
    _check_deep(deep, has_pass_options=bool(update or no_gate or budget))
    _check_no_model(no_model, needs_model=bool(deep or thorough or model))
    _check_files(files, reads_source=source != "memory" and not deep)
    if len(repo or ()) > 1:
        one = {"--deep": deep, "--file": files, "--continue": follow_up, "--session": session}
        _check_single({**one, "--from": source in ("memory", "source")})

    chosen = _template(template)
    asked = read_input(question or (), needs_question=chosen.takes_question)
    _print_warning(asked.warning)
    settings = {"first_token_seconds": first_token, "model": model, "system": system}
    request = AskRequest(
        question=chosen.fill(asked.question),
        attached=asked.attached,
        path=repo[0] if repo else Path(),
        mode=source or chosen.mode or "both",
        follow_up=follow_up,
        session=session,
        files=tuple(files or ()),
        within=tuple(within or ()),
        overrides=chosen.overrides(settings),
        use_model=not no_model,
        thorough=thorough,
        show_all=show_all,
    )
    pass_request = _pass_request(update, budget, gate=not no_gate) if deep else None
    options = PrintOptions(
        quiet=quiet, source=not no_source, evidence=show_evidence, pass_follows=deep
    )
    if len(repo or ()) > 1:
        _print_joined(request, repo or (), options, output_format)
    else:
        _print_answer(request, pass_request, options, output_format)


def _template(name: str | None) -> Template:
    from repo_mhm.config import find_template
    from repo_mhm.templates import ONLY_QUESTION

    return find_template(name) if name else ONLY_QUESTION


def _print_answer(
    request: AskRequest, pass_request: PassRequest | None, options: PrintOptions, form: str
) -> None:
    from repo_mhm.cli.answer_printer import AnswerPrinter, print_as_json
    from repo_mhm.cli.file_links import FileLinks
    from repo_mhm.cli.formats import LOCATION_FORMATS, print_locations

    with _answer(request, pass_request, quiet=options.quiet) as answer:
        links = FileLinks(answer.root, Path.cwd())
        if answer.remote:
            _print_warning(f"{answer.remote} is asked: the question and code are sent there")
        if form == "json":
            print_as_json(answer.events)
        elif form in LOCATION_FORMATS:
            print_locations(_problems(answer.events), form, links)
        else:
            AnswerPrinter(options, links).print(answer.events)


def _print_joined(
    request: AskRequest, folders: Sequence[Path], options: PrintOptions, form: str
) -> None:
    """Print the answer of several repositories."""
    from repo_mhm.cli.answer_printer import AnswerPrinter, print_as_json
    from repo_mhm.cli.file_links import NamedFileLinks
    from repo_mhm.cli.formats import LOCATION_FORMATS, print_locations
    from repo_mhm.repositories import Repositories

    scan_progress = no_bar if options.quiet else scan_bar
    opened = Repositories.open(folders, scan_progress=scan_progress, **request.overrides)
    with closing(opened) as repositories, closing(repositories.ask(request)) as events:
        links = NamedFileLinks(repositories.roots, Path.cwd())
        for problem in repositories.problems:
            _print_warning(problem)
        if form == "json":
            print_as_json(events)
        elif form in LOCATION_FORMATS:
            print_locations(_problems(events), form, links)
        else:
            AnswerPrinter(options, links).print(events)


def _problems(events: Iterator[Event]) -> list[Problem]:
    """The locations of an answer, each with its line of code and what is remarked on it."""
    from repo_mhm.answer.events import Located
    from repo_mhm.cli.formats import Problem

    return [
        Problem(
            line.location.path,
            line.number,
            f"{line.code} ({line.remark})" if line.remark else line.code,
            category=event.kind,
            title=f"repo-mhm: {event.heading}",
        )
        for event in events
        if isinstance(event, Located)
        for line in event.lines
    ]


def _check_deep(deep: bool, *, has_pass_options: bool) -> None:
    if has_pass_options and not deep:
        raise UsageError("--update, --no-gate and --budget need --deep", hint="Add --deep.")


def _check_no_model(no_model: bool, *, needs_model: bool) -> None:
    if no_model and needs_model:
        raise UsageError(
            "--no-model asks no model, which --deep, --thorough and --model need",
            hint="Leave out --no-model, or the other option.",
        )


def _check_single(option_values: Mapping[str, object]) -> None:
    """Raise UsageError for an option that is for one repository."""
    for option, value in option_values.items():
        if value:
            raise UsageError(
                f"{option} is for one repository, and several are named",
                hint=f"Leave out {option}, or name one repository.",
            )


def _check_files(files: list[str] | None, *, reads_source: bool) -> None:
    if files and not reads_source:
        raise UsageError(
            "--file shows source, but --from memory and --deep answer from notes and facts",
            hint="Leave out --file, or the other option.",
        )


def _print_warning(text: str) -> None:
    if text:
        from repo_mhm.cli.terminal import print_warning

        print_warning(text)


def _pass_request(update: str | None, budget: str | None, *, gate: bool) -> PassRequest:
    from repo_mhm.commands.deep import PassRequest
    from repo_mhm.deep.session import DEFAULT_SECONDS
    from repo_mhm.durations import parse_duration

    seconds = parse_duration(budget) if budget else DEFAULT_SECONDS if gate else None
    return PassRequest(update=update or "extract", gate=gate, budget_seconds=seconds)


@contextmanager
def _answer(
    request: AskRequest, pass_request: PassRequest | None, *, quiet: bool
) -> Iterator[OpenedAnswer[Event]]:
    """The answer; of a deep pass only the answer's events, as a bar shows the others."""
    from repo_mhm.repository import Repository

    scan_progress = no_bar if quiet else scan_bar
    opened = Repository.open(request.path, scan_progress=scan_progress, **request.overrides)
    if pass_request is None:
        with opened as repository, repository.answering(request) as answer:
            yield answer
    else:
        from repo_mhm.cli.deep import show_pass
        from repo_mhm.commands.ask import OpenedAnswer
        from repo_mhm.commands.deep import ask_deep

        with (
            opened as repository,
            ask_deep(request, pass_request, repository.use) as deep_answer,
            closing(show_pass(deep_answer.events)) as events,
        ):
            yield OpenedAnswer(events, deep_answer.root, deep_answer.remote)
