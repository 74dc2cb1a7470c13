"""The theme and the filter for terminals with 16 colours: all of them can be read on black.

Terminals choose these colours themselves, mostly those of 1987: their dark blue on black cannot be
read, and black on black cannot be seen. Textual uses both in places that no theme reaches.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

TERMINAL_THEME = Theme(
    name="terminal",
    ansi=True,
    primary="ansi_cyan",
    secondary="ansi_magenta",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    accent="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables={
        "border": "ansi_cyan",
        "border-blurred": "ansi_bright_black",
        "block-cursor-text-style": "reverse",
        "block-cursor-background": "ansi_default",
        "link-color": "ansi_cyan",
        "link-background-hover": "ansi_default",
        "scrollbar": "ansi_cyan",
        "scrollbar-hover": "ansi_cyan",
        "scrollbar-active": "ansi_cyan",
        "scrollbar-background": "ansi_default",
        "scrollbar-background-hover": "ansi_default",
        "scrollbar-background-active": "ansi_default",
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
    },
)
"""The terminal's own colours, on its own background, light or dark."""

_READABLE: Mapping[int, int] = {0: 8, 4: 6}
"""Numbers of colours that cannot be read on black (black, blue), and what is written instead."""


class ReadableColours(LineFilter):
    """Writes in no colour that cannot be read on a black background."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Replace the colours of text that has no background of its own."""
        return [
            Segment(text, None if style is None else _readable(style), control)
            for text, style, control in segments
        ]


@lru_cache(1024)
def _readable(style: Style) -> Style:
    colour, behind = style.color, style.bgcolor
    if colour is None or colour.number is None or not (behind is None or behind.is_default):
        return style
    number = _READABLE.get(colour.number)
    return style if number is None else style + Style(color=RichColor.from_ansi(number))
