"""Dependencies between modules: from import statements, their cycles, and what is drawn. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import rustworkx

from repo_mhm.location import Location
from repo_mhm.pages.map_page import Dependency

MOST_DRAWN = 40
"""With more arrows than these, those that other arrows imply are left out of the drawing."""
MOST_KEPT = 60
"""Of what is left then, the arrows with most import statements are drawn: no eye follows more."""


def dependencies(
    statements: Iterable[tuple[Location, str]], module_by_path: Mapping[str, str]
) -> tuple[Dependency, ...]:
    """The edges between modules; a statement is its location with the path of a file it imports.

    Files that are in no module are left out, as are imports inside of one module.
    """
    by_edge: dict[tuple[str, str], set[Location]] = defaultdict(set)
    for location, target in statements:
        importer, imported = module_by_path.get(location.path), module_by_path.get(target)
        if importer and imported and importer != imported:
            by_edge[importer, imported].add(location)
    return tuple(
        Dependency(*edge, tuple(sorted(locations))) for edge, locations in sorted(by_edge.items())
    )


def cycles(edges: Sequence[Dependency]) -> tuple[tuple[str, ...], ...]:
    """The sets of modules that lead back to each other, largest first."""
    graph, names = _graph(edges)
    components = rustworkx.strongly_connected_components(graph)
    sets = [tuple(sorted(names[index] for index in item)) for item in components if len(item) > 1]
    return tuple(sorted(sets, key=lambda names: (-len(names), names)))


def drawn(edges: Sequence[Dependency], most: int = MOST_DRAWN) -> tuple[Dependency, ...]:
    """The edges that a drawing shows: all, or where they are many, those no others imply.

    An edge is implied where its end can be reached without it; edges within a cycle never are. Of
    those left, the ones with most import statements.
    """
    if len(edges) <= most:
        return tuple(edges)
    cycle_by_module = {
        module: number for number, modules in enumerate(cycles(edges)) for module in modules
    }
    successors: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        successors[edge.importer].add(edge.imported)

    kept: list[Dependency] = []
    for edge in edges:
        cycle = cycle_by_module.get(edge.importer, -1)
        is_in_cycle = cycle >= 0 and cycle == cycle_by_module.get(edge.imported, -2)
        if is_in_cycle or not _is_implied(edge, successors, cycle_by_module):
            kept.append(edge)
    heaviest = sorted(kept, key=lambda edge: -len(edge.statements))[:MOST_KEPT]
    return tuple(sorted(heaviest, key=lambda edge: (edge.importer, edge.imported)))


def _is_implied(
    edge: Dependency, successors: Mapping[str, set[str]], cycle_by_module: Mapping[str, int]
) -> bool:
    """Whether a module outside of both ends' cycles leads from one end to the other."""
    ends = {edge.importer, edge.imported}
    end_cycles = {cycle_by_module[end] for end in ends if end in cycle_by_module}
    seen: set[str] = set()
    stack = [item for item in successors.get(edge.importer, ()) if item != edge.imported]
    while stack:
        module = stack.pop()
        if module in seen or module in ends or cycle_by_module.get(module) in end_cycles:
            continue
        seen.add(module)
        following = successors.get(module, set())
        if edge.imported in following:
            return True
        stack += following
    return False


def _graph(edges: Sequence[Dependency]) -> tuple[rustworkx.PyDiGraph[str, None], list[str]]:
    names = sorted({name for edge in edges for name in (edge.importer, edge.imported)})
    index = {name: number for number, name in enumerate(names)}
    graph: rustworkx.PyDiGraph[str, None] = rustworkx.PyDiGraph(multigraph=False)
    graph.add_nodes_from(names)
    graph.add_edges_from_no_data([(index[edge.importer], index[edge.imported]) for edge in edges])
    return graph, names
