"""Chunks: ordered, disjoint spans that together cover every non-blank line of a file.

Owns the chunking policy. Pure: bytes in, chunks out.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chunk:
    """An ordered span of one file: lines are 1-based and inclusive, bytes half open."""

    path: str
    start: int
    end: int
    start_byte: int
    end_byte: int
    kind: str
    """`code` (cut along the grammar) or `text` (cut at headings or blank lines)."""
    module: str
    """The file's directory, POSIX style, empty for the root."""
    symbols: tuple[str, ...]
    """Qualified names of the definitions that start in it."""
    tokens: int
    """An estimate; engines count exactly."""
    content_id: str
    """32 hex digits, a hash of its text and `enclosing`: equal text under another path has the same id."""
    enclosing: str
    """Signature of the definition that its first line continues, empty when it starts at top level."""
