"""Chunks: the record of one span of a file, its text and its identity.

Owns the type `Chunk` and the content ids that the store keeps. `chunking` cuts files into chunks.
Pure.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from repo_mhm.location import Location


@dataclass(frozen=True, slots=True)
class Chunk:
    """An ordered span of one file: lines are 1-based and inclusive, bytes half open."""

    path: str
    start: int
    end: int
    start_byte: int
    end_byte: int
    kind: str
    """`code` (cut along the syntax tree) or `text` (cut at headings or blank lines)."""
    module: str
    """The file's directory, POSIX style, empty for the root."""
    symbols: tuple[str, ...]
    """Qualified names of the definitions that start in it."""
    tokens: int
    """An estimate; engines count exactly."""
    content_id: str
    """32 hex digits, a hash of its text and `enclosing`, but not of its path."""
    enclosing: str
    """Signatures of the definitions that its first line continues, outermost first, one a line;
    empty at top level."""

    @property
    def location(self) -> Location:
        """The chunk's lines."""
        return Location(self.path, self.start, self.end)


def chunk_text(data: bytes, chunk: Chunk) -> str:
    """The text of a chunk of the file `data` (UTF-8, see `text_encoding`).

    Bytes that are not UTF-8 are replaced.
    """
    return data[chunk.start_byte : chunk.end_byte].decode("utf-8", "replace")


def content_id(text: bytes, enclosing: str) -> str:
    """BLAKE2b-128 of a chunk's text and its enclosing signatures, in hex."""
    digest = hashlib.blake2b(text, digest_size=16)
    if enclosing:
        digest.update(b"\0" + enclosing.encode("utf-8", "replace"))
    return digest.hexdigest()
