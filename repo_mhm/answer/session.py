"""Ask: from a question to a streamed answer whose every citation is a real place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from repo_mhm.answer import citations, evidence, prompts
from repo_mhm.answer.citation_lookup import ground_of, nearest, note_passages
from repo_mhm.answer.citations import Citation, Grounder, Passage, Sentence
from repo_mhm.answer.definition_lookup import definitions
from repo_mhm.answer.definitions import spelled_out
from repo_mhm.answer.evidence import Evidence, Source
from repo_mhm.engine.types import Engine, Prompt
from repo_mhm.errors import PromptTooLong, StoreError
from repo_mhm.memory.notes import TokenCounter, Note, line
from repo_mhm.retrieval.search import Found, Mode, search, sources
from repo_mhm.source.token_estimates import estimate_tokens
from repo_mhm.store import Store, open_store

if TYPE_CHECKING:
    from repo_mhm.answer.staleness import Freshness

SPEED = "answer_tokens_per_second"
"""Meta key: prefill speed as answers have measured it; reading speeds, which include generation, are lower."""
BEHIND_MEMORY = 0.4
"""Speed of reading what comes after a whole memory, as a share of that of reading chunks: .37 to .70 on four memories
(98-144 against 204-263 tokens/s, Qwen2.5-Coder-1.5B, two cores)."""
SOURCES = 12
"""Best chunks that evidence is cut from."""
CONTEXT_MARGIN = 64
"""Tokens kept free for the chat template."""
GROUND_TOKENS = 6000
"""Tokens of recalled source that sentences may be attributed to: code reads it, so it costs next to nothing."""
RECALLED_NOTES = 12
"""Most notes repeated beside the question when the memory itself cannot be read in time."""
WRITE_SECONDS = 3.0
"""How long a given answer waits to be kept while an index writes what it has scanned."""


@dataclass(frozen=True, slots=True)
class AskOptions:
    """How to answer. `session` names the conversation; `follow_up` carries its earlier turns into the prompt."""

    mode: Mode = "both"
    first_token_seconds: float = 5.0
    session: str = ""
    follow_up: bool = False


@dataclass(frozen=True, slots=True)
class Gathered:
    """Facts found for one question: text for the prompt, and what sentences may be attributed to."""

    memory: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the answer will stand on; `coverage` as `Store.coverage` gives it."""

    evidence: tuple[Evidence, ...]
    notes: int
    """Notes the model has before it."""
    files: tuple[str, ...]
    """Recalled files, best first."""
    coverage: dict[str, int]


@dataclass(frozen=True, slots=True)
class Text:
    """The next piece of the answer. A Sentence event comes right after the piece that ends it."""

    piece: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What `ask --json` prints (DESIGN §12)."""

    question: str
    answer: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    unknown_names: tuple[str, ...]
    abstained: bool
    mode: str
    coverage: dict[str, int]
    commit: str
    first_token_seconds: float
    seconds: float
    session: str
    interrupted: bool = False
    model: str = ""
    prompt_tokens: int = 0
    evidence: tuple[Citation, ...] = ()
    """Source lines that were put before the model."""
    stale_chunks: int | None = None
    """Chunks that only the memory or only the repository has; None where they were not compared."""
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON (DESIGN §12)."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return values | {
            "sentences": [sentence.as_json() for sentence in self.sentences],
            "citations": [citation.as_json() for citation in self.citations],
            "evidence": [citation.as_json() for citation in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of an answer."""

    answer: Answer


Event = Recalled | Text | Sentence | Finished
Find = Callable[[Store, str, Mode], Found]
Compare = Callable[[Mapping[str, str]], "Freshness | None"]
"""From the blobs that a memory knows to how the repository stands against it."""


def ask(
    store: Store,
    open_engine: Callable[[], Engine],
    question: str,
    options: AskOptions,
    *,
    find: Find = search,
    gathered: Gathered | None = None,
    compare: Compare = lambda known: None,
    clock: Callable[[], float] = time.monotonic,
    started: float | None = None,
) -> Iterator[Event]:
    """Recall, answer and ground; the store must hold the snapshot. The caller closes the engine.

    `find` ranks the chunks that the answer may stand on. `gathered` stands in for the memory where a pass was made for
    this question (see `commands.deep`).
    `open_engine` is called only when a model is needed, after the search, so that both can go on at once. `compare`
    says how the repository stands against the memory; it runs in a thread once the answer has begun. `started` is when
    the user began to wait. An interrupted answer is kept as far as it came. Raises PromptTooLong when the
    question does not fit the model's context, EngineError when the engine fails.
    """
    began = clock() if started is None else started
    talk = _Talk(
        store, question, options, _Comparison(compare), clock, began, find=find, gathered=gathered
    )
    # What is found, shown and cited is of one moment, whatever an index writes meanwhile.
    with store.view():
        found = talk.search()
        if not found.answerable and not (gathered and gathered.memory):
            yield from talk.abstain(found)
            return
        try:
            yield from talk.answer(open_engine(), found)
        except (GeneratorExit, KeyboardInterrupt):
            talk.keep(interrupted=True)
            raise


class _Comparison:
    """How the repository stands against the memory, found out in the background: it must not delay the first word."""

    def __init__(self, compare: Compare) -> None:
        self._compare = compare
        self._thread: threading.Thread | None = None
        self._found: Freshness | None = None

    def start(self, known: Mapping[str, str]) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, args=(known,), daemon=True)
            self._thread.start()

    def _run(self, known: Mapping[str, str]) -> None:
        self._found = self._compare(known)

    def result(self) -> Freshness | None:
        """What was found; waits for it where it was started."""
        if self._thread is not None:
            self._thread.join()
        return self._found


@dataclass(slots=True)
class _Talk:
    """One question on its way to an answer."""

    store: Store
    question: str
    options: AskOptions
    comparison: _Comparison
    clock: Callable[[], float]
    started: float
    find: Find = search
    text: str = ""
    sentences: list[Sentence] = field(default_factory=list)
    shown: tuple[Evidence, ...] = ()
    first_token: float = 0.0
    model: str = ""
    prompt_tokens: int = 0
    turns: list[tuple[str, str]] = field(default_factory=list)
    gathered: Gathered | None = None
    speed: float = 0.0
    """Prefill speed as this answer measured it, folded in with the earlier ones."""

    def search(self) -> Found:
        """A follow-up that names nothing is about what the question before it was about."""
        if self.options.follow_up:
            turns = self.store.turns(self.options.session)
            self.turns = [(turn.question, turn.answer) for turn in turns]
        found = self.find(self.store, self.question, self.options.mode)
        if self.turns and not found.named:
            found = self.find(
                self.store, f"{self.question}\n{self.turns[-1][0]}", self.options.mode
            )
        return found

    def answer(self, engine: Engine, found: Found) -> Iterator[Event]:
        """Stream the model's answer, each sentence grounded as it ends."""
        self.model = engine.info.model
        prompt, passages, notes, unread = self._prompt(engine, found)
        yield self._recalled(found, notes)
        grounder = Grounder(ground_of(self.store, passages))
        began = self.clock()
        shown = 0
        for piece in engine.stream(prompt):
            if not self.first_token:
                self.first_token = self.clock() - self.started
                self._measure_speed(unread, self.clock() - began)
                self.comparison.start(self.store.blobs())
            self.text += piece
            for sentence in map(self._as_of_now, grounder.feed(piece)):
                yield Text(self.text[shown : sentence.end])
                shown = sentence.end
                self.sentences.append(sentence)
                yield sentence
            # White space is held back: whether it ends a sentence is only known from what follows.
            settled = len(self.text.rstrip())
            if settled > shown:
                yield Text(self.text[shown:settled])
                shown = settled
        for sentence in map(self._as_of_now, grounder.finish()):
            self.sentences.append(sentence)
            if sentence.end > shown:
                yield Text(self.text[shown : sentence.end])
                shown = sentence.end
            yield sentence
        if self.text.strip() and not citations.all_citations(self.sentences):
            yield from self._nearest(found, "\n\nNo source was found for this. The nearest places:")
        yield Finished(self.keep())

    def abstain(self, found: Found) -> Iterator[Event]:
        """Say that the answer is not here, and what is nearest; no model is asked."""
        self.comparison.start(self.store.blobs())
        coverage = self.store.coverage()
        yield self._recalled(found, 0)
        if self.options.mode == "memory" and not coverage["skimmed"]:
            said = "There is no memory of this repository yet, so it cannot answer: run `repo-mhm index` first."
        elif self.options.mode == "memory":
            said = "The memory does not hold this."
        else:
            said = f"Nothing in the {coverage['chunks']:,} chunks of this repository answers this."
        yield from self._nearest(found, said + (" The nearest places:" if found.ranked else ""))
        self.first_token = self.clock() - self.started
        yield Finished(self.keep(abstained=True))

    def _nearest(self, found: Found, said: str) -> Iterator[Event]:
        """Add `said` to the answer, and the places that come nearest to the question, each with what is there."""
        places = [(said, ())] + [
            (f"\n- {what or one.location.path}", (one,)) for one, what in nearest(self.store, found)
        ]
        for text, cited in places:
            start = len(self.text) + len(text) - len(text.lstrip())
            self.text += text
            sentence = Sentence(self.text[start:], start, len(self.text), cited)
            self.sentences.append(self._as_of_now(sentence))
            yield Text(text)
            yield self.sentences[-1]

    def keep(self, *, abstained: bool = False, interrupted: bool = False) -> Answer:
        """The answer as far as it has come, kept as a turn of its conversation."""
        freshness = None if interrupted else self.comparison.result()
        answer = Answer(
            question=self.question,
            answer=self.text,
            sentences=tuple(self.sentences),
            citations=tuple(citations.all_citations(self.sentences)),
            unknown_names=tuple(
                dict.fromkeys(name for one in self.sentences for name in one.unknown_names)
            ),
            abstained=abstained,
            mode=self.options.mode,
            coverage=self.store.coverage(),
            commit=self.store.meta("commit"),
            first_token_seconds=round(self.first_token, 3),
            seconds=round(self.clock() - self.started, 3),
            session=self.options.session,
            interrupted=interrupted,
            model=self.model,
            prompt_tokens=self.prompt_tokens,
            evidence=tuple(Citation(piece.location) for piece in self.shown),
            stale_chunks=freshness.stale(self.store) if freshness else None,
        )
        wrong = self._write(answer) if self.speed or (answer.session and answer.answer) else ""
        if wrong and answer.session:
            # The answer is worth more than its record: it is given all the same, with what went wrong.
            return replace(
                answer, warnings=(*answer.warnings, f"this exchange was not kept: {wrong}")
            )
        return answer

    def _write(self, answer: Answer) -> str:
        """Keep speed and exchange, over a connection of its own since this one reads; says what went wrong."""
        try:
            with open_store(self.store.path.parent, wait_seconds=WRITE_SECONDS) as store:
                if self.speed:
                    store.set_meta(**{SPEED: f"{self.speed:.1f}"})
                if answer.session and answer.answer:
                    store.add_turn(answer.session, answer.question, answer.answer, answer.as_json())
        except StoreError as exc:
            return exc.message
        return ""

    def _as_of_now(self, sentence: Sentence) -> Sentence:
        """The sentence with its citations where the repository has those lines today."""
        freshness = self.comparison.result() if sentence.citations else None
        if freshness is None:
            return sentence
        return replace(
            sentence,
            citations=tuple(freshness.resolve(self.store, one) for one in sentence.citations),
        )

    def _recalled(self, found: Found, notes: int) -> Recalled:
        files = tuple(dict.fromkeys(ranked.path for ranked in found.ranked))
        return Recalled(self.shown, notes, files, self.store.coverage())

    def _prompt(self, engine: Engine, found: Found) -> tuple[Prompt, list[Passage], int, int]:
        """The prompt, what its answer may be attributed to, the notes in it, and the tokens still to be read."""
        mode = self.options.mode
        live = self.store.notes() if mode != "source" and not self.gathered else []
        system, size, notes, unread = self._memory(engine, live, found)
        history = prompts.recent(self.turns, engine.count)
        asked = engine.count(self.question)
        fixed = asked + sum(
            engine.count(turn.question) + engine.count(turn.answer) for turn in history
        )
        room = engine.info.context - prompts.ANSWER_TOKENS - CONTEXT_MARGIN - size
        if fixed > room and history:
            history, fixed = [], asked
        if fixed > room:
            raise PromptTooLong(
                f"the question is {asked:,} tokens long; this model's context has room for {max(0, room):,}",
                hint="ask a shorter question, or set a larger context with REPO_MHM_CONTEXT",
            )
        beside = [] if system == prompts.source_system() else notes
        recalled = notes if not beside else []
        facts = self._facts(found, engine.count, room - fixed)
        fixed += engine.count(facts.memory)
        unread += fixed + sum(engine.count(line(note)) for note in recalled)
        best = sources(self.store, found.ranked[:SOURCES])
        pieces: list[Evidence] = []
        if mode != "memory":
            pieces = self._evidence(
                best, found, min(room - fixed, self._budget(unread)), engine.count
            )
        self.shown = (
            *pieces,
            *(Evidence(one.location, one.text) for one in facts.passages),
        )
        prompt = prompts.answer_prompt(
            self.question, system, pieces, history, notes=recalled, facts=facts.memory
        )
        told = engine.count(prompt.user)
        unread += told - asked
        self.prompt_tokens = size + told
        pieces += self._evidence(
            best, found, GROUND_TOKENS, lambda text: estimate_tokens(text.encode())
        )
        passages = [Passage(one.location, one.text) for one in pieces]
        passages += [*facts.passages, *([] if self.gathered else note_passages(self.store, notes))]
        return prompt, passages, len(notes), unread

    def _memory(
        self, engine: Engine, live: Sequence[Note], found: Found
    ) -> tuple[str, int, Sequence[Note], int]:
        """The system message, its tokens, the notes the model will see, and how many tokens are still to be read.

        The whole memory where its state is saved or can be read in time; else the notes that match the question.
        """
        plain = prompts.source_system()
        few = engine.count(plain)
        if self.options.mode == "source" or not live:
            return plain, few, (), few
        system = prompts.memory_system(live)
        tokens = engine.count(system)
        if tokens + prompts.ANSWER_TOKENS + 2 * CONTEXT_MARGIN < engine.info.context:
            if engine.load_state(system, self.store.state_path):
                return system, tokens, live, 0
            if tokens < self._speed() * self._seconds_left():
                return system, tokens, live, tokens
        return plain, few, self._matching(found), few

    def _matching(self, found: Found) -> list[Note]:
        return list(found.notes[:RECALLED_NOTES])

    def _evidence(
        self, best: Sequence[Source], found: Found, tokens: int, count: TokenCounter
    ) -> list[Evidence]:
        return evidence.gather(best, found.idf, found.query.names, tokens, count)

    def _facts(self, found: Found, count: TokenCounter, room: int) -> Gathered:
        """What a pass has found, and last what the names in the question stand for as the code spells it.

        The latter is left out where there is no room for it.
        """
        known = self.gathered or Gathered("", ())
        told = (
            spelled_out(found.query.names, partial(definitions, self.store))
            if self.options.mode != "memory"
            else []
        )
        lines = [one.line for one in told]
        before = "".join(
            text for text in known.memory.splitlines(keepends=True) if text not in lines
        )
        if not told or count(before + "".join(lines)) > room:
            return known
        passages = (Passage(one.location, one.text, lines=False) for one in told)
        return Gathered(before + "".join(lines), tuple(dict.fromkeys((*known.passages, *passages))))

    def _budget(self, other_tokens: int) -> int:
        return evidence.budget(self._speed(), self._seconds_left(), other_tokens)

    def _seconds_left(self) -> float:
        return self.options.first_token_seconds - (self.clock() - self.started)

    def _speed(self) -> float:
        reading = float(self.store.meta("prefill_tokens_per_second") or 0)
        return (
            float(self.store.meta(SPEED) or 0) or reading * BEHIND_MEMORY or evidence.DEFAULT_SPEED
        )

    def _measure_speed(self, tokens: int, seconds: float) -> None:
        """Fold a measurement in with the earlier ones; too little was read for one to mean anything otherwise."""
        if tokens < 200 or seconds <= evidence.TOKEN_SECONDS:
            return
        measured = tokens / (seconds - evidence.TOKEN_SECONDS / 2)
        known = float(self.store.meta(SPEED) or 0)
        self.speed = (measured + known) / 2 if known else measured
