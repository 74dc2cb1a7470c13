"""Rewriting: memories that a model writes anew at every step, the arms that anchored notes are measured against.

`single` is MemAgent's (one head), `lru` MHM's (the head updated longest ago), `routed` gives a section to the head with
the most words in common, `concur` lets the model choose the head and write it in one reply (arXiv:2607.01523). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace

from repo_mhm.deep.reading import Section, Taken, rewrite_prompt, rewritten
from repo_mhm.engine.types import Prompt, Reply, Slot
from repo_mhm.source.search_terms import words

SELECTORS = ("single", "lru", "routed", "concur")


@dataclass(slots=True)
class Rewriting:
    """A memory of `heads` texts, each of at most `head_tokens` tokens; every section rewrites exactly one."""

    question: str
    sections: Sequence[Section]
    select: str
    heads: int
    head_tokens: int
    texts: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.heads = 1 if self.select == "single" else self.heads
        self.texts = [""] * self.heads

    def lines(self) -> list[str]:
        """The memory, line by line."""
        return [line for text in self.texts for line in text.split("\n") if line.strip()]

    def lane(self) -> Generator[Prompt | Taken, Reply | None, None]:
        """One section after the other, since each prompt shows what the one before left.

        A prompt that does not fit the model is no failed step but a measure that means nothing: PromptTooLong ends it.
        """
        for number, section in enumerate(self.sections):
            prompt = self._prompt(section, number)
            reply = (yield prompt) or Reply(())
            taken = self._taken(section, number, reply)
            if not taken.failed:
                self.texts[taken.head] = taken.memory
            yield taken

    def _prompt(self, section: Section, number: int) -> Prompt:
        prompt = rewrite_prompt(
            self.question, self._given(section, number), self.texts, self.head_tokens
        )
        if self.select != "concur":
            return prompt
        user = prompt.user.rpartition("\n\n")[0].replace(", yours]", "]")
        chosen = Slot("Part to update, by its number:", 4)
        return Prompt(
            prompt.system, user, (chosen, Slot("\nUpdated part:", self.head_tokens, stop=""))
        )

    def _taken(self, section: Section, number: int, reply: Reply) -> Taken:
        given = self._given(section, number)
        if self.select != "concur":
            return rewritten(given, reply)
        chosen, text = (*reply.texts, "", "")[:2]
        digits = re.search(r"\d+", chosen)
        head = int(digits[0]) if digits else -1
        if not 0 <= head < self.heads:
            return replace(rewritten(given, Reply(())), failed=True)
        return rewritten(replace(section, head=head), replace(reply, texts=(text,)))

    def _given(self, section: Section, number: int) -> Section:
        return replace(
            section, head=self._routed(section) if self.select == "routed" else number % self.heads
        )

    def _routed(self, section: Section) -> int:
        """Words in common with the section, the emptier head of equals: an empty one is taken before an unrelated."""
        told = set(words(section.text))
        shared = [len(told & set(words(text))) for text in self.texts]
        return max(
            range(self.heads), key=lambda head: (shared[head], -len(self.texts[head]), -head)
        )
