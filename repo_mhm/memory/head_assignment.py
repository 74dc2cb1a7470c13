"""Heads: which head each chunk's step updates. The plan is a pure function of the chunks, known before any step.

Owns the selectors: `module` (default), `lru`, `single` and `random`. Knows nothing about notes or budgets.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from repo_mhm.errors import UsageError
from repo_mhm.source.chunks import Chunk

HEADS = 8
"""Default number of heads."""
SLACK = 0.02
"""How far past its share a head may be filled before chunks spill to other heads."""


@dataclass(frozen=True, slots=True)
class Plan:
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
    chunks: Sequence[Chunk], heads: int = HEADS, selector: str = "module", seed: int = 0
) -> Plan:
    """Assign every chunk a head. Deterministic: equal chunks, heads, selector and seed give an equal plan.

    Raises UsageError for less than one head or an unknown selector.
    """
    if heads < 1:
        raise UsageError(f"{heads} heads: at least one is needed", hint="use --heads 1 or more")
    if selector not in SELECTORS:
        raise UsageError(
            f"no selector is called {selector!r}", hint=f"use one of: {', '.join(SELECTORS)}"
        )
    return Plan(heads, selector, tuple(SELECTORS[selector](chunks, heads, seed)))


def extend_plan(known: Sequence[tuple[Chunk, int]], new: Sequence[Chunk], heads: int) -> list[int]:
    """Heads for new chunks beside `known` ones, which stay where they are: a small change never reshuffles heads.

    A chunk goes where its file already is, else where its nearest directory mostly is, else to the lightest head.
    """
    held: dict[str, Counter[int]] = defaultdict(Counter)
    loads: Counter[int] = Counter(dict.fromkeys(range(heads), 0))
    assigned: list[int] = []
    for chunk, head in known:
        _hold(held, loads, chunk, head)
    for chunk in new:
        nearest = next(
            (held[above] for above in reversed(_lineage(chunk.path)[1:]) if held[above]), None
        )
        head = (
            nearest.most_common(1)[0][0]
            if nearest
            else min(loads, key=lambda head: (loads[head], head))
        )
        _hold(held, loads, chunk, head)
        assigned.append(head)
    return assigned


def _hold(held: Mapping[str, Counter[int]], loads: Counter[int], chunk: Chunk, head: int) -> None:
    loads[head] += chunk.tokens
    for above in _lineage(chunk.path):
        held[above][head] += chunk.tokens


def _lru(chunks: Sequence[Chunk], heads: int, seed: int) -> Iterable[int]:
    """The head that was updated longest ago: with one update per step this is each in turn."""
    return (index % heads for index in range(len(chunks)))


def _single(chunks: Sequence[Chunk], heads: int, seed: int) -> Iterable[int]:
    return (0 for _ in chunks)


def _random(chunks: Sequence[Chunk], heads: int, seed: int) -> Iterable[int]:
    random = Random(seed)
    return (random.randrange(heads) for _ in chunks)


def _module(chunks: Sequence[Chunk], heads: int, seed: int) -> Iterable[int]:
    """Modules packed by weight, then chunk by chunk; a full head's chunks spill to the least recently updated one."""
    share = sum(chunk.tokens for chunk in chunks) / heads
    weights = _weights(chunks)
    homes = _homes(_subtrees(chunks, weights, share), weights, heads, share)
    loads = [0.0] * heads
    updated = [-1] * heads
    for step, chunk in enumerate(chunks):
        head = homes[chunk.path]
        if loads[head] + chunk.tokens > share * (1 + SLACK):
            roomy = [
                other
                for other in range(heads)
                if loads[other] + chunk.tokens <= share * (1 + SLACK)
            ]
            head = (
                min(roomy, key=lambda other: (updated[other], other))
                if roomy
                else loads.index(min(loads))
            )
        loads[head] += chunk.tokens
        updated[head] = step
        yield head


def _weights(chunks: Iterable[Chunk]) -> dict[str, int]:
    """Tokens of every file and of every directory with all below it."""
    weights: dict[str, int] = defaultdict(int)
    for chunk in chunks:
        for path in _lineage(chunk.path):
            weights[path] += chunk.tokens
    return weights


def _subtrees(
    chunks: Iterable[Chunk], weights: Mapping[str, int], share: float
) -> dict[str, list[str]]:
    """The largest subtrees that weigh at most a head's share, with their files; a heavier file stands alone."""
    groups: dict[str, list[str]] = defaultdict(list)
    for path in dict.fromkeys(chunk.path for chunk in chunks):
        fitting = (above for above in _lineage(path) if weights[above] <= share)
        groups[next(fitting, path)].append(path)
    return groups


def _homes(
    groups: Mapping[str, Sequence[str]], weights: Mapping[str, int], heads: int, share: float
) -> dict[str, int]:
    """A head for every file: heaviest subtree first, beside its siblings where there is room, else the emptiest."""
    loads = [0.0] * heads
    siblings: dict[str, list[int]] = defaultdict(list)
    homes: dict[str, int] = {}
    for group in sorted(groups, key=lambda group: (-weights[group], group)):
        parent = group.rpartition("/")[0]
        near = [head for head in siblings[parent] if loads[head] + weights[group] <= share]
        head = near[0] if near else loads.index(min(loads))
        loads[head] += weights[group]
        siblings[parent].append(head)
        homes.update(dict.fromkeys(groups[group], head))
    return homes


def _lineage(path: str) -> list[str]:
    """The root (empty), the directories down to a file, and the file itself."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(len(parts) + 1)]


SELECTORS: Mapping[str, Callable[[Sequence[Chunk], int, int], Iterable[int]]] = {
    "module": _module,
    "lru": _lru,
    "single": _single,
    "random": _random,
}
