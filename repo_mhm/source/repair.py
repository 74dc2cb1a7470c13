"""Repair: a syntax tree in which a damaged place costs its own lines, not the class around it.

The idea: a grammar that meets what it cannot parse (a macro, both branches of an `#if`, a merge
conflict, newer syntax) often gives up on all that is open there. The text is changed without moving
anything, by writing spaces over what disturbs, and parsed again. Attempts go from what is known to
what is guessed, and each is kept only if it leaves less damage than before:

1. Macros are blanked whose names the erroneous lines show (`Language.learn`).
2. Of each group of branches only the first is left. What the other branches define comes from
   trees in which others are left.
3. The erroneous lines themselves are blanked, where they are few; they count as damaged for good.

Damage is counted in lines inside error nodes, the outermost ones. A file without errors is parsed
once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from repo_mhm.source.branches import BranchText, branch_texts
from repo_mhm.source.line_index import LineIndex
from repo_mhm.source.parsing import ParseAborted, parse

if TYPE_CHECKING:
    import tree_sitter

    from repo_mhm.source.languages import Language

_LARGEST_REPAIRED = 1024 * 1024
"""Bytes of the largest file that is parsed more than once."""
_LEARNING_ROUNDS = 3
"""A macro may hide another one: each round parses once."""
_BLANKED_LINES = 40
"""At most so many lines are blanked as a guess; more errors mean that the language is another."""
_BLANKING_ROUNDS = 2
_WORTHWHILE = 0.7
"""Blanked lines must leave at most this share of the damage."""
_MOST_ROWS = 2000
_NOT_BLANK = re.compile(rb"[^\s]")


class OtherTree(NamedTuple):
    """Another tree of the file, which has what begins in some spans of bytes."""

    tree: tree_sitter.Tree
    spans: tuple[tuple[int, int], ...]


class RepairedTree(NamedTuple):
    """The tree of a file, and what is left out of it."""

    tree: tree_sitter.Tree
    damaged_rows: tuple[int, ...] = ()
    """Lines (from 0) that the grammar does not fit."""
    others: tuple[OtherTree, ...] = ()
    """The trees of what the first one leaves out."""


def repaired_tree(data: bytes, language: Language) -> RepairedTree:
    """Parse a file, again where its tree has errors.

    Raises ParseAborted and LanguageError as `parse` does, for the first parse only.
    """
    if language.prepare is not None:
        data = language.prepare(data)
    tree = parse(data, language)
    if language.hides_branches and not tree.root_node.has_error:
        return RepairedTree(tree, others=_hidden_branches(data, language))
    if not tree.root_node.has_error or len(data) > _LARGEST_REPAIRED:
        return RepairedTree(tree, _Damage.of(tree).rows if tree.root_node.has_error else ())
    try:
        return _Repair(data, language, tree).result()
    except ParseAborted:
        return RepairedTree(tree, _Damage.of(tree).rows)


def _hidden_branches(data: bytes, language: Language) -> tuple[OtherTree, ...]:
    """The trees of the other branches, for a grammar that passes over them."""
    if len(data) > _LARGEST_REPAIRED:
        return ()
    try:
        texts = list(branch_texts(data, has_directives=True))
        return tuple(_other_trees(texts, language)) if texts else ()
    except ParseAborted:
        return ()


def _other_trees(texts: Sequence[BranchText], language: Language) -> Iterator[OtherTree]:
    """The trees of all texts but the first, each with what that hides."""
    for text in texts[1:] if texts[0].blanked else ():
        repair = _Repair(text.data, language, parse(text.data, language))
        repair.learn()
        yield OtherTree(repair.tree, texts[0].blanked)


class _Damage(NamedTuple):
    """The errors of a tree."""

    lines: int
    """How many lines the outermost ones span."""
    rows: tuple[int, ...]
    """Where the innermost ones begin."""
    spans: tuple[tuple[int, int], ...]
    """First and last row of the innermost ones."""

    @property
    def size(self) -> tuple[float, int]:
        """How large it is: one error may span the whole file, but for fewer reasons than before."""
        return self.lines, len(self.rows)

    @staticmethod
    def of(tree: tree_sitter.Tree) -> _Damage:
        lines = 0
        spans: list[tuple[int, int]] = []
        stack = [(tree.root_node, False)]
        while stack and len(spans) < _MOST_ROWS:
            node, is_inside = stack.pop()
            is_damage = node.is_error or (node.is_missing and node.type != ";")
            if is_damage and not is_inside:
                lines += node.end_point.row - node.start_point.row + 1
            broken = [child for child in node.children if child.has_error or child.is_error]
            if is_damage and not broken:
                spans.append((node.start_point.row, node.end_point.row))
            stack.extend((child, is_inside or is_damage) for child in broken)
        rows = tuple(sorted({first for first, _ in spans}))
        return _Damage(lines, rows, tuple(spans))


class _Repair:
    """The attempts on one file."""

    def __init__(self, data: bytes, language: Language, tree: tree_sitter.Tree) -> None:
        self.data = data
        self.language = language
        self.tree = tree
        self.damage = _Damage.of(tree)
        self.blanked_rows: set[int] = set()
        self.others: list[OtherTree] = []

    def result(self) -> RepairedTree:
        self.learn()
        if self.damage.lines:
            self._choose_branches()
        if self.damage.lines:
            self._blank_lines()
        rows = tuple(sorted({*self.damage.rows, *self.blanked_rows}))
        return RepairedTree(self.tree, rows, tuple(self.others))

    def _try(self, data: bytes, share: float = 1.0) -> bool:
        """Take over a text if its tree has less damage."""
        if data == self.data:
            return False
        tree = parse(data, self.language)
        damage = _Damage.of(tree)
        if damage.size >= (self.damage.lines * share, len(self.damage.rows)):
            return False
        self.data, self.tree, self.damage = data, tree, damage
        return True

    def learn(self) -> None:
        """Blank the macros that errors show."""
        learn = self.language.learn
        if learn is None:
            return
        for _ in range(_LEARNING_ROUNDS):
            if not self.damage.lines or not self._try(learn(self.data, self.damage.rows)):
                return

    def _choose_branches(self) -> None:
        texts = list(branch_texts(self.data, has_directives=self.language.has_directives))
        if texts and self._try(texts[0].data):
            self.learn()
            self.others.extend(_other_trees(texts, self.language))

    def _blank_lines(self) -> None:
        for _ in range(_BLANKING_ROUNDS):
            rows = _few_rows(self.damage.spans)
            text, spans = _without_rows(self.data, rows)
            before = self.tree
            if not rows or not self._try(text, _WORTHWHILE):
                return
            # What the tree had in spite of the errors is not lost.
            self.others.append(OtherTree(before, spans))
            self.blanked_rows.update(rows)


def _few_rows(spans: Sequence[tuple[int, int]]) -> list[int]:
    """The rows of errors of at most two lines; none where they are too many."""
    rows = {row for first, last in spans if last - first < 2 for row in range(first, last + 1)}
    return sorted(rows) if len(rows) <= _BLANKED_LINES else []


def _without_rows(data: bytes, rows: Sequence[int]) -> tuple[bytes, tuple[tuple[int, int], ...]]:
    """The text with these rows blanked, and the bytes of them."""
    starts = LineIndex(data).starts
    text = bytearray(data)
    spans = tuple((starts[row], starts[row + 1]) for row in rows if row + 1 < len(starts))
    for start, end in spans:
        text[start:end] = _NOT_BLANK.sub(b" ", data[start:end])
    return bytes(text), spans
