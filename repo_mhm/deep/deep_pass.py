"""A deep pass: the repository's sections read with the question known. Pure.

The idea: sections come best first. The gate opens those that may bear on the question. For each the
model lists facts, and only facts that can come from the section are kept. The definitions of the
names in question and facts are added as the code spells them. The facts go to the section's head,
which gives up those of least worth when it is full. The names in them open further sections, until
none is open. With `rewrite` the model writes a head's whole text anew instead.

Generators yield prompts and receive replies. Whoever drives them runs the prompts and keeps each
DeepStep that they yield, so that a later pass can continue from there.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from repo_mhm.answer.definitions import DefinitionLookup, follow_definitions, names_in
from repo_mhm.deep.facts import DeepStep, Fact, Section
from repo_mhm.deep.gate import SectionGate
from repo_mhm.deep.prompts import extract_prompt, rewrite_prompt
from repo_mhm.deep.replies import (
    extract_step,
    locate,
    repeats_definition,
    rewrite_step,
    supported_lines,
)
from repo_mhm.engine.types import Prompt, Reply
from repo_mhm.location import Location
from repo_mhm.memory.jobs import ask
from repo_mhm.memory.notes import TokenCounter
from repo_mhm.retrieval.query import Query

EXTRACT, REWRITE = "extract", "rewrite"
MAX_FACTS = 4
"""Most facts of one section that the model's reply may give."""

SectionWorker = Generator["Prompt | DeepStep", "Reply | None", None]


@dataclass(frozen=True, slots=True)
class PassOptions:
    """How to pass over the sections."""

    count: TokenCounter
    heads: int = 8
    head_tokens: int = 512
    """Most tokens of one head."""
    update: str = EXTRACT
    gate: bool = True
    """Whether sections that do not bear on the question stay closed."""


@dataclass(slots=True)
class DeepPass:
    """One pass for one question over the sections, which come best first."""

    question: str
    query: Query
    sections: Sequence[Section]
    options: PassOptions
    look_up: DefinitionLookup
    heads: list[list[Fact]] = field(init=False)
    """The facts of each head, for `extract`."""
    texts: list[str] = field(init=False)
    """The text of each head, for `rewrite`."""
    sections_read: int = field(init=False, default=0)
    _gate: SectionGate = field(init=False)

    def __post_init__(self) -> None:
        self.heads = [[] for _ in range(self.options.heads)]
        self.texts = [""] * self.options.heads
        self._gate = SectionGate(self.query, self.sections, is_selective=self.options.gate)

    @property
    def open_sections(self) -> list[Section]:
        """The sections that are open and not begun. Facts that name further ones open those."""
        return self._gate.open_sections

    def facts(self) -> list[Fact]:
        """The facts of all heads, those of most worth first."""
        facts = (fact for head in self.heads for fact in head)
        return sorted(
            facts, key=lambda fact: (-fact.worth, fact.location.path, fact.location.start)
        )

    def resume(self, steps: Iterable[DeepStep]) -> None:
        """Apply the steps of an earlier run of the same pass."""
        contents = {section.chunk.content_id for section in self.sections}
        for step in steps:
            if step.content in contents:
                self._apply(step)
                self._gate.skip(step.content)

    def workers(self, concurrent: int) -> Iterator[SectionWorker]:
        """Generators that read the open sections: `concurrent` of them, or one for each head.

        Rewriting needs the text that the head's last step left, so only one section of a head is
        read at a time.
        """
        if self.options.update == REWRITE:
            yield from (self._rewrite_sections(head) for head in range(self.options.heads))
        else:
            yield from (self._extract_sections() for _ in range(concurrent))

    def _extract_sections(self) -> SectionWorker:
        while (section := self._gate.next_section()) is not None:
            reply = yield from ask(extract_prompt(self.question, section))
            yield self._apply(extract_step(section, reply, self._facts(section, reply)))

    def _rewrite_sections(self, head: int) -> SectionWorker:
        while (section := self._gate.next_section(head)) is not None:
            prompt = rewrite_prompt(self.question, section, self.texts, self.options.head_tokens)
            reply = yield from ask(prompt)
            yield self._apply(rewrite_step(section, reply))

    def _facts(self, section: Section, reply: Reply) -> tuple[Fact, ...]:
        """The model's facts of a section, then the definitions of the names in them."""
        lines = supported_lines(section, reply, self.query)
        new_lines = [
            line
            for line in lines
            if not repeats_definition(line, section, self.query, self.look_up)
        ]
        facts = [self._fact(line, locate(section, line)) for line in new_lines[:MAX_FACTS]]
        return (*facts, *self._definition_facts(lines))

    def _definition_facts(self, lines: Sequence[str]) -> list[Fact]:
        """The definitions of the names in the question and in `lines` that no head has yet."""
        listed = {(fact.location.path, fact.text) for head in self.heads for fact in head}
        names = names_in([self.question, *lines])
        definitions = follow_definitions(names, self.look_up, listed)
        return [self._fact(definition.text, definition.location) for definition in definitions]

    def _fact(self, text: str, location: Location) -> Fact:
        worth = self._gate.question_share(f"{location.path} {text}")
        fact = Fact(text, location, worth, tokens=0)
        return replace(fact, tokens=self.options.count(fact.line))

    def _apply(self, step: DeepStep) -> DeepStep:
        """Update the step's head, and open the sections that its facts name."""
        self.sections_read += 1
        head = min(step.head, self.options.heads - 1)
        if step.memory:
            self.texts[head] = step.memory

        facts = self.heads[head]
        facts += step.facts
        while len(facts) > 1 and sum(fact.tokens for fact in facts) > self.options.head_tokens:
            facts.remove(min(facts, key=lambda fact: fact.worth))

        self._gate.open_for_names(names_in(fact.text for fact in step.facts), self.look_up)
        return step
