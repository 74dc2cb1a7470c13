"""What `index --stats` says: where time and memory went, what was read, and what was left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from repo_mhm.memory.stage_costs import StageCost, StageCosts, peak_bytes, worker_peak_bytes
from repo_mhm.store import Store


@dataclass(frozen=True, slots=True)
class IndexStats:
    """What an index cost, and what the store holds after it."""

    stages: tuple[StageCost, ...]
    """In their order; the last is `total`, which includes what lies between them."""
    peak_bytes: int
    """The most memory that this process had."""
    worker_peak_bytes: int
    """The most that any one process had which it started."""
    files: int
    """Files that were read: scanned now, or before and unchanged since."""
    source_bytes: int
    """What they hold."""
    chunks: int
    symbols: int
    references: int
    database_bytes: int
    """What is not yet merged into its file included."""
    left_out: dict[str, int]
    """Number of files left out, by reason, most first."""
    parse_errors: dict[str, int]
    """By path, how many lines the grammar does not fit, most first."""


def index_stats(store: Store, costs: StageCosts) -> IndexStats:
    """The costs so far, and what the store holds now."""
    files, source_bytes = store.files_read()
    left_out = Counter(store.left_out_files().values())
    return IndexStats(
        stages=(*costs.stages, costs.total),
        peak_bytes=peak_bytes(),
        worker_peak_bytes=worker_peak_bytes(),
        files=files,
        source_bytes=source_bytes,
        chunks=store.chunk_count(),
        symbols=store.symbol_count(),
        references=store.reference_count(),
        database_bytes=_database_bytes(store),
        left_out=dict(left_out.most_common()),
        parse_errors=store.parse_errors(),
    )


def _database_bytes(store: Store) -> int:
    files = store.path.parent.glob(f"{store.path.name}*")
    return sum(file.stat().st_size for file in files)
