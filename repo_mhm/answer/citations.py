"""Citations: which source lines support each sentence of an answer. Computed by code. Pure.

The idea: a sentence is attributed to the passages that hold its terms, each term weighted by its
rarity in the snapshot, so that common words decide nothing. The passage that holds most weight is
cited first, then those that add most of what is still missing, as long as they add enough. Long
passages are narrowed to the window of lines that shares most with the sentence. A sentence whose
passages hold too little of its weight is marked unsupported; one that names what the repository
does not have needs twice as much. What the model says about its own sources is only used where it
names real lines.

The snapshot is reached through a `SnapshotLookup`. `sentences` says where sentences end.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from repo_mhm.answer.sentences import FENCE, next_sentence
from repo_mhm.location import Location
from repo_mhm.retrieval.query import STOP_WORDS
from repo_mhm.source.search_terms import words

MIN_SUPPORT = 0.34
"""Least share of a sentence's term weight that its passages must hold for it to be supported."""
MIN_RELATIVE_GAIN = 0.6
"""A further passage is cited when it adds at least this share of what the first one holds."""
MAX_CITATIONS = 3
"""Most passages that code attributes one sentence to; a reader checks no more."""
CITED_LINES = 15
"""Longer passages are cited by a window of so many lines."""
MIN_TERMS = 2
"""Sentences with fewer terms claim nothing that could be checked."""

State = Literal["current", "moved", "changed", "gone"]
STATE_REMARKS: Mapping[State, str] = {
    "current": "",
    "moved": " (in a file that changed since it was read, but not in these lines)",
    "changed": " (changed since it was read)",
    "gone": " (no longer in the repository)",
}
"""What is shown after a citation, by its state."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Source lines, and whether the repository still has them.

    The location is where the repository has them now, unless they are gone.
    """

    location: Location
    state: State = "current"
    """`moved`: the file has changed since it was read, but not these lines."""
    text: str = field(default="", compare=False)
    """The cited lines as they were read, with secrets masked; empty where they were not looked up.
    """
    text_before: str = field(default="", compare=False)
    """The lines of the same chunk before them, by which syntax colours are told."""

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON, those of the location among them (DESIGN §12)."""
        return {**asdict(self.location), "state": self.state}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Citation:
        """The citation that `as_json` gave `values` for."""
        location = Location(values["path"], values["start"], values["end"])
        return cls(location, values.get("state", "current"))


@dataclass(frozen=True, slots=True)
class Passage:
    """Text that a sentence may be attributed to, source lines or a note, and its location."""

    location: Location
    text: str
    is_source: bool = True
    """Whether `text` is the lines at the location, so that a citation may be narrowed."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer; a fenced block of code is one sentence.

    `start` and `end` are its offsets in the answer (half open).
    """

    text: str
    start: int
    end: int
    citations: tuple[Citation, ...] = ()
    supported: bool | None = None
    """None when there is nothing to support: a heading, a lead-in, code."""
    unknown_names: tuple[str, ...] = ()
    """Names and locations in it that the repository does not have."""

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON, without its offsets (DESIGN §12)."""
        return {
            "text": self.text,
            "citations": [citation.as_json() for citation in self.citations],
            "supported": self.supported,
            "unknown_names": list(self.unknown_names),
        }


@dataclass(frozen=True, slots=True)
class SnapshotLookup:
    """What attributing sentences needs to know of the snapshot."""

    chunk_count: int
    frequency: Callable[[str], int]
    """In how many chunks a word occurs."""
    definitions: Callable[[str], Sequence[Passage]]
    """Where a name is defined; empty where it is not."""
    has_name: Callable[[str], bool]
    """Whether a name occurs at all."""
    resolve: Callable[[Location], Citation | None]
    """A location that the model wrote, as a citation if those lines exist."""


@dataclass(slots=True)
class CitationFinder:
    """Attributes sentences to passages as soon as they end.

    The sentences do not depend on the pieces in which the text is fed.
    """

    passages: Sequence[Passage]
    snapshot: SnapshotLookup
    _text: str = ""
    _position: int = 0
    """Where the next sentence is looked for: after the last one that has ended."""
    _weights: dict[str, float] = field(default_factory=dict)
    _terms_by_passage: dict[Passage, frozenset[str]] = field(default_factory=dict)

    def feed(self, piece: str) -> list[Sentence]:
        """Take the next piece of the answer; return the sentences that it ends."""
        self._text += piece
        return self._ended_sentences(final=False)

    def finish(self) -> list[Sentence]:
        """The sentences that only the end of the answer ends."""
        return self._ended_sentences(final=True)

    def _ended_sentences(self, *, final: bool) -> list[Sentence]:
        sentences = []
        while (span := next_sentence(self._text, self._position, final=final)) is not None:
            start, end = span
            sentences.append(self._attribute(self._text[start:end], start))
            self._position = end
        return sentences

    def _attribute(self, text: str, start: int) -> Sentence:
        end = start + len(text)
        if text.startswith(FENCE):
            return Sentence(text, start, end)

        written, invented = self._written_locations(text)
        prose = _WRITTEN_LOCATION.sub(" ", text)
        names = code_names(prose)
        unknown_names = [name for name in names if not self._exists(name)]
        unknown = (*unknown_names, *invented)
        terms = {word for word in words(prose) if word not in STOP_WORDS and len(word) > 1}
        is_heading_or_lead_in = text.lstrip().startswith("#") or text.endswith(":")
        if is_heading_or_lead_in or len(terms) < MIN_TERMS:
            return Sentence(text, start, end, tuple(written), None, unknown)

        sources, share = self._sources(terms, names)
        # A sentence with unknown names must be supported twice as well by its other terms.
        min_share = 2 * MIN_SUPPORT if unknown_names else MIN_SUPPORT
        is_supported = bool(sources or written) and share >= min_share
        cited = [*written, *sources] if is_supported else written
        return Sentence(text, start, end, tuple(dict.fromkeys(cited)), is_supported, unknown)

    def _written_locations(self, text: str) -> tuple[list[Citation], list[str]]:
        """Locations the model wrote: citations of those that exist, the text of the others."""
        existing, invented = [], []
        for match in _WRITTEN_LOCATION.finditer(text):
            first = int(match["first"])
            last = int(match["last"] or first)
            citation = self.snapshot.resolve(Location(match["path"], first, last))
            if citation is None:
                invented.append(match[0])
            else:
                existing.append(citation)
        return existing, invented

    def _sources(self, terms: set[str], names: Sequence[str]) -> tuple[list[Citation], float]:
        """A few passages that hold much of the terms' weight, and the share they hold.

        Greedy: the passage that adds most to those before it comes next, as long as it adds enough.
        """
        total = self._weight_of(terms)
        candidates = self._candidates(names)
        citations: list[Citation] = []
        covered: set[str] = set()
        first_gain = 0.0

        while candidates and len(citations) < MAX_CITATIONS:
            gains = [
                self._weight_of((terms & self._passage_terms(passage)) - covered)
                for passage in candidates
            ]
            best = max(range(len(gains)), key=lambda index: (gains[index], -index))
            gain = gains[best]
            if gain <= 0 or gain < MIN_RELATIVE_GAIN * first_gain:
                break
            if first_gain and gain < MIN_SUPPORT * total / 2:
                break
            first_gain = first_gain or gain
            passage = candidates.pop(best)
            citations.append(self._narrowed(passage, terms))
            covered |= terms & self._passage_terms(passage)

        return citations, self._weight_of(covered) / (total or 1.0)

    def _candidates(self, names: Sequence[str]) -> list[Passage]:
        """The passages of the answer, then the definitions of names that are not among them."""
        candidates = list(self.passages)
        return candidates + [
            definition
            for name in names
            for definition in self.snapshot.definitions(name)
            if definition not in candidates
        ]

    def _weight_of(self, terms: set[str]) -> float:
        # Sorted, so that the sum does not depend on the order of a set.
        return sum(map(self._weight, sorted(terms)))

    def _weight(self, term: str) -> float:
        """Inverse document frequency: rare words tell where a sentence comes from."""
        if term not in self._weights:
            total = self.snapshot.chunk_count
            frequency = min(self.snapshot.frequency(term), total)
            # A word that the snapshot lacks is the answer's own. It must not count as the rarest.
            self._weights[term] = math.log(1 + total / (frequency + 0.5)) if frequency else 1.0
        return self._weights[term]

    def _passage_terms(self, passage: Passage) -> frozenset[str]:
        if passage not in self._terms_by_passage:
            text = f"{passage.location.path} {passage.text}"
            self._terms_by_passage[passage] = frozenset(words(text))
        return self._terms_by_passage[passage]

    def _narrowed(self, passage: Passage, terms: set[str]) -> Citation:
        """The passage cited by the lines that share most with the sentence's terms."""
        path, first = passage.location.path, passage.location.start
        lines = passage.text.split("\n")
        is_exact = len(lines) == passage.location.end - first + 1
        if not passage.is_source or len(lines) <= CITED_LINES or not is_exact:
            return Citation(passage.location)

        shared = [terms.intersection(words(line)) for line in lines]
        start, end = self._best_window(shared)
        # The window's lines that share nothing are left out at both its ends.
        sharing = [index for index in range(start, end + 1) if shared[index]] or [start, end]
        return Citation(Location(path, first + sharing[0], first + sharing[-1]))

    def _best_window(self, shared: Sequence[set[str]]) -> tuple[int, int]:
        """The first and last of the CITED_LINES lines with the most weight; all if none has any."""
        best_gain, window = 0.0, (0, len(shared) - 1)
        for start in range(len(shared) - CITED_LINES + 1):
            covered = set[str]().union(*shared[start : start + CITED_LINES])
            gain = self._weight_of(covered)
            if gain > best_gain:
                best_gain, window = gain, (start, start + CITED_LINES - 1)
        return window

    def _exists(self, name: str) -> bool:
        """Whether the snapshot has a name, or all parts of a dotted one."""
        parts = [part for part in re.split(r"\.|::|#|/", name) if part]
        return self.snapshot.has_name(name) or all(map(self.snapshot.has_name, parts))


def all_citations(sentences: Iterable[Sentence]) -> list[Citation]:
    """Every citation once, in the order of the answer."""
    return list(
        dict.fromkeys(citation for sentence in sentences for citation in sentence.citations)
    )


_WRITTEN_LOCATION = re.compile(
    r"`?(?P<path>[\w./\-]*\w\.\w+):(?P<first>\d{1,7})(?:[-–](?P<last>\d{1,7}))?`?"
)
_CODE_SPAN = re.compile(r"`([^`\n]+)`")
_IDENTIFIER = re.compile(r"[^\W\d]\w*(?:(?:\.|::|#|/)[^\W\d]\w*)*")
_BARE_NAME = re.compile(
    r"(?<![\w.`/])(?:[^\W\d]\w*\.)*"
    r"(?:\w*[^\W_]_\w+|[A-Z]?[a-z]+[A-Z]\w*|[A-Z]{2,}[a-z]{2,}\w*|_+[^\W\d]\w*)\b"
)


def code_names(text: str) -> list[str]:
    """Names that a sentence presents as the repository's.

    They are identifiers in backticks, and words that only code spells so: `no_proxy`, `HTTPError`.
    """
    names = []
    for span in _CODE_SPAN.findall(text):
        identifier = _IDENTIFIER.fullmatch(span.strip().removesuffix("()").strip())
        if identifier:
            names.append(identifier[0])

    prose = _CODE_SPAN.sub(" ", text)
    names += [match[0] for match in _BARE_NAME.finditer(prose)]
    return [name for name in dict.fromkeys(names) if len(name) > 1]
