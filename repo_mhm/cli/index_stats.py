"""What `repo-mhm index --stats` prints after its closing line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repo_mhm.cli.scan_totals import print_damaged, print_left_out

if TYPE_CHECKING:
    from repo_mhm.commands.index_stats import IndexStats


def print_stats(stats: IndexStats) -> None:
    """Print where time and memory went, what was read, and what was left out."""
    _print_stages(stats)
    _print_sizes(stats)
    print_left_out(stats.left_out)
    print_damaged(stats.parse_errors)


def _print_stages(stats: IndexStats) -> None:
    from repo_mhm.cli.terminal import console, table
    from repo_mhm.formatting import size

    numbers = ("seconds", "processor", "in workers", "memory so far")
    rows = table("stage", *numbers, right=numbers)
    for stage in stats.stages:
        rows.add_row(
            stage.name,
            f"{stage.seconds:.2f}",
            f"{stage.cpu_seconds:.2f}",
            f"{stage.worker_cpu_seconds:.2f}",
            size(stage.peak_bytes),
        )
    console().print(rows)
    peak, worker_peak = size(stats.peak_bytes), size(stats.worker_peak_bytes)
    console().print(f"memory: {peak} at most, {worker_peak} in the largest worker")


def _print_sizes(stats: IndexStats) -> None:
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import count, size

    out = console()
    out.print(
        f"{count(stats.files, 'file')} read, {size(stats.source_bytes)}: "
        f"{count(stats.chunks, 'chunk')}, {count(stats.symbols, 'symbol')}, "
        f"{count(stats.references, 'reference')}"
    )
    ratio = stats.database_bytes / max(1, stats.source_bytes)
    out.print(f"database: {size(stats.database_bytes)}, {ratio:.1f} times what was read")
