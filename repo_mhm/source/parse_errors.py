"""Parse errors: how the store says of a file that some of its lines do not parse. Pure."""

from __future__ import annotations

from collections.abc import Sequence

PARSE_ERRORS = "lines with parse errors: "
"""How the remark on such a file begins; the number of the lines follows."""


def read_remark(fallback: str, damaged_lines: Sequence[int]) -> str:
    """What to know of how a file was read: why it was cut as text, or its parse errors."""
    if fallback or not damaged_lines:
        return fallback
    return f"{PARSE_ERRORS}{len(damaged_lines)}"
