"""The answer as far as it has come: its text, its sentences, and what of it the reader has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from repo_mhm.answer.citations import Citation, Sentence
from repo_mhm.answer.cited_text_lookup import with_cited_text
from repo_mhm.answer.context import AnswerContext
from repo_mhm.answer.events import AnswerText, Located

if TYPE_CHECKING:
    from repo_mhm.answer.answer_end import AnswerEnd


@dataclass(slots=True)
class AnswerDraft:
    """The answer as far as it has come."""

    context: AnswerContext
    located: Located
    locations_seconds: float
    """Seconds until the locations were known."""
    abstained: bool = False
    """Whether nothing in the repository answers the question."""
    warnings: tuple[str, ...] = ()
    text: str = ""
    sentences: list[Sentence] = field(default_factory=list)
    first_token_seconds: float = 0.0
    _shown: int = 0
    """Characters of the text that were yielded."""

    def show(self, sentences: Iterable[Sentence]) -> Iterator[AnswerText | Sentence]:
        """Yield the new text and, each after its last character, the `sentences` that it ends.

        The sentences become part of the draft.
        """
        for sentence in sentences:
            relocated = self._relocated(with_cited_text(self.context.store, sentence))
            yield from self._show_text(sentence.end)
            self.sentences.append(relocated)
            yield relocated

    def show_beginning(self, end: AnswerEnd) -> Iterator[AnswerText]:
        """Yield the text after the last sentence, unless it may repeat an earlier one.

        White space at its end is not yielded yet: only the text after it tells whether it ends a
        sentence.
        """
        last = self.sentences[-1].end if self.sentences else 0
        if not end.may_repeat(self.text[last:]):
            yield from self._show_text(len(self.text.rstrip()))

    def cut(self, sentences: Sequence[Sentence]) -> None:
        """Drop what comes after the last of the answer's `sentences`."""
        self.text = self.text[: sentences[-1].end] if sentences else ""

    def append(
        self, text: str, citations: tuple[Citation, ...], *, supported: bool | None = None
    ) -> Iterator[AnswerText | Sentence]:
        """Add and yield a sentence that is not the model's, with its citations."""
        start = len(self.text) + len(text) - len(text.lstrip())
        self.text += text
        sentence = Sentence(self.text[start:], start, len(self.text), citations, supported)
        self.sentences.append(self._relocated(sentence))
        yield AnswerText(text)
        yield self.sentences[-1]

    def _show_text(self, end: int) -> Iterator[AnswerText]:
        if end > self._shown:
            yield AnswerText(self.text[self._shown : end])
            self._shown = end

    def _relocated(self, sentence: Sentence) -> Sentence:
        """The sentence with its citations at the lines where the repository has them now."""
        changes = self.context.comparison.result() if sentence.citations else None
        if changes is None:
            return sentence
        relocated = (
            changes.relocate(self.context.store, citation) for citation in sentence.citations
        )
        return replace(sentence, citations=tuple(relocated))
