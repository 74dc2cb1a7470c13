"""Where the boxes and arrows of a drawing of modules go: a small layered layout. Pure.

The idea is that of Sugiyama (1981). Edges that close a circle are turned around while the boxes are
placed. Each box gets a row: one below the lowest box that leads to it, so arrows lead downward. An
edge over several rows gets a bend in each row between, which keeps it clear of the boxes there.
Within its row each item moves toward the middle of what it is joined to in the row above, then in
the row below, in a few sweeps, which leaves few crossings; the same sweeps then move the items to
the left or right without changing their order. All choices fall back on the order of the names, so
the same modules give the same drawing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

BOX_HEIGHT, ROW_GAP, COLUMN_GAP = 30.0, 52.0, 22.0
"""Pixels."""
CHARACTER_WIDTH, BOX_PADDING = 7.3, 11.0
"""Pixels of one character of a name, and beside the name; of 12-pixel monospace text."""
BEND_WIDTH = 6.0
MARGIN = 12.0
_SWEEPS = 12
"""Sweeps over the rows; more change nothing in drawings of this size."""
_SHIFTS = 30
"""Sweeps that move items within their order."""

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Box:
    """A placed node; `x` and `y` are its left upper corner."""

    path: str
    name: str
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """A placed edge: the points that it passes, from its beginning to its end."""

    begin: str
    end: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """A drawing."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def layout(names: Sequence[tuple[str, str]], edges: Sequence[Edge]) -> Layout:
    """The drawing of nodes, each a path with its name, and of edges between their paths."""
    if not names:
        return Layout(0, 0, (), ())
    paths = [path for path, _ in names]
    closing = _closing(paths, edges)
    downward = {edge: (edge[1], edge[0]) if edge in closing else edge for edge in edges}
    row_by_item = _rows(paths, set(downward.values()))
    bends_by_edge = _add_bends(row_by_item, sorted(set(downward.values())))
    links = [link for bends in bends_by_edge.values() for link in pairwise(bends)]

    rows = _ordered_rows(row_by_item, links)
    widths = {path: len(name) * CHARACTER_WIDTH + 2 * BOX_PADDING for path, name in names}
    x_by_item = _columns(rows, links, widths)
    y_by_row = [MARGIN + row * (BOX_HEIGHT + ROW_GAP) for row in range(len(rows))]

    boxes = tuple(
        Box(path, name, x_by_item[path] - width / 2, y_by_row[row_by_item[path]], width)
        for path, name in names
        for width in [widths[path]]
    )
    arrows = tuple(
        _arrow(edge, bends_by_edge[downward[edge]], edge != downward[edge], x_by_item, row_by_item)
        for edge in edges
    )
    bends = [x for arrow in arrows for x, _ in arrow.points]
    width = max([*bends, *(box.x + box.width for box in boxes)]) + MARGIN
    return Layout(width, y_by_row[-1] + BOX_HEIGHT + MARGIN, boxes, arrows)


def _closing(paths: Sequence[str], edges: Iterable[Edge]) -> set[Edge]:
    """Edges that close a circle when the nodes are walked in depth, in their order."""
    following: dict[str, list[str]] = defaultdict(list)
    for begin, end in edges:
        following[begin].append(end)
    closing: set[Edge] = set()
    done: set[str] = set()
    for start in paths:
        walk = [(start, iter(following[start]))] if start not in done else []
        on_walk = {start}
        done.add(start)
        while walk:
            node, targets = walk[-1]
            target = next(targets, None)
            if target is None:
                walk.pop()
                on_walk.discard(node)
            elif target in on_walk:
                closing.add((node, target))
            elif target not in done:
                done.add(target)
                on_walk.add(target)
                walk.append((target, iter(following[target])))
    return closing


def _rows(paths: Sequence[str], edges: set[Edge]) -> dict[str, int]:
    """The row of each node: one below the lowest of those that lead to it."""
    incoming = dict.fromkeys(paths, 0)
    following: dict[str, list[str]] = defaultdict(list)
    for begin, end in sorted(edges):
        incoming[end] += 1
        following[begin].append(end)
    row_by_path = dict.fromkeys(paths, 0)
    queue = [path for path in paths if not incoming[path]]
    for path in queue:
        for target in following[path]:
            row_by_path[target] = max(row_by_path[target], row_by_path[path] + 1)
            incoming[target] -= 1
            if not incoming[target]:
                queue.append(target)
    return row_by_path


def _add_bends(row_by_item: dict[str, int], edges: Sequence[Edge]) -> dict[Edge, list[str]]:
    """By edge the items that it joins: its ends, and a new bend in each row between."""
    bends_by_edge: dict[Edge, list[str]] = {}
    for begin, end in edges:
        rows = range(row_by_item[begin] + 1, row_by_item[end])
        bends = [f"\0{begin}\0{end}\0{row}" for row in rows]
        row_by_item.update(zip(bends, rows, strict=True))
        bends_by_edge[begin, end] = [begin, *bends, end]
    return bends_by_edge


def _neighbours(links: Iterable[Edge]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    above: dict[str, list[str]] = defaultdict(list)
    below: dict[str, list[str]] = defaultdict(list)
    for upper, lower in links:
        above[lower].append(upper)
        below[upper].append(lower)
    return above, below


def _ordered_rows(row_by_item: Mapping[str, int], links: Sequence[Edge]) -> list[list[str]]:
    """The items of each row from left to right, with few crossings."""
    rows: list[list[str]] = [[] for _ in range(max(row_by_item.values()) + 1)]
    for item, row in row_by_item.items():
        rows[row].append(item)
    above, below = _neighbours(links)
    best, fewest = [list(row) for row in rows], _crossings(rows, below)

    for sweep in range(_SWEEPS):
        is_downward = sweep % 2 == 0
        _sort_rows(rows if is_downward else rows[::-1], above if is_downward else below)
        crossings = _crossings(rows, below)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def _sort_rows(rows: Sequence[list[str]], neighbours: Mapping[str, Sequence[str]]) -> None:
    """Sort the items of each row by the middle of what they are joined to in the row before."""
    position = {item: index for row in rows for index, item in enumerate(row)}
    for row in rows:
        means = {
            item: _mean([position[other] for other in neighbours.get(item, ())], position[item])
            for item in row
        }
        row.sort(key=means.__getitem__)
        position.update({item: index for index, item in enumerate(row)})


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _crossings(rows: Sequence[Sequence[str]], below: Mapping[str, Sequence[str]]) -> int:
    """How many pairs of links between neighbouring rows cross."""
    total = 0
    for upper, lower in pairwise(rows):
        position = {item: index for index, item in enumerate(lower)}
        ends: list[int] = []
        for item in upper:
            targets = sorted(position[other] for other in below.get(item, ()))
            total += sum(end > target for end in ends for target in targets)
            ends += targets
    return total


def _columns(
    rows: Sequence[Sequence[str]], links: Sequence[Edge], widths: Mapping[str, float]
) -> dict[str, float]:
    """The middle of each item: near the middle of what it is joined to, without overlaps."""
    above, below = _neighbours(links)
    x_by_item: dict[str, float] = {}
    for row in rows:
        left = 0.0
        for item in row:
            width = widths.get(item, BEND_WIDTH)
            x_by_item[item] = left + width / 2
            left += width + COLUMN_GAP

    for shift in range(_SHIFTS):
        order = rows if shift % 2 == 0 else rows[::-1]
        for row in order:
            wanted = [
                _mean([x_by_item[other] for other in [*above[item], *below[item]]], x_by_item[item])
                for item in row
            ]
            x_by_item.update(zip(row, _spread(row, wanted, widths), strict=True))

    leftmost = min(x_by_item[item] - widths.get(item, BEND_WIDTH) / 2 for item in x_by_item)
    return {item: x - leftmost + MARGIN for item, x in x_by_item.items()}


def _spread(
    row: Sequence[str], wanted: Sequence[float], widths: Mapping[str, float]
) -> list[float]:
    """Middles as near to those wanted as the widths allow: the mean of a push from either side."""
    sizes = [widths.get(item, BEND_WIDTH) for item in row]
    to_right = list(wanted)
    for index in range(1, len(row)):
        least = to_right[index - 1] + (sizes[index - 1] + sizes[index]) / 2 + COLUMN_GAP
        to_right[index] = max(to_right[index], least)
    to_left = list(wanted)
    for index in range(len(row) - 2, -1, -1):
        most = to_left[index + 1] - (sizes[index] + sizes[index + 1]) / 2 - COLUMN_GAP
        to_left[index] = min(to_left[index], most)
    return [(first + second) / 2 for first, second in zip(to_right, to_left, strict=True)]


def _arrow(
    edge: Edge,
    items: Sequence[str],
    is_turned: bool,
    x_by_item: Mapping[str, float],
    row_by_item: Mapping[str, int],
) -> Arrow:
    """The points of an edge: the lower side of the upper box, its bends, the other's upper side."""
    points: list[tuple[float, float]] = []
    for index, item in enumerate(items):
        top = MARGIN + row_by_item[item] * (BOX_HEIGHT + ROW_GAP)
        x = x_by_item[item]
        if index == 0:
            points.append((x, top + BOX_HEIGHT))
        elif index == len(items) - 1:
            points.append((x, top))
        else:
            points += [(x, top), (x, top + BOX_HEIGHT)]
    return Arrow(*edge, tuple(reversed(points) if is_turned else points))
