"""Which few lines of the source hold what a sentence says. Pure.

The idea: a sentence is reduced to its terms, each weighted by its rarity in the snapshot, so that
common words decide nothing, and to the names in it. Lines can only support the sentence if they
hold its names together: in at most CITED_LINES lines, in their path, or in the names of the
definitions around them. Of all such windows the one that holds most weight is the best, and it is
cut at both ends to the lines that matter. Forms of a word (`merge`, `merging`) count as one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from repo_mhm.location import Location
from repo_mhm.retrieval.query import STOP_WORDS
from repo_mhm.source.file_roles import is_documentation, is_history
from repo_mhm.source.search_terms import words

CITED_LINES = 8
"""Most lines of one citation: what a reader takes in at a glance."""
MIN_LINES = 6
"""Fewer lines are hard to understand by themselves."""
PROSE_FACTOR = 0.7
"""How much less lines of documentation count: they are not what the code does."""
OTHER_TOPIC_FACTOR = 0.8
"""How much less lines count that are not in the definition of what the sentence is about."""
CROSSING_FACTOR = 0.8
"""How much less lines count in which another definition begins."""
BEGINNING_FACTOR = 1.25
"""How much more the lines count with which that definition, or that of a name, begins."""
CONTEXT_FACTOR = 0.25
"""How much a term counts that only the path or the names around the lines have."""
MIN_STEM = 3
"""Characters; an ending is only taken off a longer word."""
_RECEIVERS = frozenset({"self", "this", "cls"})
_ENDINGS = ("ing", "ed", "e")
_SPEECH = frozenset(
    """
    method methods function functions class classes object objects instance instances value values
    code call calls called calling returns returned return raise raises raised provide provides
    provided allows allow allowing used using specific specified given based certain following
    responsible appropriate necessary required defined various likely typically important default
    module modules parameter parameters argument arguments attribute attributes property decorator
    done achieved way ways example implemented located found
    """.split()
)
"""Words of any sentence about code, which say nothing about where it comes from."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines that a sentence may be attributed to."""

    location: Location
    text: str


@dataclass(frozen=True, slots=True)
class Window:
    """A few lines, and how much of a sentence they hold."""

    location: Location
    share: float
    """Share of the sentence's term weight that the lines and what encloses them hold."""
    score: float
    """The share, less for documentation and for lines outside of what the sentence is about."""


class Content(NamedTuple):
    """What a sentence says, as far as it is looked for."""

    weights: Mapping[str, float]
    """Its terms, each with its weight."""
    names: Sequence[str] = ()
    quotes: Sequence[str] = ()
    """Code that it quotes."""
    topic: str = ""
    """The name that it is about; empty where that is not clear."""


class Enclosing(NamedTuple):
    """The definitions around a line."""

    names: str = ""
    """Their qualified names, outermost first, with spaces between."""
    starts: tuple[int, ...] = ()
    """Their first lines, outermost first."""


NOTHING = Enclosing()


@dataclass(slots=True)
class LineFinder:
    """Finds windows of lines for sentences; keeps the weights of words."""

    chunk_count: int
    frequency: Callable[[str], int]
    """In how many chunks a word occurs."""
    enclosing: Callable[[str, int], Enclosing]
    """From a path and a line to the definitions around it."""
    _weights: dict[str, float] = field(default_factory=dict)

    def weights(self, text: str) -> dict[str, float]:
        """The terms of a sentence, each with its weight."""
        weights: dict[str, float] = {}
        for word in words(text):
            if len(word) > 1 and word not in STOP_WORDS and word not in _SPEECH:
                term = stem(word)
                weights[term] = max(weights.get(term, 0.0), self._weight(word))
        return weights

    def best(
        self,
        content: Content,
        passages: Iterable[Passage],
        *,
        anchor: int = 0,
    ) -> Window | None:
        """The window with most of the terms' weight among those that hold all names and quotes.

        With an `anchor` it must hold that line, which counts from 1. Lines outside of the
        definition of the topic, if the sentence has one, count less. The first of equal windows is
        the best.
        """
        search = _Search(
            content.weights,
            _name_terms(content.names),
            frozenset(map(_squeezed, content.quotes)),
            terms_of(" ".join(content.quotes)),
            _name_terms([content.topic]),
            anchor,
        )
        best: Window | None = None
        for passage in passages:
            window = self._best_of(passage, search)
            if window is not None and (best is None or window.score > best.score):
                best = window
        return best

    def rarest(self, text: str, count: int) -> list[str]:
        """The rarest of a sentence's words that the snapshot has."""
        present = {word for word in words(text) if word not in STOP_WORDS and self.frequency(word)}
        return sorted(present, key=lambda word: (-self._weight(word), word))[:count]

    def _weight(self, word: str) -> float:
        """Inverse document frequency: rare words tell where a sentence comes from."""
        if word not in self._weights:
            total = self.chunk_count
            frequency = min(self.frequency(word), total)
            # A word that the snapshot lacks is the answer's own. It must not count as the rarest.
            self._weights[word] = math.log(1 + total / (frequency + 0.5)) if frequency else 1.0
        return self._weights[word]

    def _may_hold(self, passage: Passage, search: _Search) -> bool:
        """Whether a passage may have lines with all that is wanted; quicker than to split it."""
        location = passage.location
        if is_history(location.path):
            return False
        text = f"{location.path} {passage.text}".lower()
        missing = [name for name in search.names if name not in text]
        if missing:
            around = self.enclosing(location.path, location.start).names.lower()
            if not all(name in around for name in missing):
                return False
        return not search.quotes or search.holds_quotes(passage.text)

    def _best_of(self, passage: Passage, search: _Search) -> Window | None:
        if not self._may_hold(passage, search):
            return None
        lines = passage.text.split("\n")
        terms_by_line = list(map(terms_of, lines))
        path, first_line = passage.location.path, passage.location.start
        path_terms = terms_of(path)
        role_factor = PROSE_FACTOR if is_documentation(path) else 1.0
        best: Window | None = None

        for start, end in search.windows(terms_by_line, first_line):
            enclosing = self.enclosing(path, first_line + start)
            context = path_terms | terms_of(enclosing.names)
            own = frozenset().union(*terms_by_line[start : end + 1])

            share = search.share(own, context)
            factor = self._factor(search, context, path, (first_line + start, first_line + end))
            score = share * role_factor * factor
            if best is not None and score <= best.score:
                continue

            text = "\n".join(lines[start : end + 1]) if search.quotes else ""
            if search.names <= own | context and search.holds_quotes(text):
                trimmed = search.trimmed(terms_by_line, (start, end), context, first_line)
                location = Location(path, *(first_line + index for index in trimmed))
                best = Window(self._readable(location, passage), share, score)
        return best

    def _factor(
        self, search: _Search, context: Set[str], path: str, lines: tuple[int, int]
    ) -> float:
        """How much lines count for where they lie in the definitions around them.

        The beginning of a definition, its signature and documentation, says most.
        """
        first, last = lines
        enclosing = self.enclosing(path, first)
        is_beginning = first in enclosing.starts
        innermost = re.split(r"\W+", enclosing.names)[-1].lower()
        if is_beginning and stem(innermost) in search.names | search.topic:
            return BEGINNING_FACTOR

        factor = 1.0 if search.topic <= context else OTHER_TOPIC_FACTOR
        if not is_beginning and self._crosses(path, first, last):
            factor *= CROSSING_FACTOR
        return factor

    def _crosses(self, path: str, first: int, last: int) -> bool:
        """Whether another definition begins between two lines."""
        return any(start > first for start in self.enclosing(path, last).starts)

    def _readable(self, location: Location, passage: Passage) -> Location:
        """The lines from the start of a definition, where it is near, and at least MIN_LINES.

        They leave neither the passage nor the definition, and do not end with a blank line.
        """
        path, first_line = location.path, passage.location.start
        starts = self.enclosing(path, location.start).starts
        near = [start for start in starts if location.end - start < CITED_LINES]
        start = max(first_line, min([location.start, *near]))
        end = location.end
        last = min(start + MIN_LINES - 1, passage.location.end)
        around = self.enclosing(path, end).starts
        while end < last and self.enclosing(path, end + 1).starts[: len(around)] == around:
            end += 1

        lines = passage.text.split("\n")
        while end > location.end and not lines[end - first_line].strip():
            end -= 1
        return replace(location, start=start, end=end)


@dataclass(frozen=True, slots=True)
class _Search:
    """What the windows for one sentence are compared by."""

    weights: Mapping[str, float]
    names: frozenset[str]
    """Terms of the sentence's names, all of which a window must hold."""
    quotes: frozenset[str]
    """Code that it must hold, without white space."""
    quoted: frozenset[str]
    """Terms of that code."""
    topic: frozenset[str]
    """Terms of the name that the sentence is about."""
    anchor: int
    """The line that a window must hold, from 1; 0 if there is none."""

    def holds_quotes(self, text: str) -> bool:
        """Whether some lines hold all code that is quoted."""
        squeezed = _squeezed(text) if self.quotes else ""
        return all(quote in squeezed for quote in self.quotes)

    def share(self, own: Set[str], context: Set[str]) -> float:
        """The share of the sentence's weight that lines hold, with what is around them."""
        if not self.weights:
            return 1.0
        total = 0.0
        for term, weight in self.weights.items():
            if term in own:
                total += weight
            elif term in context:
                total += weight * CONTEXT_FACTOR
        return total / sum(self.weights.values())

    def windows(
        self, terms_by_line: Sequence[frozenset[str]], first_line: int
    ) -> Iterator[tuple[int, int]]:
        """First and last index of each window worth comparing."""
        last = len(terms_by_line) - 1
        anchor = self.anchor - first_line
        if self.anchor:
            if 0 <= anchor <= last:
                for start in range(max(0, anchor - CITED_LINES + 1), anchor + 1):
                    yield start, max(anchor, min(last, start + CITED_LINES - 1))
            return
        wanted = self.weights.keys() | self.names | self.quoted
        for start, terms in enumerate(terms_by_line):
            if not wanted.isdisjoint(terms):
                yield start, min(last, start + CITED_LINES - 1)

    def trimmed(
        self,
        terms_by_line: Sequence[frozenset[str]],
        span: tuple[int, int],
        context: frozenset[str],
        first_line: int,
    ) -> tuple[int, int]:
        """The window without the lines at its ends that add nothing."""
        start, end = span
        wanted = self.weights.keys() | self.quoted | (self.names - context)
        needed = wanted & frozenset().union(*terms_by_line[start : end + 1])
        anchor = self.anchor - first_line if self.anchor else -1

        while start < end and end != anchor:
            if wanted & frozenset().union(*terms_by_line[start:end]) != needed:
                break
            end -= 1
        while start < end and start != anchor:
            if wanted & frozenset().union(*terms_by_line[start + 1 : end + 1]) != needed:
                break
            start += 1
        return start, end


@lru_cache(maxsize=20_000)
def terms_of(text: str) -> frozenset[str]:
    """The terms of a text: its words without their endings."""
    return frozenset(map(stem, words(text)))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word without its ending, so that its forms are equal."""
    if not word.isalpha():
        return word
    if word.endswith("s") and not word.endswith("ss") and len(word) > MIN_STEM:
        word = f"{word[:-3]}y" if word.endswith("ies") else word[:-1]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= MIN_STEM:
            return word[: -len(ending)]
    return word


def _squeezed(code: str) -> str:
    """Code without what differs between a quote and its source: white space, kinds of quotes."""
    return "".join(code.replace("'", '"').split())


def _name_terms(names: Iterable[str]) -> frozenset[str]:
    """Every part of the names, as terms."""
    parts = (part for name in names for part in re.split(r"\W+", name))
    return frozenset(stem(part.lower()) for part in parts if part and part not in _RECEIVERS)
