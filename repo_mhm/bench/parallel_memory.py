"""A memory that sections are read against in parallel: PI-Mem (arXiv:2608.03048). Pure.

The idea: a *turn* shows every section to the model together with the memory of the turn before. The
model first says yes or no to whether the section helps, and writes what helps only where it said
yes. At the end of a turn one prompt merges all that was written into the memory. A turn that finds
nothing is the last, and so is the third.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from repo_mhm.deep.facts import DeepStep, Section
from repo_mhm.deep.replies import rewrite_step
from repo_mhm.engine.types import Prompt, Reply, Slot
from repo_mhm.memory.notes import TokenCounter

MOST_TURNS = 3
FINDING_TOKENS = 96
"""Most tokens that one section adds, as in our own deep pass."""
_SYSTEM = (
    "You read a code repository section by section to solve a problem. Use exact names and values."
)
_SectionReader = Generator["Prompt | DeepStep", "Reply | None", None]


@dataclass(slots=True)
class ParallelMemory:
    """One text of at most `most_tokens` tokens, and the turns that write it."""

    question: str
    sections: Sequence[Section]
    most_tokens: int
    count: TokenCounter
    text: str = ""
    _turns: int = field(init=False, default=0)
    _findings: list[str] = field(init=False, default_factory=list)
    """What the sections of the turn added, not merged yet."""
    _has_found: bool = field(init=False, default=True)
    """Whether the last turn added anything."""

    @property
    def has_turn_left(self) -> bool:
        """Whether to read all sections again, or for the first time."""
        return self._turns < MOST_TURNS and self._has_found

    def lines(self) -> list[str]:
        """The memory, line by line, with what is not merged yet."""
        lines = "\n".join([self.text, *self._findings]).split("\n")
        return [line for line in lines if line.strip()]

    def readers(self, concurrent: int) -> Iterator[_SectionReader]:
        """Begin a turn: generators that share its sections among them."""
        self._turns += 1
        self._has_found = False
        sections = iter(self.sections)
        yield from (self._read(sections) for _ in range(concurrent))

    def merge(self) -> Generator[Prompt | DeepStep, Reply | None, None]:
        """End a turn: let the model write the memory anew with what the sections added.

        Of that, it is shown as much as a second memory could say.
        """
        if not self._findings:
            return
        findings = "\n".join(self._findings_that_fit())
        user = (
            f"Problem: {self.question}\n\nMemory:\n{self.text or 'empty'}\n\n"
            f"Findings:\n{findings}\n\nUpdated memory, with all that helps:"
        )
        reply = (yield Prompt(_SYSTEM, user, (Slot("", self.most_tokens, stop=""),))) or Reply(())
        step = rewrite_step(self.sections[0], reply)
        if not step.failed:
            self.text = step.memory
        self._findings = []
        yield replace(step, path="", content="")

    def _read(self, sections: Iterable[Section]) -> _SectionReader:
        for section in sections:
            reply = (yield self._prompt(section, "Does it help? yes or no:", 2)) or Reply(())
            if _says_yes(reply):
                reply = (yield self._prompt(section, "What helps:", FINDING_TOKENS)) or Reply(())
                step = rewrite_step(section, reply)
                if not step.failed:
                    self._findings.append(step.memory)
                    self._has_found = True
                yield step
            else:
                yield rewrite_step(section, reply)

    def _prompt(self, section: Section, request: str, tokens: int) -> Prompt:
        user = (
            f"Section {section.chunk.path}:\n{section.text}\n\n"
            f"Memory:\n{self.text or 'empty'}\n\nProblem: {self.question}\n{request}"
        )
        return Prompt(_SYSTEM, user, (Slot("", tokens, stop=""),))

    def _findings_that_fit(self) -> Iterator[str]:
        room = self.most_tokens
        for finding in self._findings:
            room -= self.count(finding)
            if room < 0:
                return
            yield finding


def _says_yes(reply: Reply) -> bool:
    return bool(reply.texts) and reply.texts[0].strip().lower().startswith("yes")
