"""Chat templates: a prompt rendered to pieces, the template's own text and the untrusted texts.

The template renders marks instead of the texts, and the texts are put in afterwards. So they meet
neither jinja nor the special tokens. Knows nothing about tokens.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from repo_mhm.engine.types import Prompt
from repo_mhm.errors import ModelError

_HINT = "Use a GGUF of an instruction-tuned model; `repo-mhm model list` names tested ones."

_TEMPLATE_FAILURES = (
    TemplateError,
    TypeError,
    ValueError,
    LookupError,
    ArithmeticError,
    AttributeError,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a rendered prompt; `trusted` ones are the template's, with special tokens."""

    text: str
    trusted: bool


class ChatTemplate:
    """A model's own template.

    Raises ModelError when there is none, or when it leaves out a text of a prompt.
    """

    def __init__(self, source: str, *, start: str = "", end: str = "") -> None:
        if not source.strip():
            raise ModelError("the model has no chat template", hint=_HINT)

        self._mark = _unused_mark(source)
        self._marks = re.compile(f"{self._mark}([0-9]+)E")
        self._variables: Mapping[str, Any] = {
            "bos_token": start,
            "eos_token": end,
            "add_generation_prompt": True,
            # Reasoning models think aloud for hundreds of tokens before a reply, which has forced
            # leads anyway.
            "enable_thinking": False,
            "raise_exception": _raise,
            "strftime_now": time.strftime,
        }
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        try:
            self._template = environment.from_string(source)
        except TemplateError as error:
            raise ModelError(
                f"the model's chat template cannot be read: {error}", hint=_HINT
            ) from error

    def pieces(self, prompt: Prompt) -> tuple[list[Piece], list[Piece]]:
        """The prompt up to where the reply begins, in two parts.

        The first is what every prompt with this system message begins with, the second the rest.
        """
        texts = [prompt.system]
        for turn in prompt.history:
            texts += [turn.question, turn.answer]
        texts.append(prompt.user)

        marks = [f"{self._mark}{number}E" for number in range(len(texts))]
        # Split by marks: the template's text at even positions, numbers of texts at odd ones.
        parts = self._marks.split(self._render(marks))

        shared: list[Piece] = []
        rest: list[Piece] = []
        for at, part in enumerate(parts):
            number = int(part) if at % 2 else None
            # The rest begins with the first text that is not the system message, number 0.
            target = rest if rest or number else shared
            target.append(Piece(part, True) if number is None else Piece(texts[number], False))
        return _without_empty(shared), _without_empty(rest)

    def _render(self, marks: list[str]) -> str:
        """The rendered messages with each mark in them. Raises ModelError."""
        system, *others = marks
        turns = [
            {"role": ("user", "assistant")[at % 2], "content": mark}
            for at, mark in enumerate(others)
        ]
        with_system = [{"role": "system", "content": system}, *turns]
        # Templates without a system role raise an error or drop the message.
        merged = [{"role": "user", "content": f"{system}\n\n{others[0]}"}, *turns[1:]]

        expected = {str(number) for number in range(len(marks))}
        problem = "it leaves out a message"
        for messages in (with_system, merged):
            try:
                text = self._template.render(messages=messages, **self._variables)
            except _TEMPLATE_FAILURES as error:
                problem = str(error)
                continue
            if set(self._marks.findall(text)) == expected:
                return text
        raise ModelError(f"the model's chat template fails: {problem}", hint=_HINT)


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
