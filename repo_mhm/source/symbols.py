"""Symbols: the records of what a file defines and what it refers to.

Owns the types `Symbol`, `Reference` and `FileSymbols`. `symbol_extraction` makes them from a syntax
tree, `symbol_graph` relates those of several files. Pure.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from repo_mhm.location import Location

SCOPE = "scope"
"""Kind of a block that only lends its name to what is inside it (Rust's `impl`)."""
REFERENCE_KINDS = ("name", "import", "call")
"""Kinds of references, the least telling first: a call says more than an import or a mere name."""

new_tuple = tuple.__new__
"""Makes a named tuple in half the time that its own constructor takes; a repository has tens of
thousands of symbols and references."""


class Symbol(NamedTuple):
    """A named definition with its exact lines (1-based, inclusive) and bytes (half open)."""

    path: str
    name: str
    qualified: str
    """With its containers, joined by the language's separator: `Session.send`."""
    kind: str
    """One of `languages.KINDS`, or SCOPE."""
    start: int
    end: int
    start_byte: int
    end_byte: int
    signature: str
    """From the definition's start to its body, white space folded, at most 300 characters."""
    doc: str
    """First sentence or line of its documentation, two where the first is short; at most 200
    characters, may be empty."""
    container: str
    """Qualified name of the enclosing definition, empty at top level."""

    @property
    def location(self) -> Location:
        """The definition's lines."""
        return Location(self.path, self.start, self.end)


LEAST_BODY_BYTES = 4
"""What stands behind the signature of a declaration is shorter: a mark of its end."""


def is_declaration(symbol: Symbol) -> bool:
    """Whether a symbol only declares: an interface, or a function of one line without a body."""
    body_bytes = symbol.end_byte - symbol.start_byte - len(symbol.signature.encode())
    is_routine = symbol.kind in ("function", "method")
    return symbol.kind == "type" or (is_routine and body_bytes < LEAST_BODY_BYTES)


class Reference(NamedTuple):
    """One use of a name: `kind` is one of REFERENCE_KINDS, `line` is 1-based."""

    name: str
    path: str
    line: int
    kind: str


class _FileReferences(Collection[Reference]):
    """What one file refers to; equal where all lines of all names are."""

    __slots__ = ()

    def __contains__(self, wanted: object) -> bool:
        return any(reference == wanted for reference in self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _FileReferences):
            return NotImplemented
        return lines_by_use(self) == lines_by_use(other)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, eq=False)
class References(_FileReferences):
    """What one file refers to, each name once a line, in the order of their first use.

    Kept as one mapping, which takes less memory than tens of thousands of tuples.
    """

    path: str
    kind_by_use: Mapping[tuple[str, int], int]
    """By name and line, the index of the use's kind in REFERENCE_KINDS."""

    def __len__(self) -> int:
        return len(self.kind_by_use)

    def __iter__(self) -> Iterator[Reference]:
        return (
            new_tuple(Reference, (name, self.path, line, REFERENCE_KINDS[kind]))
            for (name, line), kind in self.kind_by_use.items()
        )

    def __reduce__(self) -> tuple[type[SentReferences], tuple[str, Mapping[tuple[str, int], str]]]:
        """They come to another process by name, which takes a quarter of the time."""
        return SentReferences, (self.path, lines_by_use(self))


@dataclass(frozen=True, slots=True, eq=False)
class SentReferences(_FileReferences):
    """What one file refers to, by name, as another process has found it."""

    path: str
    lines: Mapping[tuple[str, int], str]
    """As `lines_by_use` gives them."""

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Reference]:
        return (
            Reference(name, self.path, line, REFERENCE_KINDS[kind])
            for (name, kind), lines in self.lines.items()
            for line in json.loads(lines)
        )


def lines_by_use(references: Collection[Reference]) -> Mapping[tuple[str, int], str]:
    """The lines on which one file refers to a name, by the name and the index of the kind.

    As JSON arrays, which the store keeps.
    """
    if isinstance(references, SentReferences):
        return references.lines
    lines: dict[tuple[str, int], list[int]] = defaultdict(list)
    if isinstance(references, References):
        # A tuple for each of a million references takes longer than all else here.
        for (name, line), kind in references.kind_by_use.items():
            lines[name, kind].append(line)
    else:
        for name, _, line, kind_name in references:
            lines[name, REFERENCE_KINDS.index(kind_name)].append(line)
    return {use: f"[{','.join(map(str, own))}]" for use, own in lines.items()}


class FileSymbols(NamedTuple):
    """What the syntax tree of one file yields."""

    symbols: Sequence[Symbol]
    """By first byte."""
    references: Collection[Reference]
    """By line."""
    scopes: Sequence[Symbol]
    """Blocks of kind SCOPE, which qualify the names inside them but define nothing."""


NO_SYMBOLS = FileSymbols((), (), ())
"""Of a file that no grammar parses."""
