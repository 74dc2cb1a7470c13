"""The events of an answer while it streams, and the record of a finished one. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from repo_mhm.formatting import count, seconds_range
from repo_mhm.location import Location

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation, Sentence
    from repo_mhm.answer.evidence import Evidence

QuestionKind = Literal[
    "free",
    "definition",
    "callers",
    "uses",
    "importers",
    "imports",
    "callees",
    "subclasses",
    "bases",
    "overrides",
    "tests",
    "contents",
    "value",
    "signature",
    "history",
]
"""What a question asks for. `free` is any question that code alone cannot answer."""


@dataclass(frozen=True, slots=True)
class LocatedLine:
    """A location with its line of code."""

    location: Location
    code: str
    """The one line at the location that says most, without the white space around it."""
    line: int = 0
    """Number of that line, 1-based; 0 where it is the location's first."""
    symbol: str = ""
    """Qualified name of the definition that the line is in, or that it begins."""
    remark: str = ""
    """What the reader must know of this line: `by name only`, the date of a commit."""

    @property
    def number(self) -> int:
        """Number of the line of code, 1-based."""
        return self.line or self.location.start

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON, those of the location among them (DESIGN §12)."""
        return {
            **asdict(self.location),
            "line": self.number,
            "code": self.code,
            "symbol": self.symbol,
            "remark": self.remark,
        }


@dataclass(frozen=True, slots=True)
class Located:
    """The locations for the question: they come first, before any model is asked.

    Of a `free` question they are the best of the retrieval. Of any other they are the answer.
    """

    kind: QuestionKind
    heading: str
    """What the lines are: `38 callers of Session.send`."""
    lines: tuple[LocatedLine, ...]
    """The best first; not more than the reader wants to see."""
    total: int
    """How many there are, those that are not in `lines` included."""
    is_answer: bool = True
    """Whether no model is asked: then the text of the answer only repeats the lines."""


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was found for the question, before the first word of the answer."""

    evidence: tuple[Evidence, ...]
    """Source lines that the model is shown."""
    notes: int
    """How many notes the model is shown."""
    files: tuple[str, ...]
    """Files of the ranked chunks, best first."""
    coverage: dict[str, int]
    """How much the memory has read, as `Store.coverage` counts it."""
    seconds_expected: tuple[float, float] | None = None
    """Between which seconds the model is likely to read before its first word."""
    facts: str = ""
    """Facts that the model is shown beside the source lines, one a line."""

    @property
    def activity(self) -> str:
        """What the model does now: `reading 4 passages of 2 files and 12 notes, about 5 s`."""
        parts = []
        if self.evidence:
            paths = {piece.location.path for piece in self.evidence}
            passages = count(len(self.evidence), "passage")
            parts.append(f"{passages} of {count(len(paths), 'file')}")
        if self.notes:
            parts.append(count(self.notes, "note"))

        text = f"reading {' and '.join(parts) or 'the question'}"
        if self.seconds_expected:
            text += f", {seconds_range(*self.seconds_expected)}"
        return text


@dataclass(frozen=True, slots=True)
class AnswerText:
    """The next piece of the answer. A Sentence follows the piece that ends it."""

    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What `ask --json` prints (DESIGN §12)."""

    question: str
    kind: QuestionKind
    answer: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    unknown_names: tuple[str, ...]
    abstained: bool
    mode: str
    coverage: dict[str, int]
    commit: str
    first_token_seconds: float
    seconds: float
    session: str
    interrupted: bool = False
    model: str = ""
    prompt_tokens: int = 0
    evidence: tuple[Citation, ...] = ()
    """Source lines that were put before the model."""
    stale_chunks: int | None = None
    """Chunks that only the memory or only the repository has; None where not compared."""
    warnings: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """What the question was about, as the user named it; empty for the whole repository."""
    repositories: tuple[str, ...] = ()
    """The names of the repositories, which paths begin with, where several were asked."""
    scope: tuple[str, ...] = ()
    """The part of the repository that was looked at; empty for all of it."""
    attached_lines: int = 0
    """Lines of the text that came with the question."""
    heading: str = ""
    """What the locations are: `38 callers of Session.send`."""
    locations: tuple[LocatedLine, ...] = ()
    """The locations that came before the text. They are the answer where `model` is empty."""
    total: int = 0
    """How many locations there are, those that are not in `locations` included."""
    locations_seconds: float = 0.0
    """Seconds until the locations were known."""
    target_seconds: float = 0.0
    """When the first token was due; 0 where no model was asked."""

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON (DESIGN §12)."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return values | {
            "sentences": [sentence.as_json() for sentence in self.sentences],
            "citations": [
                citation.as_json() | {"text": citation.text} for citation in self.citations
            ],
            "evidence": [citation.as_json() for citation in self.evidence],
            "locations": [line.as_json() for line in self.locations],
        }


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of an answer."""

    answer: Answer


Event: TypeAlias = "Located | Retrieved | AnswerText | Sentence | Finished"
