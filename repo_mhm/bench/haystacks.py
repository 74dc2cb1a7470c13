"""Haystacks: Python files of real repositories, up to a length, with facts planted in them.

Reads the files through snapshots, and writes a haystack to a folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from repo_mhm.bench.needles import Fact, plant
from repo_mhm.errors import RepositoryError
from repo_mhm.git import Snapshot
from repo_mhm.source.scan import scan_bytes
from repo_mhm.source.token_estimates import estimate_tokens

_SHORTEST, _LONGEST = 0.8, 1.1
"""Bounds of a haystack's tokens, as shares of the length asked for."""
_SEED_STEP = 1_000_003
"""Keeps the haystacks of different seeds apart; a prime."""


@dataclass(frozen=True, slots=True)
class Haystack:
    """Files with facts planted in them."""

    name: str
    number: int
    """Among the haystacks of its length, from 0."""
    length: int
    """Tokens of source, as asked for."""
    files: Mapping[str, str]
    """Text by path, in the order in which the files are read."""
    facts: Sequence[Fact]

    def write(self, folder: Path) -> None:
        """Write the files into a folder."""
        for path, text in self.files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")


def make_haystacks(
    sources: Mapping[str, str], length: int, *, count: int, facts: int, seed: int
) -> Iterator[Haystack]:
    """`count` haystacks of `length` tokens, each with `facts` facts; `seed` draws everything.

    `sources` are Python texts by path. Raises RepositoryError when they are too short.
    """
    for number in range(count):
        own_seed = seed * _SEED_STEP + number
        files = _choose_files(sources, length, Random(own_seed))
        texts, planted = plant(files, facts, own_seed)
        yield Haystack(f"{length}-{number}-{seed}", number, length, texts, planted)


def python_sources(snapshots: Sequence[Snapshot]) -> dict[str, str]:
    """The texts of the repositories' Python files that an index would read, by path.

    The paths of several repositories begin with the number and the name of theirs.
    """
    texts = {}
    for number, snapshot in enumerate(snapshots):
        folder = f"{number}-{snapshot.root.name}/" if len(snapshots) > 1 else ""
        for file in snapshot.files:
            if file.path.endswith(".py"):
                content = snapshot.read(file)
                if not scan_bytes(file.path, content).skipped:
                    texts[folder + file.path] = content.decode("utf-8", "replace")
    return texts


def _choose_files(sources: Mapping[str, str], length: int, rng: Random) -> dict[str, str]:
    """Files in a drawn order, up to `length` tokens, without those that would pass it by far."""
    paths = sorted(sources)
    rng.shuffle(paths)
    chosen: dict[str, str] = {}
    tokens = 0
    for path in paths:
        size = estimate_tokens(sources[path].encode())
        if size > 0 and tokens + size <= _LONGEST * length:
            chosen[path] = sources[path]
            tokens += size

    if tokens < _SHORTEST * length:
        raise RepositoryError(
            f"the source has about {tokens:,} tokens of Python that fit, {length:,} are asked for",
            hint="Name more repositories with --repo, or a shorter length with --lengths.",
        )
    return chosen
