"""`repo-mhm log`: past questions with their answers, the newest last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repo_mhm.cli.completion import session_names
from repo_mhm.cli.file_links import FileLinks
from repo_mhm.cli.options import JsonOption, RepoOption
from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from repo_mhm.commands.sessions import SavedTurn

EXAMPLES = (
    "repo-mhm log",
    "repo-mhm log --count 0 --short",
    "repo-mhm log login --search token",
    "repo-mhm log login --rename sign-in",
)
SHOWN_TURNS = 3
"""As many as `llm logs` shows: a screen or two."""

SessionWords = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SESSION",
        help="Only this conversation.",
        show_default="all",
        autocompletion=session_names,
    ),
]
SessionOption = Annotated[
    str | None,
    typer.Option(
        "--session", metavar="NAME", help="The same as SESSION.", autocompletion=session_names
    ),
]


def log(  # noqa: PLR0913  one argument for each option
    session_words: SessionWords = None,
    repo: RepoOption = Path(),
    session: SessionOption = None,
    count: Annotated[
        int,
        typer.Option("--count", "-n", metavar="N", min=0, help="The newest so many; 0 for all."),
    ] = SHOWN_TURNS,
    search: Annotated[
        str,
        typer.Option("--search", metavar="TEXT", help="Only those that hold each of these words."),
    ] = "",
    short: Annotated[
        bool, typer.Option("--short", help="One line for each: time, conversation, question.")
    ] = False,
    json: JsonOption = False,
    rename: Annotated[
        str | None, typer.Option("--rename", metavar="NAME", help="Rename the conversation.")
    ] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Delete the conversation.")] = False,
) -> None:
    """Show past questions with their answers, the newest last.

    What was asked in the terminal UI is shown too. Continue a conversation with ask --session NAME.
    """
    from repo_mhm.commands.log import LogRequest, read_log
    from repo_mhm.git import find_root

    name = _session(session_words, session)
    if delete or rename is not None:
        _change(repo, name, rename, delete=delete)
        return

    logged = read_log(LogRequest(repo, name, search, count))
    if json:
        _print_json(logged.turns)
    elif short:
        _print_short(logged.turns)
    else:
        links = FileLinks(find_root(repo).path, Path.cwd())
        for turn in logged.turns:
            _print_turn(turn, links)
    _print_remark(shown=len(logged.turns), has_more=logged.has_more, is_search=bool(search))


def _session(words: Sequence[str] | None, option: str | None) -> str:
    """The conversation that the command line names, as an argument or as an option."""
    argument = " ".join(words or ())
    if argument and option and argument != option:
        raise UsageError(
            f"two conversations are named: {argument!r} and {option!r}", hint="Name one."
        )
    return argument or option or ""


def _change(repo: Path, session: str, new: str | None, *, delete: bool) -> None:
    from repo_mhm.cli.terminal import console
    from repo_mhm.commands.log import delete_session, rename_session
    from repo_mhm.formatting import count, safe

    if not session:
        raise UsageError(
            "--rename and --delete need a conversation",
            hint="Name it: repo-mhm log NAME --delete",
        )
    if delete and new is not None:
        raise UsageError("--rename and --delete exclude each other", hint="Give one of them.")

    err = console(stderr=True)
    if new is not None:
        err.print(f"renamed to {safe(rename_session(repo, session, new))}")
    else:
        err.print(f"{count(delete_session(repo, session), 'question')} deleted")


# Printing -----------------------------------------------------------------------------------------


def _print_json(turns: Sequence[SavedTurn]) -> None:
    from repo_mhm.cli.terminal import print_json

    for turn in turns:
        own = {"id": turn.id, "at": _time(turn).isoformat(timespec="seconds")}
        kept = {"session": turn.session, "question": turn.question, "answer": turn.answer}
        # The conversation may have been renamed since.
        print_json(own | turn.result | kept)


def _print_short(turns: Sequence[SavedTurn]) -> None:
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import safe

    out = console()
    names = [safe(turn.session) for turn in turns]
    width = max(map(len, names), default=0)
    for turn, name in zip(turns, names, strict=True):
        question = safe(" ".join(turn.question.split()))
        time = _minute(turn)
        # A conversation that nobody has named has the time at which it began as its name.
        lead = name if name.startswith(time) else f"{time}  {name}"
        line = f"{lead:<{width + len(time) + 2}}  {question}"
        if out.is_terminal and len(line) > out.width:
            line = line[: out.width - 1] + "…"
        out.print(line)


def _print_turn(turn: SavedTurn, links: FileLinks) -> None:
    from repo_mhm.cli.terminal import console
    from repo_mhm.commands.sessions import cited_answer
    from repo_mhm.formatting import safe

    out = console()
    cited = cited_answer(turn)
    out.print(safe(_heading(turn)), style="dim")
    out.print("> " + safe(turn.question).replace("\n", "\n> "), style="bold")
    out.print()
    out.print(safe(cited.text))
    if cited.citations:
        out.print()
    for number, citation in enumerate(cited.citations, 1):
        out.print(f"[{number}] {links.location(citation.location)}", style="dim")
    out.print()


def _heading(turn: SavedTurn) -> str:
    """When the question was asked, in which conversation, and what answered it."""
    time = _minute(turn)
    parts = [turn.session] if turn.session.startswith(time) else [time, turn.session]
    parts.append(str(turn.result.get("model") or "no model"))
    parts += map(str, turn.result.get("files", ()))
    if turn.result.get("attached_lines"):
        parts.append(f"{turn.result['attached_lines']} lines on stdin")
    if turn.result.get("interrupted"):
        parts.append("interrupted")
    return " · ".join(parts)


def _minute(turn: SavedTurn) -> str:
    return f"{_time(turn):%Y-%m-%d %H:%M}"


def _time(turn: SavedTurn) -> datetime:
    """When the turn was kept, in local time with its offset."""
    return datetime.fromtimestamp(turn.at).astimezone()


def _print_remark(*, shown: int, has_more: bool, is_search: bool) -> None:
    from repo_mhm.cli.terminal import console

    err = console(stderr=True)
    if has_more:
        err.print("earlier ones are left out; --count 0 shows all", style="dim")
    elif not shown:
        text = "no question or answer holds this" if is_search else "nothing has been asked yet"
        err.print(text, style="dim")
