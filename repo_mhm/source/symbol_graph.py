"""Symbol graph: who uses what in a repository, and how much each symbol matters to the rest of it.

Owns the resolution of references to symbols, by name, and PageRank over the graph they form. Pure.

The idea. A name says which symbols are used, and a common one says little: `get` may be used ten
thousand times and defined a hundred times. An edge from each user to each definition would make a
million edges of it. So a name is a node of its own between users and definitions: what its users
pass on is added up once and then divided among its definitions. Each definition gets exactly the
rank that it would get over the edges, and the work grows with references plus definitions. In a
file that defines the name, only those definitions are meant: they share a node of that file.

A symbol does not use itself, so what a user of several namesakes in its file would pass back to
itself is left out; its other edges weigh that much more.

Files are added one by one, so that neither all symbols nor all references need to be in memory.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from repo_mhm.source.symbols import Reference, Symbol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]

TOP_LEVEL = -1
"""The user of a reference that lies in no symbol."""
KIND_WEIGHTS = {"call": 1.0, "import": 0.5, "name": 0.3}
"""How much one reference says about what it names: a call most, a mere mention least."""
DAMPING = 0.85
"""As in the paper on PageRank (Brin and Page 1998)."""
TOLERANCE = 1e-6
"""Ranks have settled when they change by less than this in a round, all together."""
DIGITS = 9
"""Of a rank. Sums in another order differ from the fifteenth on."""
_BLOCK = 1 << 21
"""Edges that are counted at once."""
MOST_ROUNDS = 100
"""By then less than a ten-millionth of the first difference is left."""


class Definition(Protocol):
    """What the graph needs to know of a symbol."""

    @property
    def name(self) -> Hashable:
        """What references call it."""

    @property
    def qualified(self) -> str:
        """Its name with those of its containers."""

    @property
    def container(self) -> str:
        """The qualified name of the definition around it."""

    @property
    def start(self) -> int:
        """Its first line."""

    @property
    def end(self) -> int:
        """Its last line."""

    @property
    def start_byte(self) -> int:
        """Its first byte."""

    @property
    def end_byte(self) -> int:
        """The byte behind its last one."""


class Mention(NamedTuple):
    """What a file refers to by one name: the lines, and how much each of them weighs."""

    name: Hashable
    lines: Sequence[int]
    weight: float


class _Edges:
    """Weighted edges, as three parallel arrays."""

    def __init__(self) -> None:
        self.sources = array("i")
        self.targets = array("i")
        self.weights = array("d")

    def add(self, source: int, target: int, weight: float) -> None:
        self.sources.append(source)
        self.targets.append(target)
        self.weights.append(weight)


class SymbolGraph:
    """The graph of the files that were added; symbols are numbered in the order they came."""

    def __init__(self) -> None:
        self.work = 0
        """How many edges and definitions were added: what memory and time grow with."""
        self._count = 0
        self._name_numbers: dict[Hashable, int] = {}
        self._to_symbols = _Edges()
        self._to_names = _Edges()
        """From users to names that their own files do not define."""
        self._to_groups = _Edges()
        """From users to namesakes of their own files."""
        self._to_self = _Edges()
        """What of that leads back to the user, as one of the namesakes."""
        self._names = array("i")
        """The number of each symbol's name."""
        self._groups = array("i")
        self._group_members = array("i")
        self._group_sizes: list[int] = []

    def __len__(self) -> int:
        return self._count

    def add_file(self, symbols: Sequence[Definition], mentions: Iterable[Mention]) -> None:
        """Add all symbols of one file and what it refers to."""
        first = self._count
        self._count += len(symbols)
        self.work += len(symbols)
        by_name: dict[Hashable, list[int]] = defaultdict(list)
        for number, symbol in enumerate(symbols, first):
            by_name[symbol.name].append(number)
            self._names.append(self._number(symbol.name))
        self._add_containers(symbols, first)

        groups: dict[Hashable, int] = {}
        weight_by_use = _weights(_owners(symbols, first), mentions)
        self.work += len(weight_by_use)
        # Most of millions of uses are of other files' names: here without a call for each.
        numbers, to_others = self._name_numbers, self._to_names
        others = [use for use in weight_by_use if use[1] not in by_name]
        to_others.sources.extend([user for user, _ in others])
        to_others.targets.extend([numbers.setdefault(name, len(numbers)) for _, name in others])
        to_others.weights.extend([weight_by_use[use] for use in others])
        for (user, name), weight in weight_by_use.items():
            members = by_name.get(name)
            if members is None:
                continue
            if len(members) > 1:
                if name not in groups:
                    groups[name] = self._add_group(members)
                self._to_groups.add(user, groups[name], weight)
                if user != TOP_LEVEL and symbols[user - first].name == name:
                    self._to_self.add(user, user, weight / len(members))
            elif members[0] != user:
                self._to_symbols.add(user, members[0], weight)

    def _number(self, name: Hashable) -> int:
        return self._name_numbers.setdefault(name, len(self._name_numbers))

    def _add_containers(self, symbols: Sequence[Definition], first: int) -> None:
        """A class matters as much as its methods do."""
        containers = {symbol.qualified: number for number, symbol in enumerate(symbols, first)}
        for number, symbol in enumerate(symbols, first):
            container = containers.get(symbol.container)
            if container is not None and container != number:
                self._to_symbols.add(number, container, 1.0)

    def _add_group(self, members: Sequence[int]) -> int:
        group = len(self._group_sizes)
        self._group_sizes.append(len(members))
        self.work += len(members)
        self._group_members.extend(members)
        self._groups.extend([group] * len(members))
        return group

    def ranks(self) -> Floats:
        """PageRank of each symbol; with the top level's, which is one more node, they sum to 1.

        To DIGITS digits, so that they do not depend on the order in which files were added.
        """
        import numpy as np

        ranks = _Flow(self).settled_ranks()[:-1]
        scale = 10.0 ** (DIGITS - 1 - np.floor(np.log10(ranks)))
        rounded: Floats = np.round(ranks * scale) / scale
        return rounded


def _owners(symbols: Sequence[Definition], first: int) -> list[int]:
    """The innermost symbol of each line (from 1; index 0 is unused), or TOP_LEVEL."""
    owner_by_line = [TOP_LEVEL] * (1 + max((symbol.end for symbol in symbols), default=0))
    outermost_first = sorted(
        range(len(symbols)), key=lambda index: (symbols[index].start_byte, -symbols[index].end_byte)
    )
    for index in outermost_first:
        start, end = symbols[index].start, symbols[index].end
        owner_by_line[start : end + 1] = [first + index] * (end + 1 - start)
    return owner_by_line


def _weights(
    owner_by_line: Sequence[int], mentions: Iterable[Mention]
) -> Mapping[tuple[int, Hashable], float]:
    """How much each user refers to each name."""
    weights: dict[tuple[int, Hashable], float] = defaultdict(float)
    lines = len(owner_by_line)
    for name, own_lines, weight in mentions:
        for line in own_lines:
            user = owner_by_line[line] if line < lines else TOP_LEVEL
            weights[user, name] += weight
    return weights


class _Flow:
    """What flows along the edges in a round, as vectors over all symbols and the top level."""

    def __init__(self, graph: SymbolGraph) -> None:
        import numpy as np

        self._np = np
        self._nodes = len(graph) + 1
        self._names = self._numbers(graph._names)
        self._name_sizes = np.bincount(self._names, minlength=len(graph._name_numbers))
        self._members = self._numbers(graph._group_members)
        self._member_groups = self._numbers(graph._groups)
        self._group_sizes = np.array(graph._group_sizes, dtype=np.float64)
        self._direct = self._edges(graph._to_symbols)
        self._to_groups = self._edges(graph._to_groups)

        users, names, weights = self._edges(graph._to_names)
        is_defined = self._name_sizes[names] > 0
        # The store leaves other names out; a copy would take as much memory as the graph.
        if not is_defined.all():
            users, names, weights = users[is_defined], names[is_defined], weights[is_defined]
        self._to_names = users, names, weights
        users, _, weights = self._edges(graph._to_self)
        self._to_self = self._sums(users, weights, self._nodes)
        self._out = self._weights_out()

    def _numbers(self, numbers: array[int]) -> NDArray[np.int32]:
        return self._np.frombuffer(numbers, dtype=self._np.int32) if numbers else self._empty()

    def _empty(self) -> NDArray[np.int32]:
        return self._np.zeros(0, dtype=self._np.int32)

    def _edges(self, edges: _Edges) -> tuple[NDArray[np.int32], NDArray[np.int32], Floats]:
        """Users, what they use, and weights. TOP_LEVEL, -1, is numpy's index of the last node."""
        weights: Floats = self._np.zeros(0)
        if edges.weights:
            weights = self._np.frombuffer(edges.weights, dtype=self._np.float64)
        return self._numbers(edges.sources), self._numbers(edges.targets), weights

    def _weights_out(self) -> Floats:
        out = self._np.zeros(self._nodes)
        for users, _, weights in (self._direct, self._to_groups, self._to_names):
            # Counting takes no negative numbers: the top level comes first here.
            sums = self._sums(users, weights, self._nodes, first=TOP_LEVEL)
            out += self._np.roll(sums, TOP_LEVEL)
        return out - self._to_self

    def _sums(
        self,
        indexes: NDArray[np.int32],
        weights: Floats,
        length: int,
        *,
        first: int = 0,
        users: NDArray[np.int32] | None = None,
        rank_per_weight: Floats | None = None,
    ) -> Floats:
        """The sums of the weights at each index, the first of which is `first`.

        With `users` each weight counts times the `rank_per_weight` of its user. Edges are counted
        in blocks, as each takes 24 bytes meanwhile.
        """
        np = self._np
        sums: Floats = np.zeros(length)
        for start in range(0, len(indexes), _BLOCK):
            block = slice(start, start + _BLOCK)
            block_weights = weights[block]
            if users is not None and rank_per_weight is not None:
                block_weights = block_weights * rank_per_weight[users[block]]
            numbers = indexes[block] - first if first else indexes[block]
            sums += np.bincount(numbers, weights=block_weights, minlength=length)
        return sums

    def settled_ranks(self) -> Floats:
        """The ranks by which all rounds end."""
        np, nodes = self._np, self._nodes
        is_sink = self._out <= 0
        rank_per_weight = np.divide(1.0, self._out, out=np.zeros(nodes), where=~is_sink)
        ranks: Floats = np.full(nodes, 1 / nodes)
        for _ in range(MOST_ROUNDS):
            # What refers to nothing passes its rank on to all.
            lost = ranks[is_sink].sum()
            flow = self._passed_on(ranks * rank_per_weight) + lost / nodes
            new = DAMPING * flow + (1 - DAMPING) / nodes
            change = np.abs(new - ranks).sum()
            ranks = new
            if change < TOLERANCE:
                break
        return ranks

    def _passed_on(self, rank_per_weight: Floats) -> Floats:
        """What each node gets in a round."""
        passed = self._flow(self._direct, rank_per_weight, self._nodes)

        by_name = self._flow(self._to_names, rank_per_weight, len(self._name_sizes))
        shares = by_name / self._np.maximum(self._name_sizes, 1)
        passed[:-1] += shares[self._names]

        by_group = self._flow(self._to_groups, rank_per_weight, len(self._group_sizes))
        shares = by_group / self._group_sizes
        passed += self._sums(self._members, shares[self._member_groups], self._nodes)
        passed -= self._to_self * rank_per_weight
        return passed

    def _flow(
        self,
        edges: tuple[NDArray[np.int32], NDArray[np.int32], Floats],
        rank_per_weight: Floats,
        length: int,
    ) -> Floats:
        """What flows along these edges, by what they lead to."""
        users, used, weights = edges
        return self._sums(used, weights, length, users=users, rank_per_weight=rank_per_weight)


def page_rank(symbols: Sequence[Symbol], references: Iterable[Reference]) -> list[float]:
    """PageRank of each symbol in the symbol graph; with the top level's the ranks sum to 1.

    A symbol passes rank on to what it uses, and to its container. The top level of all files
    together is one more node.
    """
    graph = SymbolGraph()
    mentions_by_path: dict[str, list[Mention]] = defaultdict(list)
    for name, path, line, kind in references:
        mentions_by_path[path].append(Mention(name, (line,), KIND_WEIGHTS[kind]))
    order = sorted(range(len(symbols)), key=lambda index: symbols[index].path)
    for path, indexes in groupby(order, key=lambda index: symbols[index].path):
        graph.add_file([symbols[index] for index in indexes], mentions_by_path.pop(path, ()))
    for mentions in mentions_by_path.values():
        graph.add_file((), mentions)

    ranks = [0.0] * len(symbols)
    for index, rank in zip(order, graph.ranks(), strict=True):
        ranks[index] = float(rank)
    return ranks
