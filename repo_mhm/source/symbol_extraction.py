"""Symbol extraction: the definitions and references of one parsed file.

The idea: a language's query (`languages`) captures whole definitions, and separately the names,
containers, decorators and documentation strings inside them. tree-sitter returns each kind of
capture as a flat list in no useful order, so positions tell what belongs to what:

1. Captured definitions are put in order, outermost first, one for each span. Attributes right
   before a definition extend it upwards.
2. One sweep from top to bottom gives every name, container, decorator and documentation string to
   the innermost definition around it. It also tells which definition encloses which.
3. Definitions without a name are wrappers (decorators, `export`, `template`). The first named
   definition inside takes over a wrapper's span and kind.
4. Names are qualified by those of the definitions around them: `Session.send`.
5. A function directly inside a class becomes a method, one that is named like a test a test. Query
   patterns could tell both, but take several times as long.
6. References are the remaining captured names. Each counts once a line, under its most telling
   kind.

It runs on every file of a repository, tens of thousands of symbols, so the loops avoid calls.
Knows nothing about other files' symbols (see `symbol_graph`). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repo_mhm.source import languages
from repo_mhm.source.doc_comments import comment_above, first_sentence
from repo_mhm.source.file_text import COMMENT_BYTES, NAME_BYTES, FileText, line_after
from repo_mhm.source.languages import KINDS, Language
from repo_mhm.source.line_index import LineIndex
from repo_mhm.source.signatures import signature
from repo_mhm.source.symbols import SCOPE, FileSymbols, References, Symbol, new_tuple

if TYPE_CHECKING:
    import tree_sitter

    Captures = Mapping[str, Sequence[tree_sitter.Node]]

_MATCH_LIMIT = 65536
"""Matches a query may have under way at once. It bounds memory on hostile files, and is far above
what source needs."""
_CONTAINER_CHARACTERS = 500
"""A longer container in a qualified name is cut to its end. Only definitions that are nested deeper
than any person writes have one."""

_SCOPE_STRENGTH = -1
_CONSTANT, _TYPE, _CLASS, _FUNCTION, _METHOD, _TEST = map(
    KINDS.index, ("constant", "type", "class", "function", "method", "test")
)

_DECLARATOR_LISTS = frozenset(
    {"variable_declaration", "pattern_list", "tuple_pattern", "list_pattern"}
)
"""Nodes between a declaration and the several names that it declares."""
_TAGGED = frozenset({"struct_specifier", "union_specifier", "enum_specifier"})
_PROMOTED = frozenset({"property_promotion_parameter", "required_parameter", "optional_parameter"})
"""Parameters of a constructor that are members of its class: PHP's and TypeScript's."""
_INNER_CAPTURES = ("container", "decorator", "doc", "name", "prefix")
"""Captures that belong to the innermost definition around them."""
_REFERENCE_CAPTURES = ("reference", "reference.import", "reference.call")
"""The capture of each of REFERENCE_KINDS, in their order."""


@dataclass(slots=True)
class _Definition:
    """A captured definition on its way to a symbol."""

    node: tree_sitter.Node
    start: int
    """Its span in bytes and lines (from 1). Attributes and wrappers extend it beyond `node`, which
    stays as captured. Nodes know their lines; to look them up by position takes three times as
    long."""
    end: int
    first_line: int
    last_line: int
    strength: int
    """The index of its kind in KINDS, or _SCOPE_STRENGTH."""
    name: str = ""
    prefix: str = ""
    """What stands before the name and belongs to it: `~` of a finalizer, C++'s `operator `."""
    receiver: str = ""
    """The name captured as its container: Go's receiver, C++'s `Item::`."""
    doc: str = ""
    container: str = ""
    qualified: str = ""
    outer: _Definition | None = None
    """The definition around it; after _qualify the nearest one with a name."""
    is_adopted: bool = False
    """Of a wrapper: whether a definition inside took over its span."""


def extract_symbols(
    path: str,
    data: bytes,
    tree: tree_sitter.Tree,
    language: Language,
    *,
    lines: LineIndex | None = None,
) -> FileSymbols:
    """The definitions, scopes and references of one parsed file.

    `lines` is the index of `data` where the caller has it already. Raises LanguageError when the
    language's grammar or query cannot be loaded.
    """
    import tree_sitter

    cursor = tree_sitter.QueryCursor(languages.load(language).query, match_limit=_MATCH_LIMIT)
    cursor.set_max_start_depth(language.depth)
    captures: Captures = cursor.captures(tree.root_node)
    text = FileText(path, data, lines or LineIndex(data))

    definitions = _definitions(captures, language.tails)
    _extend_over_attributes(definitions, captures.get("attribute", ()))
    _assign_inner_captures(definitions, captures, text, language)
    named = _qualify(definitions, language.separator)
    _strengthen(named, language.tests)

    comments = {line_after(node): node for node in captures.get("comment", ())}
    symbols: list[Symbol] = []
    scopes: list[Symbol] = []
    for definition in named:
        symbol = _symbol(text, definition, comments, language.bodies)
        records = scopes if symbol.kind == SCOPE else symbols
        records.append(symbol)
    return FileSymbols(symbols, _references(text, captures), scopes)


def _definitions(captures: Captures, tails: Sequence[str]) -> list[_Definition]:
    """One definition per span, outermost first, of the strongest kind it was captured under.

    A node of one of the types in `tails` right behind belongs to it.
    """
    by_span: dict[tuple[int, int], _Definition] = {}
    for capture, nodes in captures.items():
        if not capture.startswith("definition."):
            continue
        kind = capture.removeprefix("definition.")
        strength = _SCOPE_STRENGTH if kind == SCOPE else KINDS.index(kind)
        for node in nodes:
            last_node = _with_tail(node, tails) if tails else node
            start, end = node.start_byte, last_node.end_byte
            same_span = by_span.get((start, -end))
            if same_span is None:
                first, last = node.start_point.row + 1, last_node.end_point.row + 1
                by_span[start, -end] = _Definition(node, start, end, first, last, strength)
            else:
                same_span.strength = max(same_span.strength, strength)
    return [by_span[span] for span in sorted(by_span)]


def _with_tail(node: tree_sitter.Node, tails: Sequence[str]) -> tree_sitter.Node:
    """The last node of a definition: the one behind it, if that is its body."""
    sibling = node.next_named_sibling
    return sibling if sibling is not None and sibling.type in tails else node


def _extend_over_attributes(
    definitions: Iterable[_Definition], attributes: Sequence[tree_sitter.Node]
) -> None:
    """Let each definition begin at the first of the attributes right before it."""
    if not attributes:
        return
    last_first = sorted(attributes, key=lambda node: -node.start_byte)
    by_line_after = {line_after(node): node for node in last_first}
    for definition in definitions:
        line = definition.first_line
        # An attribute may end on the definition's own line or on the one above.
        while node := by_line_after.pop(line, None) or by_line_after.pop(line - 1, None):
            if node.end_byte > definition.start:
                break
            definition.start = node.start_byte
            line = definition.first_line = node.start_point.row + 1


def _assign_inner_captures(
    definitions: Sequence[_Definition], captures: Captures, text: FileText, language: Language
) -> None:
    """Give names, receivers, documentation and decorators to the definitions they lie in."""
    for capture, node, definition in _innermost(definitions, captures):
        if capture == "name":
            definition.name = definition.name or (
                definition.prefix + text.of(node).strip(language.strip)
            )
        elif capture == "prefix":
            word = text.of(node)
            definition.prefix = f"{word} " if word.isalpha() else word
        elif capture == "doc":
            definition.doc = definition.doc or first_sentence(text.of(node, COMMENT_BYTES))
        elif capture == "container":
            definition.receiver = text.of(node)
        elif kind := language.decorators.get(text.of(node)):
            definition.strength = max(definition.strength, KINDS.index(kind))


def _innermost(
    definitions: Sequence[_Definition], captures: Captures
) -> Iterator[tuple[str, tree_sitter.Node, _Definition]]:
    """Pair each inner capture with the innermost definition around it, in the order of the file.

    On the way each definition learns its outer one.
    """
    capture_at = {
        node.start_byte: (capture, node)
        for capture in _INNER_CAPTURES
        for node in captures.get(capture, ())
    }
    around: list[_Definition] = []
    begun = 0
    for position in sorted(capture_at):
        while begun < len(definitions) and definitions[begun].start <= position:
            definition = definitions[begun]
            while around and around[-1].end <= definition.start:
                around.pop()
            definition.outer = around[-1] if around else None
            around.append(definition)
            begun += 1
        while around and around[-1].end <= position:
            around.pop()
        if around:
            yield *capture_at[position], around[-1]


def _qualify(definitions: Iterable[_Definition], separator: str) -> list[_Definition]:
    """Only the named definitions, each with its container and its qualified name."""
    named = [definition for definition in definitions if definition.name]
    repeated: set[int] = set()
    for definition in named:
        _adopt_wrappers(definition)
        outer = definition.outer
        while outer is not None and (
            _declares_too(outer, definition)
            or _is_tag(outer, definition)
            or (definition.node.type in _PROMOTED and outer.strength == _METHOD)
        ):
            if outer.name == definition.name and _is_tag(outer, definition):
                repeated.add(id(outer))
            outer = definition.outer = outer.outer
        container = outer.qualified if outer else ""
        if definition.receiver and container:
            container = f"{container}{separator}{definition.receiver}"
        elif definition.receiver:
            container = definition.receiver
        definition.container = container[-_CONTAINER_CHARACTERS:]
        definition.qualified = (
            f"{definition.container}{separator}{definition.name}" if container else definition.name
        )
    return [definition for definition in named if id(definition) not in repeated]


def _is_tag(outer: _Definition, definition: _Definition) -> bool:
    """Whether C's `typedef struct tag {…} Name;` defines both, and the tag is not in the name."""
    return outer.node.type == "type_definition" and definition.node.type in _TAGGED


def _declares_too(outer: _Definition, definition: _Definition) -> bool:
    """Whether both are names of one declaration, as `b` in `int a, b;`, and none is in the other.

    The first of them spans the declaration.
    """
    if outer.strength != definition.strength or outer.strength not in (_CONSTANT, _TYPE, _METHOD):
        return False
    parent = definition.node.parent
    if parent is None or parent == outer.node:
        return parent is not None
    return parent.parent == outer.node and parent.type in _DECLARATOR_LISTS


def _adopt_wrappers(definition: _Definition) -> None:
    """Take over the span and kind of the nameless definitions around, unless another did."""
    outer = definition.outer
    while outer is not None and not outer.name:
        if not outer.is_adopted:
            outer.is_adopted = True
            definition.start, definition.end = outer.start, outer.end
            definition.first_line, definition.last_line = outer.first_line, outer.last_line
            definition.strength = max(definition.strength, outer.strength)
        outer = outer.outer
    definition.outer = outer


def _strengthen(named: Iterable[_Definition], test_prefix: str) -> None:
    """Make methods of functions directly inside a class, and tests of those named like tests."""
    for definition in named:
        outer = definition.outer
        if definition.strength == _FUNCTION and outer and outer.strength == _CLASS:
            definition.strength = _METHOD
        is_callable = _FUNCTION <= definition.strength <= _METHOD
        if test_prefix and is_callable and definition.name.startswith(test_prefix):
            definition.strength = _TEST


def _symbol(
    text: FileText,
    definition: _Definition,
    comments: Mapping[int, tree_sitter.Node],
    bodies: Sequence[str],
) -> Symbol:
    node, start, end = definition.node, definition.start, definition.end
    first, last = definition.first_line, definition.last_line
    # `parse` adds the end of a last line that lacks it: a definition may end behind that.
    if end > len(text.data) or text.data[end - 1 : end].isspace():
        end = start + len(text.data[start:end].rstrip())
        last = max(first, text.lines.line_after(end))

    # Decorators lie on lines above the signature; `export` and the like are part of it.
    begins_above = first < node.start_point.row + 1
    signature_start = node.start_byte if begins_above else min(start, node.start_byte)
    return new_tuple(
        Symbol,
        (
            text.path,
            definition.name,
            definition.qualified,
            SCOPE if definition.strength == _SCOPE_STRENGTH else KINDS[definition.strength],
            first,
            last,
            start,
            end,
            signature(text, node, signature_start, definition.name, comments, bodies),
            definition.doc or comment_above(text, first, comments),
            definition.container,
        ),
    )


def _references(text: FileText, captures: Captures) -> References:
    """Each name once a line, in the order of first use, as a call before an import before a name.

    Names of definitions are no references.
    """
    spans: dict[int, tuple[int, int]] = {}
    for kind, capture in enumerate(_REFERENCE_CAPTURES):
        for node in captures.get(capture, ()):
            spans[node.start_byte] = node.end_byte, kind
    for node in captures.get("name", ()):
        spans.pop(node.start_byte, None)

    line_starts, ascii_text = text.lines.starts, text.ascii
    kind_by_use: dict[tuple[str, int], int] = {}
    line = 0
    for start in sorted(spans):
        end, kind = spans[start]
        if 0 < end - start <= NAME_BYTES:
            while line_starts[line] <= start:
                line += 1
            name = text.between(start, end) if ascii_text is None else ascii_text[start:end]
            if kind_by_use.get((name, line), -1) < kind:
                kind_by_use[name, line] = kind
    return References(text.path, kind_by_use)
