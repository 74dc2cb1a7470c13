"""Code mask: the text of a file with comments and the insides of strings blanked out. Pure.

Review looks for names, brackets and operators in code. In the mask each character of a comment is a
space. So is each character of a string but its first and last, which become quotation marks: if a
string vanished, an argument would seem to be missing. Code inside a string (an interpolation)
stays. Line feeds stay, and so the mask has as many characters and lines as the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from repo_mhm.source.languages import Language, literal_query

if TYPE_CHECKING:
    import tree_sitter

    from repo_mhm.source.embedded_parts import Part


class _Span(NamedTuple):
    """A comment or string, or code inside a string; offsets half open, in bytes or characters."""

    start: int
    end: int
    kind: str
    """A capture of `literal_query`."""


def mask_literals(
    data: bytes, tree: tree_sitter.Tree, language: Language, parts: Sequence[Part] = ()
) -> str:
    """The code mask of a parsed file, `data` being UTF-8.

    `parts` are those in other languages. What lies around them counts as their comments do, unless
    it is code itself.

    Raises:
        LanguageError: The language's grammar cannot be loaded.
    """
    text = data.decode("utf-8", "replace")
    blank = "\n".join(" " * len(line) for line in text.split("\n"))
    masked = list(text)
    string_end = 0

    for start, end, kind in _spans(data, tree, language, parts):
        if kind == "code":
            masked[start:end] = text[start:end]
        elif kind == "unparsed":
            masked[start:end] = _mask_by_pattern(text[start:end])
        else:
            masked[start:end] = blank[start:end]
        if kind == "string" and end - start > 1:
            # Inside another string the marks differ, so that the outer one remains one string.
            mark = "'" if start < string_end else '"'
            masked[start] = mark
            if text[end - 1] != "\n":
                masked[end - 1] = mark
            string_end = max(string_end, end)

    return "".join(masked)


def _spans(
    data: bytes, tree: tree_sitter.Tree, language: Language, parts: Sequence[Part]
) -> list[_Span]:
    """The spans that `literal_query` captures, in characters, outer ones before inner ones."""
    spans = _captured_spans(tree, language)
    for part in parts:
        spans += [
            _Span(span.start_byte, span.end_byte, "code") for span in part.tree.included_ranges
        ]
        spans += _captured_spans(part.tree, part.language)
    # The sort is stable: a part's code comes before the literals in it, outer parts come first.
    spans.sort(key=lambda span: (span.start, -span.end))
    return spans if data.isascii() else _in_characters(spans, data)


def _captured_spans(tree: tree_sitter.Tree, language: Language) -> list[_Span]:
    import tree_sitter

    cursor = tree_sitter.QueryCursor(literal_query(language))
    cursor.set_max_start_depth(language.depth)
    captures = cursor.captures(tree.root_node)
    return [
        _Span(node.start_byte, node.end_byte, kind)
        for kind, nodes in captures.items()
        for node in nodes
    ]


def _in_characters(spans: list[_Span], data: bytes) -> list[_Span]:
    """The same spans, counted in characters of the decoded data instead of bytes."""
    cuts = sorted({0, *(span.start for span in spans), *(span.end for span in spans)})
    lengths = [len(data[start:end].decode("utf-8", "replace")) for start, end in pairwise(cuts)]
    characters = dict(zip(cuts, accumulate(lengths, initial=0), strict=True))
    return [_Span(characters[start], characters[end], kind) for start, end, kind in spans]


_LITERAL = re.compile(
    r"/\*.*?(?:\*/|\Z)|//[^\n]*" + r'|"(?:\\.|[^"\\\n])*"?' + r"|'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)
_NOT_LINE_FEED = re.compile(r"[^\n]")


def _mask_by_pattern(text: str) -> str:
    """The mask of code that the grammar does not parse, by the comments and literals of C."""
    return _LITERAL.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    literal = match[0]
    blank = _NOT_LINE_FEED.sub(" ", literal)
    is_closed = len(literal) > 1 and literal[0] == literal[-1] and literal[0] in "\"'"
    return f'"{blank[1:-1]}"' if is_closed else blank
