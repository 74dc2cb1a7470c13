"""What a retention log says, as tables for a terminal and as SVG files.

Only the SVG files need matplotlib, which is an optional dependency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repo_mhm.bench.measures import MEASURES, Outcome, by_arm, figures, survival
from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Row = tuple[str, ...]


def tables(outcomes: Sequence[Outcome]) -> dict[int, list[Row]]:
    """A table for each length: rows of figures with their 95 % intervals, a column for each arm.

    The header is the first row. After the measures come the shares of facts of each kind that are
    in the final memory.
    """
    arms_by_length: dict[int, dict[str, list[Outcome]]] = {}
    for (arm, length), group in by_arm(outcomes).items():
        arms_by_length.setdefault(length, {})[arm] = group
    return {length: _table(length, arms) for length, arms in sorted(arms_by_length.items())}


def _table(length: int, arms: Mapping[str, Sequence[Outcome]]) -> list[Row]:
    figures_by_arm = [figures(group) for group in arms.values()]
    rows: list[Row] = [
        (f"{length:,} tokens", *arms),
        ("facts", *(str(len(group)) for group in arms.values())),
    ]
    for measure in MEASURES:
        rows.append((measure, *(str(of_arm[measure]) for of_arm in figures_by_arm)))
    for kind in sorted({outcome.kind for group in arms.values() for outcome in group}):
        rows.append((f"  {kind}", *(_kept_share(group, kind) for group in arms.values())))
    return rows


def _kept_share(outcomes: Sequence[Outcome], kind: str) -> str:
    kept = [outcome.kept for outcome in outcomes if outcome.kind == kind]
    return f"{sum(kept) / len(kept):.2f}" if kept else "-"


def draw(outcomes: Sequence[Outcome], folder: Path) -> list[Path]:
    """Write `retention.svg` (by length) and `survival.svg` (by updates since capture).

    Returns their paths. Raises UsageError when matplotlib is not installed.
    """
    try:
        import matplotlib.figure  # noqa: F401  find out before the folder is created
    except ImportError as exc:
        raise UsageError(
            "drawing needs matplotlib", hint="Run: pip install 'repo-mhm[plot]'"
        ) from exc

    folder.mkdir(parents=True, exist_ok=True)
    plots = {"retention": _retention_plot(outcomes), "survival": _survival_plot(outcomes)}
    paths = []
    for name, (figure, axes) in plots.items():
        axes.legend(fontsize="small")
        path = folder / f"{name}.svg"
        figure.savefig(path)
        paths.append(path)
    return paths


def _retention_plot(outcomes: Sequence[Outcome]) -> tuple[Figure, Any]:
    figure, axes = _empty_plot(
        "Facts in the final memory", "tokens of source", "share, 95 % interval"
    )
    groups = by_arm(outcomes)
    for arm in _arms(outcomes):
        lengths = sorted(length for name, length in groups if name == arm)
        shares = [figures(groups[arm, length])["in memory"] for length in lengths]
        values = [share.value or 0.0 for share in shares]
        below, above = [], []
        for share, value in zip(shares, values, strict=True):
            low, high = share.interval or (value, value)
            below.append(value - low)
            above.append(high - value)
        axes.errorbar(lengths, values, yerr=[below, above], marker="o", capsize=3, label=arm)
    return figure, axes


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
