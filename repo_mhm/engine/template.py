"""Chat templates: turns a prompt into pieces that are either the template's own (markers allowed) or plain text.

Owns rendering in a sandbox and the split that keeps untrusted texts away from both jinja and the special tokens.
Knows nothing about tokens.
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


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a rendered prompt; `trusted` parts come from the template, whose markers are special tokens."""

    text: str
    trusted: bool


class ChatTemplate:
    """A model's own template. Raises ModelError when there is none, or when it does not show the texts it is given."""

    def __init__(self, source: str, *, start: str = "", end: str = "") -> None:
        if not source.strip():
            raise ModelError("the model has no chat template", hint=_HINT)
        self._mark = _unused_mark(source)
        self._split = re.compile(f"{self._mark}([0-9]+)E")
        self._names: Mapping[str, Any] = {
            "bos_token": start,
            "eos_token": end,
            "add_generation_prompt": True,
            # Reasoning models think aloud for hundreds of tokens before a reply that is forced anyway.
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
        """The prompt up to where the reply begins: what every prompt with this system shares, and the rest."""
        texts = [
            prompt.system,
            *(text for turn in prompt.history for text in (turn.question, turn.answer)),
            prompt.user,
        ]
        marks = [f"{self._mark}{number}E" for number in range(len(texts))]
        parts = self._split.split(self._render(marks))
        shared: list[Piece] = []
        rest: list[Piece] = []
        for at, part in enumerate(parts):
            number = int(part) if at % 2 else None
            target = rest if rest or number else shared
            target.append(Piece(part, True) if number is None else Piece(texts[number], False))
        return [piece for piece in shared if piece.text], [piece for piece in rest if piece.text]

    def _render(self, marks: list[str]) -> str:
        system, *others = marks
        turns = [
            {"role": ("user", "assistant")[at % 2], "content": mark}
            for at, mark in enumerate(others)
        ]
        merged = [{"role": "user", "content": f"{system}\n\n{others[0]}"}, *turns[1:]]
        problem = "it leaves out a message"
        # Templates without a system role raise an error or drop the message; both get it before the first question.
        for messages in ([{"role": "system", "content": system}, *turns], merged):
            try:
                text = self._template.render(messages=messages, **self._names)
            except (
                TemplateError,
                TypeError,
                ValueError,
                LookupError,
                ArithmeticError,
                AttributeError,
            ) as error:
                problem = str(error)
                continue
            if sorted(set(self._split.findall(text)), key=int) == [
                str(number) for number in range(len(marks))
            ]:
                return text
        raise ModelError(f"the model's chat template fails: {problem}", hint=_HINT)


def _unused_mark(source: str) -> str:
    """A word that occurs nowhere in the template; letters only, so that filters leave it alone."""
    mark = "TEXTQ"
    while mark in source:
        mark += "Q"
    return mark


def _raise(message: str) -> NoReturn:
    raise TemplateError(message)
