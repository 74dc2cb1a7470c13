"""Symbol extraction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repo_mhm.source import languages
from repo_mhm.source.languages import KINDS, Language
from repo_mhm.source.line_index import LineIndex
from repo_mhm.source.symbols import (
    SCOPE,
    FileSymbols,
    References,
    Symbol,
    new_tuple,
)

if TYPE_CHECKING:
    import tree_sitter

SIGNATURE_CHARACTERS = 300
DOC_CHARACTERS = 200
NAME_BYTES = 200
"""Longer names are data, not names: definitions' are cut, references to them are left out."""
_CONTAINER_CHARACTERS = 500
"""Where definitions nest deeper than any person writes, the outermost part of a qualified name is left out."""
_COMMENT_BYTES = 1000


@dataclass(slots=True)
class _Definition:
    """A captured definition while it is paired with its name; `node` keeps its fields, the span may be a wrapper's.

    `first` and `last` are its lines, from 1. Nodes know theirs: finding them by position takes three times as long.
    """

    node: tree_sitter.Node
    start: int
    end: int
    first: int
    last: int
    strength: int
    name: str = ""
    receiver: str = ""
    doc: str = ""
    container: str = ""
    qualified: str = ""
    outer: _Definition | None = None
    adopted: bool = False


_MATCH_LIMIT = 65536
"""Matches a query may have under way at once: bounds its memory on hostile files, far above what source needs."""
_CLASS, _FUNCTION, _METHOD, _TEST = map(KINDS.index, ("class", "function", "method", "test"))
_SCOPE = -1
"""Strength of `@definition.scope`."""

Captures = Mapping[str, Sequence["tree_sitter.Node"]]


def extract_symbols(
    path: str,
    data: bytes,
    tree: tree_sitter.Tree,
    language: Language,
    *,
    lines: LineIndex | None = None,
) -> FileSymbols:
    """The definitions and scopes of one parsed file, and its references, each name once a line.

    `lines` saves splitting `data` again. Raises LanguageError when the language's grammar or query cannot be loaded.
    """
    import tree_sitter

    cursor = tree_sitter.QueryCursor(languages.load(language).query, match_limit=_MATCH_LIMIT)
    cursor.set_max_start_depth(language.depth)
    captures: Captures = cursor.captures(tree.root_node)
    source = _Source(path, data, lines or LineIndex(data))
    definitions = _definitions(captures)
    _take_attributes(definitions, captures.get("attribute", ()))
    for capture, node, definition in _innermost(definitions, captures):
        if capture == "name":
            definition.name = definition.name or source.of(node).strip(language.strip)
        elif capture == "doc":
            definition.doc = definition.doc or _first_sentence(source.of(node, _COMMENT_BYTES))
        elif capture == "container":
            definition.receiver = source.of(node)
        elif kind := language.decorators.get(source.of(node)):
            definition.strength = max(definition.strength, KINDS.index(kind))
    named = _unwrap(definitions, language.separator)
    _promote(named, language.tests)
    comments = {_after(node): node for node in captures.get("comment", ())}
    symbols: list[Symbol] = []
    scopes: list[Symbol] = []
    for found in named:
        symbol = _symbol(source, found, comments, language.bodies)
        (scopes if found.strength == _SCOPE else symbols).append(symbol)
    return FileSymbols(symbols, _references(source, captures), scopes)


class _Source:
    """One file. `ascii` is its decoded whole where bytes and characters count alike: pieces of it are had for less."""

    def __init__(self, path: str, data: bytes, lines: LineIndex) -> None:
        self.path = path
        self.data = data
        self.lines = lines
        self.ascii = data.decode() if data.isascii() else None

    def text(self, start: int, end: int) -> str:
        if self.ascii is None:
            return self.data[start:end].decode("utf-8", "replace")
        return self.ascii[start:end]

    def of(self, node: tree_sitter.Node, limit: int = NAME_BYTES) -> str:
        """A node's text, or so many bytes of it."""
        start = node.start_byte
        return self.text(start, min(node.end_byte, start + limit))


def _definitions(captures: Captures) -> list[_Definition]:
    """One definition per span, outermost first, of the strongest kind it was captured under."""
    found: dict[tuple[int, int], _Definition] = {}
    for capture, nodes in captures.items():
        if not capture.startswith("definition."):
            continue
        kind = capture[len("definition.") :]
        strength = _SCOPE if kind == "scope" else KINDS.index(kind)
        for node in nodes:
            start, end = node.start_byte, node.end_byte
            known = found.get((start, -end))
            if known is None:
                first, last = node.start_point.row + 1, node.end_point.row + 1
                found[start, -end] = _Definition(node, start, end, first, last, strength)
            else:
                known.strength = max(known.strength, strength)
    return [found[span] for span in sorted(found)]


def _take_attributes(
    definitions: Iterable[_Definition], attributes: Sequence[tree_sitter.Node]
) -> None:
    """Let each definition begin at the first of the attributes that stand right before it."""
    if not attributes:
        return
    by_last_line = {
        _after(node): node for node in sorted(attributes, key=lambda node: -node.start_byte)
    }
    for definition in definitions:
        first = definition.first
        while node := by_last_line.pop(first, None) or by_last_line.pop(first - 1, None):
            if node.end_byte > definition.start:
                break
            definition.start = node.start_byte
            first = definition.first = node.start_point.row + 1


def _after(node: tree_sitter.Node) -> int:
    """The line (from 0) after a node's last one; some grammars' comments and attributes hold their line end."""
    row, column = node.end_point
    return row + 1 if column else row


_INSIDE = ("container", "decorator", "doc", "name")
"""Captures that belong to the definition around them."""


def _innermost(
    definitions: Sequence[_Definition], captures: Captures
) -> Iterator[tuple[str, tree_sitter.Node, _Definition]]:
    """Pair each such capture with the innermost definition around it, in one sweep; notes definitions' outer ones."""
    marks = {
        node.start_byte: (capture, node)
        for capture in _INSIDE
        for node in captures.get(capture, ())
    }
    stack: list[_Definition] = []
    opened = 0
    for position in sorted(marks):
        while opened < len(definitions) and definitions[opened].start <= position:
            definition = definitions[opened]
            while stack and stack[-1].end <= definition.start:
                stack.pop()
            definition.outer = stack[-1] if stack else None
            stack.append(definition)
            opened += 1
        while stack and stack[-1].end <= position:
            stack.pop()
        if stack:
            yield *marks[position], stack[-1]


def _promote(named: Iterable[_Definition], tests: str) -> None:
    """Tell methods by where they stand and tests by their name: as query patterns this takes several times as long."""
    for definition in named:
        if (
            definition.strength == _FUNCTION
            and definition.outer
            and definition.outer.strength == _CLASS
        ):
            definition.strength = _METHOD
        if (
            tests
            and _FUNCTION <= definition.strength <= _METHOD
            and definition.name.startswith(tests)
        ):
            definition.strength = _TEST


def _unwrap(definitions: Iterable[_Definition], separator: str) -> list[_Definition]:
    """Only named definitions, qualified by their containers.

    A nameless one is a wrapper (decorators, `export`): the first named definition inside takes its span and kind.
    """
    named: list[_Definition] = []
    for definition in definitions:
        if not definition.name:
            continue
        outer = definition.outer
        while outer is not None and not outer.name:
            if not outer.adopted:
                outer.adopted = True
                definition.start, definition.end = outer.start, outer.end
                definition.first, definition.last = outer.first, outer.last
                definition.strength = max(definition.strength, outer.strength)
            outer = outer.outer
        definition.outer = outer
        container = outer.qualified if outer else ""
        if definition.receiver:
            container = (
                f"{container}{separator}{definition.receiver}" if container else definition.receiver
            )
        definition.container = container[-_CONTAINER_CHARACTERS:]
        definition.qualified = (
            f"{definition.container}{separator}{definition.name}" if container else definition.name
        )
        named.append(definition)
    return named


def _symbol(
    source: _Source,
    definition: _Definition,
    comments: Mapping[int, tree_sitter.Node],
    bodies: Sequence[str],
) -> Symbol:
    start, end, first, last = definition.start, definition.end, definition.first, definition.last
    if source.data[end - 1 : end].isspace():
        end = start + len(source.data[start:end].rstrip())
        last = max(first, source.lines.until(end))
    return new_tuple(
        Symbol,
        (
            source.path,
            definition.name,
            definition.qualified,
            SCOPE if definition.strength == _SCOPE else KINDS[definition.strength],
            first,
            last,
            start,
            end,
            _signature(source, definition, comments, bodies),
            definition.doc or _documentation(source, first, comments),
            definition.container,
        ),
    )


def _signature(
    source: _Source,
    definition: _Definition,
    comments: Mapping[int, tree_sitter.Node],
    bodies: Sequence[str],
) -> str:
    node = definition.node
    start = node.start_byte
    line = node.start_point.row + 1
    if definition.start < start and definition.first == line:
        start = (
            definition.start
        )  # `type`, `const` or `export` of a wrapper; decorators stand on lines above
    body = node.child_by_field_name("body")
    if body is None and bodies:
        body = next((child for child in node.children if child.type in bodies), None)
    if body is None or body.start_byte == node.start_byte:
        text, *more = source.text(
            start, min(node.end_byte, start + SIGNATURE_CHARACTERS * 4)
        ).split("\n")
        if text.startswith(_ANNOTATIONS):
            text = next((one for one in [text, *more] if definition.name in one), text)
    else:
        end = min(body.start_byte, start + SIGNATURE_CHARACTERS * 8)
        text = source.text(start, end)
        if line in comments or "\n" in text:
            text = _uncommented(
                source,
                start,
                end,
                [comments.get(at) for at in range(line, line + text.count("\n") + 1)],
            )
    return " ".join(text.split()).rstrip(" {:=")[:SIGNATURE_CHARACTERS]


_ANNOTATIONS = ("@", "#[", "[")
"""How a declaration begins whose name may stand on a later line."""


def _uncommented(
    source: _Source, start: int, end: int, comments: Iterable[tree_sitter.Node | None]
) -> str:
    pieces: list[str] = []
    for comment in comments:
        if comment is not None and start <= comment.start_byte < end:
            pieces.append(source.text(start, comment.start_byte))
            start = comment.end_byte
    return " ".join([*pieces, source.text(start, end)])


def _documentation(source: _Source, line: int, comments: Mapping[int, tree_sitter.Node]) -> str:
    """First sentence of the comments right above `line` (from 1), or of a `/**` that one blank line parts from it."""
    if line - 1 in comments:
        return _comment_above(source, line, comments)
    node = comments.get(line - 2)
    if node is None or not node.start_byte or source.lines.texts[line - 2].strip():
        return ""  # a file's first comment is about the file
    return (
        _first_sentence(text) if (text := source.of(node, _COMMENT_BYTES)).startswith("/**") else ""
    )


def _comment_above(source: _Source, line: int, comments: Mapping[int, tree_sitter.Node]) -> str:
    """First sentence of the block of whole-line comments that ends right above `line` (from 1)."""
    block: list[str] = []
    while (node := comments.get(line - 1)) is not None and len(block) < 50:
        first = source.lines.at(node.start_byte)
        if source.data[source.lines.starts[first] : node.start_byte].strip():
            break
        block.append(source.of(node, _COMMENT_BYTES).rstrip("\n"))
        line = first + 1
    return _first_sentence("\n".join(reversed(block)))


_LEADING_MARKS = re.compile(r"[\s/*#!;%<>|-]+|@doc\s+")
_OPENING_QUOTES = re.compile(r"""(?:@[a-z]+\s+)?[a-zA-Z~]{0,3}("{3}|'{3}|["'`])""")
_TAGS = re.compile(r"</?(?:summary|remarks|para|p)\s*/?>")
"""Markup that C#'s and Java's documentation comments begin and end with."""
_SENTENCE = re.compile(r"(?<=[.!?])\s")


def _first_sentence(text: str) -> str:
    """The first sentence of a comment or string without its markers, or its first paragraph's start."""
    text = _TAGS.sub("", text).strip() if "<" in text else text.strip()
    quotes = _OPENING_QUOTES.match(text)
    if quotes:
        text = text[quotes.end() :].removesuffix(quotes[1])
    sentence = ""
    for raw in text.splitlines():
        marks = _LEADING_MARKS.match(raw)
        line = (raw[marks.end() :] if marks else raw).rstrip(" \t*/>-")
        if not line and sentence:
            break
        if line:
            sentence = f"{sentence} {line}" if sentence else line
            if len(sentence) > DOC_CHARACTERS or _SENTENCE.search(sentence):
                break
    return _SENTENCE.split(sentence, maxsplit=1)[0][:DOC_CHARACTERS]


_REFERENCE_CAPTURES = ("reference", "reference.import", "reference.call")
"""The capture of each of REFERENCE_KINDS."""


def _references(source: _Source, captures: Captures) -> References:
    """Each name once a line, as the most telling kind: a call before an import before a plain use.

    In the order of their first use, since tree-sitter gives captures in no order at all.
    """
    spans: dict[int, tuple[int, int]] = {}
    for strength, capture in enumerate(_REFERENCE_CAPTURES):
        for node in captures.get(capture, ()):
            spans[node.start_byte] = node.end_byte, strength
    for node in captures.get("name", ()):
        spans.pop(node.start_byte, None)
    starts, text = source.lines.starts, source.ascii
    found: dict[tuple[str, int], int] = {}
    line = 0
    for start in sorted(spans):
        end, strength = spans[start]
        if 0 < end - start <= NAME_BYTES:
            while starts[line] <= start:
                line += 1
            key = source.text(start, end) if text is None else text[start:end], line
            if found.get(key, -1) < strength:
                found[key] = strength
    return References(source.path, found)
