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
from repo_mhm.bench.arms import PI_MEM, SELECTOR_BY_REWRITING_ARM, ArmRun
from repo_mhm.bench.measures import BM25, WITHOUT_MEMORY
from repo_mhm.engine.run import drive
from repo_mhm.engine.types import Prompt, Reply
from repo_mhm.retrieval.search import bm25, search


def answer_all(run: ArmRun, memories: Mapping[int, Sequence[str]]) -> dict[int, str]:
    """The answer to each fact that is asked for, by its number.

    `memories` are the lines in memory after the pass of each fact.
    """
    if run.arm in (*SELECTOR_BY_REWRITING_ARM, PI_MEM):
        return _answers_from_memories(run, memories)
    return {number: _ask(run, number) for number in run.asked}


def _ask(run: ArmRun, number: int) -> str:
    has_memory = run.arm not in WITHOUT_MEMORY
    # Without a memory, what retrieval gives a model is measured: code alone answers nothing.
    options = AskOptions() if has_memory else AskOptions("source", use_exact=False)
    events = ask(
        run.store,
        lambda: run.engine,
        run.facts[number].question,
        options,
        find=bm25 if run.arm == BM25 else search,
        deep_facts=run.deep_results.get(number),
    )
    return _last_answer(events)


def _last_answer(events: Iterable[object]) -> str:
    return next(event for event in events if isinstance(event, Finished)).answer.answer


def _answers_from_memories(run: ArmRun, memories: Mapping[int, Sequence[str]]) -> dict[int, str]:
    answers = dict.fromkeys(run.asked, "")

    def ask_about(number: int) -> Generator[Prompt, Reply | None, None]:
        memory = "\n".join(memories[number])
        system = f"{prompts.source_system()}\nNotes on the repository:\n{memory}"
        question = prompts.question_block(run.facts[number].question)
        reply = yield prompts.answer_prompt(question, system, prompts.Material())
        if reply:
            answers[number] = reply.texts[0]

    for _ in drive(run.engine, (ask_about(number) for number in run.asked)):
        raise AssertionError("a question yields nothing but its prompt")
    return answers
