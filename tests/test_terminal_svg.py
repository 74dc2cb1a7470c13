"""A recorded session is one SVG: it is well formed, and repeats no row."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from rich.style import Style
from terminal_svg import CELL_HEIGHT, CELL_WIDTH, Picture, animated_svg

_PLAIN, _BOLD = Style.parse("white on #121212"), Style.parse("bold red on #121212")
_REVERSED = Style.parse("black on white")


def _picture(*lines: str, seconds: float = 1.0) -> Picture:
    return Picture(tuple(((line, _PLAIN), ("!", _BOLD)) for line in lines), seconds)


def test_each_row_is_written_once_and_shown_in_time() -> None:
    pictures = [
        _picture("one", "same"),
        _picture("two", "same", seconds=2.0),
        _picture("one", "same", seconds=1.0),
    ]
    svg = animated_svg(pictures, 10)
    root = ElementTree.fromstring(svg)
    assert (root.get("width"), root.get("height")) == (str(10 * CELL_WIDTH), str(2 * CELL_HEIGHT))
    assert [svg.count(f">{text}<") for text in ("one", "two", "same")] == [1, 1, 1]
    assert (
        "@keyframes k0{0%{transform:translateY(0px)}"
        f"25%{{transform:translateY(-{CELL_HEIGHT}px)}}75%{{transform:translateY(0px)}}}}"
    ) in svg
    assert "animation:k0 4.0s" in svg
    assert "@keyframes k1" not in svg, "a line that never changes does not move"


def test_text_is_escaped_and_only_other_backgrounds_are_drawn() -> None:
    row = (("a <b>&", _PLAIN), ("x", _REVERSED))
    svg = animated_svg([Picture((row,), 1.0)], 10)
    ElementTree.fromstring(svg)
    assert "a &lt;b&gt;&amp;" in svg
    assert svg.count("<rect") == 2, "that of the picture and that of the one cell"
