"""What `search` finds: locations with the reasons why each was found. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Literal

from repo_mhm.answer.events import LocatedLine, QuestionKind

Unit = Literal["location", "file", "symbol"]
"""What one result is: a location, a file, or a definition."""

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "note": "notes in memory",
        "ledger": "former notes",
        "symbol": "words of definitions",
        "source": "words of the source",
        "exact": "a name in the query",
        "path": "a path in the query",
        "file": "the file that the query names",
        "pointer": "a line that the query names",
        "module": "a module that the query names",
        "phrase": "words of a message together",
        "use": "uses of a name in the query",
        "neighbour": "a link to better results",
        "companion": "a test of better results, or tested by them",
        "path word": "words of its path",
        "commit": "commits whose messages match",
        "recent": "its recent changes",
        "model": "a model that judged its file",
    }
)
"""How the ranking found a chunk, by the name of its list, in words for a reader."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One result."""

    line: LocatedLine
    symbols: tuple[str, ...] = ()
    """Qualified names of the definitions at the location."""
    score: float | None = None
    """The higher, the better, comparable within one query only; None where code gives the answer.
    """
    found_by: tuple[str, ...] = ()
    """The lists of the ranking that hold it, or the kind of an exact answer."""
    words: tuple[str, ...] = ()
    """The query's words at the location, those that weigh most first."""
    column: int = 1
    """Where the line of code begins to match: bytes, 1-based, as editors count."""
    source_line: str = ""
    """The line of code with the white space around it."""

    @property
    def explanation(self) -> str:
        """Why it was found: `words: nonce, digest; found by words of the source`."""
        reasons = ", ".join(REASONS.get(name, name) for name in self.found_by)
        words = f"words: {', '.join(self.words)}; " if self.words else ""
        score = f"; score {self.score:.3f}" if self.score is not None else ""
        return f"{words}found by {reasons}{score}"

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON (DESIGN §12)."""
        return {
            **asdict(self.line.location),
            "symbols": list(self.symbols),
            "score": None if self.score is None else round(self.score, 6),
            "found_by": list(self.found_by),
            "words": list(self.words),
            "line": self.line.number,
            "column": self.column,
            "code": self.line.code,
            "remark": self.line.remark,
        }


@dataclass(frozen=True, slots=True)
class SearchHits:
    """The results of one query, the best first."""

    query: str
    kind: QuestionKind
    heading: str
    """What the results are, or why there are none."""
    hits: tuple[SearchHit, ...]
    total: int
    """How many there are, those beyond the limit included."""
    nearest: tuple[SearchHit, ...] = ()
    """Where nothing matches: what holds some of the words all the same."""
    other_files: tuple[LocatedLine, ...] = ()
    """The next best files, each by its best chunk, where they were asked for."""
    fit: float = 1.0
    """Share of the query's term weight that its best places hold: comparable between repositories.
    """
    repositories: tuple[str, ...] = ()
    """The names of the repositories, which paths begin with, where several were searched."""
    scope: tuple[str, ...] = ()
    """The part of the repository that was searched; empty for all of it."""
    warnings: tuple[str, ...] = ()
    """What of the source is not up to date, and what the query names that was not read."""

    @property
    def is_exact(self) -> bool:
        """Whether code alone answers the query."""
        return self.kind != "free"

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON (DESIGN §12)."""
        return {
            "question": self.query,
            "kind": self.kind,
            "heading": self.heading,
            "total": self.total,
            "results": [hit.as_json() for hit in self.hits],
            "repositories": list(self.repositories),
            "scope": list(self.scope),
            "nearest": [hit.as_json() for hit in self.nearest],
            "warnings": list(self.warnings),
        }


def grouped_by_file(hits: Iterable[SearchHit], paths: Sequence[str]) -> list[SearchHit]:
    """The hits of one file together, the files in the order of `paths`."""
    position = {path: index for index, path in enumerate(paths)}
    return sorted(hits, key=lambda hit: position[hit.line.location.path])


def matching_column(source_line: str, words: Sequence[str]) -> int:
    """Where the first of `words` begins in a line; where none occurs, where its code begins.

    Beginnings of words and of parts of names count before places inside of them. Counted in bytes
    of UTF-8, from 1.
    """
    positions = [
        match.start()
        for word in words
        for match in re.finditer(re.escape(word), source_line, re.IGNORECASE)
    ]
    beginnings = [position for position in positions if _begins_part(source_line, position)]
    code_start = len(source_line) - len(source_line.lstrip())
    start = min(beginnings or positions, default=code_start)
    return len(source_line[:start].encode("utf-8", "replace")) + 1


def _begins_part(line: str, position: int) -> bool:
    """Whether a word, or a part of a name such as `fooBar`, begins at a position."""
    before, first = line[position - 1 : position], line[position]
    return not before.isalnum() or (first.isupper() and before.islower())
