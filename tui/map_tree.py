"""The files of a repository as a tree by value, and its rows. No widgets here.

Directories with a single entry are one node with it. Hidden and legal files come last: nobody looks
for those first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repo_mhm.formatting import count
from tui.formatting import GLYPHS, LEVELS, fitted, share_label
from tui.rows import Part, Row
from tui.safe_text import single_line
from tui.tree import Node

if TYPE_CHECKING:
    from repo_mhm.commands.repository_map import CoveredChunk, FileCoverage, NamedChunk

_UNREAD = len(LEVELS) - 1
DEEPEST = 40
"""Directories further down are shown as parts of the names of their files."""
FIRST_ROWS = 60
"""So many rows are to be seen at first: directories are opened, the most valuable first, until
there are as many."""
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
    """Of a file, or the one."""
    tokens: int = 0
    value: float = 0.0
    count_by_level: Counter[int] = field(default_factory=Counter)
    """How many of its chunks have a note of each level, or none."""
    is_directory: bool = False

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


def map_nodes(covers: Iterable[FileCoverage]) -> list[Node]:
    """The nodes at the top, the most valuable first; files do not know their chunks yet."""
    root = _Folder("")
    for cover in covers:
        root.add(cover)
    return root.nodes()


class _Folder:
    """A directory while the tree is built."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.folders: dict[str, _Folder] = {}
        self.files: list[FileCoverage] = []

    def add(self, cover: FileCoverage) -> None:
        """Put a file where it belongs."""
        folder = self
        for name in _folders(cover.path):
            path = f"{folder.path}/{name}" if folder.path else name
            folder = folder.folders.setdefault(name, _Folder(path))
        folder.files.append(cover)

    def nodes(self) -> list[Node]:
        """A node for each directory and file in it, in the order they are shown."""
        nodes = [folder.node() for folder in self.folders.values()]
        nodes += map(_file_node, self.files)
        return sorted(nodes, key=_order)

    def node(self) -> Node:
        """The node of the directory; one with a single directory in it is shown with that."""
        folder = self
        while len(folder.folders) == 1 and not folder.files:
            folder = next(iter(folder.folders.values()))
        children = folder.nodes()
        above = self.path.rpartition("/")[0]
        name = folder.path[len(above) + 1 if above else 0 :]
        entry = Entry(folder.path, f"{single_line(name)}/", is_directory=True)
        for child in map(entry_of, children):
            entry.tokens += child.tokens
            entry.value += child.value
            entry.count_by_level.update(child.count_by_level)
        return Node(f"{folder.path}/", entry, children)


def _folders(path: str) -> list[str]:
    return path.split("/")[:-1][:DEEPEST]


def _file_node(cover: FileCoverage) -> Node:
    name = "/".join(cover.path.split("/")[len(_folders(cover.path)) :])
    entry = Entry(
        cover.path,
        single_line(name),
        cover.chunks,
        cover.tokens,
        cover.value,
        Counter(chunk.level for chunk in cover.chunks),
    )
    return Node(cover.path, entry, None)


def chunk_nodes(file: Entry, named: Sequence[NamedChunk]) -> list[Node]:
    """The nodes of a file's chunks, from its top."""
    symbols_by_start = {chunk.start: chunk.symbols for chunk in named}
    nodes = []
    for chunk in file.chunks:
        symbols = ", ".join(map(single_line, symbols_by_start.get(chunk.start, ())))
        name = f"{chunk.start}-{chunk.end}  {symbols}".rstrip()
        entry = Entry(file.path, name, (chunk,), chunk.tokens, 0.0, Counter({chunk.level: 1}))
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
    waiting = [node for node in roots if node.children]
    while waiting:
        node = max(waiting, key=lambda node: entry_of(node).value)
        waiting.remove(node)
        children = node.children or []
        if keys and shown + len(children) > rows:
            continue
        keys.add(node.key)
        shown += len(children)
        waiting += [child for child in children if child.children]
    return keys


def directory_keys(roots: Sequence[Node]) -> set[str]:
    """The keys of all directories."""
    return {node.key for root in roots for node in root.walk() if node.children}


def scale_of(covers: Iterable[FileCoverage]) -> Scale:
    """What the rows of these files are measured by."""
    covers = list(covers)
    return Scale(
        sum(cover.value for cover in covers), max((cover.tokens for cover in covers), default=0)
    )


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
    chunks = entry.count_by_level.total()
    read = chunks - entry.count_by_level[_UNREAD]
    label = f"{read:,} of {count(chunks, 'chunk')} read"
    return label if len(label) <= width else f"{share_label(read / max(1, chunks))} read"


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
