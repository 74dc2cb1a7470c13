"""File syntax: what a parser makes of one file, in whatever languages it is written.

Joins the tree with its repairs, the branches that the first tree leaves out, and the parts that are
written in another language (the script of a page, the code in a template).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from repo_mhm.source.definition_heads import symbols_of_heads
from repo_mhm.source.embedded_parts import parts_of
from repo_mhm.source.line_index import LineIndex
from repo_mhm.source.repair import OtherTree, repaired_tree
from repo_mhm.source.symbol_extraction import extract_symbols
from repo_mhm.source.symbols import FileSymbols, Reference, References, Symbol

if TYPE_CHECKING:
    import tree_sitter

    from repo_mhm.source.embedded_parts import Part
    from repo_mhm.source.languages import Language


class FileSyntax(NamedTuple):
    """The trees of one file, and what they define."""

    tree: tree_sitter.Tree
    symbols: FileSymbols
    damaged_lines: tuple[int, ...]
    """Lines (from 1) that its grammar does not fit."""
    parts: tuple[Part, ...]
    """Those in other languages."""


def read_syntax(
    path: str,
    data: bytes,
    language: Language,
    *,
    parseable: bytes = b"",
    lines: LineIndex | None = None,
) -> FileSyntax:
    """Parse a file and find its symbols.

    `parseable` is what a parser is given instead of `data`, as long as that. Raises ParseAborted
    and LanguageError as `parse` does.
    """
    lines = lines or LineIndex(data)
    repaired = repaired_tree(parseable or data, language)
    symbols = extract_symbols(path, data, repaired.tree, language, lines=lines)
    for other in _from_other_trees(path, data, language, repaired.others, lines):
        symbols = _merged(path, symbols, other)
    parts = tuple(parts_of(parseable or data, repaired.tree, language))
    for part in parts:
        inner = extract_symbols(path, data, part.tree, part.language, lines=lines)
        symbols = _merged(path, symbols, inner)
    if repaired.damaged_rows and language.heads is not None:
        heads = list(symbols_of_heads(path, data, language, lines, symbols.symbols))
        symbols = _merged(path, symbols, FileSymbols(heads, symbols.references, ()))
    damaged = tuple(row + 1 for row in repaired.damaged_rows)
    return FileSyntax(repaired.tree, symbols, damaged, parts)


def _from_other_trees(
    path: str,
    data: bytes,
    language: Language,
    others: Sequence[OtherTree],
    lines: LineIndex,
) -> Iterator[FileSymbols]:
    """What begins in the spans that the first tree leaves out."""
    for other in others:
        found = extract_symbols(path, data, other.tree, language, lines=lines)
        left_out = [
            item
            for item in found.symbols
            if any(start <= item.start_byte < end for start, end in other.spans)
        ]
        yield FileSymbols(left_out, found.references, ())


def _merged(path: str, first: FileSymbols, second: FileSymbols) -> FileSymbols:
    """The symbols and references of both, in the order of the file."""
    known = {(item.start_byte, item.name) for item in first.symbols}
    added = [item for item in second.symbols if (item.start_byte, item.name) not in known]
    return FileSymbols(
        _in_order([*first.symbols, *added]),
        _all_references(path, first.references, second.references),
        _in_order([*first.scopes, *second.scopes]),
    )


def _in_order(symbols: Iterable[Symbol]) -> Sequence[Symbol]:
    return sorted(symbols, key=lambda item: (item.start_byte, -item.end_byte))


def _all_references(
    path: str, first: Iterable[Reference], second: Iterable[Reference]
) -> References:
    kind_by_use: dict[tuple[str, int], int] = {}
    for references in (first, second):
        uses = references.kind_by_use if isinstance(references, References) else {}
        for use, kind in uses.items():
            kind_by_use[use] = max(kind, kind_by_use.get(use, 0))
    in_order = sorted(kind_by_use.items(), key=lambda item: item[0][1])
    return References(path, dict(in_order))
