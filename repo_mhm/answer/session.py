"""Answers one question: locates, plans the prompt, streams the answer, and records it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import TypeAlias

from repo_mhm.answer.attached_lookup import mentions
from repo_mhm.answer.citations import all_citations
from repo_mhm.answer.code_names import code_names
from repo_mhm.answer.comparison import BackgroundComparison, Compare
from repo_mhm.answer.context import AnswerContext, AskOptions
from repo_mhm.answer.events import Event, Finished, Located, Retrieved
from repo_mhm.answer.exact_lookup import exact_answer
from repo_mhm.answer.located_answer import answer_by_lines
from repo_mhm.answer.location_lookup import locations_for
from repo_mhm.answer.named_files_lookup import only_named
from repo_mhm.answer.prompt_budget import TOKEN_SECONDS
from repo_mhm.answer.prompt_plan import Facts, PromptPlan, PromptPlanner
from repo_mhm.answer.record import record_answer
from repo_mhm.answer.stream import AnswerDraft, stream_answer
from repo_mhm.engine.types import Engine, Slot, Turn
from repo_mhm.retrieval.search import Mode, SearchResult, search, symbols_for_name
from repo_mhm.store import Store

DRAFT_TOKENS = 160
"""Longest draft of a thorough answer; only its names are used."""
NEAREST_LOCATIONS = 3
"""Most locations shown where nothing answers the question."""

Search: TypeAlias = Callable[[Store, str, Mode], SearchResult]
"""Ranks a store's chunks for a question, by what the mode allows."""


def ask(  # noqa: PLR0913  what varies between front ends and measurements, with defaults
    store: Store,
    open_engine: Callable[[], Engine],
    question: str,
    options: AskOptions,
    *,
    find: Search = search,
    deep_facts: Facts | None = None,
    compare: Compare = lambda blobs: None,
    clock: Callable[[], float] = time.monotonic,
    started: float | None = None,
) -> Generator[Event, None, None]:
    """Answer a question from a store that holds the snapshot; its locations come first.

    `find` ranks the chunks. `deep_facts` of a deep pass for this question replace the memory.
    `open_engine` is called only when a model is needed, and after the locations are out; the caller
    closes the engine. `compare` says how the repository differs from
    the memory; it runs in a thread once the answer has begun. `started` is the clock's time when
    the user began to wait.

    An answer that is interrupted, or whose iterator is closed, is kept as far as it came. Raises
    PromptTooLong when the question does not fit the model's context, EngineError when the engine
    fails.
    """
    context = AnswerContext(
        store=store,
        question=question,
        options=options,
        comparison=BackgroundComparison(compare),
        clock=clock,
        started=clock() if started is None else started,
    )
    # Everything below sees the store as it is now, whatever an index writes meanwhile.
    with store.view():
        exact = exact_answer(context) if deep_facts is None else None
        if exact is not None:
            yield from answer_by_lines(context, exact)
            return

        turns = _earlier_turns(store, options)
        result = _retrieve(context, find, turns)
        has_more = bool(options.attached or (deep_facts and deep_facts.text))
        is_answerable = result.answerable or has_more
        located = _located(context, result, is_answerable=is_answerable)
        if located.is_answer:
            yield from _answer_by_lines(context, located, is_answerable=is_answerable)
            return

        draft = AnswerDraft(context, located)
        yield located
        engine = open_engine()
        plan = PromptPlanner(context, engine, turns, result, deep_facts).plan()
        if options.thorough:
            result = _second_retrieval(context, find, engine, plan) or result
            plan = PromptPlanner(context, engine, turns, result, deep_facts).plan()
        draft.warnings = plan.warnings
        yield _retrieved(context, plan, result)
        yield from _answer(draft, engine, plan)


def _earlier_turns(store: Store, options: AskOptions) -> list[Turn]:
    """The earlier turns of the conversation, oldest first, where the question follows them up."""
    if not options.follow_up:
        return []
    return [Turn(turn.question, turn.answer) for turn in store.turns(options.session)]


def _retrieve(context: AnswerContext, find: Search, turns: list[Turn]) -> SearchResult:
    """The chunks for the question.

    A follow-up that names nothing is about what the question before it was about.
    """
    mode = context.options.mode
    text = context.question
    if context.options.attached:
        text += f"\n{mentions(context.store, context.options.attached)}"
    result = find(context.store, text, mode)
    if turns and not result.names_something:
        result = find(context.store, f"{text}\n{turns[-1].question}", mode)
    files = context.options.files
    return only_named(context.store, result, files) if files else result


def _second_retrieval(
    context: AnswerContext, find: Search, engine: Engine, plan: PromptPlan
) -> SearchResult | None:
    """The chunks for the question and the names of a first draft; None where it names nothing.

    A model that has read the best evidence names what the question only describes.
    """
    prompt = replace(plan.prompt, slots=(Slot("", DRAFT_TOKENS, stop=""),))
    draft = "".join(engine.stream(prompt))
    names = [name for name in code_names(draft) if symbols_for_name(context.store, name)]
    if not names:
        return None
    quoted = " ".join(f"`{name}`" for name in names)
    return find(context.store, f"{context.question}\n{quoted}", context.options.mode)


def _located(context: AnswerContext, result: SearchResult, *, is_answerable: bool) -> Located:
    """The best locations; where nothing answers the question, those that are nearest to it."""
    heading, is_answer = "Best locations", not context.options.use_model
    lines = locations_for(context.store, result, context.options.files)
    if not is_answerable:
        heading, is_answer = _abstention(context), True
        lines = lines[:NEAREST_LOCATIONS]
        if lines:
            heading += " The nearest locations:"
    return Located("free", heading, lines, len(lines), is_answer)


def _retrieved(context: AnswerContext, plan: PromptPlan, result: SearchResult) -> Retrieved:
    return Retrieved(
        evidence=plan.evidence,
        notes=plan.notes,
        files=tuple(dict.fromkeys(chunk.path for chunk in result.ranked)),
        coverage=context.store.coverage(),
        seconds_expected=plan.prefill_seconds + TOKEN_SECONDS,
    )


def _answer_by_lines(
    context: AnswerContext, located: Located, *, is_answerable: bool
) -> Iterator[Event]:
    reason = context.options.no_model_reason
    warnings = (reason,) if reason and is_answerable else ()
    return answer_by_lines(context, located, abstained=not is_answerable, warnings=warnings)


def _answer(draft: AnswerDraft, engine: Engine, plan: PromptPlan) -> Iterator[Event]:
    """Stream the model's answer and keep it; an interrupted one as far as it came."""
    model = engine.info.model
    try:
        yield from stream_answer(engine, plan, draft)
        if draft.text.strip() and not all_citations(draft.sentences):
            yield from draft.append("\n\nNo source was found for this.", ())
        answer = record_answer(draft, plan, model)
    except (GeneratorExit, KeyboardInterrupt):
        record_answer(draft, plan, model, interrupted=True)
        raise
    yield Finished(answer)


def _abstention(context: AnswerContext) -> str:
    coverage = context.store.coverage()
    if context.options.mode != "memory":
        return f"Nothing in the {coverage['chunks']:,} chunks of this repository answers this."
    if coverage["skimmed"]:
        return "The memory does not hold this."
    return (
        "There is no memory of this repository yet, so it cannot answer: "
        "run `repo-mhm index` first."
    )
