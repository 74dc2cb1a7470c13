"""How levels and shares look: glyphs that differ without colour too."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

LEVELS = ("symbol", "chunk", "file", "directory", "unread")
"""Names of row looks, by level of the notes; the last one is for what memory does not cover."""
GLYPHS = "█▓▒░·"
"""By level: the more detailed the note, the fuller the glyph."""
LEVEL_LABELS = ("symbol", "chunk", "file", "directory", "not read")
LEGEND = tuple(zip(GLYPHS, LEVEL_LABELS, LEVELS, strict=True))

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_SPINNER_STEPS_PER_SECOND = 4


def bar(share: float, width: int) -> str:
    """Return a bar of `width` cells filled to `share` (0 to 1; more is full)."""
    filled = round(max(0.0, min(1.0, share)) * width)
    return "━" * filled + "─" * (width - filled)


def spinner(seconds: float) -> str:
    """Return a glyph that turns as time passes, so that a long job is seen to go on."""
    return _SPINNER[int(seconds * _SPINNER_STEPS_PER_SECOND) % len(_SPINNER)]


def fitted(text: str, width: int) -> str:
    """Return text in exactly `width` cells: filled with spaces, or cut with an ellipsis."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + "…" if width > 0 else ""


def share_label(share: float) -> str:
    """Return a share from 0 to 1 as whole percents."""
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def shortened_start(text: str, width: int) -> str:
    """Cut text to `width` cells at its start: the end of a path says most."""
    return text if len(text) <= width else f"…{text[1 - width :]}"


def shortened(text: str, width: int) -> str:
    """Cut text to `width` cells, with an ellipsis where something is cut."""
    if len(text) <= width:
        return text
    return f"{text[: width - 1]}…" if width > 0 else ""
