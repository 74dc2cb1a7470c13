"""What a retention log says, as tables for a terminal and as SVG files.

Only the SVG files need matplotlib, which is an optional dependency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from math import log
from pathlib import Path
from statistics import fmean, linear_regression
from typing import TYPE_CHECKING, Any

from repo_mhm.bench.log import Cost, RunLabel
from repo_mhm.bench.measures import MEASURES, Outcome, by_arm, figures, survival
from repo_mhm.bench.measures import Figure as Share
from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Row = tuple[str, ...]
Costs = Mapping[RunLabel, tuple[int, Cost]]


def tables(outcomes: Sequence[Outcome], costs: Costs) -> dict[int, list[Row]]:
    """A table for each length: rows of figures with their 95 % intervals, a column for each arm.

    The header is the first row. After the measures come the shares of facts in the final memory and
    of right answers, by kind of fact, and what a haystack cost on average.
    """
    arms_by_length: dict[int, dict[str, list[Outcome]]] = {}
    for (arm, length), group in by_arm(outcomes).items():
        arms_by_length.setdefault(length, {})[arm] = group
    return {
        length: [*_table(length, arms), *_cost_rows(length, arms, costs)]
        for length, arms in sorted(arms_by_length.items())
    }


def _table(length: int, arms: Mapping[str, Sequence[Outcome]]) -> list[Row]:
    figures_by_arm = [figures(group) for group in arms.values()]
    rows: list[Row] = [
        (f"{length:,} tokens", *arms),
        ("facts", *(str(len(group)) for group in arms.values())),
    ]
    for measure in MEASURES:
        rows.append((measure, *(str(of_arm[measure]) for of_arm in figures_by_arm)))

    kinds = sorted({outcome.kind for group in arms.values() for outcome in group})
    rows.append(("in memory, by kind", *("" for _ in arms)))
    for kind in kinds:
        rows.append((f"  {kind}", *(_kept_share(group, kind) for group in arms.values())))
    rows.append(("right answers, by kind", *("" for _ in arms)))
    for kind in kinds:
        rows.append((f"  {kind}", *(_right_share(group, kind) for group in arms.values())))
    return rows


def _kept_share(outcomes: Sequence[Outcome], kind: str) -> str:
    return _share([outcome.kept for outcome in outcomes if outcome.kind == kind])


def _right_share(outcomes: Sequence[Outcome], kind: str) -> str:
    answered = [outcome for outcome in outcomes if outcome.kind == kind]
    return _share([outcome.right for outcome in answered if outcome.right is not None])


def _share(hits: Sequence[bool]) -> str:
    return f"{sum(hits) / len(hits):.2f}" if hits else "-"


def _cost_rows(length: int, arms: Iterable[str], costs: Costs) -> list[Row]:
    """The mean cost of one haystack, for the arms of which the log says it."""
    by_arm: dict[str, list[Cost]] = {
        arm: [
            cost
            for (_, name), (own_length, cost) in costs.items()
            if name == arm and own_length == length
        ]
        for arm in arms
    }
    if not any(by_arm.values()):
        return []
    return [
        (part.name.replace("_", " "), *(_mean_cost(group, part.name) for group in by_arm.values()))
        for part in fields(Cost)
    ]


def growth(costs: Costs) -> list[Row]:
    """How each arm's cost grows with the length: the exponent n of a cost ~ length^n.

    The header is the first row, unless no arm has several lengths. Fitted by least squares over the
    logarithms of all haystacks; a cost of zero has none.
    """
    by_arm: dict[str, list[tuple[int, Cost]]] = {}
    for (_, arm), measured in costs.items():
        by_arm.setdefault(arm, []).append(measured)
    several = {
        arm: group for arm, group in by_arm.items() if len({length for length, _ in group}) > 1
    }
    if not several:
        return []
    rows = [
        (part.name.replace("_", " "), *(_exponent(group, part.name) for group in several.values()))
        for part in fields(Cost)
    ]
    return [("grows with length to the power", *several), *rows]


def _exponent(measured: Sequence[tuple[int, Cost]], part: str) -> str:
    points = [(length, getattr(cost, part)) for length, cost in measured]
    positive = [(log(length), log(cost)) for length, cost in points if cost > 0]
    lengths = [length for length, _ in positive]
    if len(set(lengths)) < 2:
        return "-"
    return f"{linear_regression(lengths, [cost for _, cost in positive]).slope:.2f}"


def _mean_cost(costs: Sequence[Cost], part: str) -> str:
    if not costs:
        return "-"
    return f"{fmean(getattr(cost, part) for cost in costs):,.1f}"


def draw(outcomes: Sequence[Outcome], folder: Path) -> list[Path]:
    """Write `retention.svg` and `answers.svg` (by length), `survival.svg` (by updates).

    Returns their paths. Raises UsageError when matplotlib is not installed.
    """
    try:
        import matplotlib.figure  # noqa: F401  find out before the folder is created
    except ImportError as exc:
        raise UsageError(
            "drawing needs matplotlib", hint="Run: pip install 'repo-mhm[plot]'"
        ) from exc

    folder.mkdir(parents=True, exist_ok=True)
    plots = {
        "retention": _plot_by_length(outcomes, "in memory", "Facts in the final memory"),
        "answers": _plot_by_length(outcomes, "end to end", "Right answers"),
        "survival": _survival_plot(outcomes),
    }
    paths = []
    for name, (figure, axes) in plots.items():
        axes.legend(fontsize="small")
        path = folder / f"{name}.svg"
        figure.savefig(path)
        paths.append(path)
    return paths


def _plot_by_length(outcomes: Sequence[Outcome], measure: str, title: str) -> tuple[Figure, Any]:
    """A curve for each arm that has the measure."""
    figure, axes = _empty_plot(title, "tokens of source", "share, 95 % interval")
    axes.set_xscale("log", base=2)
    lengths = sorted({outcome.length for outcome in outcomes})
    axes.set_xticks(lengths, [f"{length:,}" for length in lengths], rotation=30)
    groups = by_arm(outcomes)
    for arm in _arms(outcomes):
        shares = {
            length: figures(group)[measure]
            for (name, length), group in sorted(groups.items())
            if name == arm
        }
        known = {length: share for length, share in shares.items() if share.value is not None}
        if known:
            values = [share.value for share in known.values()]
            errors = _error_bars(known.values())
            axes.errorbar(list(known), values, yerr=errors, marker="o", capsize=3, label=arm)
    return figure, axes


def _error_bars(shares: Iterable[Share]) -> tuple[list[float], list[float]]:
    """How far each interval reaches below and above its value."""
    below, above = [], []
    for share in shares:
        value = share.value or 0.0
        low, high = share.interval or (value, value)
        below.append(value - low)
        above.append(high - value)
    return below, above


def _survival_plot(outcomes: Sequence[Outcome]) -> tuple[Figure, Any]:
    figure, axes = _empty_plot(
        "Survival", "updates of the head since capture (at least)", "share still in memory"
    )
    for arm in _arms(outcomes):
        points = survival(outcome for outcome in outcomes if outcome.arm == arm)
        if points:
            updates, shares = zip(*points, strict=True)
            axes.plot(updates, shares, marker="o", label=arm)
    return figure, axes


def _arms(outcomes: Sequence[Outcome]) -> list[str]:
    """The arms in the order in which they first occur."""
    return list(dict.fromkeys(outcome.arm for outcome in outcomes))


def _empty_plot(title: str, x: str, y: str) -> tuple[Figure, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.set(xlabel=x, ylabel=y, ylim=(-0.03, 1.03), title=title)
    axes.grid(alpha=0.3)
    return figure, axes
