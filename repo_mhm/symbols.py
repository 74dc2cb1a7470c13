"""Symbols: what a repository defines, who refers to it, and how much.

Owns the pairing of tree-sitter's captures into symbols and references, and the ranking of symbols by the
who-uses-what graph. Knows nothing about files on disk, chunks or notes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from repo_mhm import languages
from repo_mhm.languages import KINDS, Language

if TYPE_CHECKING:
    import tree_sitter

SIGNATURE_CHARACTERS = 300
DOC_CHARACTERS = 200


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


class Reference(NamedTuple):
    """One use of a name: `kind` is `call`, `import` or `name`; `line` is 1-based."""

    name: str
    path: str
    line: int
    kind: str


@dataclass(slots=True)
class _Definition:
    """A captured definition while it is paired with its name; `node` keeps its fields, the span may be a wrapper's."""

    node: tree_sitter.Node
    start: int
    end: int
    lines: tuple[int, int]
    strength: int
    name: str = ""
    receiver: str = ""
    doc: str = ""
    container: str = ""
    qualified: str = ""
    outer: _Definition | None = None
    adopted: bool = False


_SCOPE = -1
"""Strength of `@definition.scope`: a block that only lends its name to what is inside it (Rust's `impl`)."""

Captures = Mapping[str, Sequence["tree_sitter.Node"]]


def read_symbols(
    path: str, data: bytes, tree: tree_sitter.Tree, language: Language
) -> tuple[list[Symbol], list[Reference]]:
    """The definitions and references of one parsed file, in the order of their first byte.

    Raises LanguageError when the language's grammar or query cannot be loaded.
    """
    import tree_sitter

    captures = tree_sitter.QueryCursor(languages.load(language).query).captures(tree.root_node)
    definitions = _definitions(captures)
    _take_attributes(definitions, captures.get("attribute", ()))
    for node, definition in _innermost(definitions, captures.get("name", ())):
        definition.name = definition.name or _text(data, node).strip(language.strip)
    for node, definition in _innermost(definitions, captures.get("container", ())):
        definition.receiver = _text(data, node)
    for node, definition in _innermost(definitions, captures.get("doc", ())):
        definition.doc = definition.doc or _first_sentence(_text(data, node))
    named = _unwrap(definitions, language.separator)
    comments = {_lines(node)[1]: node for node in captures.get("comment", ())}
    symbols = [
        _symbol(path, data, definition, comments, language.bodies)
        for definition in named
        if definition.strength != _SCOPE
    ]
    return symbols, _references(path, data, captures)


def _definitions(captures: Captures) -> list[_Definition]:
    """One definition per span, outermost first, of the strongest kind it was captured under."""
    found: dict[tuple[int, int], _Definition] = {}
    for capture, nodes in captures.items():
        if not capture.startswith("definition."):
            continue
        kind = capture[len("definition.") :]
        strength = _SCOPE if kind == "scope" else KINDS.index(kind)
        for node in nodes:
            span = node.start_byte, node.end_byte
            known = found.get(span)
            if known is None:
                found[span] = _Definition(node, *span, _lines(node), strength)
            else:
                known.strength = max(known.strength, strength)
    return sorted(found.values(), key=lambda definition: (definition.start, -definition.end))


def _take_attributes(definitions: Iterable[_Definition], attributes: Iterable[tree_sitter.Node]) -> None:
    """Let each definition begin at the first of the attributes that stand right before it."""
    by_last_line = {_lines(node)[1]: node for node in sorted(attributes, key=lambda node: -node.start_byte)}
    for definition in definitions if by_last_line else ():
        line = definition.lines[0]
        while node := by_last_line.pop(line, None) or by_last_line.pop(line - 1, None):
            if node.end_byte > definition.start:
                break
            line = _lines(node)[0]
            definition.start, definition.lines = node.start_byte, (line, definition.lines[1])


def _innermost(
    definitions: Sequence[_Definition], nodes: Iterable[tree_sitter.Node]
) -> Iterator[tuple[tree_sitter.Node, _Definition]]:
    """Pair each node with the innermost definition around it, in one sweep; notes each definition's outer one."""
    stack: list[_Definition] = []
    opened = 0
    for position, node in sorted({node.start_byte: node for node in nodes}.items()):
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
            yield node, stack[-1]


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
                definition.start, definition.end, definition.lines = outer.start, outer.end, outer.lines
                definition.strength = max(definition.strength, outer.strength)
            outer = outer.outer
        definition.outer = outer
        definition.container = separator.join(filter(None, (outer.qualified if outer else "", definition.receiver)))
        definition.qualified = separator.join(filter(None, (definition.container, definition.name)))
        named.append(definition)
    return named


def _symbol(
    path: str,
    data: bytes,
    definition: _Definition,
    comments: Mapping[int, tree_sitter.Node],
    bodies: Sequence[str],
) -> Symbol:
    start, end = definition.lines
    end_byte = definition.end
    if data[end_byte - 1 : end_byte].isspace():
        text = data[definition.start : end_byte].rstrip()
        end, end_byte = start + text.count(b"\n"), definition.start + len(text)
    return Symbol(
        path=path,
        name=definition.name,
        qualified=definition.qualified,
        kind=KINDS[definition.strength],
        start=start,
        end=end,
        start_byte=definition.start,
        end_byte=end_byte,
        signature=_signature(data, definition.node, bodies),
        doc=definition.doc or _first_sentence(_comment_above(data, start, comments)),
        container=definition.container,
    )


def _signature(data: bytes, node: tree_sitter.Node, bodies: Sequence[str]) -> str:
    body = node.child_by_field_name("body")
    if body is None and bodies:
        body = next((child for child in node.children if child.type in bodies), None)
    if body is None or body.start_byte == node.start_byte:
        text = _text(data, node, SIGNATURE_CHARACTERS * 4).split("\n", 1)[0]
    else:
        text = data[node.start_byte : min(body.start_byte, node.start_byte + SIGNATURE_CHARACTERS * 8)].decode(
            "utf-8", "replace"
        )
    return " ".join(text.split()).rstrip(" {:=")[:SIGNATURE_CHARACTERS]


def _comment_above(data: bytes, line: int, comments: Mapping[int, tree_sitter.Node]) -> str:
    """Text of the block of whole-line comments that ends right above `line`."""
    block: list[str] = []
    while (node := comments.get(line - 1)) is not None and len(block) < 50:
        line_start = data.rfind(b"\n", 0, node.start_byte) + 1
        if data[line_start : node.start_byte].strip():
            break
        block.append(_text(data, node, 2000))
        line = _lines(node)[0]
    return "\n".join(reversed(block))


_MARKERS = re.compile(r"""^[\s/*#!;%<>|-]+|[\s*/>-]+$|^@doc\s+""")
_QUOTES = re.compile(r"""^(?:@[a-z]+\s+)?[a-zA-Z~]{0,3}("{3}|'{3}|["'`])\s*|\s*("{3}|'{3}|["'`])$""")
_SENTENCE = re.compile(r"(?<=[.!?])\s")


def _first_sentence(text: str) -> str:
    """The first sentence of a comment or string without its markers, or its first paragraph's start."""
    sentence: list[str] = []
    for raw in _QUOTES.sub("", text.strip()).splitlines():
        line = _MARKERS.sub("", raw).strip()
        if not line and sentence:
            break
        if line:
            sentence.append(line)
    return _SENTENCE.split(" ".join(sentence), maxsplit=1)[0][:DOC_CHARACTERS]


def _references(path: str, data: bytes, captures: Captures) -> list[Reference]:
    """Each (name, line) once, as the most telling kind: a call before an import before a plain use."""
    defined = {node.start_byte for node in captures.get("name", ())}
    decoded: dict[bytes, str] = {}
    seen: dict[tuple[str, int], str] = {}
    for capture, kind in (("reference.call", "call"), ("reference.import", "import"), ("reference", "name")):
        for node in captures.get(capture, ()):
            start = node.start_byte
            if start in defined:
                continue
            raw = data[start : node.end_byte]
            name = decoded.get(raw)
            if name is None:
                name = decoded[raw] = raw.decode("utf-8", "replace")
            seen.setdefault((name, node.start_point[0] + 1), kind)
    return [Reference(name, path, line, kind) for (name, line), kind in seen.items()]


def _text(data: bytes, node: tree_sitter.Node, limit: int = 4000) -> str:
    return data[node.start_byte : min(node.end_byte, node.start_byte + limit)].decode("utf-8", "replace")


def _lines(node: tree_sitter.Node) -> tuple[int, int]:
    """First and last line of a node, 1-based and inclusive."""
    first, (row, column) = node.start_point[0] + 1, node.end_point
    return first, max(first, row + 1 if column else row)


class Use(NamedTuple):
    """A reference resolved as far as names go: indexes into the symbols, and its share among namesakes.

    `user` is the innermost symbol around the reference, -1 at top level; `share` is 1 / number of symbols of that name.
    """

    reference: Reference
    user: int
    used: int
    share: float


def uses(symbols: Sequence[Symbol], references: Iterable[Reference]) -> Iterator[Use]:
    """Every reference to a name that `symbols` define, once per symbol of that name.

    A name the reference's own file defines means that definition: namesakes elsewhere are then left out.
    """
    by_name: dict[str, list[int]] = defaultdict(list)
    for index, symbol in enumerate(symbols):
        by_name[symbol.name].append(index)
    owners = _owners(symbols)
    for reference in references:
        targets = by_name.get(reference.name)
        if not targets:
            continue
        here = [index for index in targets if symbols[index].path == reference.path]
        targets = here or targets
        lines = owners.get(reference.path, [])
        user = lines[reference.line] if reference.line < len(lines) else -1
        for used in targets:
            if used != user:
                yield Use(reference, user, used, 1 / len(targets))


def _owners(symbols: Sequence[Symbol]) -> dict[str, list[int]]:
    """For each path, the innermost symbol of each line (-1 where there is none); index 0 is unused."""
    owners: dict[str, list[int]] = defaultdict(list)
    for index in sorted(range(len(symbols)), key=lambda i: (symbols[i].start_byte, -symbols[i].end_byte)):
        symbol = symbols[index]
        lines = owners[symbol.path]
        lines.extend([-1] * (symbol.end + 1 - len(lines)))
        lines[symbol.start : symbol.end + 1] = [index] * (symbol.end + 1 - symbol.start)
    return owners


KIND_WEIGHTS = {"call": 1.0, "import": 0.5, "name": 0.3}
"""How much one reference says about what it names: a call most, a mere mention least."""


def rank(symbols: Sequence[Symbol], references: Iterable[Reference]) -> list[float]:
    """PageRank of each symbol in the who-uses-what graph (damping 0.85; sums to 1 with the repository's top level).

    A symbol passes rank to what it uses and to its container, since a class matters as much as its methods do.
    """
    import rustworkx

    weights: dict[tuple[int, int], float] = defaultdict(float)
    for use in uses(symbols, references):
        weights[use.user, use.used] += use.share * KIND_WEIGHTS[use.reference.kind]
    containers = {(symbol.path, symbol.qualified): index for index, symbol in enumerate(symbols)}
    for index, symbol in enumerate(symbols):
        container = containers.get((symbol.path, symbol.container))
        if container is not None and container != index:
            weights[index, container] += 1.0
    graph = rustworkx.PyDiGraph(multigraph=False)
    graph.add_nodes_from(range(len(symbols) + 1))
    top = len(symbols)
    graph.add_edges_from([(user % (top + 1), used, weight) for (user, used), weight in weights.items()])
    ranks = rustworkx.pagerank(graph, alpha=0.85, weight_fn=float)
    return [ranks[index] for index in range(top)]
