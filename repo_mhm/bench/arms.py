"""The arms: ways to keep a memory, each of which reads the same haystack within the same budget.

An arm that must know its question beforehand makes a pass for each fact with the fact's own
question, as `ask --deep` does, or one pass for all questions together. The others make one pass.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from repo_mhm.answer.facts import Facts
from repo_mhm.answer.memory_state import save_state
from repo_mhm.answer.prompts import memory_system
from repo_mhm.bench import baselines
from repo_mhm.bench.baselines import RewrittenMemory
from repo_mhm.bench.haystacks import Haystack
from repo_mhm.bench.measures import BM25, RETRIEVAL
from repo_mhm.bench.needles import Fact, joint_question
from repo_mhm.bench.parallel_memory import MOST_TURNS, ParallelMemory
from repo_mhm.deep.facts import DeepStep, Section
from repo_mhm.deep.session import DeepOptions, facts_of, plan_pass
from repo_mhm.engine.run import drive
from repo_mhm.engine.types import Engine, Prompt, Reply
from repo_mhm.errors import PromptTooLong
from repo_mhm.git import Snapshot
from repo_mhm.memory.index_plan import IndexOptions
from repo_mhm.memory.index_run import IndexRun
from repo_mhm.memory.notes import line
from repo_mhm.memory.refresh import refresh
from repo_mhm.memory.stop_rule import DEFAULT_SECONDS
from repo_mhm.store import Store

SELECTOR_BY_REWRITING_ARM = {
    selector if selector == "concur" else f"{selector}+rewrite": selector
    for selector in baselines.SELECTORS
}
OVERVIEW, PI_MEM, DEEP = "overview", "pi-mem", "deep"
INDEX_BY_ARM = {
    "default": IndexOptions(only_useful=True, budget_seconds=DEFAULT_SECONDS),
    "notes": IndexOptions(depth="read"),
    "drop-oldest": IndexOptions(depth="read", fit="drop-oldest"),
}
ARMS = (*SELECTOR_BY_REWRITING_ARM, PI_MEM, OVERVIEW, *INDEX_BY_ARM, DEEP, RETRIEVAL, BM25)
"""`single+rewrite` is MemAgent, `lru+rewrite` MHM-LRU, `concur` the paper's variant with one call,
`pi-mem` reads all sections in parallel. `overview` is the product's memory before a model reads,
`default` that after `repo-mhm index`, `notes` that after `index --all`. `retrieval` and `bm25` have
no memory."""

QUESTION_KNOWN = frozenset({*SELECTOR_BY_REWRITING_ARM, PI_MEM, DEEP})
"""The arms that must know their question before they read."""

FactNumbers = tuple[int, ...]
Step = TypeVar("Step")


class ArmStep(NamedTuple):
    """One step of an arm: a chunk was read."""

    facts: FactNumbers
    """The facts that the step's pass is about."""
    path: str
    content: str
    """Content id of the chunk, empty where the step read none."""
    head: int
    lines: list[str]
    """The memory of the pass after the step."""
    prompt_tokens: int
    generated_tokens: int


@dataclass(slots=True)
class ArmRun:
    """One arm on one haystack: what it works with."""

    arm: str
    haystack: Haystack
    heads: int
    head_tokens: int
    store: Store
    snapshot: Snapshot
    """The haystack's files."""
    engine: Engine
    model: str
    """Identity of the weights."""
    asked: FactNumbers
    """The facts that are asked for, by number; nothing is known of the others."""
    together: bool
    """Whether arms that must know their question get all questions joined into one."""
    deep_results: dict[int, Facts] = field(default_factory=dict)
    """What a deep pass found for each fact."""

    @property
    def facts(self) -> Sequence[Fact]:
        """The facts of the haystack."""
        return self.haystack.facts

    @property
    def knows_question(self) -> bool:
        """Whether the arm must know its question before it reads."""
        return self.arm in QUESTION_KNOWN

    def questions(self) -> dict[FactNumbers, str]:
        """The question of each pass of an arm that must know it, by the facts it is about."""
        if self.together:
            return {self.asked: joint_question([self.facts[number] for number in self.asked])}
        return {(number,): self.facts[number].question for number in self.asked}

    def expected_steps(self) -> int:
        """An upper bound of the steps: a deep pass leaves sections out."""
        is_single_pass = self.together or not self.knows_question
        turns = MOST_TURNS if self.arm == PI_MEM else 1
        return self.store.chunk_count() * turns * (1 if is_single_pass else len(self.asked))

    def scan(self) -> None:
        """Scan the haystack into the store; that makes the overview too."""
        refresh(self.store, self.snapshot, heads=self.heads, head_tokens=self.head_tokens)

    def steps(self) -> Iterator[ArmStep]:
        """Read the haystack, step by step."""
        if self.arm in SELECTOR_BY_REWRITING_ARM:
            return _rewriting_steps(self)
        if self.arm in INDEX_BY_ARM:
            return _index_steps(self)
        steps = {OVERVIEW: _overview_step, PI_MEM: _parallel_steps, DEEP: _deep_steps}
        return steps[self.arm](self) if self.arm in steps else iter(())

    def facts_in_chunk(self, step: ArmStep) -> list[int]:
        """The facts, of those the step is about, that can be learnt from the chunk it read.

        Such a chunk has the fact's value, and its name or the name behind an alias.
        """
        if not step.content:
            return []
        ids = self.store.chunk_ids([step.content]).get(step.content, [])
        texts = [stored.text for stored in self.store.chunks(ids)]
        return [
            number
            for number in step.facts
            if any(_teaches(text, self.facts[number]) for text in texts)
        ]


def _teaches(text: str, fact: Fact) -> bool:
    has_name = fact.name in text or bool(fact.by and fact.by in text)
    return has_name and fact.value in text


def _rewriting_steps(run: ArmRun) -> Iterator[ArmStep]:
    selector = SELECTOR_BY_REWRITING_ARM[run.arm]
    sections = _sections(run)
    memories = {
        facts: RewrittenMemory(question, sections, selector, run.heads, run.head_tokens)
        for facts, question in run.questions().items()
    }
    passes = (_labelled(facts, memory.steps()) for facts, memory in memories.items())
    for facts, step in drive(run.engine, passes):
        yield _arm_step(facts, step, memories[facts].lines())


def _sections(run: ArmRun) -> list[Section]:
    """All chunks, file by file in the haystack's order."""
    rank = {path: number for number, path in enumerate(run.haystack.files)}
    chunks = sorted(run.store.chunks(), key=lambda stored: (rank[stored.chunk.path], stored.id))
    return [Section(stored.chunk, stored.text, 0) for stored in chunks]


def _deep_steps(run: ArmRun) -> Iterator[ArmStep]:
    options = DeepOptions(heads=run.heads, head_tokens=run.head_tokens)
    passes = {
        facts: plan_pass(run.store, run.engine, question, options)
        for facts, question in run.questions().items()
    }
    at_once = run.engine.info.concurrent_prompts if run.together else 1
    readers = (
        _labelled(facts, reader)
        for facts, deep_pass in passes.items()
        for reader in deep_pass.workers(at_once)
    )
    for facts, step in drive(run.engine, readers):
        yield _arm_step(facts, step, [fact.line for fact in passes[facts].facts()])

    for facts, deep_pass in passes.items():
        run.deep_results.update(dict.fromkeys(facts, facts_of(deep_pass)))


def _arm_step(facts: FactNumbers, step: DeepStep, lines: list[str]) -> ArmStep:
    tokens = step.prompt_tokens, step.generated_tokens
    return ArmStep(facts, step.path, step.content, step.head, lines, *tokens)


def _labelled(
    facts: FactNumbers, steps: Generator[Prompt | Step, Reply | None, None]
) -> Generator[Prompt | tuple[FactNumbers, Step], Reply | None, None]:
    """The same generator, with the facts that its pass is about beside each step."""
    with suppress(StopIteration):
        item = next(steps)
        while True:
            try:
                reply = yield item if isinstance(item, Prompt) else (facts, item)
            except PromptTooLong as error:
                item = steps.throw(error)
            else:
                item = steps.send(reply)


def _parallel_steps(run: ArmRun) -> Iterator[ArmStep]:
    sections = _sections(run)
    most_tokens = run.heads * run.head_tokens
    for facts, question in run.questions().items():
        memory = ParallelMemory(question, sections, most_tokens, run.engine.count)
        while memory.has_turn_left:
            for step in drive(run.engine, memory.readers(run.engine.info.concurrent_prompts)):
                yield _arm_step(facts, step, memory.lines())
            for step in drive(run.engine, [memory.merge()]):
                yield _arm_step(facts, step, memory.lines())


def _overview_step(run: ArmRun) -> Iterator[ArmStep]:
    """The scan has made the overview: what is in memory after it."""
    yield ArmStep(run.asked, "", "", 0, _note_lines(run), 0, 0)


def _index_steps(run: ArmRun) -> Iterator[ArmStep]:
    options = replace(INDEX_BY_ARM[run.arm], heads=run.heads, head_tokens=run.head_tokens)
    indexing = IndexRun(run.store, run.model, options)
    indexing.refresh(run.snapshot)
    indexing.plan()
    yield from _overview_step(run)
    for progress in indexing.take_steps(run.engine):
        step = progress.step
        if step is None:
            continue
        tokens = step.prompt_tokens, step.generated_tokens
        yield ArmStep(run.asked, step.path, step.chunk, step.head, _note_lines(run), *tokens)

    # As after an index: answers load the state of the memory.
    save_state(run.store, memory_system(run.store.notes()), run.model, run.engine)


def _note_lines(run: ArmRun) -> list[str]:
    return [line(note) for note in run.store.notes()]
