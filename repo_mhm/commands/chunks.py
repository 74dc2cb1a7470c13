"""Read a repository into chunks, symbols and a head plan."""

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
class Stats:
    """Totals of a scan. `languages` and `skipped` count files by language and by reason."""

    files: int
    bytes: int
    chunks: int
    tokens: int
    symbols: int
    references: int
    languages: dict[str, int]
    skipped: dict[str, int]
    fallbacks: dict[str, str]


def read(path: Path, commit: str | None = None) -> tuple[Snapshot, Iterator[ScannedFile]]:
    """Open the snapshot around `path` and scan it. Raises RepositoryError when there is none."""
    snapshot = open_snapshot(path, commit)
    return snapshot, scan(snapshot)


def stats(scans: Iterable[ScannedFile]) -> Stats:
    """Add up what was scanned, one file at a time: what they hold is not kept."""
    languages: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    fallbacks: dict[str, str] = {}
    for found in scans:
        if found.skipped:
            skipped[found.skipped] += 1
            continue
        languages[found.language or "text"] += 1
        sums["bytes"] += found.size
        sums["chunks"] += len(found.chunks)
        sums["tokens"] += sum(chunk.tokens for chunk in found.chunks)
        sums["symbols"] += len(found.symbols)
        sums["references"] += len(found.references)
        if found.fallback:
            fallbacks[found.path] = found.fallback
    return Stats(
        files=languages.total(),
        bytes=sums["bytes"],
        chunks=sums["chunks"],
        tokens=sums["tokens"],
        symbols=sums["symbols"],
        references=sums["references"],
        languages=dict(languages.most_common()),
        skipped=dict(skipped.most_common()),
        fallbacks=fallbacks,
    )


@dataclass(frozen=True, slots=True)
class ModuleShare:
    """One module's tokens on one head; `share` is its part of that head's tokens (0 to 1)."""

    head: int
    module: str
    chunks: int
    tokens: int
    share: float


def plan(
    scans: Iterable[ScannedFile], heads: int, selector: str, seed: int
) -> tuple[HeadPlan, list[ModuleShare]]:
    """Plan the heads for a scan and say which module's tokens each head gets, heaviest first."""
    chunks = [chunk for found in scans for chunk in found.chunks]
    made = make_plan(chunks, heads, selector, seed)
    return made, [
        share
        for head, queue in enumerate(made.queues())
        for share in _shares(head, [chunks[i] for i in queue])
    ]


def _shares(head: int, chunks: Sequence[Chunk]) -> list[ModuleShare]:
    tokens: Counter[str] = Counter()
    for chunk in chunks:
        tokens[chunk.module] += chunk.tokens
    counts = Counter(chunk.module for chunk in chunks)
    total = max(1, sum(tokens.values()))
    return [
        ModuleShare(head, module, counts[module], weight, weight / total)
        for module, weight in tokens.most_common()
    ]
