"""Deep mode: a pass over the repository with the question known, so that a model looks for the answer in every part.

Owns the order of sections, the gate that leaves out what has nothing in common with question or memory, what is asked
of each section, what the code itself adds, and the heads that hold what was found. Pure: generators yield prompts and
receive replies; whoever drives them runs the prompts and keeps every Taken they yield.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from repo_mhm.answer.definitions import Define, fact_line, names_in, spelled_out
from repo_mhm.engine.types import Prompt, Reply, Slot
from repo_mhm.errors import PromptTooLong
from repo_mhm.location import Location
from repo_mhm.memory.note_cleanup import clean_note
from repo_mhm.memory.notes import TokenCounter
from repo_mhm.retrieval.ranking import Query
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.search_terms import words

PROMPT_VERSION = "4"
"""Part of a pass's identity: raise it when what is found changes."""
EXTRACT, REWRITE = "extract", "rewrite"
FACT_TOKENS = 96
"""Most tokens of one section's facts (DESIGN §7: 46 on average)."""
MOST_FACTS = 4
COMMON = 0.2
"""A term that more than this share of the sections hold opens none of them."""
FEW_SECTIONS = 4
"""A name in a fact that no more sections than this hold opens them, however few sections there are."""
SPAN_LINES = 12
"""Lines a fact is placed at, within its section."""

_EXTRACT = (
    "You read a code repository part by part to answer one question. From the part shown, list the facts that help to "
    "answer the question, one short sentence each on a line of its own, with exact names and values. "
    "If the part holds none, write only: none"
)
_REWRITE = (
    "You are presented with a problem, a section of a code repository that may help to answer it, and a memory in "
    "several parts. Read the section and update the part of the memory that is yours with the new information that "
    "helps to answer the problem, retaining what is relevant in it. Write only that part."
)

Lane = Generator["Prompt | Taken", "Reply | None", None]


@dataclass(frozen=True, slots=True)
class Section:
    """A chunk to be read: its text with secrets redacted, and the head that what it holds goes to."""

    chunk: Chunk
    text: str
    head: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One line that bears on the question, and the lines it was read from."""

    text: str
    location: Location
    worth: float
    """Share of the question's term weight it holds (0 to 1)."""
    tokens: int
    """Exact tokens of its line."""

    @property
    def line(self) -> str:
        """As it stands in memory and in prompts."""
        return fact_line(self.location, self.text)

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON, the location's among them."""
        return {
            "text": self.text, **asdict(self.location), "worth": self.worth, "tokens": self.tokens
        }  # fmt: skip

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Fact:
        """The fact that `as_json` gave `values` for."""
        location = Location(values["path"], values["start"], values["end"])
        return cls(values["text"], location, values["worth"], values["tokens"])


@dataclass(frozen=True, slots=True)
class Taken:
    """One step: a section was read, and one head got its facts (`extract`) or a new text (`rewrite`)."""

    content: str
    path: str
    head: int
    facts: tuple[Fact, ...] = ()
    memory: str = ""
    prompt_tokens: int = 0
    generated_tokens: int = 0
    seconds: float = 0.0
    failed: bool = False
    """The reply was unusable; the head keeps what it had."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to pass over the sections; the memory holds at most `heads` times `head_tokens` tokens."""

    count: TokenCounter
    heads: int = 8
    head_tokens: int = 512
    update: str = EXTRACT
    gate: bool = True


@dataclass(slots=True)
class Pass:
    """One question's way through the sections, best first."""

    question: str
    query: Query
    sections: Sequence[Section]
    options: Options
    define: Define
    facts: list[list[Fact]] = field(init=False)
    """What each head holds, for `extract`."""
    texts: list[str] = field(init=False)
    """What each head holds, for `rewrite`."""
    read: int = field(init=False, default=0)
    _open: list[int] = field(init=False)
    _opened: set[int] = field(init=False)
    _holding: dict[str, list[int]] = field(init=False)
    _weights: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self.facts = [[] for _ in range(self.options.heads)]
        self.texts = [""] * self.options.heads
        self._open, self._opened = [], set()
        self._holding = defaultdict(list)
        for number, section in enumerate(self.sections):
            for term in _terms(f"{section.chunk.path} {section.text}"):
                self._holding[term].append(number)
        total = max(1, len(self.sections))
        spread = {
            term: len(self._holding.get(term, ()))
            for term in _terms(self.question) & _known(self.query.terms)
        }
        self._weights = {
            term: math.log(1 + (total - n + 0.5) / (n + 0.5)) for term, n in spread.items()
        }
        rare = [term for term, n in spread.items() if n <= max(1, COMMON * total)]
        self._let_in(range(total) if not self.options.gate else ())
        for term in rare or spread:
            self._let_in(self._holding.get(term, ()))

    @property
    def to_read(self) -> int:
        """Sections that are open and not begun; grows when facts name other places."""
        return len(self._open)

    def remaining(self) -> list[Section]:
        """The sections that are open and not begun."""
        return [self.sections[number] for number in self._open]

    def resume(self, steps: Iterable[Taken]) -> None:
        """Take over the steps of an earlier run of the same pass."""
        numbers: dict[str, list[int]] = defaultdict(list)
        for number, section in enumerate(self.sections):
            numbers[section.chunk.content_id].append(number)
        for step in steps:
            if step.content in numbers:
                self._apply(step)
                done = set(numbers[step.content])
                self._opened |= done
                self._open = [number for number in self._open if number not in done]

    def lanes(self, at_once: int) -> Iterator[Lane]:
        """Generators that work the open sections off. Rewriting needs each head's last text: one lane a head."""
        if self.options.update == REWRITE:
            yield from (self._rewrite_lane(head) for head in range(self.options.heads))
        else:
            yield from (self._extract_lane() for _ in range(at_once))

    def found(self) -> list[Fact]:
        """All facts in memory, the most telling first."""
        every = (fact for head in self.facts for fact in head)
        return sorted(every, key=lambda fact: (-fact.worth, fact.location.path, fact.location.start))

    def _let_in(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            if number not in self._opened:
                self._opened.add(number)
                self._open.append(number)

    def _next(self, head: int | None = None) -> Section | None:
        """The best open section, of one head if asked; it is then no longer open."""
        mine = [
            number for number in self._open if head is None or self.sections[number].head == head
        ]
        if not mine:
            return None
        number = min(mine)
        self._open.remove(number)
        return self.sections[number]

    def _extract_lane(self) -> Lane:
        while (section := self._next()) is not None:
            yield self._apply(
                self._extracted(
                    section, (yield from _asked(extract_prompt(self.question, section)))
                )
            )

    def _rewrite_lane(self, head: int) -> Lane:
        while (section := self._next(head)) is not None:
            prompt = rewrite_prompt(self.question, section, self.texts, self.options.head_tokens)
            yield self._apply(rewritten(section, (yield from _asked(prompt))))

    def _extracted(self, section: Section, reply: Reply) -> Taken:
        lines = reply.texts[0].split("\n") if reply.texts else []
        cut_off = reply.generated_tokens >= FACT_TOKENS
        said = [clean_note(line, "", cut_off=cut_off and line is lines[-1]) for line in lines]
        chunk = section.chunk
        shown = f"{chunk.path}\n{chunk.enclosing}\n{section.text}"
        known = set(words(shown))
        held = [
            text
            for text in dict.fromkeys(said)
            if text and _stands_on(text, shown.lower(), known, self.query)
        ]
        facts = [self._fact(section, text) for text in held if self._says_more(section, text)][
            :MOST_FACTS
        ]
        return _step(section, reply, facts=(*facts, *self._spelled(held)), failed=not reply.texts)

    def _says_more(self, section: Section, text: str) -> bool:
        """Whether a line says more than the section's code, which is told as it is spelled: with what overrides it."""
        own = set(_own(text, self.query))
        told = (
            one.text
            for name in names_in([text])
            for one in self.define(name)
            if one.location.path == section.chunk.path
        )
        return not any(own.issubset(words(definition)) for definition in told)

    def _spelled(self, told: Sequence[str]) -> list[Fact]:
        """What the code itself says of the names in the question and in what was told, and of the names in that."""
        known = {(fact.location.path, fact.text) for head in self.facts for fact in head}
        found = spelled_out(names_in([self.question, *told]), self.define, known)
        return [self._placed(one.text, one.location) for one in found]

    def _fact(self, section: Section, text: str) -> Fact:
        return self._placed(text, _place(section, text))

    def _placed(self, text: str, location: Location) -> Fact:
        held = _terms(f"{location.path} {text}")
        worth = sum(weight for term, weight in self._weights.items() if term in held)
        share = worth / (sum(self._weights.values()) or 1.0)
        fact = Fact(text, location, share, 0)
        return replace(fact, tokens=self.options.count(fact.line))

    def _apply(self, step: Taken) -> Taken:
        self.read += 1
        head = min(step.head, self.options.heads - 1)
        if step.memory:
            self.texts[head] = step.memory
        held = self.facts[head]
        held += step.facts
        while sum(fact.tokens for fact in held) > self.options.head_tokens and len(held) > 1:
            held.remove(min(held, key=lambda fact: fact.worth))
        if self.options.gate:
            for name in names_in(fact.text for fact in step.facts):
                holding = self._holding.get(name.lower(), ())
                if len(holding) <= max(FEW_SECTIONS, COMMON * len(self.sections)) and self.define(
                    name
                ):
                    self._let_in(holding)
        return step


def extract_prompt(question: str, section: Section) -> Prompt:
    """Ask for facts: the section first, the question last (DESIGN §7: small models capture more in that order)."""
    chunk = section.chunk
    around = f"{chunk.enclosing}\n…\n" if chunk.enclosing else ""
    user = f"From {chunk.path}:\n\n{around}{section.text}\n\nQuestion: {question}\nFacts, or none:"
    return Prompt(_EXTRACT, user, (Slot("-", FACT_TOKENS, stop=""),))


def rewrite_prompt(
    question: str, section: Section, texts: Sequence[str], head_tokens: int
) -> Prompt:
    """The paper's order: problem, memory (every head, one of them to be rewritten), section (arXiv:2607.01523)."""
    parts = "\n".join(
        f"[part {number}{', yours' if number == section.head else ''}] {text or 'empty'}"
        for number, text in enumerate(texts)
    )
    user = (
        f"Problem: {question}\n\nMemory:\n{parts}\n\nSection {section.chunk.path}:\n{section.text}\n\n"
        f"Updated part {section.head} of the memory:"
    )
    return Prompt(_REWRITE, user, (Slot("", head_tokens, stop=""),))


def _asked(prompt: Prompt) -> Generator[Prompt, Reply | None, Reply]:
    try:
        return (yield prompt) or Reply(())
    except PromptTooLong:
        return Reply(())


def rewritten(section: Section, reply: Reply) -> Taken:
    """The step that gives the section's head the text replied; an empty one fails, and the head keeps what it had."""
    text = "\n".join(
        filter(None, (clean_note(line, "") for line in (reply.texts or ("",))[0].split("\n")))
    )
    return _step(section, reply, memory=text, failed=not text)


def _step(
    section: Section,
    reply: Reply,
    *,
    facts: tuple[Fact, ...] = (),
    memory: str = "",
    failed: bool = False,
) -> Taken:
    return Taken(
        section.chunk.content_id, section.chunk.path, section.head, facts, memory, reply.prompt_tokens,
        reply.generated_tokens, reply.seconds, failed,
    )  # fmt: skip


def _terms(text: str) -> set[str]:
    found = set(words(text))
    return found | {word[:-1] for word in found if len(word) > 3 and word.endswith("s")}


def _known(terms: Iterable[str]) -> set[str]:
    return _terms(" ".join(terms))


def _stands_on(text: str, shown: str, known: set[str], query: Query) -> bool:
    """Whether a line can come from what was shown (in lower case, and its words): every name in it does, and most of
    its words that are not the question's. Asked for a name, small models give it the values of other names."""
    if not all(name.lower() in shown for name in names_in([text])):
        return False
    own = _own(text, query)
    return bool(own) and sum(word in known for word in own) >= len(own) / 3


def _own(text: str, query: Query) -> list[str]:
    """A line's words that are not the question's; all of them where there are none."""
    told = [word for word in words(text) if len(word) > 2]
    return [word for word in told if word not in query.terms] or told


def _place(section: Section, text: str) -> Location:
    """The lines of the section that a fact is most likely about: those that share its rarest words."""
    lines = section.text.split("\n")
    told = set(words(text))
    held = [told.intersection(words(line)) for line in lines]
    rarity = Counter(word for line in held for word in line)
    scores = [sum(1 / rarity[word] for word in line) for line in held]
    best = max(range(len(lines)), key=lambda at: (scores[at], -at))
    around = [
        at
        for at in range(max(0, best - SPAN_LINES // 2), min(len(lines), best + SPAN_LINES // 2))
        if held[at]
    ]
    first, last = min(around, default=best), max(around, default=best)
    chunk = section.chunk
    return Location(chunk.path, chunk.start + first, min(chunk.start + last, chunk.end))
