"""Measures: what became of each planted fact, and the figures of an arm with their intervals. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

RESAMPLES = 2000
INTERVAL = 0.95


@dataclass(frozen=True, slots=True)
class Outcome:
    """One fact in one haystack under one arm. `right` None: it was not asked for."""

    arm: str
    length: int
    """Tokens of the haystack, as asked for."""
    haystack: str
    kind: str
    immediate: bool
    """In memory right after the step that read it (the last of its places)."""
    captured: bool
    """In memory after any step."""
    kept: bool
    """In the final memory."""
    leaked: bool
    right: bool | None
    updates: int
    """Steps that updated its head after it was captured."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A share, None where nothing counts, with its bootstrap interval, which one haystack alone does not have."""

    value: float | None
    interval: tuple[float, float] | None = None

    def __str__(self) -> str:
        if self.value is None:
            return "-"
        around = "\n{:.2f}-{:.2f}".format(*self.interval) if self.interval else ""
        return f"{self.value:.2f}{around}"


MEASURES: Mapping[str, tuple[Callable[[Outcome], bool], Callable[[Outcome], bool]]] = {
    "immediate": (lambda one: True, lambda one: one.immediate),
    "capture": (lambda one: True, lambda one: one.captured),
    "retention": (lambda one: one.captured, lambda one: one.kept),
    "in memory": (lambda one: True, lambda one: one.kept),
    "reader": (lambda one: one.kept and one.right is not None, lambda one: bool(one.right)),
    "leak": (lambda one: True, lambda one: one.leaked),
    "end to end": (lambda one: one.right is not None, lambda one: bool(one.right)),
}
"""For each figure, which facts count and which of them count as hits."""


def figures(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """Every measure over `outcomes`."""
    return {name: _figure(outcomes, *rules) for name, rules in MEASURES.items()}


def by_arm(outcomes: Iterable[Outcome]) -> dict[tuple[str, int], list[Outcome]]:
    """Outcomes by arm and length, in the order they first come."""
    groups: dict[tuple[str, int], list[Outcome]] = defaultdict(list)
    for one in outcomes:
        groups[one.arm, one.length].append(one)
    return groups


def survival(
    outcomes: Iterable[Outcome], widths: Sequence[int] = (0, 1, 2, 4, 8, 16, 32, 64, 128)
) -> list[tuple[int, float]]:
    """Share of captured facts still held, by the number of updates of their head since (lower bounds of classes)."""
    classes: dict[int, list[bool]] = defaultdict(list)
    for one in outcomes:
        if one.captured:
            classes[max(width for width in widths if width <= one.updates)].append(one.kept)
    return [(width, sum(held) / len(held)) for width, held in sorted(classes.items())]


def _figure(
    outcomes: Sequence[Outcome], counts: Callable[[Outcome], bool], hits: Callable[[Outcome], bool]
) -> Figure:
    """A share and its interval: haystacks are resampled whole, since facts of one haystack share their fate."""
    clusters: dict[str, tuple[int, int]] = {}
    for one in outcomes:
        hit, all_ = clusters.get(one.haystack, (0, 0))
        if counts(one):
            hit, all_ = hit + hits(one), all_ + 1
        clusters[one.haystack] = hit, all_
    pairs = list(clusters.values())
    value = _share(pairs)
    if value is None or len(pairs) == 1:
        return Figure(value)
    rng = Random(0)
    drawn = (_share(rng.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    means = sorted(mean for mean in drawn if mean is not None)
    edge = int(len(means) * (1 - INTERVAL) / 2)
    return Figure(value, (means[edge], means[-1 - edge]))


def _share(pairs: Sequence[tuple[int, int]]) -> float | None:
    total = sum(all_ for _, all_ in pairs)
    return sum(hit for hit, _ in pairs) / total if total else None
