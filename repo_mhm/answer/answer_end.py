"""Where an answer ends: before it repeats itself, and once it has said enough. Pure.

Small models go on after they have answered: they say a sentence again, add steps that they have
listed before, or fill the answer with what nothing supports. What is shown cannot be taken back
while it streams. So text is kept back as long as it may turn out to be a sentence that the answer
has already.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from repo_mhm.answer.citations import Sentence

MAX_SENTENCES = 8
"""Most sentences of an answer, without headings, lead-ins and code."""
MAX_UNSUPPORTED = 2
"""Most sentences outside of lists that nothing supports. Of 80 such sentences by the default model
32 were wrong, the first as often as the fifth (scripts/RESULTS.md)."""
MAX_BESIDE_NOTES = 1
"""The same where exact notes follow, which say more surely what the rest would say."""
MAX_ITEMS = 12
"""Most items of lists in an answer: a list is not cut where prose would be."""
LEAST_CHARACTERS = 12
"""Shorter sentences, such as `No.`, may come again."""

_LIST_MARK = re.compile(r"\s*(?:[-*•]|\d{1,3}[.)])\s+")


@dataclass(slots=True)
class AnswerEnd:
    """Watches the sentences of one answer as they end."""

    most_unsupported: int = MAX_UNSUPPORTED
    """Most sentences outside of lists that nothing supports."""
    _sentences: dict[str, None] = field(default_factory=dict)
    """What was said so far, each sentence in the form that is compared."""
    _prose: int = 0
    _items: int = 0
    _unsupported: int = 0

    def new_sentences(self, sentences: Sequence[Sentence]) -> list[Sentence]:
        """The first of `sentences` that still belong to the answer."""
        kept = []
        for sentence in sentences:
            if self.is_reached or self._is_repeated(sentence.text):
                break
            self._count(sentence)
            kept.append(sentence)
        return kept

    @property
    def is_reached(self) -> bool:
        """Whether enough was said."""
        return (
            self._prose >= MAX_SENTENCES
            or self._items >= MAX_ITEMS
            or self._unsupported >= self.most_unsupported
        )

    def may_repeat(self, beginning: str) -> bool:
        """Whether the `beginning` of a sentence is that of one before it."""
        text = _normal(beginning)
        return bool(text) and any(earlier.startswith(text) for earlier in self._sentences)

    def _is_repeated(self, text: str) -> bool:
        normal = _normal(text)
        return len(normal) >= LEAST_CHARACTERS and normal in self._sentences

    def _count(self, sentence: Sentence) -> None:
        self._sentences[_normal(sentence.text)] = None
        if _LIST_MARK.match(sentence.text):
            self._items += 1
        elif sentence.supported is not None:
            self._prose += 1
            self._unsupported += not sentence.supported


def _normal(text: str) -> str:
    """A sentence without its list mark, its case and its white space, as it is compared."""
    return " ".join(_LIST_MARK.sub("", text, count=1).lower().split())
