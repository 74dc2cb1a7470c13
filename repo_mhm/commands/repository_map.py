"""Repository map: how finely the notes describe each part of the repository, and its source."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, overload

from repo_mhm.answer.citations import Citation
from repo_mhm.answer.staleness import find_lines
from repo_mhm.git import Snapshot
from repo_mhm.location import Location
from repo_mhm.memory.notes import without_overview
from repo_mhm.memory.values import role
from repo_mhm.source.redaction import mask
from repo_mhm.source.text_encoding import to_utf8
from repo_mhm.store import ChunkSize, Store, StoredChunk

UNREAD = 4
"""Follows the levels of notes (0 symbol, 1 chunk, 2 file, 3 directory): no note on the chunk."""
GAP_LINES = 200
"""How many lines without a chunk are looked past.

Chunks cover every non-blank line, so only blank lines lie between two.
"""


class CoveredChunk(NamedTuple):
    """One chunk with the finest level of a note on it, else UNREAD."""

    start: int
    """Its first line, from 1."""
    end: int
    tokens: int
    level: int


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """One file's chunks in order, and what the file is worth."""

    path: str
    chunks: Sequence[CoveredChunk]
    value: float
    """How much the rest of the repository refers to it, times the factor of its role."""


@dataclass(frozen=True, slots=True)
class _Chunks(Sequence[CoveredChunk]):
    """Chunks of a map, each made when it is asked for."""

    source: RepositoryMap
    rows: range

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> CoveredChunk: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[CoveredChunk]: ...
    def __getitem__(self, index: int | slice) -> CoveredChunk | Sequence[CoveredChunk]:
        if isinstance(index, slice):
            return _Chunks(self.source, self.rows[index])
        return self.source.chunk(self.rows[index])


def _integers() -> array[int]:
    return array("q")


def _numbers() -> array[float]:
    return array("d")


@dataclass(frozen=True, slots=True)
class RepositoryMap:
    """Every file by path, with the levels of its chunks, as columns.

    As objects, hundreds of thousands of chunks would make each garbage collection take a second.
    """

    paths: list[str] = field(default_factory=list)
    values: array[float] = field(default_factory=_numbers)
    """By file, as the next three."""
    tokens: array[int] = field(default_factory=_integers)
    unread: array[int] = field(default_factory=_integers)
    """How many of its chunks have no note."""
    chunk_ends: array[int] = field(default_factory=_integers)
    """How many chunks it and all files before it have."""
    chunk_start_lines: array[int] = field(default_factory=_integers)
    """By chunk, as the next three."""
    chunk_end_lines: array[int] = field(default_factory=_integers)
    chunk_tokens: array[int] = field(default_factory=_integers)
    chunk_levels: bytearray = field(default_factory=bytearray)

    @classmethod
    def of(cls, files: Iterable[FileCoverage]) -> RepositoryMap:
        """The map of files that come by path, as code points order them."""
        columns = cls()
        for file in files:
            columns._add(file)
        return columns

    def _add(self, file: FileCoverage) -> None:
        self.paths.append(file.path)
        self.values.append(file.value)
        self.tokens.append(sum(chunk.tokens for chunk in file.chunks))
        self.unread.append(sum(chunk.level == UNREAD for chunk in file.chunks))
        for chunk in file.chunks:
            self.chunk_start_lines.append(chunk.start)
            self.chunk_end_lines.append(chunk.end)
            self.chunk_tokens.append(chunk.tokens)
            self.chunk_levels.append(chunk.level)
        self.chunk_ends.append(len(self.chunk_levels))

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> FileCoverage:
        """The file in a row, from 0."""
        rows = range(self._first_chunk(index), self.chunk_ends[index])
        return FileCoverage(self.paths[index], _Chunks(self, rows), self.values[index])

    def chunk(self, row: int) -> CoveredChunk:
        """The chunk in a row, from 0."""
        return CoveredChunk(
            self.chunk_start_lines[row],
            self.chunk_end_lines[row],
            self.chunk_tokens[row],
            self.chunk_levels[row],
        )

    def chunk_count(self, index: int) -> int:
        """How many chunks a file has."""
        return self.chunk_ends[index] - self._first_chunk(index)

    def _first_chunk(self, index: int) -> int:
        return self.chunk_ends[index - 1] if index else 0


@dataclass(frozen=True, slots=True)
class NamedChunk:
    """A chunk of a file with the symbols that begin in it."""

    start: int
    end: int
    symbols: tuple[str, ...]
    """Qualified names, from its top."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """The lines of a file; `missing` when there is no such file."""

    path: str
    lines: tuple[str, ...]
    missing: bool = False


def repository_map(store: Store) -> RepositoryMap:
    """Every file with the levels of its chunks, by path."""
    with store.view():
        finest = _finest_levels(store)
        groups = groupby(store.chunk_sizes(), key=attrgetter("path"))
        return RepositoryMap.of(_file_coverage(path, sizes, finest) for path, sizes in groups)


def _file_coverage(
    path: str, sizes: Iterable[ChunkSize], finest: Mapping[str, int]
) -> FileCoverage:
    chunks = []
    mass = 0.0
    for size in sizes:
        level = finest.get(size.content_id, UNREAD)
        chunks.append(CoveredChunk(size.start, size.end, size.tokens, level))
        mass += size.value
    _, factor = role(path)
    return FileCoverage(path, tuple(chunks), mass * factor)


def named_chunks(store: Store, path: str) -> list[NamedChunk]:
    """The chunks of one file, from its top."""
    chunks = (stored.chunk for stored in store.chunks_in(path))
    return [NamedChunk(chunk.start, chunk.end, chunk.symbols) for chunk in chunks]


def _finest_levels(store: Store) -> dict[str, int]:
    """By content id, the finest level of a live note on what a reading left a note on."""
    notes = store.notes()
    read = {content for note in without_overview(notes) for content in note.chunks}
    finest: dict[str, int] = {}
    for note in notes:
        for content in read.intersection(note.chunks):
            finest[content] = min(note.level, finest.get(content, UNREAD))
    return finest


def indexed_source(store: Store, path: str, line: int = 1) -> SourceText:
    """A file as it was indexed, put together from its chunks; secrets are masked.

    `line` is where to start looking.
    """
    lines: dict[int, str] = {}
    _collect_lines(store, path, line, 1, lines)
    if lines:
        _collect_lines(store, path, min(lines) - 1, -1, lines)
    last = max(lines, default=0)
    texts = tuple(lines.get(number, "") for number in range(1, last + 1))
    return SourceText(path, texts, missing=not lines)


def current_source(snapshot: Snapshot, path: str) -> SourceText:
    """A file as the repository has it now. Raises RepositoryError when it cannot be read."""
    file = next((file for file in snapshot.files if file.path == path), None)
    data = mask(path, to_utf8(snapshot.read(file))).data if file else b""
    lines = data.decode("utf-8", "replace").splitlines()
    return SourceText(path, tuple(lines), missing=not lines)


def location_in(source: SourceText, citation: Citation) -> Location:
    """Where a file has the cited lines, which may have moved since the answer; else as cited."""
    location = citation.location
    cited = citation.text.split("\n") if citation.text else []
    start = find_lines(cited, source.lines, near=location.start - 1)
    if start is None:
        return location
    return Location(location.path, start + 1, start + len(cited))


def _collect_lines(store: Store, path: str, line: int, step: int, lines: dict[int, str]) -> None:
    """Add the lines of the chunks from `line` on, down (`step` 1) or up (-1), to the file's end."""
    gap = 0
    while line > 0 and gap < GAP_LINES:
        stored = store.chunk_at(path, line)
        if stored is None:
            gap += 1
            line += step
            continue
        gap = 0
        lines.update(enumerate(_texts(stored), stored.chunk.start))
        line = stored.chunk.end + 1 if step > 0 else stored.chunk.start - 1


def _texts(stored: StoredChunk) -> list[str]:
    # The end of a chunk's last line does not begin another line.
    return stored.text.split("\n")[: stored.chunk.end - stored.chunk.start + 1]
