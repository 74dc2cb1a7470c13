"""Uses: who uses what in a repository, and how much the rest of it refers to each symbol.

Owns the resolution of references to symbols, by name, and the ranking of symbols by PageRank over that graph. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from repo_mhm.source.symbols import Reference, Symbol


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
    for index in sorted(
        range(len(symbols)), key=lambda i: (symbols[i].start_byte, -symbols[i].end_byte)
    ):
        symbol = symbols[index]
        lines = owners[symbol.path]
        lines.extend([-1] * (symbol.end + 1 - len(lines)))
        lines[symbol.start : symbol.end + 1] = [index] * (symbol.end + 1 - symbol.start)
    return owners


KIND_WEIGHTS = {"call": 1.0, "import": 0.5, "name": 0.3}
"""How much one reference says about what it names: a call most, a mere mention least."""


def page_rank(symbols: Sequence[Symbol], references: Iterable[Reference]) -> list[float]:
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
    graph.add_edges_from(
        [(user % (top + 1), used, weight) for (user, used), weight in weights.items()]
    )
    ranks = rustworkx.pagerank(graph, alpha=0.85, weight_fn=float)
    return [ranks[index] for index in range(top)]
