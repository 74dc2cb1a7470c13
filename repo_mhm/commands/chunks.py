"""Cut a repository into chunks, add up what a scan finds, and plan which head gets which module."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from repo_mhm.git import Snapshot, open_snapshot
from repo_mhm.memory.head_assignment import HeadPlan, make_plan
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.scan import ScannedFile, scan


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals of a scan."""

    files: int
    """Files that were read; so are the other totals but `skipped`."""
    bytes: int
    chunks: int
    tokens: int
    """Estimated."""
    symbols: int
    references: int
    languages: dict[str, int]
    """Number of files by language, most first."""
    skipped: dict[str, int]
    """Number of files left out by reason, most first."""
    fallbacks: dict[str, str]
    """By path, why a file in a language was cut as text."""
    damaged: dict[str, int]
    """By path, how many lines the grammar does not fit, most first."""


def scan_repository(
    path: Path, commit: str | None = None
) -> tuple[Snapshot, Iterator[ScannedFile]]:
    """Open the snapshot around `path` and scan it. Raises RepositoryError when there is none."""
    snapshot = open_snapshot(path, commit)
    return snapshot, scan(snapshot)


def totals(files: Iterable[ScannedFile]) -> Totals:
    """Add up a scan file by file, keeping none of them."""
    languages: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    fallbacks: dict[str, str] = {}
    damaged: Counter[str] = Counter()
    for file in files:
        if file.skipped:
            skipped[file.skipped] += 1
            continue
        languages[file.language or "text"] += 1
        sums["bytes"] += file.size
        sums["chunks"] += len(file.chunks)
        sums["tokens"] += sum(chunk.tokens for chunk in file.chunks)
        sums["symbols"] += len(file.symbols)
        sums["references"] += len(file.references)
        if file.fallback:
            fallbacks[file.path] = file.fallback
        if file.damaged_lines:
            damaged[file.path] = len(file.damaged_lines)
    return Totals(
        files=languages.total(),
        bytes=sums["bytes"],
        chunks=sums["chunks"],
        tokens=sums["tokens"],
        symbols=sums["symbols"],
        references=sums["references"],
        languages=dict(languages.most_common()),
        skipped=dict(skipped.most_common()),
        fallbacks=fallbacks,
        damaged=dict(damaged.most_common()),
    )


@dataclass(frozen=True, slots=True)
class ModuleShare:
    """One module's part of one head."""

    head: int
    module: str
    chunks: int
    tokens: int
    share: float
    """Its part of the head's tokens, 0 to 1."""


def plan(
    files: Iterable[ScannedFile], heads: int, selector: str, seed: int
) -> tuple[HeadPlan, list[ModuleShare]]:
    """Plan the heads for a scan; the modules of each head come heaviest first.

    Raises UsageError for less than one head or an unknown selector.
    """
    chunks = [chunk for file in files for chunk in file.chunks]
    head_plan = make_plan(chunks, heads, selector, seed)
    shares: list[ModuleShare] = []
    for head, queue in enumerate(head_plan.queues()):
        shares += _shares(head, [chunks[index] for index in queue])
    return head_plan, shares


def _shares(head: int, chunks: Sequence[Chunk]) -> list[ModuleShare]:
    counts = Counter(chunk.module for chunk in chunks)
    tokens: Counter[str] = Counter()
    for chunk in chunks:
        tokens[chunk.module] += chunk.tokens
    total = max(1, sum(tokens.values()))
    return [
        ModuleShare(head, module, counts[module], weight, weight / total)
        for module, weight in tokens.most_common()
    ]
