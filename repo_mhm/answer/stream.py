"""Streams the model's text to the reader, and each sentence with its citations once it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from repo_mhm.answer.answer_end import MAX_BESIDE_NOTES, MAX_UNSUPPORTED, AnswerEnd
from repo_mhm.answer.citation_lookup import snapshot_lookup
from repo_mhm.answer.citations import CitationFinder, Sentence
from repo_mhm.answer.draft import AnswerDraft
from repo_mhm.answer.events import AnswerText
from repo_mhm.answer.prefill_file import remember_time
from repo_mhm.answer.prefill_speed import PrefillTime
from repo_mhm.answer.prompt_plan import PromptPlan
from repo_mhm.engine.types import Engine


def stream_answer(
    engine: Engine, plan: PromptPlan, draft: AnswerDraft
) -> Iterator[AnswerText | Sentence]:
    """Stream the model's answer into `draft`, yielding it as it comes.

    The model is stopped where `answer_end` says that the answer ends.
    """
    context = draft.context
    lookup = snapshot_lookup(context.store, context.options.attached)
    finder = CitationFinder(plan.passages, lookup, context.question, plan.facts.locations)
    end = AnswerEnd(MAX_BESIDE_NOTES if plan.noted else MAX_UNSUPPORTED)
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
