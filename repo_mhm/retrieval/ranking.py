"""Ranking: from the lists that the searches return to one list of chunks, best first. Pure.

The idea is reciprocal rank fusion: a chunk gets, from each list that names it, the list's weight
divided by its rank in that list plus a constant, and the sum is its score. Ranks of different
searches can be added where their scores cannot. Lists of files add the same to all chunks of a
file. Factors that do not depend on the terms of the question then multiply the score: tests, prose,
settings and mere declarations count less, what much of the repository refers to counts more, and a
chunk counts the less the more chunks its file has, since the best of many is good by chance. All
weights are in LIST_WEIGHTS and Weights.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from repo_mhm.retrieval.query import Query
from repo_mhm.source.file_roles import is_configuration, is_example, is_test

RANK_CONSTANT = 20
"""Constant of the fusion: the larger it is, the less the first ranks differ. Cormack, Clarke and
Buettcher (2009) take 60. Short and certain lists, such as neighbours, do better with less: recall@5
is .87 with 20 and .85 with 60."""

NOTE = "note"
LIST_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        NOTE: 1.0,  # live notes that match
        "ledger": 0.5,  # notes that left the heads
        "symbol": 1.0,  # symbols by full text
        "source": 3.0,  # source by full text
        "exact": 2.0,  # definitions of names in the question
        "path": 2.0,  # files named in the question
        "pointer": 4.0,  # lines named in the question: frames of a trace
        "module": 1.0,  # modules named in the question by their dots
        "phrase": 1.0,  # words of a message that stand together in the source
        "use": 2.0,  # uses of names in the question, where no source is searched
        "neighbour": 1.5,  # what the best chunks use, and what uses them
        "companion": 1.0,  # tests of the best modules, modules of the best tests
        "path word": 1.0,  # files whose paths share words with the question
        "commit": 1.0,  # files that commits with matching messages changed
        "recent": 0.5,  # files that changed most, and most recently
    }
)
"""How much each list counts."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each list counts, and the factors that a chunk's score is multiplied by."""

    lists: Mapping[str, float] = field(default_factory=lambda: LIST_WEIGHTS)
    test_factor: float = 0.8
    """For test files, when the question is not about tests."""
    prose_factor: float = 0.7
    """For files without a grammar, and for settings: they share words with any question."""
    declaration_factor: float = 0.8
    """For chunks that only declare, when the question is not about declarations."""
    chunk_bonus: float = 0.1
    """Share by which the chunk that is referred to most is raised, others in proportion."""
    file_bonus: float = 0.3
    """Share by which chunks of the file that is referred to most are raised."""
    size_exponent: float = 0.06
    """A chunk's score is divided by the number of its file's chunks to this power."""


DEFAULT_WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class RankableChunk:
    """What the ranking needs to know of a chunk."""

    id: int
    path: str
    kind: str
    """`code` or `text`."""
    value: float
    """PageRank mass of its symbols; 0 when unknown."""
    declares: bool = False
    """Whether it only declares: interfaces, headers, annotations. What it does stands elsewhere."""


@dataclass(frozen=True, slots=True)
class FileEvidence:
    """What the ranking knows of files as a whole."""

    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Lists of paths, best first, by name."""
    chunk_counts: Mapping[str, int] = field(default_factory=dict)
    """How many chunks each file has; 1 where it is unknown."""


NO_FILE_EVIDENCE = FileEvidence()


@dataclass(frozen=True, slots=True)
class RankedChunk:
    """A chunk (by row id) with its score and the names of the lists that hold it."""

    chunk: int
    path: str
    score: float
    found_by: tuple[str, ...]


def rank(
    query: Query,
    lists: Mapping[str, Sequence[Sequence[int]]],
    chunks: Mapping[int, RankableChunk],
    weights: Weights = DEFAULT_WEIGHTS,
    unread: Collection[int] = (),
    files: FileEvidence = NO_FILE_EVIDENCE,
) -> list[RankedChunk]:
    """Fuse ranked lists of chunk ids into one, best first.

    Each entry of a list holds the ids that share one rank: those of a note on several chunks, for
    example. Ids that are not in `chunks` are passed over. Chunks that the memory has not read
    (`unread`) cannot have notes, which must not count against them.
    """
    demotions = _demotions(query, chunks.values(), weights)
    fusion = _Fusion(chunks, weights, frozenset(demotions))
    for name, entries in lists.items():
        if name != NOTE:
            fusion.add(name, entries)
    if NOTE in lists:
        fusion.credit_unread(unread)
        fusion.add(NOTE, lists[NOTE])
    fusion.add_files(files.lists)

    value_by_path = file_values(chunks.values())
    highest_value = max((chunks[chunk].value for chunk in fusion.scores), default=0.0)
    ranked = []

    for chunk_id, score in fusion.scores.items():
        chunk = chunks[chunk_id]
        factor = demotions.get(chunk_id, 1.0)
        if highest_value:
            factor *= 1 + weights.chunk_bonus * (chunk.value / highest_value)
        factor *= 1 + weights.file_bonus * value_by_path[chunk.path]
        factor /= files.chunk_counts.get(chunk.path, 1) ** weights.size_exponent
        found_by = tuple(fusion.found_by.get(chunk_id, ()))
        ranked.append(RankedChunk(chunk_id, chunk.path, score * factor, found_by))

    return sorted(ranked, key=lambda chunk: (-chunk.score, chunk.chunk))


def rank_files(ranked: Sequence[RankedChunk]) -> list[str]:
    """Paths by their best chunk, best first. By the sum, large files would always win."""
    return list(dict.fromkeys(chunk.path for chunk in ranked))


@dataclass(slots=True)
class _Fusion:
    """Sums reciprocal ranks over lists."""

    chunks: Mapping[int, RankableChunk]
    weights: Weights
    demoted: frozenset[int]
    """Chunks of tests, prose and the like, which push no other chunk down in a list."""
    scores: dict[int, float] = field(default_factory=dict)
    found_by: dict[int, list[str]] = field(default_factory=dict)

    def add(self, name: str, entries: Sequence[Sequence[int]]) -> None:
        """Add a list; a chunk counts once in it, at its best rank."""
        weight = self.weights.lists.get(name, 1.0)
        counted: set[int] = set()
        demoted_entries = 0

        for position, chunk_ids in enumerate(entries):
            for chunk in chunk_ids:
                if chunk in self.chunks and chunk not in counted:
                    counted.add(chunk)
                    above = position if chunk in self.demoted else position - demoted_entries
                    self.scores[chunk] = self.scores.get(chunk, 0.0) + _share(weight, above)
                    self.found_by.setdefault(chunk, []).append(name)
            demoted_entries += bool(chunk_ids) and self.demoted.issuperset(chunk_ids)

    def add_files(self, lists: Mapping[str, Sequence[str]]) -> None:
        """Add lists of files: all chunks of a file share its rank."""
        chunks_by_path: dict[str, list[int]] = defaultdict(list)
        for chunk in self.chunks.values():
            chunks_by_path[chunk.path].append(chunk.id)
        for name, paths in lists.items():
            self.add(name, [chunks_by_path.get(path, []) for path in paths])

    def credit_unread(self, unread: Collection[int]) -> None:
        """Let unread chunks rank among the notes where they rank in the lists added so far."""
        if not unread:
            return
        weight = self.weights.lists[NOTE]
        by_score = sorted(self.scores, key=lambda chunk: (-self.scores[chunk], chunk))

        for position, chunk in enumerate(by_score):
            if chunk in unread:
                self.scores[chunk] += _share(weight, position)


def _share(weight: float, position: int) -> float:
    """What a list adds to the score of the chunk at `position` (from 0)."""
    return weight / (RANK_CONSTANT + position + 1)


def _demotions(
    query: Query, chunks: Collection[RankableChunk], weights: Weights
) -> dict[int, float]:
    """The factors of the chunks that a question is rarely about, unless it says so."""
    paths = {chunk.path for chunk in chunks}
    tests = set() if query.about_tests else set(filter(is_test, paths))
    examples = set(filter(is_example, paths)) - tests
    settings = set() if query.about_settings else set(filter(is_configuration, paths))
    demotions: dict[int, float] = {}

    for chunk in chunks:
        factors = []
        if chunk.path in tests:
            factors.append(weights.test_factor)
        if chunk.kind != "code" or chunk.path in settings:
            factors.append(weights.prose_factor)
        elif chunk.path in examples:
            factors.append(weights.test_factor)
        elif chunk.declares and not query.about_declarations:
            factors.append(weights.declaration_factor)
        if factors:
            demotions[chunk.id] = math.prod(factors)
    return demotions


def file_values(chunks: Iterable[RankableChunk]) -> dict[str, float]:
    """The value of each file by path, as a share of the highest one: from 0 to 1."""
    values: dict[str, float] = defaultdict(float)
    for chunk in chunks:
        values[chunk.path] += chunk.value
    highest = max(values.values(), default=0.0) or 1.0
    return {path: value / highest for path, value in values.items()}
