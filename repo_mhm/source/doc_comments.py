"""Documentation comments: the first sentence of what authors wrote about a definition. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from repo_mhm.lazy_pattern import lazy_pattern
from repo_mhm.source.file_text import COMMENT_BYTES, FileText

if TYPE_CHECKING:
    import tree_sitter

DOC_CHARACTERS = 200
_MAX_COMMENTS = 50
"""At most this many comments above a definition are read, the nearest ones."""

_MARKERS = lazy_pattern(r"[\s/*#!;%<>|-]+(?::\s)?|@doc\s+")
"""What a line of a comment begins with."""
_OPENING_QUOTES = lazy_pattern(r"""(?:@[a-z]+\s+)?[a-zA-Z~]{0,3}("{3}|'{3}|["'`])""")
"""What a documentation string begins with: Python's `r\"\"\"`, Elixir's `@doc ~S\"\"\"`."""
_TAGS = lazy_pattern(r"</?(?:summary|remarks|para|p)\s*/?>")
"""Markup in C#'s and Java's documentation comments."""
_LEADING = lazy_pattern(
    r'[rRbBuU]{0,2}"{3}.*?"{3}|[rRbBuU]{0,2}\'{3}.*?\'{3}|/\*.*?\*/|(?:[ \t]*(?://|#|--|;)[^\n]*\n?)+'
    r"|\n+|[^\n]+",
    re.DOTALL,
)
"""The comments, blank lines and other lines of a file, from its top."""
_DIRECTIVE = lazy_pattern(r"#\s*(?:include|define|if|ifdef|ifndef|pragma|import|undef|error)\b")
"""Lines of C that begin like comments of other languages."""
_COMMENT_STARTS = ('"""', "'''", 'r"""', "/*", "//", "#", "--", ";")
_NOTICE = lazy_pattern(r"(?i)copyright|licen[sc]e|SPDX|all rights reserved")
_TOOL_LINE = lazy_pattern(
    r"(?i)[ \t]*(?:#|//|/\*|\*|--|;)+!?[ \t]*(?:-\*-|@ts-|@flow\b|go:\w|\+build\b|use strict\b"
    r"|(?:frozen_string_literal|(?:file)?encoding|coding|typed|vim?)[:=]|shellcheck \w+="
    r"|(?:mypy|ruff|pylint|rubocop|phpcs|swiftlint|flake8|jscs|nolint|clang-format)[: ]"
    r"|(?:eslint|prettier|biome|stylelint|ktlint|istanbul|jshint|jslint)[-: ]).*$",
    re.MULTILINE,
)
"""A line of a comment that is for a tool, from its first mark on."""
_COMMENT_BEGIN = lazy_pattern(
    r"\s*(?://|/\*|\*(?:\s|/|\Z)|#(?!\s*define\b|\[)|--(?:\s|\Z)|;|<!--|\"{3}|'{3})"
)
_DECORATOR_BEGIN = lazy_pattern(r"\s*(?:@\w|#!?\[|\[\w)")
_WORD_CHARACTER = lazy_pattern(r"[^\W_]")
_SENTENCE_END = lazy_pattern(r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bcf\.)(?<!\bvs\.)\s")
_SHORT_WORDS = 3
"""A sentence of so many words says little alone: `Receives a Response.`"""
_ROLE = lazy_pattern(r":[a-z][a-z:+-]{1,30}:`[~!]?([^`<>]{1,120}?)(?:\s*<[^`<>]{0,120}>)?`")
"""A role of reStructuredText: `:class:`Request <requests.Request>``."""
_SECTION = lazy_pattern(
    r"[@\\][A-Za-z]+\b|:(?:param|type|returns?|rtype|raises?|[ic]?var)\b|[A-Z][a-z]+:\s*\Z"
)
"""What a line begins with that describes a parameter and the like."""
_TOOL_MARK = lazy_pattern(
    r"(?i)(?:fmt|yapf|isort|pylint|flake8|type|pragma|mypy|eslint\S*|prettier\S*|clang-format)"
    r"\s*:|noqa\b|nosec\b|@ts-|nolint\b"
)
"""What a line begins with that is a mark for a tool."""


def begins_comment(line: str) -> bool:
    """Whether a line is a comment as far as its beginning tells, in any language."""
    return _COMMENT_BEGIN.match(line) is not None


def begins_decorator(line: str) -> bool:
    """Whether a line begins with a decorator, an annotation or an attribute."""
    return _DECORATOR_BEGIN.match(line) is not None


def comment_above(text: FileText, line: int, comments: Mapping[int, tree_sitter.Node]) -> str:
    """First sentence of the comments right above `line` (from 1); empty where there are none.

    `comments` holds the file's comments by the line after their last one, from 0. One blank line
    may separate a `/**` comment from its definition, unless it begins the file: then it is about
    the file.
    """
    if line - 1 in comments:
        return _block_above(text, line, comments)
    node = comments.get(line - 2)
    if node is None or not node.start_byte or text.lines.texts[line - 2].strip():
        return ""
    comment = text.of(node, COMMENT_BYTES)
    return first_sentence(comment) if comment.startswith("/**") else ""


def _block_above(text: FileText, line: int, comments: Mapping[int, tree_sitter.Node]) -> str:
    """First sentence of the block of comments that ends right above `line` (from 1).

    A comment on the same line as code ends the block.
    """
    block: list[str] = []
    if text.data.startswith(b"#!") and line == 2:
        return ""
    while (node := comments.get(line - 1)) is not None and len(block) < _MAX_COMMENTS:
        first = text.lines.line_at(node.start_byte)
        if text.data[text.lines.starts[first] : node.start_byte].strip():
            break
        block.append(text.of(node, COMMENT_BYTES).rstrip("\n"))
        line = first + 1
    return first_sentence("\n".join(reversed(block)))


def leading_comment(text: str) -> str:
    """First sentence of the docstring or the comment that a file begins with; may be empty."""
    return first_sentence(next(_leading_blocks(text), ""))


def leading_sentences(text: str) -> Iterator[str]:
    """The first sentence of each paragraph of the documentation that a file begins with."""
    for block in _leading_blocks(text):
        yield from paragraph_sentences(_without_quotes(block))


def paragraph_sentences(text: str) -> Iterator[str]:
    """The first sentence of each paragraph; a line of marks alone, as below a title, ends one."""
    for has_words, lines in groupby(text.splitlines(), key=_has_words):
        sentence = first_sentence("\n".join(lines)) if has_words else ""
        if sentence:
            yield sentence


def _has_words(line: str) -> bool:
    return _WORD_CHARACTER.search(line) is not None


def _leading_blocks(text: str) -> Iterator[str]:
    """The docstring and the blocks of comments that a file begins with.

    A `#!` line, a notice of copyright and marks for tools are not what the file is about.
    """
    for match in _LEADING.finditer(text[: 4 * COMMENT_BYTES]):
        block = match[0].strip()
        if not block:
            continue
        if not block.startswith(_COMMENT_STARTS) or _DIRECTIVE.match(block):
            return
        first, _, rest = block.partition("\n")
        told = _TOOL_LINE.sub("", rest if first.startswith("#!") else block).strip()
        if told and not _NOTICE.search(told):
            yield told


def first_sentence(comment: str) -> str:
    """The first sentence of a comment or documentation string, without its markers and quotes.

    A short one comes with the next. Where no sentence ends, the beginning of the first paragraph;
    at most DOC_CHARACTERS.
    """
    if comment.startswith(("(*", "{-")):
        # Comments of OCaml, F#, Pascal and Haskell.
        comment = comment[1:].rstrip().removesuffix("*)").removesuffix("-}")
    elif comment.startswith("{") and comment.endswith("}"):
        comment = comment[1:-1]
    comment = _without_quotes(_TAGS.sub("", comment) if "<" in comment else comment)
    sentence = ""
    for raw_line in comment.splitlines():
        markers = _MARKERS.match(raw_line)
        line = (raw_line[markers.end() :] if markers else raw_line).rstrip(" \t*/>-")
        if sentence and (not line or _SECTION.match(line)):
            break
        if line and not _TOOL_MARK.match(line):
            sentence = f"{sentence} {line}" if sentence else line
            if len(sentence) > DOC_CHARACTERS or _has_ended(sentence):
                break
    return _first_of(_ROLE.sub(r"`\1`", sentence))[:DOC_CHARACTERS]


def _has_ended(text: str) -> bool:
    """Whether text goes on after its first sentence, or after two where the first is short."""
    return len(_first_of(text)) < len(text.rstrip())


def _first_of(text: str) -> str:
    """The first sentence of a text, with the next where it is short."""
    first, *rest = _SENTENCE_END.split(text, maxsplit=1)
    if rest and len(first.split()) <= _SHORT_WORDS:
        return f"{first} {_SENTENCE_END.split(rest[0], maxsplit=1)[0]}"
    return first


def _without_quotes(comment: str) -> str:
    comment = comment.strip()
    quotes = _OPENING_QUOTES.match(comment)
    return comment[quotes.end() :].removesuffix(quotes[1]) if quotes else comment
