"""Embedded parts: what a file holds in languages other than its own, as trees of their own.

A query of the outer language captures them (`Language.parts`). The inner parser sees only the bytes
of its part, through the ranges that tree-sitter offers, and so its positions are those of the file.
A part may hold further parts: PHP holds HTML, which holds JavaScript.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from repo_mhm.errors import LanguageError
from repo_mhm.source import languages
from repo_mhm.source.languages import Language
from repo_mhm.source.parsing import ParseAborted, parse

if TYPE_CHECKING:
    import tree_sitter

_MOST_PARTS = 2000
"""Of one file; a part takes some 20 microseconds, and a page of more is data."""
_DEEPEST = 3
_ONE, _ALL = "part.", "parts."


class Part(NamedTuple):
    """A part of a file in another language."""

    language: Language
    tree: tree_sitter.Tree


def parts_of(data: bytes, tree: tree_sitter.Tree, language: Language) -> list[Part]:
    """The parts of a file and the parts of these, outer ones first.

    What cannot be parsed is left out.
    """
    parts: list[Part] = []
    outer = [Part(language, tree)]
    for _ in range(_DEEPEST):
        inner: list[Part] = []
        for part in outer:
            inner += _inner_parts(data, part, _MOST_PARTS - len(parts) - len(inner))
        parts += inner
        outer = [part for part in inner if part.language.parts]
    return parts


def _inner_parts(data: bytes, part: Part, room: int) -> Iterator[Part]:
    if not part.language.parts:
        return
    for name, nodes in _captured(part):
        if room <= 0:
            return
        room -= 1
        inner = _language(name)
        ranges = [_range(node) for node in nodes if node.end_byte > node.start_byte]
        if inner is None or not ranges:
            continue
        try:
            yield Part(inner, parse(data, inner, ranges))
        except (ParseAborted, LanguageError):
            continue


def _captured(part: Part) -> Iterator[tuple[str, Sequence[tree_sitter.Node]]]:
    """The name of each part's language with its nodes, in the order of the file."""
    import tree_sitter

    query = _query(part.language)
    cursor = tree_sitter.QueryCursor(query)
    cursor.set_max_start_depth(part.language.depth)
    captures = cursor.captures(part.tree.root_node)
    single: dict[int, tuple[str, tree_sitter.Node]] = {}
    for capture in map(query.capture_name, range(query.capture_count)):
        nodes = captures.get(capture, [])
        if capture.startswith(_ALL):
            yield capture.removeprefix(_ALL), sorted(nodes, key=lambda node: node.start_byte)
        elif capture.startswith(_ONE):
            # Where two patterns capture one node, the language that is named later decides.
            name = capture.removeprefix(_ONE)
            single.update({node.start_byte: (name, node) for node in nodes})
    for _, (name, node) in sorted(single.items(), key=lambda item: item[0]):
        yield name, [node]


def _range(node: tree_sitter.Node) -> tree_sitter.Range:
    import tree_sitter

    return tree_sitter.Range(node.start_point, node.end_point, node.start_byte, node.end_byte)


@lru_cache(maxsize=None)
def _query(language: Language) -> tree_sitter.Query:
    import tree_sitter

    query: tree_sitter.Query = tree_sitter.Query(languages.load(language).language, language.parts)
    return query


@lru_cache(maxsize=None)
def _language(name: str) -> Language | None:
    """A language, or one of those that only parts are in, whose files begin with `_`."""
    module = importlib.import_module(f"{languages.__name__}.{name}")
    language: Language | None = getattr(module, "LANGUAGE", None)
    return language
