"""Deep: read the repository with the question known, then answer from what was found."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial

from repo_mhm.answer.citations import Passage
from repo_mhm.answer.definition_lookup import definitions
from repo_mhm.answer.session import AskOptions, Compare, Gathered, ask
from repo_mhm.answer.session import Event as AskEvent
from repo_mhm.deep.reading import EXTRACT, PROMPT_VERSION, REWRITE, Options, Pass, Section
from repo_mhm.engine.run import drive
from repo_mhm.engine.types import Engine
from repo_mhm.errors import UsageError
from repo_mhm.memory.head_assignment import make_plan
from repo_mhm.retrieval import ranking
from repo_mhm.retrieval.search import search
from repo_mhm.store import Store


@dataclass(frozen=True, slots=True)
class DeepOptions:
    """How to pass over the repository; `budget_seconds` None: until every open section is read."""

    update: str = EXTRACT
    gate: bool = True
    heads: int = 8
    head_tokens: int = 512
    selector: str = "module"
    budget_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Passing:
    """After each section: its path, sections read and still open, facts in memory, speed and seconds to go."""

    path: str
    read: int
    to_read: int
    facts: int
    tokens_per_second: float
    eta_seconds: float


def deep(
    store: Store,
    open_engine: Callable[[], Engine],
    model: str,
    question: str,
    options: DeepOptions,
    answering: AskOptions,
    *,
    compare: Compare = lambda known: None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Passing | AskEvent]:
    """Pass over the sections, then answer. Every step is kept: the same question goes on where it was left.

    `model` is the identity of the weights. Raises UsageError for an unknown update, and as `ask` does.
    """
    if options.update not in (EXTRACT, REWRITE):
        raise UsageError(
            f"no update is called {options.update!r}", hint=f"use --update {EXTRACT} or {REWRITE}"
        )
    begun = clock()
    engine = open_engine()
    made = prepare(store, engine, question, options)
    identity = _identity(model, question, options)
    made.resume(store.deep_steps(identity))
    tokens, started = 0, clock()
    for step in drive(engine, made.lanes(engine.info.concurrent_prompts)):
        store.add_deep_step(identity, step)
        tokens += step.prompt_tokens
        speed = tokens / max(1e-6, clock() - started)
        left = sum(section.chunk.tokens for section in made.remaining())
        yield Passing(
            step.path, made.read, made.to_read, len(made.found()), speed, left / max(1.0, speed)
        )
        if options.budget_seconds is not None and clock() - begun >= options.budget_seconds:
            break
    yield from ask(
        store,
        lambda: engine,
        question,
        answering,
        gathered=gathered(made),
        compare=compare,
        clock=clock,
    )


def prepare(store: Store, engine: Engine, question: str, options: DeepOptions) -> Pass:
    """A pass over all chunks of the snapshot: those that a search finds first, then in reading order."""
    found = search(store, question, "both")
    place = {one.chunk: number for number, one in enumerate(found.ranked)}
    chunks = store.chunks()
    heads = make_plan([stored.chunk for stored in chunks], options.heads, options.selector).head_of
    ordered = sorted(
        zip(chunks, heads, strict=True),
        key=lambda pair: (place.get(pair[0].id, len(place)), pair[0].id),
    )
    sections = [Section(stored.chunk, stored.text, head) for stored, head in ordered]
    taking = Options(engine.count, options.heads, options.head_tokens, options.update, options.gate)
    return Pass(
        question,
        ranking.read_question(question),
        sections,
        taking,
        cache(partial(definitions, store)),
    )


def gathered(made: Pass) -> Gathered:
    """What a pass found, for the answer."""
    facts = made.found()
    memory = "".join(fact.line for fact in facts) or "\n".join(filter(None, made.texts))
    return Gathered(
        memory, tuple(Passage(one.location, one.text, lines=False) for one in facts)
    )


def _identity(model: str, question: str, options: DeepOptions) -> str:
    parts = [
        PROMPT_VERSION,
        model,
        question,
        options.update,
        options.gate,
        options.heads,
        options.head_tokens,
    ]
    return hashlib.blake2b(
        json.dumps([*parts, options.selector]).encode(), digest_size=16
    ).hexdigest()
