"""Symbol graph: who uses what in a repository, and how much each symbol matters to the rest of it.

Owns the resolution of references to symbols, by name, and PageRank over the graph they form. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from repo_mhm.source.symbols import Reference, Symbol

TOP_LEVEL = -1
"""The user of a reference that lies in no symbol."""
KIND_WEIGHTS = {"call": 1.0, "import": 0.5, "name": 0.3}
"""How much one reference says about what it names: a call most, a mere mention least."""
_DAMPING = 0.85
"""As in the paper on PageRank (Brin and Page 1998)."""


class Use(NamedTuple):
    """A reference resolved to one symbol of its name; symbols are indexes into the list of them."""

    reference: Reference
    user: int
    """The innermost symbol around the reference, or TOP_LEVEL."""
    used: int
    share: float
    """1 / number of symbols that the reference may mean."""


def uses(symbols: Sequence[Symbol], references: Iterable[Reference]) -> Iterator[Use]:
    """Every reference to a name that `symbols` define, once per symbol of that name.

    A name that the reference's own file defines means that definition; namesakes elsewhere are then
    left out.
    """
    by_name: dict[str, list[int]] = defaultdict(list)
    for index, symbol in enumerate(symbols):
        by_name[symbol.name].append(index)
    owners = _owners(symbols)
    for reference in references:
        namesakes = by_name.get(reference.name)
        if not namesakes:
            continue
        in_same_file = [index for index in namesakes if symbols[index].path == reference.path]
        targets = in_same_file or namesakes
        owner_by_line = owners.get(reference.path, [])
        is_inside = reference.line < len(owner_by_line)
        user = owner_by_line[reference.line] if is_inside else TOP_LEVEL
        for used in targets:
            if used != user:
                yield Use(reference, user, used, 1 / len(targets))


def _owners(symbols: Sequence[Symbol]) -> Mapping[str, list[int]]:
    """By path, the innermost symbol of each line (from 1; index 0 is unused), or TOP_LEVEL."""
    owners: dict[str, list[int]] = defaultdict(list)
    outermost_first = sorted(
        range(len(symbols)), key=lambda index: (symbols[index].start_byte, -symbols[index].end_byte)
    )
    for index in outermost_first:
        symbol = symbols[index]
        owner_by_line = owners[symbol.path]
        owner_by_line.extend([TOP_LEVEL] * (symbol.end + 1 - len(owner_by_line)))
        line_count = symbol.end + 1 - symbol.start
        owner_by_line[symbol.start : symbol.end + 1] = [index] * line_count
    return owners


def page_rank(symbols: Sequence[Symbol], references: Iterable[Reference]) -> list[float]:
    """PageRank of each symbol in the symbol graph; with the top level's the ranks sum to 1.

    A symbol passes rank on to what it uses, and to its container, since a class matters as much as
    its methods do. The top level of all files together is one more node.
    """
    import rustworkx

    graph = rustworkx.PyDiGraph(multigraph=False)
    graph.add_nodes_from(range(len(symbols) + 1))
    top_level = len(symbols)
    graph.add_edges_from(
        [
            (top_level if user == TOP_LEVEL else user, used, weight)
            for (user, used), weight in _edge_weights(symbols, references).items()
        ]
    )
    ranks = rustworkx.pagerank(graph, alpha=_DAMPING, weight_fn=float)
    return [ranks[index] for index in range(len(symbols))]


def _edge_weights(
    symbols: Sequence[Symbol], references: Iterable[Reference]
) -> dict[tuple[int, int], float]:
    """How much rank flows between symbols: from each to what it uses, and to its container.

    By the indexes of both; that of the top level is TOP_LEVEL.
    """
    weights: dict[tuple[int, int], float] = defaultdict(float)
    for use in uses(symbols, references):
        weights[use.user, use.used] += use.share * KIND_WEIGHTS[use.reference.kind]

    containers = {(symbol.path, symbol.qualified): index for index, symbol in enumerate(symbols)}
    for index, symbol in enumerate(symbols):
        container = containers.get((symbol.path, symbol.container))
        if container is not None and container != index:
            weights[index, container] += 1.0
    return weights
