"""Runs a deep pass on an engine, keeps its steps in the store, then answers from its facts."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import cache, partial

from repo_mhm.answer.comparison import Compare
from repo_mhm.answer.context import AskOptions
from repo_mhm.answer.definition_lookup import definitions_of
from repo_mhm.answer.events import Event, Finished, Located
from repo_mhm.answer.facts import Facts
from repo_mhm.answer.session import answer_or_locate, ask
from repo_mhm.deep.deep_pass import EXTRACT, REWRITE, DeepPass, PassOptions
from repo_mhm.deep.facts import DeepStep, Section
from repo_mhm.deep.prompts import PROMPT_VERSION
from repo_mhm.engine.run import drive
from repo_mhm.engine.types import Engine
from repo_mhm.errors import UsageError
from repo_mhm.formatting import count
from repo_mhm.memory.head_assignment import make_plan
from repo_mhm.retrieval.search import search
from repo_mhm.scope import WHOLE, Scope
from repo_mhm.store import Store

DEFAULT_SECONDS = 900.0
"""The best sections are read first: what is left after this time is seldom worth the wait."""


@dataclass(frozen=True, slots=True)
class DeepOptions:
    """How to pass over the repository."""

    update: str = EXTRACT
    gate: bool = True
    heads: int = 8
    head_tokens: int = 512
    selector: str = "module"
    budget_seconds: float | None = DEFAULT_SECONDS
    """How long to read; None until every open section is read."""


@dataclass(frozen=True, slots=True)
class DeepProgress:
    """How far the pass is after a section."""

    path: str
    sections_read: int
    open_sections: int
    facts: int
    """Facts in all heads."""
    tokens_per_second: float
    eta_seconds: float


def ask_deep(  # noqa: PLR0913  those of `ask`, and the pass
    store: Store,
    open_engine: Callable[[], Engine],
    model: str,
    question: str,
    deep_options: DeepOptions,
    options: AskOptions,
    *,
    compare: Compare = lambda blobs: None,
    clock: Callable[[], float] = time.monotonic,
) -> Generator[DeepProgress | Event, None, None]:
    """Show the best locations, pass over the sections, then answer.

    What code alone answers needs no pass, and no model. Every step is kept, so that the same
    question continues where its pass was interrupted. `model` identifies the weights. Raises
    UsageError for an unknown update, and what `ask` raises.
    """
    if deep_options.update not in (EXTRACT, REWRITE):
        raise UsageError(
            f"unknown update {deep_options.update!r}",
            hint=f"Use --update {EXTRACT} or {REWRITE}.",
        )
    is_located = False
    for event in answer_or_locate(store, question, options, compare=compare, clock=clock):
        yield event
        is_located = True
        if isinstance(event, Finished):
            return

    started = clock()
    engine = open_engine()
    deep_pass = plan_pass(store, engine, question, deep_options, options.scope)
    identity = _identity(model, question, deep_options, options.scope)
    deep_pass.resume(store.deep_steps(identity))

    for progress in _run(store, engine, deep_pass, identity, clock):
        yield progress
        budget = deep_options.budget_seconds
        if budget is not None and clock() - started >= budget:
            break

    answer = ask(
        store,
        lambda: engine,
        question,
        options,
        deep_facts=facts_of(deep_pass),
        compare=compare,
        clock=clock,
    )
    for event in answer:
        if not (is_located and isinstance(event, Located)):
            yield event


def plan_pass(
    store: Store,
    engine: Engine,
    question: str,
    options: DeepOptions,
    scope: Scope = WHOLE,
) -> DeepPass:
    """A pass over all chunks of the scope.

    Those that a search finds come first, by rank; the others follow in the order of the store.
    """
    result = search(store, question, "both", scope)
    rank_by_id = {ranked.chunk: rank for rank, ranked in enumerate(result.ranked)}
    stored_chunks = [stored for stored in store.chunks() if stored.chunk.path in scope]
    chunks = [stored.chunk for stored in stored_chunks]
    heads = make_plan(chunks, options.heads, options.selector).head_of
    section_by_id = {
        stored.id: Section(stored.chunk, stored.text, head)
        for stored, head in zip(stored_chunks, heads, strict=True)
    }
    worst_rank = len(rank_by_id)
    best_first = sorted(
        section_by_id, key=lambda chunk_id: (rank_by_id.get(chunk_id, worst_rank), chunk_id)
    )
    return DeepPass(
        question=question,
        query=result.query,
        sections=[section_by_id[chunk_id] for chunk_id in best_first],
        options=PassOptions(
            count=engine.count,
            heads=options.heads,
            head_tokens=options.head_tokens,
            update=options.update,
            gate=options.gate,
        ),
        look_up=cache(partial(definitions_of, store)),
    )


def facts_of(deep_pass: DeepPass) -> Facts:
    """What a pass found, in the form that an answer takes."""
    facts = deep_pass.facts()
    fact_lines = "".join(fact.line for fact in facts)
    head_texts = "\n".join(filter(None, deep_pass.texts))
    locations = tuple(fact.location for fact in facts)
    return Facts(fact_lines or head_texts, locations, _unread(deep_pass))


def _unread(deep_pass: DeepPass) -> str:
    """What a pass that was ended early did not read; empty where it read all that is open."""
    left = len(deep_pass.open_sections)
    if not left:
        return ""
    return (
        f"{count(left, 'section')} that may bear on the question "
        f"{'was' if left == 1 else 'were'} not read in time; "
        "the same question goes on with what is left"
    )


def _run(
    store: Store,
    engine: Engine,
    deep_pass: DeepPass,
    identity: str,
    clock: Callable[[], float],
) -> Iterator[DeepProgress]:
    """Run the pass, keeping each step before its progress is yielded."""
    tokens, started = 0, clock()
    steps: Iterator[DeepStep] = drive(engine, deep_pass.workers(engine.info.concurrent_prompts))
    for step in steps:
        store.add_deep_step(identity, step)
        tokens += step.prompt_tokens
        speed = tokens / max(1e-6, clock() - started)
        open_sections = deep_pass.open_sections
        tokens_left = sum(section.chunk.tokens for section in open_sections)
        yield DeepProgress(
            path=step.path,
            sections_read=deep_pass.sections_read,
            open_sections=len(open_sections),
            facts=len(deep_pass.facts()),
            tokens_per_second=speed,
            eta_seconds=tokens_left / max(1.0, speed),
        )


def _identity(model: str, question: str, options: DeepOptions, scope: Scope) -> str:
    """Identifies a pass in the store: a digest of all that its facts depend on."""
    parts = [
        PROMPT_VERSION,
        model,
        question,
        options.update,
        options.gate,
        options.heads,
        options.head_tokens,
        options.selector,
        *scope.names,
    ]
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()
