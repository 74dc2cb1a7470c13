"""Tables that `chunks --stats` and `index --stats` share: files left out, and parse errors."""

from __future__ import annotations

from collections.abc import Mapping

_SHOWN_DAMAGED = 10


def print_left_out(counts: Mapping[str, int]) -> None:
    """How many files were left out for each reason."""
    from repo_mhm.cli.terminal import console, table
    from repo_mhm.formatting import safe

    if not counts:
        return
    rows = table("left out because", "files", right=("files",))
    for reason, files in counts.items():
        rows.add_row(safe(reason), f"{files:,}")
    console().print(rows)


def print_damaged(damaged: Mapping[str, int]) -> None:
    """The files with parse errors; what their damaged lines define may be missing."""
    from repo_mhm.cli.terminal import console, table
    from repo_mhm.formatting import count, safe

    if not damaged:
        return
    files, lines = count(len(damaged), "file"), count(sum(damaged.values()), "line")
    console().print(f"{files} with parse errors in {lines}; what these define may be missing:")
    rows = table("file", "lines", right=("lines",))
    for path, number in list(damaged.items())[:_SHOWN_DAMAGED]:
        rows.add_row(safe(path), f"{number:,}")
    if len(damaged) > _SHOWN_DAMAGED:
        rows.add_row(f"… {len(damaged) - _SHOWN_DAMAGED:,} more (--json names all)", "")
    console().print(rows)
