"""Parsing: the syntax tree of a file, in bounded time even where the file is hostile.

Owns the time limit of a parse and the recognition of trees that a query could not search in time.
Reads the clock.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from repo_mhm.source import languages
from repo_mhm.source.exclusions import LARGEST_BYTES
from repo_mhm.source.languages import Language

if TYPE_CHECKING:
    import tree_sitter

PARSE_SECONDS = 5.0
"""Processor time that parsing a file of LARGEST_BYTES may take; smaller files in proportion, but at
least a fifth of it. Ordinary source parses at several MB a second. Wall time would make the result
depend on how busy the machine is."""
_UNTIMED_BYTES = 2 * 1024
"""Smaller files are parsed without a timer, since none takes long: the worst case known, a script
of nothing but `<`, takes 0.3 s."""
_READ_BYTES = 64 * 1024
"""How many bytes a timed parse is handed at once."""
_MAX_ERROR_PIECES = 16_000
"""A query takes the square of the number of pieces in one error: half a second at this number."""


class ParseAborted(Exception):
    """Parsing a file took too long, or searching its tree would."""


def parse(
    data: bytes, language: Language, ranges: Sequence[tree_sitter.Range] = ()
) -> tree_sitter.Tree:
    """The syntax tree of a file, or of those parts of it that `ranges` name.

    Raises ParseAborted where it would take too long, and LanguageError when the language's grammar
    or query cannot be loaded.
    """
    parser = _parser(language)
    if language.needs_last_newline and not data.endswith(b"\n"):
        # A scanner that waits for the end of a line cannot be stopped from here, timed or not.
        data += b"\n"
    if not ranges:
        return _tree(parser, data, language)
    parser.included_ranges = list(ranges)
    try:
        return _tree(parser, data, language)
    finally:
        del parser.included_ranges


def _tree(parser: tree_sitter.Parser, data: bytes, language: Language) -> tree_sitter.Tree:
    if len(data) < _UNTIMED_BYTES:
        tree = parser.parse(data)
    else:
        tree = _timed_parse(parser, data)
        if "(#" in language.query:
            # A query's predicates need a tree that was parsed from bytes, and only parsing from a
            # function can be timed. Parsing again reuses the finished tree whole.
            tree = parser.parse(data, tree)
    if len(data) > _MAX_ERROR_PIECES and tree.root_node.has_error and _is_shattered(tree):
        raise ParseAborted("too much of it does not parse")
    return tree


@lru_cache(maxsize=None)
def _parser(language: Language) -> tree_sitter.Parser:
    import tree_sitter

    return tree_sitter.Parser(languages.load(language).language)


def _timed_parse(parser: tree_sitter.Parser, data: bytes) -> tree_sitter.Tree:
    # Hostile files take 150 MB a second, which tree-sitter 0.26 never frees: none may go on long.
    seconds = PARSE_SECONDS * max(0.2, len(data) / LARGEST_BYTES)
    wall_end = time.monotonic() + seconds
    processor_end = time.thread_time() + seconds
    views: list[memoryview] = []

    def read(position: int, _: object) -> memoryview:
        views.append(memoryview(data)[position : position + _READ_BYTES])
        return views[-1]

    def is_over(*_: object) -> bool:
        # The processor's clock is expensive, so it is read only when the wall clock says so.
        return time.monotonic() > wall_end and time.thread_time() > processor_end

    try:
        return parser.parse(read, progress_callback=is_over)
    except ValueError as exc:
        parser.reset()
        raise ParseAborted(f"parsing took over {seconds:.2g} s") from exc
    finally:
        # py-tree-sitter 0.26 never frees what it is handed. A released view keeps no bytes alive.
        for view in views:
            view.release()


def _is_shattered(tree: tree_sitter.Tree) -> bool:
    """Whether one error holds so many pieces that a query would take too long."""
    # A query's time cannot be limited instead: tree-sitter 0.26 crashes when one is given a
    # progress callback.
    stack = [tree.root_node]
    while stack:
        node = stack.pop()
        if node.is_error and node.child_count > _MAX_ERROR_PIECES:
            return True
        if node.has_error and node.child_count <= 10 * _MAX_ERROR_PIECES:
            # A child of fewer bytes cannot have so many pieces.
            stack.extend(
                child
                for child in node.children
                if child.end_byte - child.start_byte > _MAX_ERROR_PIECES
            )
    return False
