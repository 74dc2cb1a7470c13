"""The records of a deep pass: sections, facts, and the steps that the store keeps. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from repo_mhm.answer.definitions import fact_line
from repo_mhm.location import Location
from repo_mhm.source.chunks import Chunk


@dataclass(frozen=True, slots=True)
class Section:
    """A chunk of a pass: its text with secrets redacted, and the head that its facts go to."""

    chunk: Chunk
    text: str
    head: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One line that bears on the question, and the source lines it comes from."""

    text: str
    location: Location
    worth: float
    """Share of the question's term weight that it holds, from 0 to 1."""
    tokens: int
    """Exact tokens of its line."""

    @property
    def line(self) -> str:
        """Its line in memory and in prompts."""
        return fact_line(self.location, self.text)

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON, those of the location among them."""
        return {
            "text": self.text,
            **asdict(self.location),
            "worth": self.worth,
            "tokens": self.tokens,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Fact:
        """The fact that `as_json` gave `values` for."""
        location = Location(values["path"], values["start"], values["end"])
        return cls(values["text"], location, values["worth"], values["tokens"])


@dataclass(frozen=True, slots=True)
class DeepStep:
    """One step of a pass: a section was read, and one head was updated.

    With `extract` the head gets `facts`, with `rewrite` the new text `memory`.
    """

    content: str
    """The content id of the section's chunk."""
    path: str
    head: int
    facts: tuple[Fact, ...] = ()
    memory: str = ""
    prompt_tokens: int = 0
    generated_tokens: int = 0
    seconds: float = 0.0
    failed: bool = False
    """Whether the reply was unusable; the head then stays as it was."""
