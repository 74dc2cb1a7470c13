"""A tree of rows: folding, keys that stay, children that are not known before they are needed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.rows import Row
from tui.tree import Node, Tree


def _row(node: Node, is_open: bool) -> Row:
    return Row((("+" if is_open else "-", ""), (node.key, "")), node.key)


def _node(key: str, *children: Node) -> Node:
    return Node(key, None, list(children))


def _keys(tree: Tree) -> list[str]:
    return [node.key for node in tree.nodes]


def test_only_children_of_open_nodes_are_visible() -> None:
    tree = Tree([_node("a", _node("b", _node("c"))), _node("d")], _row)
    assert _keys(tree) == ["a", "d"]
    tree.open(0)
    tree.open(1)
    assert _keys(tree) == ["a", "b", "c", "d"]
    assert [node.depth for node in tree.nodes] == [0, 1, 2, 0]
    assert tree[0].text == "+a" and tree[3].text == "-d"
    tree.close(0)
    assert _keys(tree) == ["a", "d"]
    tree.open(0)
    assert _keys(tree) == ["a", "b", "c", "d"], "what was open below is open again"


def test_rows_are_made_only_when_they_are_asked_for() -> None:
    drawn: list[str] = []

    def row_of(node: Node, is_open: bool) -> Row:
        drawn.append(node.key)
        return _row(node, is_open)

    tree = Tree([_node("top", *(_node(str(number)) for number in range(10_000)))], row_of)
    tree.open(0)
    assert len(tree) == 10_001
    assert not drawn
    assert [row.key for row in tree[5_000:5_003]] == ["4999", "5000", "5001"]
    assert len(drawn) == 3


def test_children_that_were_not_known_are_filled_in_below_their_node() -> None:
    file = Node("file", None, None)
    tree = Tree([file, _node("next")], _row)
    assert file.is_branch
    tree.open(0)
    assert _keys(tree) == ["file", "next"]
    tree.fill(file, [_node("one"), _node("two")])
    assert _keys(tree) == ["file", "one", "two", "next"]
    tree.fill(file, [_node("one")])
    assert _keys(tree) == ["file", "one", "next"]


_TREES = st.recursive(
    st.just([]), lambda children: st.lists(children, max_size=4), max_leaves=12
).map(lambda shape: _shaped(shape, "n"))


def _shaped(shape: list[object], key: str) -> Node:
    assert isinstance(shape, list)
    children = [_shaped(child, f"{key}.{n}") for n, child in enumerate(shape)]  # type: ignore[arg-type]
    return _node(key, *children)


@given(_TREES, st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=20))
def test_folding_step_by_step_shows_what_a_new_tree_would(
    root: Node, steps: list[tuple[bool, int]]
) -> None:
    tree = Tree([root], _row)
    for opens, index in steps:
        index %= len(tree)
        if opens:
            tree.open(index)
        else:
            tree.close(index)
        assert _keys(tree) == _keys(Tree([root], _row, tree.open_keys))
