"""Symbols: what a repository defines, who refers to it, and how much.

Owns the pairing of tree-sitter's captures into symbols and references, and the ranking of symbols by the
who-uses-what graph. Knows nothing about files on disk, chunks or notes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named definition with its exact lines (1-based, inclusive) and bytes (half open)."""

    path: str
    name: str
    qualified: str
    """With its containers, joined by the language's separator: `Session.send`."""
    kind: str
    """One of `languages.KINDS`."""
    start: int
    end: int
    start_byte: int
    end_byte: int
    signature: str
    """From the definition's start to its body, white space folded, at most 300 characters."""
    doc: str
    """First sentence or line of its documentation, at most 200 characters; may be empty."""
    container: str
    """Qualified name of the enclosing definition, empty at top level."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One use of a name: `kind` is `call`, `import` or `name`; `line` is 1-based."""

    name: str
    path: str
    line: int
    kind: str
