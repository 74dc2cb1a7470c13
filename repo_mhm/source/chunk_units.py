"""Chunk units: runs of lines that should stay together in one chunk.

Owns how a file breaks into units, along its syntax tree or, for text, at headings and blank lines.
`chunking` merges neighbouring units into chunks. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from repo_mhm.source.line_index import LineIndex
from repo_mhm.source.token_estimates import LineTokens

if TYPE_CHECKING:
    import tree_sitter

_CHILDREN_PER_LINE = 8
"""A node with more children per line is a table or a literal. It can as well be cut at line ends,
and visiting millions of cells would take long."""
_PARAGRAPH_DEPTH = 9
"""Depth of a paragraph: below every heading, whose depth is its level (1 to 6)."""

HEADING = re.compile(rb"#{1,6}\s|[=\-~^\"'*+#`.:_]{3,}\s*$")
"""A Markdown heading, or a line of punctuation under or over one."""


class Unit(NamedTuple):
    """A run of lines, from `first` up to the next unit."""

    first: int
    """Its first line, from 0."""
    depth: int
    """How deep its node lies in the tree, or the level of its heading."""
    joins_next: bool = False
    """Whether it belongs to the unit after it: a comment, a decorator, a heading."""


def tree_units(tree: tree_sitter.Tree, tokens: LineTokens, limit: float) -> Iterator[Unit]:
    """Units along a syntax tree, in the order of the file.

    Each node at the top is a unit. One of more than `limit` tokens gives way to its children, and
    so on down the tree; its first line then joins the first child. Brackets and keywords (anonymous
    nodes) begin no unit, so that they stay with what precedes them. Nor do nodes without a line: an
    empty one may stand behind the last.
    """
    count = len(tokens.lines)
    stack = [(node, 0) for node in reversed(tree.root_node.children)]
    last_covered = -1
    while stack:
        node, depth = stack.pop()
        first = node.start_point.row
        row, column = node.end_point
        after = row + 1 if column or row == first else row

        is_divided = (
            after - first > 1
            and tokens.estimate(first, after) > limit
            and 0 < node.child_count <= _CHILDREN_PER_LINE * (after - first)
        )
        if last_covered < first < count and node.is_named:
            yield Unit(first, depth, is_divided or _joins_next(node, first, after, tokens))

        if is_divided:
            stack.extend((child, depth + 1) for child in reversed(node.children))
            last_covered = max(last_covered, first)
        else:
            last_covered = max(last_covered, after - 1)


def _joins_next(node: tree_sitter.Node, first: int, after: int, tokens: LineTokens) -> bool:
    """Whether lines `first` to `after` are a comment or an attribute of what follows them.

    Attributes are Rust's `#[…]` and Elixir's `@doc`. After a blank line they do not belong to what
    follows. A `/**` comment does, unless the file begins with it.
    """
    count = len(tokens.lines)
    text = tokens.lines.texts[first].lstrip()
    if first and after < count and tokens.is_blank(after) and text.startswith(b"/**"):
        after += 1
    if after >= count or tokens.is_blank(after):
        return False
    return "comment" in node.type or text.startswith((b"@", b"#["))


def text_units(lines: LineIndex) -> Iterator[Unit]:
    """Units of a file without a syntax tree: its paragraphs. A heading joins the next one."""
    after_blank = True
    for number, text in enumerate(lines.texts):
        is_blank = not text.strip()
        if after_blank and not is_blank:
            below = lines.texts[number + 1] if number + 1 < len(lines) else b""
            is_heading = bool(HEADING.match(text) or HEADING.match(below))
            level = len(text) - len(text.lstrip(b"#"))
            yield Unit(number, level if is_heading else _PARAGRAPH_DEPTH, is_heading)
        after_blank = is_blank
