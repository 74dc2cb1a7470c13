"""The drawing of the modules as SVG, for HTML pages and for files of its own. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from repo_mhm.formatting import single_line
from repo_mhm.pages.blocks import Drawing
from repo_mhm.pages.graph_layout import BOX_HEIGHT, Arrow, Box, layout

_LONGEST_NAME = 40
_STYLE = (
    ".mod rect{fill:#f4f6fb;stroke:#8da4ef}.mod text{fill:#1c2024;"
    "font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}"
    ".dep{fill:none;stroke:#8b8d98;stroke-width:1.2}.tip{fill:#8b8d98}"
    "@media (prefers-color-scheme:dark){.mod rect{fill:#1f2329;stroke:#5472e4}"
    ".mod text{fill:#edeef0}}"
)


def svg(drawing: Drawing) -> str:
    """The drawing; each box and arrow says on hovering what it is."""
    names = [(path, _shortened(name)) for path, name in drawing.names]
    edges = [(edge.importer, edge.imported) for edge in drawing.edges]
    plan = layout(names, edges)
    tips = {
        (edge.importer, edge.imported): f"{edge.importer} imports {edge.imported}: "
        f"{edge.statements[0].short}"
        for edge in drawing.edges
    }
    size = f'width="{plan.width:.0f}" height="{plan.height:.0f}"'
    box = f'viewBox="0 0 {plan.width:.0f} {plan.height:.0f}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} role="img">',
        "<title>Which module imports which</title>",
        f"<style>{_STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>',
        *(_arrow(arrow, tips[arrow.begin, arrow.end]) for arrow in plan.arrows),
        *map(_box, plan.boxes),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _shortened(name: str) -> str:
    text = single_line(name)
    # The end of a path tells more than its beginning.
    return text if len(text) <= _LONGEST_NAME else f"…{text[1 - _LONGEST_NAME :]}"


def _box(box: Box) -> str:
    middle = box.x + box.width / 2
    return (
        f'<g class="mod"><title>{escape(single_line(box.path))}</title>'
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{BOX_HEIGHT:.0f}"'
        f' rx="5"/><text x="{middle:.1f}" y="{box.y + 19:.1f}" text-anchor="middle">'
        f"{escape(box.name)}</text></g>"
    )


def _arrow(arrow: Arrow, tip: str) -> str:
    return (
        f'<path class="dep" marker-end="url(#tip)" d="{_curve(arrow.points)}">'
        f"<title>{escape(single_line(tip))}</title></path>"
    )


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """A line through all points that leaves and meets rows upright."""
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x, y), (next_x, next_y) in pairwise(points):
        middle = (y + next_y) / 2
        path += f"C{x:.1f} {middle:.1f} {next_x:.1f} {middle:.1f} {next_x:.1f} {next_y:.1f}"
    return path
