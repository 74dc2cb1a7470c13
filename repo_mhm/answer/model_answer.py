"""Answers that a model writes: the prompt is planned, the answer streamed, checked and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from repo_mhm.answer.citations import MAX_CITATIONS, Citation, all_citations
from repo_mhm.answer.code_names import code_names
from repo_mhm.answer.draft import AnswerDraft
from repo_mhm.answer.events import Event, Finished, Retrieved
from repo_mhm.answer.facts import Facts
from repo_mhm.answer.facts_lookup import reader_facts
from repo_mhm.answer.located_answer import as_code, code_block
from repo_mhm.answer.prefill_file import expected_speed
from repo_mhm.answer.prompt_budget import TOKEN_SECONDS
from repo_mhm.answer.prompt_plan import PromptPlan, PromptPlanner
from repo_mhm.answer.record import record_answer
from repo_mhm.answer.stream import stream_answer
from repo_mhm.engine.types import Engine, Slot, Turn
from repo_mhm.retrieval.query import Query
from repo_mhm.retrieval.search import Mode, SearchResult, symbols_for_name
from repo_mhm.store import Store

CODE_HEADING = "\n\nIn the code:"
MAX_FACTS = 3
"""Most facts about the symbols that a question names which follow an answer."""
DRAFT_TOKENS = 160
"""Longest draft of a thorough answer; only its names are used."""


@dataclass(frozen=True, slots=True)
class ModelQuestion:
    """A question for a model, and what was retrieved for it."""

    turns: list[Turn]
    """The earlier turns of the conversation, oldest first."""
    result: SearchResult
    deep_facts: Facts | None
    """What a deep pass found; it is used instead of the memory."""
    find: Callable[[Store, str, Mode], SearchResult]
    """Ranks the chunks, as they were ranked for the question."""


def answer_with_model(
    draft: AnswerDraft, engine: Engine, question: ModelQuestion
) -> Iterator[Event]:
    """Yield what is read, then the answer; keep it, an interrupted one as far as it came."""
    context = draft.context
    result = question.result
    speed = expected_speed(context.store, engine.info)

    def plan_for(result: SearchResult) -> PromptPlan:
        turns, deep_facts = question.turns, question.deep_facts
        return PromptPlanner(context, engine, speed, turns, result, deep_facts).plan()

    plan = plan_for(result)
    if context.options.thorough:
        result = _second_retrieval(draft, engine, question, plan) or result
        plan = plan_for(result)
    draft.warnings = plan.warnings
    yield _retrieved(draft, plan, result)
    yield from _answer(draft, engine, plan, question.result.query)


def _second_retrieval(
    draft: AnswerDraft, engine: Engine, question: ModelQuestion, plan: PromptPlan
) -> SearchResult | None:
    """The chunks for the question and the names of a first draft; None where it names nothing.

    A model that has read the best evidence names what the question only describes.
    """
    context = draft.context
    prompt = replace(plan.prompt, slots=(Slot("", DRAFT_TOKENS, stop=""),))
    first_draft = "".join(engine.stream(prompt))
    text = with_draft_names(context.store, context.question, first_draft)
    return question.find(context.store, text, context.options.mode) if text else None


def with_draft_names(store: Store, question: str, first_draft: str) -> str:
    """The question with the names of a first draft that the snapshot defines; empty without any."""
    names = [name for name in code_names(first_draft) if symbols_for_name(store, name)]
    quoted = " ".join(f"`{name}`" for name in names)
    return f"{question}\n{quoted}" if names else ""


def _retrieved(draft: AnswerDraft, plan: PromptPlan, result: SearchResult) -> Retrieved:
    least, most = plan.prefill_seconds
    return Retrieved(
        evidence=plan.evidence,
        facts=plan.facts.text,
        notes=plan.notes,
        files=tuple(dict.fromkeys(chunk.path for chunk in result.ranked)),
        coverage=draft.context.store.coverage(),
        seconds_expected=(least + TOKEN_SECONDS, most + TOKEN_SECONDS),
    )


def _answer(draft: AnswerDraft, engine: Engine, plan: PromptPlan, query: Query) -> Iterator[Event]:
    model = engine.info.model
    try:
        yield from stream_answer(engine, plan, draft)
        is_unsupported = draft.text.strip() and not all_citations(draft.sentences)
        if is_unsupported and not plan.steps and not plan.noted:
            yield from draft.append("\n\nNo source was found for this.", ())
        yield from _noted(draft, plan)
        yield from _in_the_code(draft, plan, query)
        answer = record_answer(draft, plan, model)
    except (GeneratorExit, KeyboardInterrupt):
        record_answer(draft, plan, model, interrupted=True)
        raise
    yield Finished(answer)


def _noted(draft: AnswerDraft, plan: PromptPlan) -> Iterator[Event]:
    """Add what is noted exactly of the symbols in question."""
    if not plan.noted:
        return
    yield from draft.append(CODE_HEADING, ())
    for item in plan.noted:
        citations = (Citation(item.symbol.location),)
        yield from draft.append(f"\n- {item.text}", citations, supported=True)


def _in_the_code(draft: AnswerDraft, plan: PromptPlan, query: Query) -> Iterator[Event]:
    """Add what the best definitions do as the code spells it, and what relates to them."""
    shown = [steps.location for steps in plan.steps]
    facts = reader_facts(draft.context.store, query, shown, MAX_FACTS)
    if plan.noted or not (plan.steps or facts):
        return
    yield from draft.append(CODE_HEADING, ())
    for steps in plan.steps:
        symbol = f"\n\n{as_code(steps.symbol)}"
        yield from draft.append(symbol, (Citation(steps.location),), supported=True)
        yield from draft.append(f"\n{code_block(steps.text)}", ())

    for fact in facts:
        citations = [Citation(location) for location in fact.locations[:MAX_CITATIONS]]
        subject = f"{as_code(fact.symbol.qualified)} " if fact.symbol else ""
        yield from draft.append(f"\n- {subject}{fact.text}", tuple(citations), supported=True)
