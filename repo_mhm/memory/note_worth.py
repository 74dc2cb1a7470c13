"""What a note of a model is worth, in the measure of the overview. Pure.

The overview weighs each token of its lines by the value of the symbol that they are about, and so
is a sentence of a model: by the value of its subject. A chunk, a file or a directory is as valuable
as the most valuable symbol in it. So a sentence on what much code uses takes the place of names
that hardly any code uses, and a sentence on a test takes the place of nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from repo_mhm.memory.notes import CHUNK, FILE, SYMBOL, Note
from repo_mhm.memory.overview_tokens import estimated_tokens

SENTENCE = 0.1
"""What a token of an author's sentence is worth, as a part of its subject's value; a name that was
not said before is worth 1."""
MODEL_SENTENCE = 0.05
"""The same for a sentence of a model, which may be wrong: half, so that it hardly ever takes the
place of an author's. At 0.1, five minutes of reading took a third of their sentences out of the
memory of requests. With 0.3, five minutes of reading took a tenth of the distinctive names of the
reference answers out of the memory of pytest (.486 to .432), with 0.1 a fiftieth (.477). Replies
were those of an earlier index with the default model."""


class NotedSubject(NamedTuple):
    """A symbol that notes may be about."""

    path: str
    qualified: str
    content: str
    """Content id of the chunk it begins in."""
    value: float
    is_spelled: bool
    """Whether the overview has all that code spells behind its name: of a function's defaults its
    code says more."""


class NoteValues(Protocol):
    """The values of what notes are about."""

    def of(self, note: Note) -> float:
        """The value of what a note is about."""

    def is_spelled(self, note: Note) -> bool:
        """Whether the overview has all that code spells behind the name of a note's symbol."""


class SubjectValues:
    """The values of what notes may be about."""

    def __init__(self, subjects: Iterable[NotedSubject], plain_values: Mapping[str, float]) -> None:
        """`plain_values` are, by path, those of chunks and files without a symbol to name."""
        self._plain_values = plain_values
        self._by_symbol: dict[tuple[str, str], float] = defaultdict(float)
        self._by_content: dict[str, float] = defaultdict(float)
        self.by_path: dict[str, float] = defaultdict(float, plain_values)
        self._spelled: set[tuple[str, str]] = set()
        for subject in subjects:
            key = subject.path, subject.qualified
            self._by_symbol[key] = max(self._by_symbol[key], subject.value)
            if subject.is_spelled:
                self._spelled.add(key)
            _raise(self._by_content, subject.content, subject.value)
            _raise(self.by_path, subject.path, subject.value)

        self.by_directory: dict[str, float] = defaultdict(float)
        for path, value in self.by_path.items():
            folders = path.split("/")[:-1]
            for depth in range(len(folders) + 1):
                _raise(self.by_directory, "/".join(folders[:depth]) or ".", value)

    def of(self, note: Note) -> float:
        """The value of what a note is about."""
        if note.level == SYMBOL:
            return self._by_symbol[note.path, note.anchor]
        if note.level == CHUNK:
            in_chunk = self._by_content[note.chunks[0]]
            return in_chunk or self._plain_values.get(note.path, 0.0)
        return (self.by_path if note.level == FILE else self.by_directory)[note.path]

    def is_spelled(self, note: Note) -> bool:
        """Whether the overview has all that code spells behind the name of a note's symbol."""
        return note.level == SYMBOL and (note.path, note.anchor) in self._spelled


def _raise(values: dict[str, float], key: str, value: float) -> None:
    values[key] = max(values[key], value)


def note_worth(note: Note, values: NoteValues, *, is_code: bool = False) -> float:
    """What a note says, in tokens of names times their value, as the overview counts.

    What the code itself spells (`is_code`) is worth as much as a new name, and nothing where the
    overview says it behind the symbol's name.
    """
    if is_code and values.is_spelled(note):
        return 0.0
    weight = 1.0 if is_code else MODEL_SENTENCE
    return weight * values.of(note) * estimated_tokens(note.text)
