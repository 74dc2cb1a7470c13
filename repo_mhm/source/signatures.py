"""Signatures: how a definition begins, up to its body, on one line and without comments. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from repo_mhm.source.file_text import FileText

if TYPE_CHECKING:
    import tree_sitter

SIGNATURE_CHARACTERS = 300
_ANNOTATIONS = ("@", "#[", "[")
"""How a declaration begins whose name may lie on a later line."""


def signature(
    text: FileText,
    node: tree_sitter.Node,
    start: int,
    name: str,
    comments: Mapping[int, tree_sitter.Node],
    bodies: Sequence[str],
) -> str:
    """The signature of the definition `node`, white space folded, at most SIGNATURE_CHARACTERS.

    `start` is its first byte, which lies before the node's where the signature begins with
    `type`, `const` or `export`. `comments` are the file's by the line after their last one, from
    0. `bodies` are the node types of a body in a grammar without a field of that name.
    """
    body = node.child_by_field_name("body")
    if body is None and bodies:
        body = next((child for child in node.children if child.type in bodies), None)

    # The text is cut well beyond SIGNATURE_CHARACTERS, as white space and comments are taken out.
    if body is None or body.start_byte == node.start_byte:
        end = min(node.end_byte, start + SIGNATURE_CHARACTERS * 4)
        declaration = _first_line(text.between(start, end), name)
    else:
        end = min(body.start_byte, start + SIGNATURE_CHARACTERS * 8)
        declaration = _without_comments(text, start, end, node.start_point.row, comments)
    return " ".join(declaration.split()).rstrip(" {:=")[:SIGNATURE_CHARACTERS]


def _first_line(declaration: str, name: str) -> str:
    """The first line of a declaration without a body; after annotations the line with its name."""
    lines = declaration.split("\n")
    if lines[0].startswith(_ANNOTATIONS):
        return next((line for line in lines if name in line), lines[0])
    return lines[0]


def _without_comments(
    text: FileText, start: int, end: int, row: int, comments: Mapping[int, tree_sitter.Node]
) -> str:
    """The text from `start` to `end`, which begins in line `row` (from 0), without its comments."""
    declaration = text.between(start, end)
    line_ends = declaration.count("\n")
    if not line_ends and row + 1 not in comments:
        return declaration
    after_rows = range(row + 1, row + line_ends + 2)
    return _cut_out(text, start, end, map(comments.get, after_rows))


def _cut_out(
    text: FileText, start: int, end: int, comments: Iterable[tree_sitter.Node | None]
) -> str:
    parts: list[str] = []
    for comment in comments:
        if comment is not None and start <= comment.start_byte < end:
            parts.append(text.between(start, comment.start_byte))
            start = comment.end_byte
    return " ".join([*parts, text.between(start, end)])
