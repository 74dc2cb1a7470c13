"""What `ask` is asked: words of the command line, and text on stdin.

With a question, text on stdin is material for it (`git diff | repo-mhm ask "…"`); without one, it
is the question. A stdin that says nothing must not stop a question, since scripts and schedulers
often leave one open: beside a question, a pipe is given FIRST_BYTE_SECONDS to begin. The word `-`
makes it wait for as long as it takes.
"""

from __future__ import annotations

import os
import select
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from repo_mhm.errors import UsageError

STDIN = "-"
"""The word that stands for stdin."""
FIRST_BYTE_SECONDS = 3.0
"""How long a pipe beside a question may take to begin: longer than git takes for a large diff."""
LARGEST_INPUT = 1024 * 1024
"""Bytes that are read of stdin: a hundred times what a model is shown."""


@dataclass(frozen=True, slots=True)
class QuestionInput:
    """A question, and the text that came with it."""

    question: str
    attached: str = ""
    warning: str = ""
    """What the user must know of stdin; empty where all is as usual."""


def read_input(
    words: Sequence[str],
    *,
    needs_question: bool = True,
    takes_material: bool = True,
    command: str = "ask",
) -> QuestionInput:
    """What the words of the command line and stdin say; `command` is what hints name.

    Unless a question is needed, as a template is one, stdin is material for it. Where a command
    takes none, stdin is left to others beside a question. Raises UsageError when a question is
    needed and there is none.
    """
    question = _valid(" ".join(word for word in words if word != STDIN)).strip()
    if question and not takes_material:
        return QuestionInput(question)

    waits = STDIN in words
    if question or not needs_question:
        attached, warning = _read_all() if waits else _read_beside()
        return QuestionInput(question, attached, warning)

    warning = ""
    if waits or not _is_terminal():
        question, warning = _read_all()
    if not question.strip():
        noun = "question" if command == "ask" else "query"
        example = f'repo-mhm {command} "where are sessions closed?"'
        raise UsageError(f"the {noun} is empty", hint=f"Give one: {example}")
    return QuestionInput(question.strip(), warning=warning)


def _valid(text: str) -> str:
    """Arguments that are not UTF-8 reach Python with lone surrogates, which nothing can print."""
    return text.encode("utf-8", "replace").decode()


def _read_beside() -> tuple[str, str]:
    """The text that came beside a question, and a warning; both are empty at a terminal."""
    if sys.stdin is None or _is_terminal():
        return "", ""
    if _is_of_another(sys.stdin.buffer):
        return "", "stdin is a file that something else reads too: it is left alone without -"
    if not _begins(sys.stdin.buffer):
        return "", (
            f"nothing came on stdin within {FIRST_BYTE_SECONDS:g} s, so the question stands alone; "
            "add - to wait for it, or </dev/null to give nothing"
        )
    text, warning = _read_all()
    if not text.strip() and not warning and _is_pipe(sys.stdin.buffer):
        warning = "stdin was empty: the question stands alone"
    return text.rstrip(), warning


def _read_all() -> tuple[str, str]:
    """The text of stdin up to LARGEST_INPUT bytes, and a warning where that is not all of it."""
    if sys.stdin is None:
        return "", ""
    try:
        data = sys.stdin.buffer.read(LARGEST_INPUT + 1)
    except OSError as exc:
        return "", f"stdin cannot be read: {exc.strerror or exc}"
    is_cut = len(data) > LARGEST_INPUT
    text = data[:LARGEST_INPUT].decode("utf-8", "replace")
    return text, f"only the first {LARGEST_INPUT:,} bytes of stdin are read" if is_cut else ""


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _is_pipe(stream: BinaryIO) -> bool:
    """Whether some program was to write to stdin; `/dev/null` is none."""
    try:
        return stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
    except OSError:
        return False  # it lies in memory


def _is_of_another(stream: BinaryIO) -> bool:
    """Whether stdin is a file that something else has begun to read: a shell's loop over lines."""
    try:
        is_file = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
        return is_file and os.lseek(stream.fileno(), 0, os.SEEK_CUR) > 0
    except OSError:
        return False  # it is no file of the system, or none that has a position


def _begins(stream: BinaryIO) -> bool:
    """Whether a byte, or the end, comes in time."""
    try:
        readable, _, _ = select.select([stream], [], [], FIRST_BYTE_SECONDS)
    except (OSError, ValueError):
        return True  # it lies in memory, or this system can wait for sockets only
    return bool(readable)
