"""Citations: which source lines support each sentence of an answer. Computed by code. Pure.

The idea: a sentence is cited only where lines bear it out. First its claims are compared with the
code (`claims`, `claim_checks`): X calls Y, X raises E, V is the default of P. A claim that code
bears out is cited by the line that does so; a sentence that code contradicts is marked so, with
what the code says instead. Where no claim decides, `cited_lines` looks for a few lines that hold
all names of the sentence together, and most of its rare terms. A sentence is marked unsupported
when no lines do, when it names what the repository does not have, or when one of its claims should
show in the code and does not. One that only repeats the question says nothing to support. What the
model says about its own sources is only used where it names real lines.

The snapshot is reached through a `SnapshotLookup`. `sentences` says where sentences end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from repo_mhm.answer.cited_lines import CITED_LINES, Content, Enclosing, LineFinder, Passage, Window
from repo_mhm.answer.claim_verdicts import Verdict
from repo_mhm.answer.claims import Claim, read_claims, topic_of
from repo_mhm.answer.code_names import (
    code_names,
    code_quotes,
    without_locations,
    without_names,
    written_locations,
)
from repo_mhm.answer.sentences import FENCE, next_sentence
from repo_mhm.location import Location
from repo_mhm.source.file_roles import is_documentation, is_test

_MIN_SHARES = (0.75, 0.6, 0.5)
"""Least share of the weight of a sentence's words, beside its names, that a few lines must hold to
support it: without a telling name, where its words may come together by chance, with one, and with
more of them."""
MIN_SHARE_WITH_USE = 0.3
"""The same for lines in which one name of the sentence only uses the other. Lines that bear out a
stronger claim need not hold the rest, which mostly says why or when."""
MIN_TELLING = 4
"""A sentence with fewer telling names and words together says too little to look for."""
MIN_WORDS_WITHOUT_NAMES = 4
"""A sentence with fewer words and no telling name is in too many lines."""
COMMON_CHUNKS = 10
COMMON_SHARE = 0.2
"""A name in more chunks, and in more than this share of them, says little about where a sentence
comes from."""
RESTATED_SHARE = 0.85
"""A sentence with this share of its weight in the question's own words only repeats it."""
MAX_CITATIONS = 3
"""Most citations of one sentence; a reader checks no more."""
MIN_TERMS = 2
"""Sentences with fewer terms claim nothing that could be checked."""
RARE_TERMS = 5
"""With so many of its rarest terms the snapshot is searched for a sentence."""
DEFINING = frozenset({"belongs to", "is a", "is defined in"})
"""Relations that say where a name is, not what it does: they alone support no sentence."""

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
        return cls(location, values.get("state", "current"), values.get("text", ""))


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
    contradicted: bool = False
    """Whether the code says otherwise; such a sentence is never supported."""
    correction: str = ""
    """What the code says instead of a contradicted sentence."""

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON, without its offsets (DESIGN §12)."""
        return {
            "text": self.text,
            "citations": [citation.as_json() for citation in self.citations],
            "supported": self.supported,
            "unknown_names": list(self.unknown_names),
            "contradicted": self.contradicted,
            "correction": self.correction,
        }


@dataclass(frozen=True, slots=True)
class SnapshotLookup:
    """What attributing sentences needs to know of the snapshot."""

    chunk_count: int
    frequency: Callable[[str], int]
    """In how many chunks a word occurs."""
    definitions: Callable[[str], Sequence[Passage]]
    """The lines of a name's definitions; empty where it has none."""
    passages_with: Callable[[Sequence[str]], Sequence[Passage]]
    """The lines of the chunks that hold most of some words."""
    source: Callable[[Location], Passage | None]
    """The lines at a location, as far as the file has them; None where it has none."""
    enclosing: Callable[[str, int], Enclosing]
    """From a path and a line to the definitions around it."""
    has_name: Callable[[str], bool]
    """Whether a name occurs at all."""
    resolve: Callable[[Location], Citation | None]
    """A location that the model wrote, as a citation if those lines exist."""
    check: Callable[[Claim], Verdict]
    """What the code says to a claim."""


@dataclass(slots=True)
class CitationFinder:
    """Attributes sentences to lines as soon as they end.

    The sentences do not depend on the pieces in which the text is fed.
    """

    passages: Sequence[Passage]
    snapshot: SnapshotLookup
    question: str = ""
    fact_locations: Sequence[Location] = ()
    """The lines that bear out the facts which the model was shown."""
    _text: str = ""
    _position: int = 0
    """Where the next sentence is looked for: after the last one that has ended."""
    _topic: str = ""
    """What `it` means in the next sentence."""
    _lines: LineFinder = field(init=False)
    _sources: list[Passage] = field(init=False)
    """The passages, and the lines behind the facts."""

    def __post_init__(self) -> None:
        snapshot = self.snapshot
        self._lines = LineFinder(snapshot.chunk_count, snapshot.frequency, snapshot.enclosing)
        behind_facts = filter(None, map(snapshot.source, self.fact_locations))
        self._sources = list(dict.fromkeys([*self.passages, *behind_facts]))

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
        sentence = Sentence(text, start, start + len(text))
        if text.startswith(FENCE):
            return sentence

        written, invented = self._written_locations(text)
        prose = without_locations(text)
        names = code_names(prose)
        unknown_names = [name for name in names if not self._exists(name)]
        verdicts = [self.snapshot.check(claim) for claim in read_claims(prose, self._topic)]
        self._topic = topic_of(prose) or (self._topic if _SAME_TOPIC.match(prose) else "")
        if self._topic and _PRONOUN.match(prose):
            names.append(self._topic)
        weights = self._lines.weights(without_names(prose))
        content = Content(weights, names, code_quotes(prose), self._topic)

        sentence = replace(sentence, unknown_names=(*unknown_names, *invented))
        corrections = [verdict.correction for verdict in verdicts if verdict.correction]
        if corrections:
            correction = "; ".join(dict.fromkeys(corrections))
            return replace(sentence, supported=False, contradicted=True, correction=correction)
        if _says_nothing(text, content, verdicts):
            return replace(sentence, citations=tuple(written))
        return self._supported(sentence, prose, content, verdicts, written)

    def _supported(
        self,
        sentence: Sentence,
        prose: str,
        content: Content,
        verdicts: Sequence[Verdict],
        written: Sequence[Citation],
    ) -> Sentence:
        """The sentence with the lines that support it, and whether there are such."""
        confirmed = [citation for citation in written if self._confirms(citation, content)]
        windows = self._windows(prose, content, verdicts)
        citations = _without_overlaps(
            [*confirmed, *(Citation(window.location) for window in windows)]
        )
        if not citations and not sentence.unknown_names and self._is_restated(content.weights):
            return sentence

        # What should show in code that is known, and does not, is not supported by words either.
        is_unproven = any(verdict.outcome == "unproven" for verdict in verdicts)
        if citations and not sentence.unknown_names and not is_unproven:
            return replace(sentence, citations=citations, supported=True)
        return replace(sentence, supported=False)

    def _confirms(self, citation: Citation, content: Content) -> bool:
        """Whether lines that the model wrote down hold some of what its sentence says."""
        passage = self.snapshot.source(citation.location)
        if passage is None:
            return False
        words_only = Content(content.weights)
        window = self._lines.best(words_only, [passage])
        has_name = any(name in passage.text for name in content.names)
        return has_name or (window is not None and window.share >= MIN_SHARE_WITH_USE)

    def _written_locations(self, text: str) -> tuple[list[Citation], list[str]]:
        """Locations the model wrote: citations of those that exist, the text of the others."""
        existing, invented = [], []
        for written, location in written_locations(text):
            citation = self.snapshot.resolve(location)
            if citation is None:
                invented.append(written)
            else:
                existing.append(citation)
        return existing, invented

    def _windows(self, prose: str, content: Content, verdicts: Sequence[Verdict]) -> list[Window]:
        """The lines that bear out the sentence's claims; else those that hold what it says."""
        claimed = [
            verdict
            for verdict in verdicts
            if verdict.location is not None and _is_telling_claim(verdict.claim)
        ]
        windows = self._claim_windows(content, claimed)
        if windows:
            share = max(window.share for window in windows)
            is_exact = any(verdict.claim.relation != "uses" for verdict in claimed)
            return windows if is_exact or share >= MIN_SHARE_WITH_USE else []

        is_about_unknown = not content.topic and _PRONOUN.match(prose)
        if is_about_unknown or _HYPOTHETICAL.search(prose):
            return []
        telling = sum(map(self._is_telling, content.names)) + len(content.quotes)
        is_too_short = not content.quotes and telling + len(content.weights) < MIN_TELLING
        if is_too_short or (not telling and len(content.weights) < MIN_WORDS_WITHOUT_NAMES):
            return []
        candidates = self._candidates(prose, content) if telling else self._code_sources()
        candidates = self._without_tests(candidates, content)
        window = self._lines.best(content, candidates)
        is_enough = window is not None and window.share >= _MIN_SHARES[min(telling, 2)]
        return [window] if window is not None and is_enough else []

    def _claim_windows(self, content: Content, verdicts: Sequence[Verdict]) -> list[Window]:
        """A window for each line that bears out a claim, unless it lies in one before it."""
        windows: list[Window] = []
        for verdict in verdicts:
            location = verdict.location
            if location is None or any(window.location.overlaps(location) for window in windows):
                continue
            around = Location(
                location.path,
                max(1, location.start - CITED_LINES + 1),
                location.start + CITED_LINES - 1,
            )
            passage = self.snapshot.source(around)
            if passage is None:
                continue
            words_only = Content(content.weights)
            window = self._lines.best(words_only, [passage], anchor=location.start)
            if window is not None and len(windows) < MAX_CITATIONS:
                windows.append(window)
        return windows

    def _candidates(self, prose: str, content: Content) -> list[Passage]:
        """The passages of the answer, the definitions of the names, and what a search gives."""
        names = dict.fromkeys([*content.names, *filter(None, [content.topic])])
        definitions = [
            definition for name in names for definition in self.snapshot.definitions(name)
        ]
        matches = self.snapshot.passages_with(self._lines.rarest(prose, RARE_TERMS))
        return list(dict.fromkeys([*self._sources, *definitions, *matches]))

    def _code_sources(self) -> list[Passage]:
        """The passages of the answer without documentation, in which words meet by chance."""
        return [passage for passage in self._sources if not is_documentation(passage.location.path)]

    def _without_tests(self, passages: Iterable[Passage], content: Content) -> list[Passage]:
        """The passages, without those of tests where the sentence names nothing of tests.

        A test shows how code is used, not what it does.
        """
        definitions = (self.snapshot.definitions(name) for name in content.names)
        names_a_test = any(
            is_test(passage.location.path) for passages in definitions for passage in passages
        )
        if names_a_test:
            return list(passages)
        return [passage for passage in passages if not is_test(passage.location.path)]

    def _is_restated(self, weights: Mapping[str, float]) -> bool:
        """Whether a sentence says hardly more than the question does."""
        if not weights:
            return False
        asked = self._lines.weights(self.question).keys()
        repeated = sum(weight for term, weight in weights.items() if term in asked)
        return repeated >= RESTATED_SHARE * sum(weights.values())

    def _is_telling(self, name: str) -> bool:
        """Whether a name is defined here, and not one that much of the code uses."""
        last = re.split(r"\.|::|#|/", name)[-1]
        most = max(COMMON_CHUNKS, COMMON_SHARE * self.snapshot.chunk_count)
        is_rare = self.snapshot.frequency(last.lower()) <= most
        return is_rare and bool(self.snapshot.definitions(name))

    def _exists(self, name: str) -> bool:
        """Whether the snapshot has a name, or all parts of a dotted one."""
        parts = [part for part in re.split(r"\.|::|#|/", name) if part]
        return self.snapshot.has_name(name) or all(map(self.snapshot.has_name, parts))


def _without_overlaps(citations: Iterable[Citation]) -> tuple[Citation, ...]:
    """The citations but those of lines that one before them has."""
    kept: list[Citation] = []
    for citation in citations:
        location = citation.location
        if not any(location.overlaps(other.location) for other in kept):
            kept.append(citation)
    return tuple(kept[:MAX_CITATIONS])


def _says_nothing(text: str, content: Content, verdicts: Sequence[Verdict]) -> bool:
    """Whether there is nothing to support: a heading, a lead-in, hardly a word."""
    if text.lstrip().startswith("#") or text.rstrip("*_ ").endswith(":"):
        return True
    size = len(content.weights) + len(content.names)
    return not verdicts and not content.quotes and size < MIN_TERMS


def _is_telling_claim(claim: Claim) -> bool:
    """Whether a claim says what a name does, or expressly where it is defined."""
    is_placing = claim.relation == "is defined in" and claim.is_certain
    return is_placing or claim.relation not in DEFINING


def all_citations(sentences: Iterable[Sentence]) -> list[Citation]:
    """Every citation once, in the order of the answer."""
    return list(
        dict.fromkeys(citation for sentence in sentences for citation in sentence.citations)
    )


_SAME_TOPIC = re.compile(r"\s*(?:[-*+]\s+)?(?:It|This|The (?:method|function|class))\b")
_PRONOUN = re.compile(
    r"\s*(?:[-*+]\s+|\d+[.)]\s+)?(?:It|(?:This|The) (?:method|function|class|fixture|hook))\b"
)
"""A sentence that begins so is about what the one before it is about, and only that."""
_HYPOTHETICAL = re.compile(r"\b(?:would|could|might|should|can be)\b")
"""Such a sentence says what is not, or is not sure; no line can bear it out."""
