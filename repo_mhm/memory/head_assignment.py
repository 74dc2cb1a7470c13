"""Which head each chunk's step updates: a pure function of the chunks, computed before any step.

Owns the selectors: `module` (default), `lru`, `single` and `random`. Does not depend on notes or
budgets. Pure.

The `module` selector keeps the code of one module in one head. It cuts the tree of directories
into the largest subtrees that weigh at most a head's share of all tokens. Then it gives each
subtree a head, the heaviest first: a head that has room and holds a sibling of it, else the
emptiest. Chunks go to the head of their file in reading order. Where that head is full, a chunk
spills to the head with room that was updated longest ago.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from repo_mhm.errors import UsageError

HEADS = 8
"""Default number of heads."""
SLACK = 0.02
"""How far beyond its share a head may be filled before chunks spill, as a part of the share."""


class Planned(Protocol):
    """What a plan needs to know of a chunk."""

    @property
    def path(self) -> str:
        """Its file's."""

    @property
    def tokens(self) -> int:
        """How much room it takes."""


@dataclass(frozen=True, slots=True)
class HeadPlan:
    """`head_of[i]` is the head of the i-th chunk; heads are numbered from 0."""

    heads: int
    selector: str
    head_of: tuple[int, ...]

    def queues(self) -> list[list[int]]:
        """For each head the indexes of its chunks, in reading order."""
        queues: list[list[int]] = [[] for _ in range(self.heads)]
        for index, head in enumerate(self.head_of):
            queues[head].append(index)
        return queues


def make_plan(
    chunks: Sequence[Planned], heads: int = HEADS, selector: str = "module", seed: int = 0
) -> HeadPlan:
    """Assign every chunk a head. Equal arguments give an equal plan.

    Raises UsageError for less than one head or an unknown selector.
    """
    if heads < 1:
        raise UsageError(
            f"a memory of {heads} heads is not possible: it needs at least one",
            hint="Use --heads 1 or more.",
        )
    if selector not in SELECTORS:
        raise UsageError(
            f"unknown selector {selector!r}", hint=f"Use one of: {', '.join(SELECTORS)}."
        )
    return HeadPlan(heads, selector, tuple(SELECTORS[selector](chunks, heads, seed)))


TokensBelow = Callable[[str], Mapping[int, int]]
"""By head, the tokens of the chunks of a file, or of all files below a directory (empty: all)."""


def extend_plan(tokens_below: TokensBelow, new: Sequence[Planned], heads: int) -> list[int]:
    """Heads for new chunks beside those with a head, which keep it.

    A chunk goes where its file already is, else where its nearest directory mostly is, else to the
    head with the fewest tokens. So a small change never reshuffles heads, and no chunk is looked at
    that is far from a new one. `tokens_below` counts the chunks that have a head.
    """
    loads = _Loads(heads, tokens_below)
    new_heads: list[int] = []
    for chunk in new:
        head = loads.nearest_head(chunk.path)
        loads.add(chunk, head)
        new_heads.append(head)
    return new_heads


def tokens_of(assigned: Iterable[tuple[Planned, int]]) -> TokensBelow:
    """Counts the tokens of these chunks with their heads."""
    by_path: dict[str, Counter[int]] = defaultdict(Counter)
    for chunk, head in assigned:
        for path in _lineage(chunk.path):
            by_path[path][head] += chunk.tokens
    return lambda path: by_path.get(path, {})


class _Loads:
    """Tokens assigned so far, by file or directory and head; looked up where they are needed."""

    def __init__(self, heads: int, tokens_below: TokensBelow) -> None:
        self._heads = heads
        self._tokens_below = tokens_below
        self._by_path: dict[str, Counter[int]] = {}

    def add(self, chunk: Planned, head: int) -> None:
        for path in _lineage(chunk.path):
            self._below(path)[head] += chunk.tokens

    def nearest_head(self, path: str) -> int:
        root, *below_root = _lineage(path)
        for ancestor in reversed(below_root):
            if loads := self._below(ancestor):
                return min(loads, key=lambda head: (-loads[head], head))
        loads = self._below(root)
        return min(range(self._heads), key=lambda head: (loads[head], head))

    def _below(self, path: str) -> Counter[int]:
        if path not in self._by_path:
            self._by_path[path] = Counter(self._tokens_below(path))
        return self._by_path[path]


def _lru(chunks: Sequence[Planned], heads: int, seed: int) -> Iterable[int]:
    """The head updated longest ago: with one update a step, each head in turn."""
    return (index % heads for index in range(len(chunks)))


def _single(chunks: Sequence[Planned], heads: int, seed: int) -> Iterable[int]:
    return (0 for _ in chunks)


def _random(chunks: Sequence[Planned], heads: int, seed: int) -> Iterable[int]:
    random = Random(seed)
    return (random.randrange(heads) for _ in chunks)


def _module(chunks: Sequence[Planned], heads: int, seed: int) -> Iterator[int]:
    """See the top of this file."""
    share = sum(chunk.tokens for chunk in chunks) / heads
    limit = share * (1 + SLACK)
    weights = _weights(chunks)
    head_by_path = _head_by_path(_subtrees(chunks, weights, share), weights, heads, share)

    loads = [0.0] * heads
    last_step = [-1] * heads
    for step, chunk in enumerate(chunks):
        head = head_by_path[chunk.path]
        if loads[head] + chunk.tokens > limit:
            with_room = [other for other in range(heads) if loads[other] + chunk.tokens <= limit]
            emptiest = loads.index(min(loads))
            head = min(with_room, key=lambda other: (last_step[other], other), default=emptiest)
        loads[head] += chunk.tokens
        last_step[head] = step
        yield head


def _weights(chunks: Iterable[Planned]) -> dict[str, int]:
    """Tokens of every file, and of every directory with all below it."""
    weights: dict[str, int] = defaultdict(int)
    for chunk in chunks:
        for path in _lineage(chunk.path):
            weights[path] += chunk.tokens
    return weights


def _subtrees(
    chunks: Iterable[Planned], weights: Mapping[str, int], share: float
) -> dict[str, list[str]]:
    """The largest subtrees of at most a head's share, each with its files.

    A file that is heavier than that is a subtree of its own.
    """
    subtrees: dict[str, list[str]] = defaultdict(list)
    for path in dict.fromkeys(chunk.path for chunk in chunks):
        fitting = (ancestor for ancestor in _lineage(path) if weights[ancestor] <= share)
        subtrees[next(fitting, path)].append(path)
    return subtrees


def _head_by_path(
    subtrees: Mapping[str, Sequence[str]], weights: Mapping[str, int], heads: int, share: float
) -> dict[str, int]:
    """A head for every file.

    The heaviest subtree comes first. Each goes to a head of its siblings where one has room, else
    to the emptiest head.
    """
    loads = [0.0] * heads
    heads_by_parent: dict[str, list[int]] = defaultdict(list)
    head_by_path: dict[str, int] = {}
    for subtree in sorted(subtrees, key=lambda subtree: (-weights[subtree], subtree)):
        weight = weights[subtree]
        sibling_heads = heads_by_parent[subtree.rpartition("/")[0]]
        with_room = [head for head in sibling_heads if loads[head] + weight <= share]

        head = with_room[0] if with_room else loads.index(min(loads))
        loads[head] += weight
        sibling_heads.append(head)
        head_by_path.update(dict.fromkeys(subtrees[subtree], head))
    return head_by_path


def _lineage(path: str) -> list[str]:
    """The root (empty), the directories down to a file, and the file itself."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(len(parts) + 1)]


SELECTORS: Mapping[str, Callable[[Sequence[Planned], int, int], Iterable[int]]] = {
    "module": _module,
    "lru": _lru,
    "single": _single,
    "random": _random,
}
