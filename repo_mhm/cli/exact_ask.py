"""`repo-mhm ask` for a question that code alone may answer, without the rest of the command line.

Reading options with typer takes longer than such an answer. So where `ask` has only a question and
options that are read here, and stdin is no pipe, the answer is tried first; every other case, and
every question that code does not answer, goes on as usual.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path

from repo_mhm.cli.plain_arguments import PlainArguments, in_effect, read_plain

_FLAGS = ("--all", "--json", "--no-source", "--no-model")
_VALUED = ("--repo",)


def plain_question(arguments: Sequence[str]) -> PlainArguments | None:
    """The question of these arguments; None where there is more to them than is read here."""
    plain = read_plain(arguments, "ask", _FLAGS, _VALUED)
    is_one = plain is not None and "--repo" not in plain.repeated
    return plain if plain is not None and plain.words and is_one else None


def answered_exactly(arguments: Sequence[str]) -> bool:
    """Answer the question of these arguments by code alone, if that is possible.

    Raises RepoMhmError as `ask` does.
    """
    plain = plain_question(arguments)
    if plain is None or _stdin_may_say_something():
        return False
    from repo_mhm.answer.question_kind import may_be_exact

    question = " ".join(plain.words)
    if not may_be_exact(question):
        return False
    try:
        with in_effect(plain):
            is_answered = _answer(question, plain)
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter would otherwise report the rest of its buffer while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        is_answered = True
    return is_answered


def _answer(question: str, plain: PlainArguments) -> bool:
    from repo_mhm.git import early_listing

    repo = Path(plain.values.get("--repo", "."))
    # Git looks at all files meanwhile.
    early_listing.begin(repo)
    from repo_mhm.cli.answer_printer import AnswerPrinter, PrintOptions, print_as_json
    from repo_mhm.cli.file_links import FileLinks
    from repo_mhm.cli.waiting import SEARCHING, late_line
    from repo_mhm.commands.exact import ExactRequest, answer_exactly

    flags = plain.flags
    request = ExactRequest(question, repo, show_all="--all" in flags)
    with ExitStack() as stack:
        with nullcontext() if plain.is_quiet else late_line(SEARCHING):
            answer = stack.enter_context(answer_exactly(request))
        if answer is None:
            return False
        events, root = answer
        if "--json" in flags:
            print_as_json(events)
        else:
            options = PrintOptions(quiet=plain.is_quiet, source="--no-source" not in flags)
            AnswerPrinter(options, FileLinks(root, Path.cwd())).print(events)
    return True


def _stdin_may_say_something() -> bool:
    """Whether stdin is neither a terminal nor nothing, so that it may be material."""
    with suppress(OSError, ValueError, AttributeError):
        return not stat.S_ISCHR(os.fstat(sys.stdin.fileno()).st_mode)
    return False
