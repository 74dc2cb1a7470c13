"""Figures: what a retention log says, as tables for a terminal and as SVG. matplotlib is an extra, for SVG only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from repo_mhm.bench.measures import MEASURES, Outcome, by_arm, figures, survival
from repo_mhm.errors import UsageError


def tables(outcomes: Sequence[Outcome]) -> dict[int, list[tuple[str, ...]]]:
    """For each length rows of figures with their 95 % intervals, one column an arm, the header first.

    After the measures come the shares of facts of each kind that stand in the final memory.
    """
    made = {}
    groups = by_arm(outcomes)
    for length in sorted({length for _, length in groups}):
        arms = {arm: group for (arm, of), group in groups.items() if of == length}
        shown = {arm: figures(group) for arm, group in arms.items()}
        rows = [
            (f"{length:,} tokens", *arms),
            ("facts", *(str(len(group)) for group in arms.values())),
        ]
        rows += [(measure, *(str(shown[arm][measure]) for arm in arms)) for measure in MEASURES]
        for kind in sorted({one.kind for group in arms.values() for one in group}):
            held = [[one.kept for one in group if one.kind == kind] for group in arms.values()]
            rows.append(
                (f"  {kind}", *(f"{sum(each) / len(each):.2f}" if each else "-" for each in held))
            )
        made[length] = rows
    return made


def draw(outcomes: Sequence[Outcome], folder: Path) -> list[Path]:
    """Write `retention.svg` (by length) and `survival.svg` (by updates since capture) into `folder`.

    Raises UsageError when matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as exc:
        raise UsageError("drawing needs matplotlib", hint="pip install 'repo-mhm[plot]'") from exc
    folder.mkdir(parents=True, exist_ok=True)
    arms = list(dict.fromkeys(one.arm for one in outcomes))
    groups = by_arm(outcomes)

    def plotted(name: str, x: str, y: str) -> tuple[Figure, Any]:
        figure = Figure(figsize=(7, 4), layout="constrained")
        axes = figure.subplots()
        axes.set(xlabel=x, ylabel=y, ylim=(-0.03, 1.03), title=name)
        axes.grid(alpha=0.3)
        return figure, axes

    lengths, over_lengths = plotted(
        "Facts in the final memory", "tokens of source", "share, 95 % interval"
    )
    updates, over_updates = plotted(
        "Survival", "updates of the head since capture (at least)", "share still held"
    )
    for arm in arms:
        points = sorted(
            (length, figures(group)["in memory"])
            for (name, length), group in groups.items()
            if name == arm
        )
        values = [figure.value or 0.0 for _, figure in points]
        spans = [
            figure.interval or (value, value)
            for value, (_, figure) in zip(values, points, strict=True)
        ]
        below = [value - low for value, (low, _) in zip(values, spans, strict=True)]
        above = [high - value for value, (_, high) in zip(values, spans, strict=True)]
        over_lengths.errorbar(
            [length for length, _ in points],
            values,
            yerr=[below, above],
            marker="o",
            capsize=3,
            label=arm,
        )
        left = survival(one for one in outcomes if one.arm == arm)
        if left:
            over_updates.plot(
                [width for width, _ in left], [share for _, share in left], marker="o", label=arm
            )
    made = []
    for name, figure, axes in (
        ("retention", lengths, over_lengths),
        ("survival", updates, over_updates),
    ):
        axes.legend(fontsize="small")
        made.append(folder / f"{name}.svg")
        figure.savefig(made[-1])
    return made
