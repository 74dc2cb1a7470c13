"""Chat templates: a prompt rendered to pieces, the template's own text and the untrusted texts.

The template renders marks instead of the texts, and the texts are put in afterwards. So they meet
neither jinja nor the special tokens, and what is rendered depends on the number of texts alone:
each number is rendered once.

The sandbox keeps a template from reaching Python. It does not keep it from looping for good, nor
from asking for 10**12 characters, which nothing in this process could stop. So the template of a
model that is not known by its hash is rendered in a worker, within limits. Knows nothing about
tokens.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from repo_mhm.engine.types import Prompt
from repo_mhm.errors import ModelError
from repo_mhm.source.worker_pool import WorkerDied, WorkerPool

_HINT = "Use a GGUF of an instruction-tuned model; `repo-mhm model list` names tested ones."

_TEMPLATE_FAILURES = (
    TemplateError,
    TypeError,
    ValueError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RecursionError,
    MemoryError,
)

_CPU_SECONDS = 5
"""Of a worker that renders; jinja itself takes .2 s to start."""
_SECONDS = 300.0
"""The same on the clock, for a template that waits, on a machine that is busy."""
_MEMORY_BYTES = 512 << 20
_LONGEST_PROBLEM = 300
_MOST_CHARACTERS = 1 << 20
"""Of a rendered template without its texts; those of published models have some thousand."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a rendered prompt; `trusted` ones are the template's, with special tokens."""

    text: str
    trusted: bool


class ChatTemplate:
    """A model's own template.

    Raises ModelError when there is none, or when it leaves out a text of a prompt.
    """

    def __init__(
        self, source: str, *, start: str = "", end: str = "", is_known: bool = True
    ) -> None:
        """`is_known` says that this very template is known to end, so that it needs no worker."""
        if not source.strip():
            raise ModelError("the model has no chat template", hint=_HINT)

        self._mark = _unused_mark(source)
        self._marks = re.compile(f"{self._mark}([0-9]+)E")
        self._markers = (start, end)
        self._source = source
        self._is_known = is_known
        self._texts: dict[int, str] = {}
        """What was rendered, by the number of marks."""
        self._rendered(2)  # a system message and a question; a template that fails, fails here

    def pieces(self, prompt: Prompt) -> tuple[list[Piece], list[Piece]]:
        """The prompt up to where the reply begins, in two parts.

        The first is what every prompt with this system message begins with, the second the rest.
        """
        texts = [prompt.system]
        for turn in prompt.history:
            texts += [turn.question, turn.answer]
        texts.append(prompt.user)

        # Split by marks: the template's text at even positions, numbers of texts at odd ones.
        parts = self._marks.split(self._rendered(len(texts)))

        shared: list[Piece] = []
        rest: list[Piece] = []
        for at, part in enumerate(parts):
            number = int(part) if at % 2 else None
            # The rest begins with the first text that is not the system message, number 0.
            target = rest if rest or number else shared
            target.append(Piece(part, True) if number is None else Piece(texts[number], False))
        return _without_empty(shared), _without_empty(rest)

    def _rendered(self, count: int) -> str:
        """The rendered messages with `count` marks in them. Raises ModelError."""
        if count not in self._texts:
            marks = [f"{self._mark}{number}E" for number in range(count)]
            self._texts[count] = self._render(marks)
        return self._texts[count]

    def _render(self, marks: list[str]) -> str:
        if self._is_known:
            return render(self._source, marks, *self._markers)
        try:
            with WorkerPool(1, _SECONDS) as pool:
                return pool.submit(render_limited, self._source, marks, *self._markers).result()
        except WorkerDied as error:
            raise ModelError(
                f"the model's chat template needs more than {_CPU_SECONDS} s "
                f"or {_MEMORY_BYTES >> 20} MiB",
                hint=_HINT,
            ) from error


def render_limited(source: str, marks: list[str], start: str, end: str) -> str:
    """The same as `render`, in a worker, which a template that exceeds its limits ends."""
    import resource

    for kind, limit in (
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # where the system knows no such limit, or a lower one
            resource.setrlimit(kind, (limit, limit))
    return render(source, marks, start, end)


def render(source: str, marks: list[str], start: str, end: str) -> str:
    """The messages that `marks` stand for as a template renders them, every mark in its place.

    The first is the system message, then questions and answers follow in turn. Raises ModelError.
    """
    system, *others = marks
    turns = [
        {"role": ("user", "assistant")[at % 2], "content": mark} for at, mark in enumerate(others)
    ]
    with_system = [{"role": "system", "content": system}, *turns]
    # Templates without a system role raise an error or drop the message.
    merged = [{"role": "user", "content": f"{system}\n\n{others[0]}"}, *turns[1:]]

    problem = "it leaves out a message"
    for messages in (with_system, merged):
        try:
            text = _rendered_messages(source, messages, start, end)
        except _TEMPLATE_FAILURES as error:
            problem = str(error)[:_LONGEST_PROBLEM] or type(error).__name__
            continue
        if len(text) > _MOST_CHARACTERS:
            problem = f"it writes {len(text):,} characters"
        elif all(mark in text for mark in marks):
            return text
    raise ModelError(f"the model's chat template fails: {problem}", hint=_HINT)


def _rendered_messages(source: str, messages: list[dict[str, str]], start: str, end: str) -> str:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    return environment.from_string(source).render(
        messages=messages,
        bos_token=start,
        eos_token=end,
        add_generation_prompt=True,
        # Reasoning models think aloud for hundreds of tokens before a reply, which has forced
        # leads anyway.
        enable_thinking=False,
        raise_exception=_raise,
        strftime_now=time.strftime,
    )


def _without_empty(pieces: list[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.text]


def _unused_mark(source: str) -> str:
    """A word that is nowhere in the template; letters only, so that filters leave it alone."""
    mark = "TEXTQ"
    while mark in source:
        mark += "Q"
    return mark


def _raise(message: str) -> NoReturn:
    raise TemplateError(message)
