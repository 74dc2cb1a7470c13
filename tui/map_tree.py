"""The files of a repository as a tree by value, and its rows. No widgets here.

Directories with a single entry are one node with it. Hidden and legal files come last: nobody looks
for those first.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import heapify, heappop, heappush
from itertools import accumulate
from posixpath import commonpath
from typing import TYPE_CHECKING

from repo_mhm.formatting import count
from tui.formatting import GLYPHS, LEVELS, fitted, share_label
from tui.rows import Part, Row
from tui.safe_text import single_line
from tui.tree import Node

if TYPE_CHECKING:
    from repo_mhm.commands.repository_map import CoveredChunk, NamedChunk, RepositoryMap

DEEPEST = 40
"""Directories further down are shown as parts of the names of their files."""
FIRST_ROWS = 60
"""So many rows are to be seen at first: directories are opened, the most valuable first, until
there are as many."""
FILTERED_ROWS = 1_000
"""The same where the files are filtered: who filters wants to see them all, if they are few."""
_AFTER_SLASH = "0"
"""The character after a slash: a directory's files come before its name with this."""
_LEGAL = re.compile(
    r"(licen[cs]e|copying|copyright|notice|patents|authors|contributors|code_of_conduct)s?"
    r"([-_][^\W_]*)*(\.(md|markdown|rst|adoc|txt|html))?",
    re.IGNORECASE,
)
"""Names of legal files: `LICENSE-MIT`, `NOTICE.txt`; `license.py` is source."""
_FIGURES_WIDTH = 14
"""Cells of the columns for tokens and value, with the space before them."""
_LEAST_CELLS = 12
"""Cells for the chunks of the largest file; a list with less room shows none."""
_NAME_SHARE = 0.45
"""Share of a list's width for the names."""


@dataclass(slots=True)
class Entry:
    """A directory, a file or a chunk, and what is in it."""

    path: str
    """Of a directory, without a slash at the end; of a chunk, its file's."""
    name: str
    """As its row shows it."""
    chunks: Sequence[CoveredChunk] = ()
    """Of a file, or the one; none of a directory."""
    tokens: int = 0
    value: float = 0.0
    is_directory: bool = False
    chunk_count: int = 0
    """How many chunks a directory has, and how many of them have no note."""
    unread: int = 0

    @property
    def lines(self) -> tuple[int, int]:
        """Its first and last line; of a file, those of its first chunk."""
        first = self.chunks[0] if self.chunks else None
        return (first.start, first.end) if first else (1, 1)


@dataclass(frozen=True, slots=True)
class Scale:
    """What the rows of a map depend on."""

    value: float
    """Of the whole repository."""
    tokens: int
    """Of the largest file."""


def entry_of(node: Node) -> Entry:
    """What a node of such a tree stands for."""
    assert isinstance(node.data, Entry)
    return node.data


# The tree


@dataclass(frozen=True, slots=True, eq=False)
class FileTable:
    """Some files of a repository, by path: each directory is a range of them.

    So a directory's figures are differences of running totals, and the nodes in it are made only
    when it is opened, however many files there are.
    """

    source: RepositoryMap
    indices: Sequence[int]
    """Of the files, in the source."""
    paths: Sequence[str]
    values: Sequence[float]
    tokens: Sequence[int]
    """Running totals, from 0, as the next two."""
    chunks: Sequence[int]
    unread: Sequence[int]

    @classmethod
    def of(cls, source: RepositoryMap, letters: str = "") -> FileTable:
        """The files with these letters in their paths."""
        indices: Sequence[int] = range(len(source))
        if letters:
            folded = letters.casefold()
            indices = [i for i, path in enumerate(source.paths) if folded in path.casefold()]
        return cls(
            source,
            indices,
            [source.paths[index] for index in indices],
            [source.values[index] for index in indices],
            _running(source.tokens[index] for index in indices),
            _running(map(source.chunk_count, indices)),
            _running(source.unread[index] for index in indices),
        )

    def __len__(self) -> int:
        return len(self.paths)

    def nodes(self, folder: str = "", first: int = 0, end: int | None = None) -> list[Node]:
        """A node for each directory and file in a folder, in the order they are shown.

        Its files are those in rows `first` to `end`; its path ends in a slash.
        """
        end = len(self) if end is None else end
        is_deepest = folder.count("/") >= DEEPEST
        nodes = []
        while first < end:
            path = self.paths[first]
            slash = -1 if is_deepest else path.find("/", len(folder))
            if slash < 0:
                nodes.append(self._file_node(folder, first))
                first += 1
            else:
                after = bisect_left(self.paths, path[:slash] + _AFTER_SLASH, first, end)
                nodes.append(self._directory_node(folder, first, after))
                first = after
        return sorted(nodes, key=_order)

    def _directory_node(self, above: str, first: int, end: int) -> Node:
        """The node of a directory; one with a single directory in it is shown with that."""
        parents = (self.paths[row].rpartition("/")[0] for row in (first, end - 1))
        folder = "/".join(commonpath(list(parents)).split("/")[:DEEPEST]) + "/"
        entry = Entry(
            folder[:-1],
            single_line(folder[len(above) :]),
            tokens=self.tokens[end] - self.tokens[first],
            value=sum(self.values[first:end]),
            is_directory=True,
            chunk_count=self.chunks[end] - self.chunks[first],
            unread=self.unread[end] - self.unread[first],
        )
        return Node(folder, entry, partial(self.nodes, folder, first, end))

    def _file_node(self, folder: str, row: int) -> Node:
        path = self.paths[row]
        file = self.source[self.indices[row]]
        tokens = self.tokens[row + 1] - self.tokens[row]
        entry = Entry(path, single_line(path[len(folder) :]), file.chunks, tokens, file.value)
        return Node(path, entry, None)


def _running(figures: Iterable[int]) -> list[int]:
    return list(accumulate(figures, initial=0))


def chunk_nodes(file: Entry, named: Sequence[NamedChunk]) -> list[Node]:
    """The nodes of a file's chunks, from its top."""
    symbols_by_start = {chunk.start: chunk.symbols for chunk in named}
    nodes = []
    for chunk in file.chunks:
        symbols = ", ".join(map(single_line, symbols_by_start.get(chunk.start, ())))
        name = f"{chunk.start}-{chunk.end}  {symbols}".rstrip()
        entry = Entry(file.path, name, (chunk,), chunk.tokens)
        nodes.append(Node(f"{file.path}:{chunk.start}-{chunk.end}", entry))
    return nodes


def _order(node: Node) -> tuple[int, float, str]:
    entry = entry_of(node)
    return _lateness(entry), -entry.value, entry.path


def _lateness(entry: Entry) -> int:
    """0 for what comes first, 1 for legal files, 2 for hidden ones."""
    # Of a chain of directories, the first one counts: `.github/workflows/`.
    if entry.name.startswith("."):
        return 2
    return int(not entry.is_directory and _LEGAL.fullmatch(entry.name) is not None)


def first_open_keys(roots: Sequence[Node], rows: int = FIRST_ROWS) -> set[str]:
    """The directories to open at first: the most valuable, while all fits into so many rows."""
    keys: set[str] = set()
    shown = len(roots)
    waiting = _by_value(roots)
    while waiting and (shown < rows or not keys):
        *_, node = heappop(waiting)
        children = node.children or []
        if keys and shown + len(children) > rows:
            continue
        keys.add(node.key)
        shown += len(children)
        for item in _by_value(children):
            heappush(waiting, item)
    return keys


def _by_value(nodes: Sequence[Node]) -> list[tuple[float, str, Node]]:
    """A heap of the directories among some nodes, the most valuable first."""
    heap = [(-entry_of(node).value, node.key, node) for node in nodes if node.below is not None]
    heapify(heap)
    return heap


def scale_of(source: RepositoryMap) -> Scale:
    """What the rows of these files are measured by."""
    return Scale(sum(source.values), max(source.tokens, default=0))


# The rows


def map_row(node: Node, is_open: bool, width: int, scale: Scale) -> Row:
    """The row of a directory, a file or a chunk."""
    entry = entry_of(node)
    marks = ("▾ " if is_open else "▸ ") if node.is_branch else "  "
    lead = "  " * node.depth + marks
    name_width = _name_width(width)
    look = "kind" if entry.is_directory else ""
    parts: list[Part] = [
        (fitted(lead + entry.name, name_width), look),
        (f"{_size_label(entry.tokens):>7} ", "dim"),
        (f"{_value_label(entry, scale):>5} ", "dim"),
    ]
    cells = width - name_width - _FIGURES_WIDTH
    if entry.is_directory:
        parts.append((_read_label(entry, cells), "dim"))
    elif cells >= _LEAST_CELLS:
        parts += _cells(entry.chunks, cells, scale.tokens)
    return Row(tuple(parts), entry)


def column_titles(width: int) -> str:
    """What stands above the columns of such rows."""
    return f"{'':{_name_width(width)}}{'tokens':>7} {'value':>5}"


def _name_width(width: int) -> int:
    return max(16, round(width * _NAME_SHARE))


def _size_label(tokens: int) -> str:
    if tokens < 1_000:
        return f"{tokens}"
    return f"{tokens / 1_000:.1f}k" if tokens < 100_000 else f"{tokens / 1_000:,.0f}k"


def _value_label(entry: Entry, scale: Scale) -> str:
    return share_label(entry.value / scale.value) if entry.value and scale.value else ""


def _read_label(entry: Entry, width: int) -> str:
    read = entry.chunk_count - entry.unread
    label = f"{read:,} of {count(entry.chunk_count, 'chunk')} read"
    return label if len(label) <= width else f"{share_label(read / entry.chunk_count)} read"


def _cells(chunks: Sequence[CoveredChunk], width: int, most_tokens: int) -> list[Part]:
    """A cell for each so many tokens, as full as the note on them is detailed."""
    tokens_per_cell = max(1.0, most_tokens / width)
    parts: list[Part] = []
    end = 0
    tokens = 0
    for chunk in chunks:
        tokens += chunk.tokens
        cells = max(1 if not parts else 0, round(tokens / tokens_per_cell) - end)
        end += cells
        if cells:
            parts.append((GLYPHS[chunk.level] * cells, LEVELS[chunk.level]))
    return parts
