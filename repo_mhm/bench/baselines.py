"""Memories that a model rewrites at every step: the baselines that notes are compared with. Pure.

Each step shows the model a section and lets it write one head anew. The selectors differ in how
that head is chosen: `single` has one head (MemAgent), `lru` takes the head updated longest ago
(MHM-LRU), `routed` the head with the most words in common with the section, and `concur` lets the
model choose the head and write it in one reply (arXiv:2607.01523).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace

from repo_mhm.deep.facts import DeepStep, Section
from repo_mhm.deep.prompts import rewrite_prompt
from repo_mhm.deep.replies import rewrite_step
from repo_mhm.engine.types import Prompt, Reply, Slot
from repo_mhm.source.search_terms import words

SELECTORS = ("single", "lru", "routed", "concur")
_HEAD_NUMBER_TOKENS = 4


@dataclass(slots=True)
class RewrittenMemory:
    """A memory of `heads` texts of at most `head_tokens` tokens; a section rewrites exactly one."""

    question: str
    sections: Sequence[Section]
    selector: str
    heads: int
    head_tokens: int
    texts: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.heads = 1 if self.selector == "single" else self.heads
        self.texts = [""] * self.heads

    def lines(self) -> list[str]:
        """The memory, line by line."""
        return [line for text in self.texts for line in text.split("\n") if line.strip()]

    def steps(self) -> Generator[Prompt | DeepStep, Reply | None, None]:
        """Read one section after the other, since each prompt shows what the last step left.

        PromptTooLong ends it: where a prompt cannot show the memory, nothing can be measured.
        """
        for number, section in enumerate(self.sections):
            section = replace(section, head=self._head(section, number))
            reply = (yield self._prompt(section)) or Reply(())
            step = self._step(section, reply)
            if not step.failed:
                self.texts[step.head] = step.memory
            yield step

    def _head(self, section: Section, number: int) -> int:
        """The head that this section updates, by the selector; `concur` ignores it."""
        return self._most_alike(section) if self.selector == "routed" else number % self.heads

    def _most_alike(self, section: Section) -> int:
        """The head with the most words in common with the section; of equals, the emptiest."""
        section_words = set(words(section.text))
        common = [len(section_words & set(words(text))) for text in self.texts]
        return max(
            range(self.heads), key=lambda head: (common[head], -len(self.texts[head]), -head)
        )

    def _prompt(self, section: Section) -> Prompt:
        prompt = rewrite_prompt(self.question, section, self.texts, self.head_tokens)
        if self.selector != "concur":
            return prompt

        # The model chooses: no head is marked as its own, and its number is asked for.
        user = prompt.user.rpartition("\n\n")[0].replace(", yours]", "]")
        number = Slot("Part to update, by its number:", _HEAD_NUMBER_TOKENS)
        text = Slot("\nUpdated part:", self.head_tokens, stop="")
        return Prompt(prompt.system, user, (number, text))

    def _step(self, section: Section, reply: Reply) -> DeepStep:
        if self.selector != "concur":
            return rewrite_step(section, reply)

        number, text = (*reply.texts, "", "")[:2]
        digits = re.search(r"\d+", number)
        head = int(digits[0]) if digits else -1
        if not 0 <= head < self.heads:
            return replace(rewrite_step(section, Reply(())), failed=True)
        return rewrite_step(replace(section, head=head), replace(reply, texts=(text,)))
