"""Streams the model's text to the reader, and each sentence with its citations once it ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from repo_mhm.answer.answer_end import AnswerEnd
from repo_mhm.answer.citation_lookup import snapshot_lookup
from repo_mhm.answer.citations import Citation, CitationFinder, Sentence
from repo_mhm.answer.cited_text_lookup import with_cited_text
from repo_mhm.answer.context import AnswerContext
from repo_mhm.answer.events import AnswerText, Located
from repo_mhm.answer.prefill_file import remember_time
from repo_mhm.answer.prefill_speed import PrefillTime
from repo_mhm.answer.prompt_plan import PromptPlan
from repo_mhm.engine.types import Engine


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

    def append(self, text: str, citations: tuple[Citation, ...]) -> Iterator[AnswerText | Sentence]:
        """Add and yield a sentence that is not the model's, with its citations."""
        start = len(self.text) + len(text) - len(text.lstrip())
        self.text += text
        sentence = Sentence(self.text[start:], start, len(self.text), citations)
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


def stream_answer(
    engine: Engine, plan: PromptPlan, draft: AnswerDraft
) -> Iterator[AnswerText | Sentence]:
    """Stream the model's answer into `draft`, yielding it as it comes.

    The model is stopped where `answer_end` says that the answer ends.
    """
    context = draft.context
    lookup = snapshot_lookup(context.store, context.options.attached)
    finder = CitationFinder(plan.passages, lookup, context.question)
    end = AnswerEnd()
    began = context.clock()

    with closing(engine.stream(plan.prompt)) as pieces:
        for piece in pieces:
            if not draft.first_token_seconds:
                _begin(engine, plan, draft, context.clock() - began)
            draft.text += piece
            ended = finder.feed(piece)
            new = end.new_sentences(ended)
            yield from draft.show(new)
            if len(new) < len(ended) or end.is_reached:
                draft.cut(draft.sentences)
                return
            yield from draft.show_beginning(end)

    ended = finder.finish()
    new = end.new_sentences(ended)
    yield from draft.show(new)
    if len(new) < len(ended):
        draft.cut(draft.sentences)


def _begin(engine: Engine, plan: PromptPlan, draft: AnswerDraft, seconds: float) -> None:
    """Keep what the first token took; it came `seconds` after the engine was asked."""
    context = draft.context
    draft.first_token_seconds = context.elapsed()
    remember_time(engine.info, PrefillTime(plan.unread_tokens, plan.prefix_tokens, seconds))
    context.comparison.start(context.store.blobs())
