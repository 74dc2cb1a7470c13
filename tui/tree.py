"""A tree whose visible nodes are the rows of a list; a row is made only when it is drawn.

`Tree` is plain data and may be built in any thread. `TreeRows` shows one and folds its nodes.
Opening or closing a node touches only the nodes below it that are visible, however many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, overload

from textual.binding import Binding, BindingType
from textual.message import Message

from tui.rows import Row, Rows


@dataclass(eq=False, slots=True)
class Node:
    """One node. `key` is unique in its tree, and the same after the tree was built anew."""

    key: str
    data: object
    below: list[Node] | Callable[[], list[Node]] | None = field(default_factory=list)
    """Its children, or what makes them when they are first needed; None where they are not known
    before the node is opened."""
    depth: int = 0
    """0 at the top; set by the tree."""
    parent: Node | None = None
    """Set by the tree."""

    @property
    def children(self) -> list[Node] | None:
        """Its children; None where they are not known."""
        if callable(self.below):
            self.below = self.below()
        return self.below

    @property
    def is_branch(self) -> bool:
        """Whether it can be opened."""
        return self.below is None or callable(self.below) or bool(self.below)

    def walk(self) -> Iterator[Node]:
        """This node and all below it, from the top."""
        yield self
        for child in self.children or ():
            yield from child.walk()

    @property
    def ancestors(self) -> Iterator[Node]:
        """Its parent, and so on up to the top."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent


RowOf = Callable[[Node, bool], Row]
"""Makes the row of a node; the second argument says whether the node is open."""


class Tree(Sequence[Row]):
    """The rows of the nodes that are visible: those at the top, and the children of open ones."""

    def __init__(self, roots: Sequence[Node], row_of: RowOf, open_keys: Iterable[str] = ()) -> None:
        self.roots = roots
        self.row_of = row_of
        self.open_keys = set(open_keys)
        self.nodes: list[Node] = []
        """The visible nodes, from the top."""
        for root in roots:
            self.nodes.append(root)
            self.nodes += self._visible_below(root)

    def __len__(self) -> int:
        return len(self.nodes)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return [self._row(node) for node in self.nodes[index]]
        return self._row(self.nodes[index])

    def _row(self, node: Node) -> Row:
        return self.row_of(node, node.key in self.open_keys)

    def _visible_below(self, node: Node) -> list[Node]:
        """The visible nodes below an open node, from the top."""
        below: list[Node] = []
        if node.key not in self.open_keys:
            return below
        for child in node.children or ():
            child.parent, child.depth = node, node.depth + 1
            below.append(child)
            if child.is_branch:
                below += self._visible_below(child)
        return below

    def index_of(self, key: str) -> int | None:
        """Which row shows a node; None while it is not visible."""
        return next((index for index, node in enumerate(self.nodes) if node.key == key), None)

    def open(self, index: int) -> None:
        """Show the children of the node in row `index`."""
        node = self.nodes[index]
        if node.key not in self.open_keys:
            self.open_keys.add(node.key)
            self.nodes[index + 1 : index + 1] = self._visible_below(node)

    def close(self, index: int) -> None:
        """Hide all nodes below the one in row `index`."""
        node = self.nodes[index]
        if node.key in self.open_keys:
            self.open_keys.remove(node.key)
            del self.nodes[index + 1 : self._end_of(index)]

    def fill(self, node: Node, children: list[Node]) -> None:
        """Give an open node the children that were not known before."""
        node.below = children
        index = self.index_of(node.key)
        if index is not None and node.key in self.open_keys:
            self.nodes[index + 1 : self._end_of(index)] = self._visible_below(node)

    def _end_of(self, index: int) -> int:
        """The first row after those below the node in row `index`."""
        depth = self.nodes[index].depth
        end = index + 1
        while end < len(self.nodes) and self.nodes[end].depth > depth:
            end += 1
        return end


class TreeRows(Rows):
    """Shows a tree. Right and Left open and close a node, or go to its child or parent."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "unfold", "Open", show=False),
        Binding("left,h", "fold", "Close", show=False),
        Binding("space", "toggle_fold", "Fold"),
    ]

    class Unfilled(Message):
        """A node was opened whose children are not known."""

        def __init__(self, rows: TreeRows, node: Node) -> None:
            super().__init__()
            self.rows = rows
            self.node = node

    class LeftTop(Message):
        """Left was pressed where there is nothing to close."""

    def __init__(self, *, dom_id: str | None = None) -> None:
        super().__init__(dom_id=dom_id)
        self.tree_shown: Tree | None = None

    def show_tree(self, tree: Tree, cursor_key: str | None = None) -> None:
        """Show another tree; the cursor stays on the node that it is on, or goes to a key."""
        key = cursor_key or (self.node.key if self.node else None)
        index = tree.index_of(key) if key is not None else None
        self.tree_shown = tree
        self.show_rows(tree, index)

    @property
    def node(self) -> Node | None:
        """The node under the cursor."""
        if self.tree_shown is None or not self.tree_shown.nodes:
            return None
        return self.tree_shown.nodes[min(self.cursor, len(self.tree_shown) - 1)]

    def go_to(self, key: str) -> None:
        """Put the cursor on a node that is visible."""
        index = self.tree_shown.index_of(key) if self.tree_shown else None
        if index is not None:
            self.cursor = index

    def fill(self, node: Node, children: list[Node]) -> None:
        """Show the children of a node that were not known when it was opened."""
        if self.tree_shown is not None:
            self.tree_shown.fill(node, children)
            self._redraw()

    def action_unfold(self) -> None:
        """Open the node, or go to its first child."""
        tree, node = self.tree_shown, self.node
        if tree is None or node is None or not node.is_branch:
            return
        if node.key in tree.open_keys:
            self.cursor += 1
            return
        tree.open(self.cursor)
        self._redraw()
        if node.children is None:
            self.post_message(self.Unfilled(self, node))

    def action_fold(self) -> None:
        """Close the node, or go to its parent."""
        tree, node = self.tree_shown, self.node
        if tree is None or node is None:
            self.post_message(self.LeftTop())
        elif node.is_branch and node.key in tree.open_keys:
            tree.close(self.cursor)
            self._redraw()
        elif node.parent is not None:
            self.go_to(node.parent.key)
        else:
            self.post_message(self.LeftTop())

    def action_toggle_fold(self) -> None:
        """Open the node, or close it."""
        tree, node = self.tree_shown, self.node
        if tree is None or node is None or not node.is_branch:
            return
        if node.key in tree.open_keys:
            tree.close(self.cursor)
            self._redraw()
        else:
            self.action_unfold()

    def _redraw(self) -> None:
        """Draw the tree after its rows have changed."""
        if self.tree_shown is not None:
            self.show_rows(self.tree_shown)
