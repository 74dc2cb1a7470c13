"""The notes of a head as a tree by level, and the name of a head by its modules. No widgets here.

A directory is over the notes on it and over its files, a file over the notes on it and over its
chunks, a chunk over the symbols that lie in it. A branch without a note of its own shows only its
path. Branches with more value come first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.tree import Node

if TYPE_CHECKING:
    from repo_mhm.commands.memory import HeadView, NoteView

_SYMBOL, _CHUNK, _FILE, _DIRECTORY = range(4)
"""Levels of notes."""
OWN_SHARE = 0.8
"""A head is named by a directory or file of whose notes it has at least this share of the tokens:
few notes of a file may be in another head, where its own was full."""
LEAST_SHARE = 0.1
"""What takes a smaller share of a head's tokens than this does not name it."""


@dataclass(frozen=True, slots=True)
class Branch:
    """What a row of the tree stands for: a directory, a file or a note."""

    path: str
    level: int
    note: NoteView | None
    """The first note on it; None where there is none."""
    tokens: int
    """Of all notes on it and below it."""
    value: float
    """The same; how much the rest of the repository refers to what they describe."""


def note_nodes(notes: Sequence[NoteView]) -> list[Node]:
    """The nodes at the top of a head's tree, the most valuable first."""
    notes_by_directory: dict[str, list[NoteView]] = defaultdict(list)
    for note in notes:
        notes_by_directory[_directory(note)].append(note)
    nodes = [_directory_node(path, inside) for path, inside in notes_by_directory.items()]
    return _most_valuable_first(nodes)


def note_key(note: NoteView) -> str:
    """The key of the node of a note that is no branch's first one."""
    return f"note {note.id}"


def branch_of(node: Node) -> Branch:
    """What a node of such a tree stands for."""
    assert isinstance(node.data, Branch)
    return node.data


def _directory(note: NoteView) -> str:
    return note.path if note.level == _DIRECTORY else note.path.rpartition("/")[0]


def _directory_node(path: str, notes: Sequence[NoteView]) -> Node:
    own = [note for note in notes if note.level == _DIRECTORY]
    notes_by_file: dict[str, list[NoteView]] = defaultdict(list)
    for note in notes:
        if note.level != _DIRECTORY:
            notes_by_file[note.path].append(note)
    files = [_file_node(file, inside) for file, inside in notes_by_file.items()]
    children = [*map(_note_node, own[1:]), *_most_valuable_first(files)]
    return _node(f"directory {path}", path, _DIRECTORY, own[:1], children)


def _file_node(path: str, notes: Sequence[NoteView]) -> Node:
    own = [note for note in notes if note.level == _FILE]
    chunks = [note for note in notes if note.level == _CHUNK]
    symbols = [note for note in notes if note.level == _SYMBOL]

    symbols_by_chunk: dict[int, list[NoteView]] = defaultdict(list)
    for symbol in symbols:
        symbols_by_chunk[_chunk_around(symbol, chunks)].append(symbol)
    children = list(map(_note_node, own[1:]))
    children += [_note_node(chunk, symbols_by_chunk[chunk.id]) for chunk in chunks]
    children += map(_note_node, symbols_by_chunk[-1])
    return _node(f"file {path}", path, _FILE, own[:1], children)


def _chunk_around(symbol: NoteView, chunks: Sequence[NoteView]) -> int:
    """The id of the chunk's note that has the lines of a symbol; -1 where there is none."""
    for location in symbol.citations[:1]:
        for chunk in chunks:
            if any(outer.start <= location.start <= outer.end for outer in chunk.citations):
                return chunk.id
    return -1


def _note_node(note: NoteView, symbols: Sequence[NoteView] = ()) -> Node:
    children = [_note_node(symbol) for symbol in symbols]
    return _node(note_key(note), note.path, note.level, [note], children)


def _node(key: str, path: str, level: int, own: Sequence[NoteView], children: list[Node]) -> Node:
    below = [branch_of(child) for child in children]
    tokens = sum(note.tokens for note in own) + sum(branch.tokens for branch in below)
    value = sum(note.value for note in own) + sum(branch.value for branch in below)
    note = own[0] if own else None
    return Node(key, Branch(path, level, note, tokens, value), children)


def _most_valuable_first(nodes: Iterable[Node]) -> list[Node]:
    return sorted(nodes, key=lambda node: (-branch_of(node).value, branch_of(node).path))


# The names of heads


def head_names(heads: Sequence[HeadView]) -> list[list[str]]:
    """By head, the directories (with a slash at the end) and files it is named by, largest first.

    They are the largest ones of which the head has nearly all notes. Of a file that several heads
    share, each is named by it where it is a large part of them. A head without notes has no name.
    """
    tokens_by_head = [_tokens_by_path(head.notes) for head in heads]
    totals: Counter[str] = Counter()
    for tokens in tokens_by_head:
        totals.update(tokens)
    return [
        _names(head, tokens, totals) for head, tokens in zip(heads, tokens_by_head, strict=True)
    ]


def _names(head: HeadView, tokens: Mapping[str, int], totals: Mapping[str, int]) -> list[str]:
    names: Counter[str] = Counter()
    for note in head.notes:
        lineage = _lineage(note)
        own = (path for path in lineage if tokens[path] >= OWN_SHARE * totals[path])
        names[next(own, lineage[-1])] += note.tokens
    most = sum(names.values())
    return [name for name, size in names.most_common() if size >= LEAST_SHARE * most] or list(
        names
    )[:1]


def _tokens_by_path(notes: Iterable[NoteView]) -> Counter[str]:
    """Tokens of the notes on and below each directory and file."""
    tokens: Counter[str] = Counter()
    for note in notes:
        for path in _lineage(note):
            tokens[path] += note.tokens
    return tokens


def _lineage(note: NoteView) -> list[str]:
    """The directories above what a note is about, each with a slash at its end, and itself."""
    path = "" if note.path == "." else note.path
    parts = path.split("/")
    folders = ["/".join(parts[:depth]) + "/" for depth in range(1, len(parts))]
    if not path:
        return ["./"]
    own = f"{path}/" if note.level == _DIRECTORY else path
    return ["./", *folders, own]
