"""Grounding: which source each sentence of an answer stands on, decided by code while the answer streams. Pure.

Owns how sentences are split, how they are attributed to passages, and which names are unknown. What the snapshot holds
comes from a `Ground`. Knows nothing about models or stores; never trusts what the model says about its sources.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from repo_mhm.location import Location
from repo_mhm.retrieval.ranking import STOP_WORDS
from repo_mhm.source.search_terms import words

FLOOR = 0.34
"""Least share of a sentence's term weight that its passages must hold for it to count as supported."""
RELATIVE = 0.6
"""A further passage is cited when it adds at least this share of what the first one holds and was not held yet."""
MOST_CITATIONS = 3
"""Citations of one sentence; more would say nothing."""
SPAN_LINES = 15
"""Longer passages are cited by the window of so many lines that shares most with the sentence."""
LEAST_TERMS = 2
"""Sentences with fewer words of content claim nothing that could be checked."""
State = Literal["current", "moved", "changed", "gone"]
STATES = {
    "current": "",
    "moved": " (in a file that changed since, these lines did not)",
    "changed": " (changed since it was read)",
    "gone": " (no longer in the repository)",
}
"""What is said behind a citation, by its state."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A location inside one stored chunk.

    `state` says whether the repository still has those lines: the location is where it has them now, unless they are
    gone.
    """

    location: Location
    state: State = "current"
    """`moved`: the file has changed since it was read, these lines have not."""

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON, the location's among them (DESIGN §12)."""
        return {**asdict(self.location), "state": self.state}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Citation:
        """The citation that `as_json` gave `values` for."""
        location = Location(values["path"], values["start"], values["end"])
        return cls(location, values.get("state", "current"))


@dataclass(frozen=True, slots=True)
class Passage:
    """Something a sentence may stand on: source lines or a note, and the lines it is cited by.

    `lines` says that `text` is those very lines, so that a citation may be narrowed.
    """

    location: Location
    text: str
    lines: bool = True


@dataclass(frozen=True, slots=True)
class Ground:
    """What a sentence can be checked against."""

    passages: Sequence[Passage]
    frequency: Callable[[str], int]
    """In how many chunks of the snapshot a word occurs."""
    total: int
    """Chunks in the snapshot."""
    defines: Callable[[str], Sequence[Passage]]
    """Where the snapshot defines a name; empty when it does not."""
    knows: Callable[[str], bool]
    """Whether a name occurs in the snapshot at all."""
    resolve: Callable[[str, int, int], Citation | None]
    """Lines of a file the model has written down, as a citation if they exist."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer, at `start` to `end` of its text. A fenced block of code is one sentence.

    `supported` is None when there is nothing to support: a heading, a lead-in, code.
    """

    text: str
    start: int
    end: int
    citations: tuple[Citation, ...] = ()
    supported: bool | None = None
    unknown_names: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON; where it lies in the answer is left out."""
        return {
            "text": self.text,
            "citations": [citation.as_json() for citation in self.citations],
            "supported": self.supported,
            "unknown_names": self.unknown_names,
        }


@dataclass(slots=True)
class Grounder:
    """Attributes sentences as they are finished. In whatever pieces a text is fed, the sentences are the same."""

    ground: Ground
    _text: str = ""
    _done: int = 0
    _weights: dict[str, float] = field(default_factory=dict)
    _held: dict[Passage, frozenset[str]] = field(default_factory=dict)

    def feed(self, piece: str) -> list[Sentence]:
        """Take the next piece of the answer; return the sentences that are finished now."""
        self._text += piece
        return self._take(final=False)

    def finish(self) -> list[Sentence]:
        """The sentences that only the end has finished."""
        return self._take(final=True)

    def _take(self, *, final: bool) -> list[Sentence]:
        found = []
        while (span := next_span(self._text, self._done, final=final)) is not None:
            start, self._done = span
            found.append(self._attribute(self._text[start : self._done], start))
        return found

    def _attribute(self, text: str, start: int) -> Sentence:
        end = start + len(text)
        if text.startswith("```"):
            return Sentence(text, start, end, unknown_names=())
        written, invented = self._written(text)
        plain = _REFERENCE.sub(" ", text)
        names = code_names(plain)
        unknown = tuple(name for name in names if not self._is_known(name))
        terms = {term for term in words(plain) if term not in STOP_WORDS and len(term) > 1}
        if text.lstrip().startswith("#") or text.endswith(":") or len(terms) < LEAST_TERMS:
            return Sentence(text, start, end, tuple(written), None, (*unknown, *invented))
        cited, share = self._sources(terms, names)
        supported = (
            bool(cited or written) and share >= FLOOR and not (unknown and share < 2 * FLOOR)
        )
        citations = tuple(dict.fromkeys([*written, *(cited if supported else ())]))
        return Sentence(text, start, end, citations, supported, (*unknown, *invented))

    def _written(self, text: str) -> tuple[list[Citation], list[str]]:
        """Places the model wrote down: those that exist as citations, and those that do not."""
        real, invented = [], []
        for found in _REFERENCE.finditer(text):
            first = int(found["first"])
            resolved = self.ground.resolve(found["path"], first, int(found["last"] or first))
            if resolved is None:
                invented.append(found[0])
            else:
                real.append(resolved)
        return real, invented

    def _sources(self, terms: set[str], names: Sequence[str]) -> tuple[list[Citation], float]:
        """The fewest passages that hold most of the terms' weight, and the share they hold."""
        total = sum(map(self._weight, terms))
        candidates = list(self.ground.passages)
        candidates += [
            place
            for name in names
            for place in self.ground.defines(name)
            if place not in candidates
        ]
        cited: list[Citation] = []
        held: set[str] = set()
        first = 0.0
        while candidates and len(cited) < MOST_CITATIONS:
            gains = [
                sum(map(self._weight, sorted((terms & self._terms(one)) - held)))
                for one in candidates
            ]
            best = max(range(len(gains)), key=lambda index: (gains[index], -index))
            if (
                gains[best] <= 0
                or gains[best] < RELATIVE * first
                or (first and gains[best] < FLOOR * total / 2)
            ):
                break
            first = first or gains[best]
            passage = candidates.pop(best)
            cited.append(self._narrow(passage, terms))
            held |= terms & self._terms(passage)
        return cited, sum(map(self._weight, sorted(held))) / (total or 1.0)

    def _weight(self, term: str) -> float:
        """Inverse document frequency: rare words say where a sentence comes from, common ones do not."""
        if term not in self._weights:
            occurs = min(self.ground.frequency(term), self.ground.total)
            # Words the snapshot lacks are the answer's own; they must not count as the rarest evidence there is.
            self._weights[term] = (
                math.log(1 + self.ground.total / (occurs + 0.5)) if occurs else 1.0
            )
        return self._weights[term]

    def _terms(self, passage: Passage) -> frozenset[str]:
        if passage not in self._held:
            self._held[passage] = frozenset(words(f"{passage.location.path} {passage.text}"))
        return self._held[passage]

    def _narrow(self, passage: Passage, terms: set[str]) -> Citation:
        lines = passage.text.split("\n")
        if (
            not passage.lines
            or len(lines) <= SPAN_LINES
            or len(lines) != passage.location.end - passage.location.start + 1
        ):
            return Citation(passage.location)
        shared = [terms.intersection(words(line)) for line in lines]
        best, window = 0.0, (0, len(lines) - 1)
        for start in range(len(lines) - SPAN_LINES + 1):
            held = set().union(*shared[start : start + SPAN_LINES])
            gain = sum(map(self._weight, sorted(held)))
            if gain > best:
                best, window = gain, (start, start + SPAN_LINES - 1)
        kept = [index for index in range(window[0], window[1] + 1) if shared[index]] or list(window)
        path, start = passage.location.path, passage.location.start
        return Citation(Location(path, start + kept[0], start + kept[-1]))

    def _is_known(self, name: str) -> bool:
        return self.ground.knows(name) or all(
            self.ground.knows(part) for part in re.split(r"\.|::|#|/", name) if part
        )


_REFERENCE = re.compile(
    r"`?(?P<path>[\w./\-]*\w\.\w+):(?P<first>\d{1,7})(?:[-–](?P<last>\d{1,7}))?`?"
)
_CODE_SPAN = re.compile(r"`([^`\n]+)`")
_IDENTIFIER = re.compile(r"[^\W\d]\w*(?:(?:\.|::|#|/)[^\W\d]\w*)*")
_BARE_NAME = re.compile(
    r"(?<![\w.`/])(?:[^\W\d]\w*\.)*(?:\w*[^\W_]_\w+|[A-Z]?[a-z]+[A-Z]\w*|[A-Z]{2,}[a-z]{2,}\w*|_+[^\W\d]\w*)\b"
)


def code_names(text: str) -> list[str]:
    """Names a sentence presents as the repository's: identifiers in code font, and words only code is written in."""
    spans = [span.strip() for span in _CODE_SPAN.findall(text)]
    names = [
        match[0]
        for span in spans
        if (match := _IDENTIFIER.fullmatch(span.removesuffix("()").strip()))
    ]
    bare = _CODE_SPAN.sub(" ", text)
    names += [match[0] for match in _BARE_NAME.finditer(bare)]
    return [name for name in dict.fromkeys(names) if len(name) > 1]


_ABBREVIATIONS = frozenset(
    {"e.g", "i.e", "cf", "vs", "approx", "resp", "fig", "no", "incl", "aka", "viz"}
)
_END = re.compile(r"[.!?]+[\"')\]*_]*(?=\s)")
_FENCE = re.compile(r"```")


def next_span(text: str, position: int, *, final: bool) -> tuple[int, int] | None:
    """Where the next sentence from `position` begins and ends; None while more text could still change that.

    A sentence ends at a line's end, after a full stop that no abbreviation, list number or dotted name owns, or with
    its code fence.
    """
    start = position
    while start < len(text) and text[start].isspace():
        start += 1
    if start == len(text):
        return None
    if text.startswith("```", start):
        return _fence_span(text, start, final=final)
    if not final and "```".startswith(text[start:]):
        return None
    line_end = text.find("\n", start)
    stop = line_end if line_end >= 0 else len(text)
    for end in _sentence_ends(text, start, stop):
        after = end
        while after < len(text) and text[after].isspace():
            after += 1
        if after == len(text) and not final:
            return None
        if after == len(text) or "\n" in text[end:after] or not text[after].islower():
            return start, end
    if line_end >= 0 or final:
        return start, start + len(text[start:stop].rstrip())
    return None


def _fence_span(text: str, start: int, *, final: bool) -> tuple[int, int] | None:
    close = text.find("\n```", start + 3)
    if close < 0:
        return (start, len(text.rstrip())) if final else None
    line_end = text.find("\n", close + 4)
    if line_end < 0 and not final:
        return None
    return start, start + len(text[start : line_end if line_end >= 0 else len(text)].rstrip())


def _sentence_ends(text: str, start: int, stop: int) -> Iterator[int]:
    """Ends of sentences within a line, outside code font."""
    for found in _END.finditer(text, start, min(stop + 1, len(text))):
        before = text[start : found.start()]
        if before.count("`") % 2:
            continue
        word = before.rsplit(None, 1)[-1].lstrip("([*_\"'").lower() if before.strip() else ""
        numbered = word.isdigit() and before.strip() == word
        if found[0].startswith(".") and (word in _ABBREVIATIONS or numbered or not word):
            continue
        yield found.end()


def all_citations(sentences: Iterable[Sentence]) -> list[Citation]:
    """Every citation once, in the order of the answer."""
    return list(
        dict.fromkeys(citation for sentence in sentences for citation in sentence.citations)
    )
