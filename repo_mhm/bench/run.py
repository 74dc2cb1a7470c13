"""Retention: plant facts in a real repository, let every way of keeping a memory read it, and log what is left.

Every arm has the same total budget, the same chunks and the same facts. Arms that must know the question beforehand
make a pass for each fact with its own question, as `ask --deep` does, or one pass for all questions joined. The log is
JSONL: a `haystack` line with its facts, a `step` line for every step with the facts then in memory (of those that its
pass is `about`), a `final` line with the answers.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from repo_mhm.answer import prompts
from repo_mhm.answer.memory_state import save_state
from repo_mhm.answer.session import AskOptions, Finished, Gathered, ask
from repo_mhm.bench import baselines
from repo_mhm.bench.baselines import Rewriting
from repo_mhm.bench.measures import Outcome
from repo_mhm.bench.needles import Fact, ask_all, plant
from repo_mhm.deep.reading import Section, Taken
from repo_mhm.deep.session import DeepOptions, gathered, prepare
from repo_mhm.engine.run import drive
from repo_mhm.engine.types import Engine, Prompt, Reply
from repo_mhm.errors import PromptTooLong, RepositoryError, UsageError
from repo_mhm.git import Snapshot, open_snapshot
from repo_mhm.memory.index_plan import IndexOptions
from repo_mhm.memory.index_run import IndexRun
from repo_mhm.memory.notes import line
from repo_mhm.memory.refresh import refresh
from repo_mhm.retrieval.search import bm25, search
from repo_mhm.source.scan import scan_bytes
from repo_mhm.source.token_estimates import estimate_tokens
from repo_mhm.store import Store, open_store

REWRITES = {
    f"{select}+rewrite" if select != "concur" else select: select for select in baselines.SELECTORS
}
NOTES = {"notes": "coarsen", "drop-oldest": "drop-oldest"}
DEEP, BM25 = "deep", "bm25"
Entry = dict[str, Any]
"""A line of the log, or a part of one."""
ARMS = (*REWRITES, *NOTES, DEEP, BM25)
"""`single+rewrite` is MemAgent, `lru+rewrite` MHM-LRU, `concur` the paper's one call; `notes` is the default memory."""


@dataclass(frozen=True, slots=True)
class RetentionOptions:
    """What to measure. `total_tokens` is the memory's size in every arm, split among `heads`."""

    arms: tuple[str, ...] = ARMS
    lengths: tuple[int, ...] = (8000,)
    """Tokens of source in a haystack."""
    haystacks: int = 1
    facts: int = 16
    heads: tuple[int, ...] = (8,)
    total_tokens: int = 4096
    head_tokens: int = 0
    """A fixed budget for each head instead of a fixed total; 0: the total."""
    answers: bool = True
    together: bool = False
    """Whether arms that must know the question beforehand are given all questions joined into one."""
    seed: int = 0

    def largest_memory(self) -> int:
        """Tokens that the largest memory of any arm may have."""
        return self.head_tokens * max(self.heads) or self.total_tokens

    def check(self) -> None:
        """Raises UsageError for arms that do not exist and numbers that make no sense."""
        for arm in self.arms:
            if arm not in ARMS:
                raise UsageError(
                    f"no arm is called {arm!r}", hint=f"use some of: {', '.join(ARMS)}"
                )
        if min(*self.lengths, self.haystacks, self.facts, *self.heads, self.total_tokens) < 1:
            raise UsageError("lengths, haystacks, facts, heads and tokens are numbers from 1")


@dataclass(frozen=True, slots=True)
class Stepped:
    """One step of one arm in one haystack: how far it is."""

    arm: str
    length: int
    haystack: int
    step: int
    steps: int
    held: int
    facts: int


@dataclass(slots=True)
class _Run:
    """One arm on one haystack: what it needs, and the log it writes."""

    arm: str
    heads: int
    head_tokens: int
    haystack: str
    length: int
    store: Store
    snapshot: Snapshot
    engine: Engine
    model: str
    facts: Sequence[Fact]
    order: Sequence[str]
    """Paths in the order in which the stream comes."""
    log: Callable[[Entry], None]
    together: bool
    gathered: dict[int, Gathered] = field(default_factory=dict)
    """By fact, what a deep pass has found for it."""

    def label(self) -> Entry:
        """What tells this run's lines in a log from those of others."""
        return {
            "arm": self.arm, "haystack": self.haystack, "length": self.length, "heads": self.heads,
            "head_tokens": self.head_tokens, "together": self.together and self.arm not in (*NOTES, BM25),
        }  # fmt: skip

    def everything(self) -> tuple[int, ...]:
        """The numbers of all facts."""
        return tuple(range(len(self.facts)))

    def questions(self) -> Iterator[tuple[tuple[int, ...], str]]:
        """What a question-conditioned arm is asked in each of its passes, and the facts each is about."""
        if self.together:
            yield self.everything(), ask_all(self.facts)
        else:
            yield from (((number,), fact.question) for number, fact in enumerate(self.facts))


def retention(
    snapshot: Snapshot,
    engine: Engine,
    model: str,
    options: RetentionOptions,
    log: Callable[[Entry], None],
) -> Iterator[Stepped]:
    """Run every arm on every haystack, one after the other; what is logged is complete after each step.

    Raises UsageError for impossible options and RepositoryError when the repository has too little Python.
    """
    options.check()
    sources = _sources(snapshot)
    for length in options.lengths:
        for number in range(options.haystacks):
            seed = options.seed * 1_000_003 + number
            chosen = _choose(sources, length, Random(seed))
            texts, facts = plant(chosen, options.facts, seed)
            name = f"{length}-{number}-{options.seed}"
            log(
                {
                    "kind": "haystack",
                    "haystack": name,
                    "length": length,
                    "facts": [asdict(fact) for fact in facts],
                }
            )
            for heads in options.heads:
                for arm in options.arms:
                    with tempfile.TemporaryDirectory() as folder:
                        root = Path(folder, "haystack")
                        for path, text in texts.items():
                            place = root / path
                            place.parent.mkdir(parents=True, exist_ok=True)
                            place.write_text(text, "utf-8")
                        with open_store(Path(folder, "state")) as store:
                            budget = options.head_tokens or options.total_tokens // heads
                            one = 1 if arm == "single+rewrite" else heads
                            run = _Run(
                                arm, one, budget * heads // one, name, length, store, open_snapshot(root), engine,
                                model, facts, list(texts), log, options.together,
                            )  # fmt: skip
                            yield from _work(run, number, options.answers)


def _sources(snapshot: Snapshot) -> dict[str, str]:
    """The repository's Python files that would be read."""
    made = {}
    for file in snapshot.files:
        if file.path.endswith(".py"):
            data = snapshot.read(file)
            if not scan_bytes(file.path, data).skipped:
                made[file.path] = data.decode("utf-8", "replace")
    return made


def _choose(sources: dict[str, str], length: int, rng: Random) -> dict[str, str]:
    """Files in a drawn order, up to `length` tokens; a file that would pass it by a tenth is left out."""
    paths = sorted(sources)
    rng.shuffle(paths)
    chosen: dict[str, str] = {}
    tokens = 0
    for path in paths:
        size = estimate_tokens(sources[path].encode())
        if size > 0 and tokens + size <= 1.1 * length:
            chosen[path] = sources[path]
            tokens += size
    if tokens < 0.8 * length:
        raise RepositoryError(
            f"the repository has about {tokens:,} tokens of Python that fit, {length:,} are asked for",
            hint="measure a larger repository, or a shorter length",
        )
    return chosen


def _work(run: _Run, number: int, answers: bool) -> Iterator[Stepped]:
    begun = time.monotonic()
    memories: dict[int, list[str]] = {at: [] for at in run.everything()}
    steps = tokens = generated = 0
    if run.arm not in NOTES:
        refresh(run.store, run.snapshot, heads=run.heads)
    passes = 1 if run.together or run.arm in NOTES else len(run.facts)
    total = len(run.store.chunks()) * passes
    for one in _READERS[run.arm](run):
        steps, tokens, generated = steps + 1, tokens + one.read, generated + one.wrote
        memories.update(dict.fromkeys(one.about, one.lines))
        held = [at for at in one.about if run.facts[at].held(one.lines)]
        of_chunk = [
            at
            for at in one.about
            if one.content and _stands_in(run.store, run.facts[at], one.content)
        ]
        run.log(
            {
                "kind": "step", **run.label(), "step": steps, "path": one.path, "head": one.head,
                "about": one.about, "held": held, "of": of_chunk,
            }
        )  # fmt: skip
        known = sum(run.facts[at].held(lines) for at, lines in memories.items())
        yield Stepped(run.arm, run.length, number, steps, total, known, len(run.facts))
    seconds = time.monotonic() - begun
    answered = list(_answers(run, memories)) if answers else []
    run.log(
        {
            "kind": "final", **run.label(), "seconds": round(seconds, 1), "prompt_tokens": tokens,
            "generated_tokens": generated,
            "memory_tokens": max(run.engine.count("\n".join(lines)) for lines in memories.values()),
            "held": [at for at, lines in memories.items() if run.facts[at].held(lines)],
            "leaked": [at for at, lines in memories.items() if run.facts[at].leaked(lines)],
            "answers": answered,
            "right": [fact.answered(said) for fact, said in zip(run.facts, answered, strict=False)],
        }
    )  # fmt: skip


def _stands_in(store: Store, fact: Fact, content: str) -> bool:
    """Whether a chunk holds the fact's value under its name: reading it is what a capture can come of."""
    texts = [stored.text for stored in store.chunks(store.chunk_ids([content]).get(content, []))]
    return any(
        fact.value in text and (fact.name in text or bool(fact.by and fact.by in text))
        for text in texts
    )


class _Step(NamedTuple):
    """One step of an arm: `lines` is the memory after it, of the pass that is `about` these facts."""

    about: tuple[int, ...]
    path: str
    content: str
    """Content id of the chunk read; empty: none."""
    head: int
    lines: list[str]
    read: int
    wrote: int


def _rewrite(run: _Run) -> Iterator[_Step]:
    made = {
        about: Rewriting(question, _stream(run), REWRITES[run.arm], run.heads, run.head_tokens)
        for about, question in run.questions()
    }
    for about, taken in drive(
        run.engine, (_labelled(about, one.lane()) for about, one in made.items())
    ):
        yield _step(about, taken, made[about].lines())


def _step(about: tuple[int, ...], taken: Taken, lines: list[str]) -> _Step:
    return _Step(
        about,
        taken.path,
        taken.content,
        taken.head,
        lines,
        taken.prompt_tokens,
        taken.generated_tokens,
    )


Label = tuple[int, ...]


def _labelled(
    about: Label, lane: Generator[Prompt | Taken, Reply | None, None]
) -> Generator[Prompt | tuple[Label, Taken], Reply | None, None]:
    """The lane with its events told apart from those of other passes."""
    with suppress(StopIteration):
        item = next(lane)
        while True:
            try:
                reply = yield item if isinstance(item, Prompt) else (about, item)
            except PromptTooLong as error:
                item = lane.throw(error)
            else:
                item = lane.send(reply)


def _stream(run: _Run) -> list[Section]:
    """All chunks, file by file in the drawn order."""
    place = {path: number for number, path in enumerate(run.order)}
    stored = sorted(run.store.chunks(), key=lambda one: (place[one.chunk.path], one.id))
    return [Section(one.chunk, one.text, 0) for one in stored]


def _notes(run: _Run) -> Iterator[_Step]:
    options = IndexOptions(
        heads=run.heads, head_tokens=run.head_tokens, depth="read", fit=NOTES[run.arm]
    )
    indexing = IndexRun(run.store, run.model, options)
    indexing.refresh(run.snapshot)
    indexing.plan()
    for progress in indexing.take_steps(run.engine):
        step = progress.step
        lines = [line(note) for note in run.store.notes()]
        read, wrote = step.prompt_tokens, step.generated_tokens
        yield _Step(run.everything(), step.path, step.chunk, step.head, lines, read, wrote)
    # As after an index: answers load the state of the memory.
    save_state(run.store, prompts.memory_system(run.store.notes()), run.model, run.engine)


def _deep(run: _Run) -> Iterator[_Step]:
    options = DeepOptions(heads=run.heads, head_tokens=run.head_tokens)
    made = {
        about: prepare(run.store, run.engine, question, options)
        for about, question in run.questions()
    }
    at_once = run.engine.info.concurrent_prompts if run.together else 1
    lanes = (_labelled(about, lane) for about, one in made.items() for lane in one.lanes(at_once))
    for about, taken in drive(run.engine, lanes):
        yield _step(about, taken, [fact.line for fact in made[about].found()])
    run.gathered = {number: gathered(one) for about, one in made.items() for number in about}


def _nothing(run: _Run) -> Iterator[_Step]:
    return iter(())


_READERS: dict[str, Callable[[_Run], Iterator[_Step]]] = {
    **dict.fromkeys(REWRITES, _rewrite),
    **dict.fromkeys(NOTES, _notes),
    DEEP: _deep,
    BM25: _nothing,
}


def _answers(run: _Run, memories: Mapping[int, Sequence[str]]) -> Iterator[str]:
    """Each fact's question answered: as `ask` does where the product could, else from its pass's memory alone."""
    if run.arm in (*NOTES, DEEP, BM25):
        find, options = (bm25, AskOptions("source")) if run.arm == BM25 else (search, AskOptions())
        for number, fact in enumerate(run.facts):
            known = run.gathered.get(number)
            yield _said(
                ask(
                    run.store, lambda: run.engine, fact.question, options, find=find, gathered=known
                )
            )
        return
    replies: dict[int, str] = {}

    def asking(number: int, fact: Fact) -> Generator[Prompt, Reply | None, None]:
        system = (
            prompts.source_system() + "\nNotes on the repository:\n" + "\n".join(memories[number])
        )
        reply = yield prompts.answer_prompt(fact.question, system, ())
        replies[number] = reply.texts[0] if reply else ""

    for _ in drive(run.engine, (asking(number, fact) for number, fact in enumerate(run.facts))):
        raise AssertionError("a question has no other event than its prompt")
    yield from (replies.get(number, "") for number in range(len(run.facts)))


def _said(events: Iterable[object]) -> str:
    return next(event for event in events if isinstance(event, Finished)).answer.answer


def outcomes(log: Iterable[str]) -> list[Outcome]:
    """What became of each fact, from the lines of a log. Runs without a `final` line are left out.

    Raises UsageError for a line that is not of such a log.
    """
    facts: dict[str, list[Entry]] = {}
    steps: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    made: list[Outcome] = []
    for number, text in enumerate(log, 1):
        try:
            entry = json.loads(text)
            haystack = entry["haystack"]
            if entry["kind"] == "haystack":
                facts[haystack] = entry["facts"]
            elif entry["kind"] == "step":
                steps[haystack, _arm(entry)].append(entry)
            else:
                made += _outcomes(entry, facts[haystack], steps[haystack, _arm(entry)])
        except (ValueError, KeyError, TypeError) as exc:
            raise UsageError(f"line {number} is not of a log of `bench retention`: {exc}") from exc
    return made


def _arm(entry: Entry) -> str:
    """The arm with its heads, the tokens of each, and whether it was asked everything at once."""
    once = ", asked at once" if entry["together"] else ""
    return f"{entry['arm']}, {entry['heads']} x {entry['head_tokens']}{once}"


def _outcomes(final: Entry, facts: Sequence[Entry], steps: Sequence[Entry]) -> Iterator[Outcome]:
    right = final["right"] or [None] * len(facts)
    for number, fact in enumerate(facts):
        own = [step for step in steps if number in step["about"]]
        held = [number in step["held"] for step in own]
        read = [at for at, step in enumerate(own) if number in step["of"]]
        first = held.index(True) if any(held) else len(own)
        yield Outcome(
            arm=_arm(final),
            length=final["length"],
            haystack=final["haystack"],
            kind=fact["kind"],
            immediate=bool(read) and held[read[-1]],
            captured=any(held),
            kept=number in final["held"],
            leaked=number in final["leaked"],
            right=right[number],
            updates=sum(step["head"] == own[first]["head"] for step in own[first + 1 :]),
        )
