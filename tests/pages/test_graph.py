"""Modules, their dependencies, and where they are drawn."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.location import Location
from repo_mhm.pages.dependencies import cycles, dependencies, drawn
from repo_mhm.pages.graph_layout import BOX_HEIGHT, layout
from repo_mhm.pages.map_page import Dependency
from repo_mhm.pages.module_groups import OTHERS, group_files

NODES = [f"m{number}" for number in range(9)]
EDGES = st.sets(
    st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)).filter(
        lambda edge: edge[0] != edge[1]
    )
)


def _dependencies(edges: set[tuple[str, str]]) -> tuple[Dependency, ...]:
    statements = [(Location(begin, 1, 1), end) for begin, end in edges]
    return dependencies(statements, {node: node for node in NODES})


def _reachable(edges: set[tuple[str, str]], start: str) -> set[str]:
    reached = {start}
    while more := {end for begin, end in edges if begin in reached} - reached:
        reached |= more
    return reached


@given(EDGES)
def test_a_drawing_leaves_out_only_what_its_arrows_imply(edges: set[tuple[str, str]]) -> None:
    shown = {(edge.importer, edge.imported) for edge in drawn(_dependencies(edges), most=0)}
    assert shown <= edges
    for node in NODES:
        assert _reachable(shown, node) == _reachable(edges, node)


@given(EDGES)
def test_modules_of_a_cycle_lead_to_each_other(edges: set[tuple[str, str]]) -> None:
    for circle in cycles(_dependencies(edges)):
        assert all(set(circle) <= _reachable(edges, node) for node in circle)


@settings(max_examples=40)
@given(EDGES, st.permutations(NODES))
def test_boxes_do_not_overlap_and_arrows_join_them(
    edges: set[tuple[str, str]], nodes: list[str]
) -> None:
    plan = layout([(node, node * 3) for node in nodes], sorted(edges))
    by_row: dict[float, list[tuple[float, float]]] = {}
    for box in plan.boxes:
        by_row.setdefault(box.y, []).append((box.x, box.x + box.width))
        assert 0 <= box.x <= box.x + box.width <= plan.width
        assert 0 <= box.y <= box.y + BOX_HEIGHT <= plan.height
    for row in by_row.values():
        assert all(left[1] < right[0] for left, right in pairwise(sorted(row)))

    box_by_path = {box.path: box for box in plan.boxes}
    for arrow in plan.arrows:
        for path, (x, y) in ((arrow.begin, arrow.points[0]), (arrow.end, arrow.points[-1])):
            box = box_by_path[path]
            assert abs(x - (box.x + box.width / 2)) < 0.01
            assert y in (box.y, box.y + BOX_HEIGHT)
    assert {(arrow.begin, arrow.end) for arrow in plan.arrows} == edges
    assert layout([(node, node * 3) for node in nodes], sorted(edges)) == plan


PATHS = st.lists(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(
        lambda parts: "/".join([*parts, "x.py"])
    ),
    min_size=1,
    max_size=40,
    unique=True,
)


@given(PATHS, st.integers(3, 12))
def test_every_file_is_in_one_of_so_many_modules(paths: list[str], most: int) -> None:
    values = {path: float(len(path) % 5) for path in paths}
    grouping = group_files(values, dict.fromkeys(paths, "python"), most)
    modules = set(grouping.module_by_path.values())
    assert set(grouping.module_by_path) == set(paths)
    assert len(modules) <= most
    for path, module in grouping.module_by_path.items():
        folder = module.removesuffix(OTHERS).rstrip("/")
        assert not folder or path == folder or path.startswith(f"{folder}/")


def test_the_most_valuable_files_are_modules_of_their_own() -> None:
    values = {f"src/f{number}.py": float(number) for number in range(50)}
    grouping = group_files(values, dict.fromkeys(values, "python"), most_modules=10)
    assert grouping.module_by_path["src/f49.py"] == "src/f49.py"
    assert grouping.module_by_path["src/f0.py"] == f"src/{OTHERS}"
