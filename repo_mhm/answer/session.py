"""Answers one question: by code alone where that can, else from what retrieval finds for it.

The locations come first. What only the text of an answer needs is imported once they are out, since
loading it takes longer than finding them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from repo_mhm.answer.comparison import BackgroundComparison, Compare
from repo_mhm.answer.context import AnswerContext, AskOptions
from repo_mhm.answer.events import Event, Located
from repo_mhm.answer.follow_up import refers_back, with_name
from repo_mhm.answer.question_kind import readings
from repo_mhm.formatting import count
from repo_mhm.source.redaction import without_secrets

if TYPE_CHECKING:
    from repo_mhm.answer.facts import Facts
    from repo_mhm.engine.types import Engine, Turn
    from repo_mhm.retrieval.search import Mode, SearchResult
    from repo_mhm.scope import Scope
    from repo_mhm.store import Store

NEAREST_LOCATIONS = 3
"""Most locations shown where nothing answers the question."""

Search: TypeAlias = "Callable[[Store, str, Mode], SearchResult]"
"""Ranks a store's chunks for a question, by what the mode allows."""


def ask(  # noqa: PLR0913  what varies between front ends and measurements, with defaults
    store: Store,
    open_engine: Callable[[], Engine],
    question: str,
    options: AskOptions,
    *,
    find: Search | None = None,
    deep_facts: Facts | None = None,
    compare: Compare = lambda blobs: None,
    clock: Callable[[], float] = time.monotonic,
    started: float | None = None,
) -> Generator[Event, None, None]:
    """Answer a question from a store that holds the snapshot; its locations come first.

    `find` ranks the chunks, by default `retrieval.search`. `deep_facts` of a deep pass for this
    question replace the memory where a model is asked. `open_engine` is called only when a model
    is needed, and after the locations are out; the caller closes the engine. `compare` says how
    the repository differs from the memory; it runs in a thread once the answer has begun.
    `started` is the clock's time when the user began to wait.

    An answer that is interrupted, or whose iterator is closed, is kept as far as it came. Raises
    PromptTooLong when the question does not fit the model's context, EngineError when the engine
    fails.
    """
    context = _context(store, question, options, compare, clock, started)
    # Everything below sees the store as it is now, whatever an index writes meanwhile.
    with store.view():
        turns = _earlier_turns(context)
        exact = _exact_answer(context, turns) if options.use_exact else None
        if exact is not None:
            yield from _answer_by_lines(context, exact)
        else:
            context, directed = _prepared(context, find)
            yield from _free_answer(context, open_engine, directed, turns, deep_facts)


def answer_or_locate(
    store: Store,
    question: str,
    options: AskOptions,
    *,
    compare: Compare = lambda blobs: None,
    clock: Callable[[], float] = time.monotonic,
) -> Generator[Event, None, None]:
    """The whole answer where code alone gives it, else the best locations.

    For what takes long to answer: the user has this at once. Nothing is yielded where nothing is
    known to bear on the question.
    """
    context = _context(store, question, options, compare, clock)
    with store.view():
        turns = _earlier_turns(context)
        exact = _exact_answer(context, turns) if options.use_exact else None
        if exact is not None:
            yield from _answer_by_lines(context, exact)
            return

        context, directed = _prepared(context, find=None)
        result = _retrieve(context, directed, turns)
        if options.use_model and (result.answerable or options.attached):
            yield _located(context, result, is_answerable=True)


def exact_events(context: AnswerContext) -> Generator[Event, None, None]:
    """The events of the answer that code alone gives; none where it gives none."""
    with context.store.view():
        exact = _exact_answer(context, turns=[])
        if exact is not None:
            yield from _answer_by_lines(context, exact)


def _context(
    store: Store,
    question: str,
    options: AskOptions,
    compare: Compare,
    clock: Callable[[], float],
    started: float | None = None,
) -> AnswerContext:
    return AnswerContext(
        store=store,
        question=without_secrets(question),
        options=options,
        comparison=BackgroundComparison(compare),
        clock=clock,
        started=clock() if started is None else started,
    )


def _exact_answer(context: AnswerContext, turns: list[Turn]) -> Located | None:
    """What code alone says; None where the question is for retrieval.

    In a conversation it may ask about what `it` stands for.
    """
    resolved = with_name(context.question, [turn.question for turn in turns])
    for question in dict.fromkeys((context.question, resolved)):
        if any(readings(question)):
            from repo_mhm.answer.exact_lookup import exact_answer

            located = exact_answer(replace(context, question=question))
            if located is not None:
                return located
    return None


def _answer_by_lines(
    context: AnswerContext, located: Located, *, abstained: bool = False
) -> Iterator[Event]:
    """Yield the locations, and keep them as the answer."""
    locations_seconds = context.elapsed()
    yield located
    from repo_mhm.answer.draft import AnswerDraft
    from repo_mhm.answer.located_answer import answer_by_lines

    draft = AnswerDraft(context, located, locations_seconds, abstained=abstained)
    if located.kind == "free" and context.options.no_model_reason and not abstained:
        draft.warnings = (context.options.no_model_reason,)
    yield from answer_by_lines(draft)


def _free_answer(
    context: AnswerContext,
    open_engine: Callable[[], Engine],
    find: Search,
    turns: list[Turn],
    deep_facts: Facts | None,
) -> Iterator[Event]:
    """Yield the best locations, then the model's answer; the locations alone where none is asked.

    An answer without a model is also given where too little was found for one.
    """
    result = _retrieve(context, find, turns)
    has_more = bool(context.options.attached or (deep_facts and deep_facts.text))
    is_answerable = result.answerable or has_more
    located = _located(context, result, is_answerable=is_answerable)
    if located.is_answer:
        yield from _answer_by_lines(context, located, abstained=not is_answerable)
        return

    locations_seconds = context.elapsed()
    yield located
    from repo_mhm.answer.draft import AnswerDraft
    from repo_mhm.answer.model_answer import ModelQuestion, answer_with_model

    draft = AnswerDraft(context, located, locations_seconds)
    question = ModelQuestion(turns, result, deep_facts, find)
    yield from answer_with_model(draft, open_engine(), question)


# Retrieval ------------------------------------------------------------------------------------


def _prepared(context: AnswerContext, find: Search | None) -> tuple[AnswerContext, Search]:
    """The context with the files that the question implies, and the search within them."""
    context = _about_implied_files(context)
    return context, _directed(find or _search_in(context.options.scope), context.options)


def _about_implied_files(context: AnswerContext) -> AnswerContext:
    """The context, with the files that the question names where it says nothing else."""
    options = context.options
    if options.files or options.attached or options.mode == "memory":
        return context
    from repo_mhm.answer.implied_files_lookup import implied_files

    files = implied_files(context.store, context.question, options.scope)
    return replace(context, options=replace(options, files=files)) if files else context


def _search_in(scope: Scope) -> Search:
    from repo_mhm.retrieval.search import search

    return partial(search, scope=scope)


def _earlier_turns(context: AnswerContext) -> list[Turn]:
    """The earlier turns of the conversation, oldest first, where the question follows them up."""
    options = context.options
    if not options.follow_up:
        return []
    from repo_mhm.engine.types import Turn

    return [Turn(turn.question, turn.answer) for turn in context.store.turns(options.session)]


def _retrieve(context: AnswerContext, find: Search, turns: list[Turn]) -> SearchResult:
    """The chunks for the question.

    A follow-up that names nothing is about what the question before it was about, where it refers
    back to that, or says too little by itself.
    """
    mode = context.options.mode
    result = find(context.store, context.question, mode)
    if not turns or result.names_something:
        return result
    if result.answerable and not refers_back(context.question, result.query):
        return result
    return find(context.store, f"{context.question}\n{turns[-1].question}", mode)


def _directed(find: Search, options: AskOptions) -> Search:
    """The search, directed by the text that came with the question, within the named files."""

    def directed(store: Store, text: str, mode: Mode) -> SearchResult:
        from repo_mhm.answer.attached_lookup import mentions
        from repo_mhm.answer.named_files_lookup import only_named

        if options.attached:
            text += f"\n{mentions(store, options.attached)}"
        result = find(store, text, mode)
        return only_named(store, result, options.files) if options.files else result

    return directed if options.attached or options.files else find


def _located(context: AnswerContext, result: SearchResult, *, is_answerable: bool) -> Located:
    """The best locations; where nothing answers the question, those that are nearest to it."""
    from repo_mhm.answer.location_lookup import locations_for

    heading, is_answer = "Best locations", not context.options.use_model
    lines = locations_for(context.store, result, context.options.files)
    if not is_answerable:
        heading, is_answer = _abstention(context), True
        lines = lines[:NEAREST_LOCATIONS]
        if lines:
            heading += " The nearest locations:"
    return Located("free", heading, lines, len(lines), is_answer)


def _abstention(context: AnswerContext) -> str:
    coverage = context.store.coverage()
    scope = context.options.scope
    if context.options.mode != "memory" and not scope.is_whole:
        return f"Nothing in {scope} answers this."
    if context.options.mode != "memory":
        if not coverage["chunks"]:
            return "There are no files here that can be read."
        chunks = count(coverage["chunks"], "chunk")
        return f"Nothing in the {chunks} of this repository answers this."
    if coverage["skimmed"]:
        return "The memory does not hold this."
    return (
        "The memory does not hold this, and no model has read this repository yet: "
        "run `repo-mhm index`."
    )
