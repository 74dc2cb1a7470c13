"""The outcome of each planted fact, and the measures of an arm with their intervals. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

RESAMPLES = 2000
"""Bootstrap samples of an interval."""
INTERVAL = 0.95
UPDATE_CLASSES = (0, 1, 2, 4, 8, 16, 32, 64, 128)
"""Lower bounds of the classes of `survival`, in updates."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one fact in one haystack under one arm."""

    arm: str
    length: int
    """Tokens of the haystack, as asked for."""
    haystack: str
    kind: str
    immediate: bool
    """In memory right after the step that read it (the last of its positions)."""
    captured: bool
    """In memory after any step."""
    kept: bool
    """In the final memory."""
    leaked: bool
    """The final memory has a wrong value in its stead."""
    right: bool | None
    """Whether it was answered rightly; None: it was not asked for."""
    updates: int
    """Steps that updated its head after it was captured."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A share with its bootstrap interval.

    `value` is None where nothing counts; one haystack alone has no interval.
    """

    value: float | None
    interval: tuple[float, float] | None = None

    def __str__(self) -> str:
        if self.value is None:
            return "-"
        interval = "\n{:.2f}-{:.2f}".format(*self.interval) if self.interval else ""
        return f"{self.value:.2f}{interval}"


Test = Callable[[Outcome], bool]

RETRIEVAL, BM25 = "retrieval", "bm25"
WITHOUT_MEMORY = frozenset({RETRIEVAL, BM25})
"""The arms that keep nothing: of them only the answers tell."""


def _has_memory(outcome: Outcome) -> bool:
    return outcome.arm not in WITHOUT_MEMORY


MEASURES: Mapping[str, tuple[Test, Test]] = {
    "immediate": (_has_memory, lambda outcome: outcome.immediate),
    "capture": (_has_memory, lambda outcome: outcome.captured),
    "retention": (lambda outcome: outcome.captured, lambda outcome: outcome.kept),
    "in memory": (_has_memory, lambda outcome: outcome.kept),
    "reader": (
        lambda outcome: outcome.kept and outcome.right is not None,
        lambda outcome: bool(outcome.right),
    ),
    "leak": (_has_memory, lambda outcome: outcome.leaked),
    "end to end": (lambda outcome: outcome.right is not None, lambda outcome: bool(outcome.right)),
}
"""For each measure, which facts count and which of them are hits."""


def figures(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """Every measure over `outcomes`."""
    return {name: _figure(outcomes, *tests) for name, tests in MEASURES.items()}


def by_arm(outcomes: Iterable[Outcome]) -> dict[tuple[str, int], list[Outcome]]:
    """Outcomes by arm and length, in the order in which arms and lengths first occur."""
    groups: dict[tuple[str, int], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.arm, outcome.length].append(outcome)
    return groups


def survival(outcomes: Iterable[Outcome]) -> list[tuple[int, float]]:
    """The share of captured facts still in memory, by the number of updates since the capture.

    Only updates of the fact's head count; each class of numbers is given by its lower bound.
    """
    kept_by_class: dict[int, list[bool]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.captured:
            lower_bound = max(bound for bound in UPDATE_CLASSES if bound <= outcome.updates)
            kept_by_class[lower_bound].append(outcome.kept)
    return [(bound, sum(kept) / len(kept)) for bound, kept in sorted(kept_by_class.items())]


def _figure(outcomes: Sequence[Outcome], counts: Test, hits: Test) -> Figure:
    """A share and its interval.

    Haystacks are resampled whole, since the facts of one haystack share their fate.
    """
    tallies: dict[str, tuple[int, int]] = {}
    for outcome in outcomes:
        hit, counted = tallies.get(outcome.haystack, (0, 0))
        if counts(outcome):
            hit, counted = hit + hits(outcome), counted + 1
        tallies[outcome.haystack] = hit, counted

    clusters = list(tallies.values())
    value = _share(clusters)
    if value is None or len(clusters) == 1:
        return Figure(value)

    rng = Random(0)
    samples = (_share(rng.choices(clusters, k=len(clusters))) for _ in range(RESAMPLES))
    shares = sorted(share for share in samples if share is not None)
    edge = int(len(shares) * (1 - INTERVAL) / 2)
    return Figure(value, (shares[edge], shares[-1 - edge]))


def _share(clusters: Sequence[tuple[int, int]]) -> float | None:
    """Hits by counted facts, over pairs of both; None where no fact counts."""
    counted = sum(counted for _, counted in clusters)
    return sum(hit for hit, _ in clusters) / counted if counted else None
