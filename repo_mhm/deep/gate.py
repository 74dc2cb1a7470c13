"""The gate of a deep pass: which sections are worth reading for the question. Pure.

The idea: a section is open at first when it shares a rare word with the question, and holds half of
what the best section holds of the question's words, each weighed by how rare it is. So are as many
sections that come first in the order of the search, which follows more than words: a question that
names something opens few sections of either kind, a vague one many. A name in a fact that was found
opens the few sections that hold it, so that the pass follows names from file to file. Everything
else stays closed and costs nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from repo_mhm.answer.definitions import DefinitionLookup
from repo_mhm.deep.facts import Section
from repo_mhm.retrieval.query import Query
from repo_mhm.retrieval.term_weights import inverse_document_frequency
from repo_mhm.source.search_terms import words

MAX_SECTION_SHARE = 0.2
"""A term that more than this share of the sections hold opens none of them."""
OPEN_SHARE = 0.5
"""Least share of the best section's weight of words that opens a section (scripts/RESULTS.md)."""
MIN_NAME_SECTIONS = 4
"""A name in a fact that no more sections hold opens them, however few sections there are."""


class SectionGate:
    """Knows which sections are open, and which of them were begun.

    Sections come best first. Unless `is_selective`, all of them are open at once.
    """

    def __init__(self, query: Query, sections: Sequence[Section], *, is_selective: bool) -> None:
        self._sections = sections
        self._is_selective = is_selective
        self._sections_by_term = _sections_by_term(sections)
        self._sections_by_content = _sections_by_content(sections)
        self._open: set[int] = set()
        self._ever_opened: set[int] = set()

        terms = sorted(word_forms(" ".join(query.terms)))
        frequencies = {term: len(self._sections_by_term.get(term, ())) for term in terms}
        self._term_weights = {
            term: inverse_document_frequency(frequency, max(1, len(sections)))
            for term, frequency in frequencies.items()
        }
        self._open_first(frequencies)

    @property
    def open_sections(self) -> list[Section]:
        """The sections that are open and not begun."""
        return [self._sections[index] for index in sorted(self._open)]

    def next_section(self, head: int | None = None) -> Section | None:
        """Begin the best open section (of `head`, where one is given); None where none is left."""
        candidates = [
            index for index in self._open if head is None or self._sections[index].head == head
        ]
        if not candidates:
            return None
        index = min(candidates)
        self._open.remove(index)
        return self._sections[index]

    def open_for_names(self, names: Iterable[str], look_up: DefinitionLookup) -> None:
        """Open the sections that hold one of `names`, if they are few and the name is defined."""
        if not self._is_selective:
            return
        limit = max(MIN_NAME_SECTIONS, MAX_SECTION_SHARE * len(self._sections))
        for name in names:
            sections = self._sections_by_term.get(name.lower(), ())
            if len(sections) <= limit and look_up(name):
                self._open_all(sections)

    def skip(self, content: str) -> None:
        """Mark the sections with that content as begun."""
        indexes = self._sections_by_content.get(content, set())
        self._ever_opened |= indexes
        self._open -= indexes

    def question_share(self, text: str) -> float:
        """Share of the question's term weight that a text holds, from 0 to 1."""
        forms = word_forms(text)
        covered = sum(weight for term, weight in self._term_weights.items() if term in forms)
        return covered / (sum(self._term_weights.values()) or 1.0)

    def _open_first(self, frequencies: dict[str, int]) -> None:
        """Open the sections that hold a rare term of the question, or any where none is rare.

        Unless the gate is selective, open all.
        """
        if not self._is_selective:
            self._open_all(range(len(self._sections)))
            return
        limit = max(1, MAX_SECTION_SHARE * len(self._sections))
        rare_terms = [term for term, frequency in frequencies.items() if frequency <= limit]
        candidates = {
            index
            for term in rare_terms or frequencies
            for index in self._sections_by_term.get(term, ())
        }
        weights = self._weights()
        least = OPEN_SHARE * max((weights[index] for index in candidates), default=0.0)
        alike = [index for index in candidates if weights[index] >= least]
        self._open_all([*alike, *range(len(alike))])

    def _weights(self) -> dict[int, float]:
        """The weight of the question's terms in each section that holds any."""
        weights: dict[int, float] = defaultdict(float)
        for term, weight in self._term_weights.items():
            for index in self._sections_by_term.get(term, ()):
                weights[index] += weight
        return weights

    def _open_all(self, indexes: Iterable[int]) -> None:
        new = set(indexes) - self._ever_opened
        self._ever_opened |= new
        self._open |= new


def word_forms(text: str) -> set[str]:
    """The words of a text, and its plurals also without their final `s`."""
    forms = set(words(text))
    return forms | {word[:-1] for word in forms if len(word) > 3 and word.endswith("s")}


def _sections_by_term(sections: Sequence[Section]) -> dict[str, list[int]]:
    """For each word the indexes of the sections that hold it in their path or text."""
    by_term: dict[str, list[int]] = defaultdict(list)
    for index, section in enumerate(sections):
        for term in word_forms(f"{section.chunk.path} {section.text}"):
            by_term[term].append(index)
    return dict(by_term)


def _sections_by_content(sections: Sequence[Section]) -> dict[str, set[int]]:
    by_content: dict[str, set[int]] = defaultdict(set)
    for index, section in enumerate(sections):
        by_content[section.chunk.content_id].add(index)
    return dict(by_content)
