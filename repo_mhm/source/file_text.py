"""File text: the bytes of one parsed file, and the text of any part of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repo_mhm.source.line_index import LineIndex

if TYPE_CHECKING:
    import tree_sitter

NAME_BYTES = 200
"""Longer names are data. A definition's name is cut to this length, a longer reference left out."""
COMMENT_BYTES = 1000
"""The first sentence of a comment is looked for in at most this many bytes."""


class FileText:
    """One file. Positions are bytes; invalid UTF-8 is replaced in every text."""

    def __init__(self, path: str, data: bytes, lines: LineIndex) -> None:
        self.path = path
        self.data = data
        self.lines = lines
        self.ascii = data.decode() if data.isascii() else None
        """The whole text where bytes and characters count alike: slicing it is faster than decoding
        every part by itself."""

    def between(self, start: int, end: int) -> str:
        """The text from byte `start` up to byte `end`."""
        if self.ascii is None:
            return self.data[start:end].decode("utf-8", "replace")
        return self.ascii[start:end]

    def of(self, node: tree_sitter.Node, limit: int = NAME_BYTES) -> str:
        """A node's text, at most `limit` bytes of it."""
        start = node.start_byte
        return self.between(start, min(node.end_byte, start + limit))


def line_after(node: tree_sitter.Node) -> int:
    """The line (from 0) after a node's last one.

    Some grammars' comments and attributes include the end of their line.
    """
    row, column = node.end_point
    return row + 1 if column else row
