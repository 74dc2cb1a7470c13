"""Prompts to tokens: what a template renders, tokenised, and checked against a limit of tokens.

Texts of a prompt are untrusted and become plain tokens; only the template's own text may become
special tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from repo_mhm.engine.sequence import Job, build_job, encode
from repo_mhm.engine.types import Contrast, Prompt, Slot
from repo_mhm.errors import PromptTooLong

if TYPE_CHECKING:
    from repo_mhm.engine.llama_api import Model
    from repo_mhm.engine.template import ChatTemplate, Piece

LARGER_CONTEXT = "set a larger context with REPO_MHM_CONTEXT."
"""The end of hints that begin with another remedy."""


class Tokeniser:
    """Tokens of prompts for one model."""

    def __init__(self, model: Model, template: ChatTemplate) -> None:
        self._model = model
        self._template = template

    def count(self, text: str) -> int:
        """How many tokens `text` has as plain text."""
        return len(self._model.tokens(encode(text)))

    def job(self, ticket: int, prompt: Prompt, limit: int) -> Job:
        """The job of a prompt. Raises PromptTooLong when it and its reply exceed `limit` tokens."""
        shared, rest = self._template.pieces(prompt)
        prefix, tokens = self._first_tokens(shared), self._tokens(rest)
        job = build_job(ticket, prefix, tokens, prompt.slots, self._model)

        need = len(job.prefix) + job.cells
        if need > limit:
            raise PromptTooLong(
                f"a prompt and its reply need {need} tokens; the context has {limit}",
                hint=f"Shorten the question, or {LARGER_CONTEXT}",
            )
        return job

    def prefix(self, system: str, limit: int) -> tuple[int, ...]:
        """What every prompt with this system message begins with. Raises PromptTooLong."""
        shared, _ = self._template.pieces(Prompt(system, "", (Slot("", 1),)))
        tokens = self._first_tokens(shared)
        if len(tokens) > limit:
            raise PromptTooLong(
                f"a system message needs {len(tokens)} tokens; the context has {limit}",
                hint=f"Use a smaller memory (REPO_MHM_HEAD_TOKENS), or {LARGER_CONTEXT}",
            )
        return tokens

    def difference(self, contrast: Contrast, limit: int) -> tuple[list[int], int, int]:
        """The tokens up to where the texts of a contrast differ, and the next token of each.

        Both next tokens are 0 when the texts do not differ. Raises PromptTooLong.
        """
        before = self._model.tokens(encode(contrast.before))
        after = self._model.tokens(encode(contrast.after))
        first = self._model.tokens(encode(contrast.first + "\n"))
        second = self._model.tokens(encode(contrast.second + "\n"))

        pairs = enumerate(zip(first, second, strict=False))
        same = next((at for at, pair in pairs if pair[0] != pair[1]), None)
        if same is None:
            return [], 0, 0

        # A model trained to fill in code sees what follows, any other only what precedes.
        markers = self._model.fill_in_markers()
        if markers:
            tokens = [markers[0], *before, markers[1], *after, markers[2]]
        else:
            tokens = before or [self._model.bos]
        tokens += first[:same]

        if len(tokens) > limit:
            raise PromptTooLong(
                f"a contrast needs {len(tokens)} tokens; the context has {limit}",
                hint="Set a larger context with REPO_MHM_CONTEXT.",
            )
        return tokens, first[same], second[same]

    def replies(
        self, prompt: Prompt, texts: Sequence[str], limit: int
    ) -> tuple[tuple[int, ...], list[list[int]]]:
        """The tokens of a prompt with the lead of its only slot, and those of each text.

        Raises PromptTooLong when the prompt and its longest text exceed `limit` tokens.
        """
        shared, rest = self._template.pieces(prompt)
        lead = self._model.tokens(encode(prompt.slots[0].lead))
        before = (*self._first_tokens(shared), *self._tokens(rest), *lead)
        replies = [self._model.tokens(encode(text)) for text in texts]

        need = len(before) + max(map(len, replies), default=0)
        if need > limit:
            raise PromptTooLong(
                f"a prompt and its reply need {need} tokens; the context has {limit}",
                hint=f"Shorten the question, or {LARGER_CONTEXT}",
            )
        return before, replies

    def _first_tokens(self, pieces: Sequence[Piece]) -> tuple[int, ...]:
        """The first tokens of a prompt, the start token once whether the template has it or not."""
        tokens = self._tokens(pieces)
        if self._model.wants_bos and tokens[:1] != [self._model.bos]:
            tokens.insert(0, self._model.bos)
        return tuple(tokens)

    def _tokens(self, pieces: Sequence[Piece]) -> list[int]:
        tokens: list[int] = []
        for piece in pieces:
            tokens += self._model.tokens(encode(piece.text), special=piece.trusted)
        return tokens
