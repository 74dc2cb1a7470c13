"""How levels and fill look: glyphs that differ without colour too."""

from __future__ import annotations

LEVELS = ("symbol", "chunk", "file", "directory", "unread")
"""Names of looks, by level; the last one is for what memory does not hold."""
GLYPHS = "█▓▒░·"
"""The finer memory holds something, the darker."""
LEGEND = tuple(
    zip(GLYPHS, ("symbol", "chunk", "file", "directory", "not read"), LEVELS, strict=True)
)
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


def bar(share: float, width: int) -> str:
    """A bar filled to `share` (0 to 1; more is full)."""
    full = round(max(0.0, min(1.0, share)) * width)
    return "━" * full + "─" * (width - full)


def spinner(seconds: float) -> str:
    """Something that turns, so that what takes long is seen to go on."""
    return _SPINNER[int(seconds * 4) % len(_SPINNER)]
