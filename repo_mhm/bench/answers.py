"""Answers to the questions of the facts, from what an arm keeps.

The product's own memories and BM25 are asked as `ask` is; a rewritten memory, which the product
does not have, is shown to the model alone.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence

from repo_mhm.answer import prompts
from repo_mhm.answer.context import AskOptions
from repo_mhm.answer.events import Finished
from repo_mhm.answer.session import ask
from repo_mhm.bench.arms import BM25, SELECTOR_BY_REWRITING_ARM, ArmRun
from repo_mhm.bench.needles import Fact
from repo_mhm.engine.run import drive
from repo_mhm.engine.types import Prompt, Reply
from repo_mhm.retrieval.search import bm25, search


def answer_all(run: ArmRun, memories: Mapping[int, Sequence[str]]) -> list[str]:
    """One answer for each fact; `memories` are the lines in memory after the pass of each fact."""
    if run.arm in SELECTOR_BY_REWRITING_ARM:
        return _answers_from_memories(run, memories)
    return [_ask(run, number, fact) for number, fact in enumerate(run.facts)]


def _ask(run: ArmRun, number: int, fact: Fact) -> str:
    is_bm25 = run.arm == BM25
    events = ask(
        run.store,
        lambda: run.engine,
        fact.question,
        AskOptions("source") if is_bm25 else AskOptions(),
        find=bm25 if is_bm25 else search,
        deep_facts=run.deep_results.get(number),
    )
    return _last_answer(events)


def _last_answer(events: Iterable[object]) -> str:
    return next(event for event in events if isinstance(event, Finished)).answer.answer


def _answers_from_memories(run: ArmRun, memories: Mapping[int, Sequence[str]]) -> list[str]:
    answers = [""] * len(run.facts)

    def ask_about(number: int, fact: Fact) -> Generator[Prompt, Reply | None, None]:
        memory = "\n".join(memories[number])
        system = f"{prompts.source_system()}\nNotes on the repository:\n{memory}"
        reply = yield prompts.answer_prompt(
            prompts.question_block(fact.question), system, prompts.Material()
        )
        if reply:
            answers[number] = reply.texts[0]

    for _ in drive(run.engine, (ask_about(number, fact) for number, fact in enumerate(run.facts))):
        raise AssertionError("a question yields nothing but its prompt")
    return answers
