"""The tree of the map: order, chains of directories, what is open at first, sizes by tokens."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.commands.repository_map import (
    UNREAD,
    CoveredChunk,
    FileCoverage,
    NamedChunk,
    RepositoryMap,
)
from tui.map_tree import (
    DEEPEST,
    FileTable,
    Scale,
    chunk_nodes,
    entry_of,
    first_open_keys,
    map_row,
    scale_of,
)
from tui.rows import Row
from tui.tree import Node, Tree


def _cover(path: str, value: float = 1.0, *tokens: int, level: int = UNREAD) -> FileCoverage:
    chunks = tuple(
        CoveredChunk(1 + 10 * number, 10 + 10 * number, size, level)
        for number, size in enumerate(tokens or (100,))
    )
    return FileCoverage(path, chunks, value)


def _map(covers: Iterable[FileCoverage]) -> RepositoryMap:
    return RepositoryMap.of(sorted(covers, key=lambda cover: cover.path))


def _nodes(covers: Iterable[FileCoverage]) -> list[Node]:
    return FileTable.of(_map(covers)).nodes()


def _paths(nodes: list[Node]) -> list[str]:
    return [entry_of(below).path for node in nodes for below in node.walk()]


def _row(node: Node, width: int, scale: Scale) -> Row:
    return map_row(node, False, width, scale)


def test_the_most_valuable_comes_first_and_hidden_and_legal_files_last() -> None:
    covers = [
        _cover(".github/workflows/ci.yml", 9),
        _cover("LICENSE", 8),
        _cover("NOTICE.md", 7),
        _cover(".gitignore", 6),
        _cover("README.md", 1),
        _cover("lib/a.py", 2),
        _cover("lib/b.py", 3),
        _cover("license.py", 0.5),
        _cover("LICENSE-MIT", 5),
    ]
    names = [entry_of(node).name for node in _nodes(covers)]
    assert names == [
        "lib/",
        "README.md",
        "license.py",
        "LICENSE",
        "NOTICE.md",
        "LICENSE-MIT",
        ".github/workflows/",
        ".gitignore",
    ]
    assert _paths(_nodes(covers))[:3] == ["lib", "lib/b.py", "lib/a.py"]


def test_a_chain_of_directories_is_one_node() -> None:
    (node,) = _nodes([_cover("a/b/c/x.py"), _cover("a/b/c/d/y.py")])
    assert entry_of(node).name == "a/b/c/"
    assert {entry_of(child).name for child in node.children or ()} == {"x.py", "d/"}


def test_a_directory_has_the_tokens_the_value_and_the_levels_of_its_files() -> None:
    (node,) = _nodes([_cover("a/x.py", 2, 10, 20, level=0), _cover("a/y.py", 3, 5)])
    entry = entry_of(node)
    assert (entry.tokens, entry.value) == (35, 5)
    assert (entry.chunk_count, entry.unread) == (3, 1)
    assert "2 of 3 chunks read" in _row(node, 100, Scale(5, 30)).text


def test_very_deep_directories_are_part_of_a_name() -> None:
    path = "/".join(f"{number}{name}" for number in range(2_000) for name in "d") + "/x.py"
    nodes = _nodes([_cover(path), _cover("0d/y.py")])
    deepest = max(_paths(nodes), key=lambda path: path.count("/"))
    assert deepest == path
    assert sum(1 for _ in nodes[0].walk()) < 2 * DEEPEST


def test_nodes_are_made_only_in_directories_that_are_opened() -> None:
    nodes = _nodes(_cover(f"a{number % 30}/b{number % 60}/{number}.py") for number in range(6_000))
    assert len(nodes) == 30
    assert all(callable(node.below) and node.is_branch for node in nodes)
    keys = first_open_keys(nodes)
    tree = Tree(nodes, lambda node, is_open: _row(node, 80, Scale(1, 1)), keys)
    assert len(tree) == 60, "30 directories with two in each, while they fit"
    assert sum(callable(node.below) for node in tree.nodes) >= 29


@given(
    st.lists(st.text("ab/.0-é", min_size=1, max_size=9), max_size=30), st.text("ab/É", max_size=2)
)
def test_directories_have_the_files_and_the_figures_of_what_is_below_them(
    paths: list[str], letters: str
) -> None:
    covers = {
        path: _cover(path, number, number + 1, level=number % 5)
        for number, path in enumerate(paths)
        if all(path.split("/")) and "." not in path.split("/")
    }
    table = FileTable.of(_map(covers.values()), letters)
    nodes = table.nodes()
    shown = {below.key for node in nodes for below in node.walk() if below.children is None}
    assert shown == {path for path in covers if letters.casefold() in path.casefold()}
    directories = [below for node in nodes for below in node.walk() if below.children]
    for node in directories:
        assert node.key == f"{entry_of(node).path}/"
        below = [covers[path] for path in shown if path.startswith(node.key)]
        assert entry_of(node).tokens == sum(cover.chunks[0].tokens for cover in below)
        assert entry_of(node).value == sum(cover.value for cover in below)
        assert entry_of(node).chunk_count == len(below)
        assert entry_of(node).unread == sum(cover.chunks[0].level == UNREAD for cover in below)


def test_few_files_are_all_open_at_first_and_of_many_the_most_valuable() -> None:
    few = _nodes([_cover("a/x.py"), _cover("b/c/y.py"), _cover("b/z.py")])
    assert first_open_keys(few) == {"a/", "b/", "b/c/"}
    many = _nodes([_cover(f"{name}/{number}.py", value) for name, value in (("a", 1), ("b", 2))
                      for number in range(50)])  # fmt: skip
    assert first_open_keys(many) == {"b/"}


def test_cells_are_proportional_to_tokens() -> None:
    covers = [_cover("big.py", 1, 600, 400), _cover("small.py", 1, 100)]
    big, small = (_row(node, 120, scale_of(_map(covers))).text for node in _nodes(covers))
    assert big.count("·") == pytest.approx(10 * small.count("·"), abs=8)
    assert "1.0k" in big and " 100 " in small


def test_a_file_opens_into_its_chunks_with_their_symbols() -> None:
    (node,) = _nodes([_cover("a.py", 1, 10, 20)])
    named = [NamedChunk(1, 10, ("A", "A.b")), NamedChunk(11, 20, ())]
    names = [entry_of(chunk).name for chunk in chunk_nodes(entry_of(node), named)]
    assert names == ["1-10  A, A.b", "11-20"]


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.floats(0, 1)), max_size=9
    ),
    st.integers(40, 200),
)
def test_every_file_has_one_row_that_fits(files: list[tuple[str, str, float]], width: int) -> None:
    covers = {f"{folder}/{name}.py": _cover(f"{folder}/{name}.py", v) for folder, name, v in files}
    nodes = _nodes(covers.values())
    scale = scale_of(_map(covers.values()))
    tree = Tree(
        nodes, lambda node, is_open: map_row(node, is_open, width, scale), ["a/", "b/", "c/"]
    )
    paths = [entry_of(node).path for node in tree.nodes if not entry_of(node).is_directory]
    assert sorted(paths) == sorted(covers)
    assert all(len(row.text) <= width for row in tree)
