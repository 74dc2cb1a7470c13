"""Chunks linked to the question by its names, or to the best chunks.

The latter through the symbol graph, and as tests of modules or modules of tests. They need not
share a word with the question. Reads the store.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from repo_mhm.retrieval.companions import companions, subject
from repo_mhm.retrieval.query import Query
from repo_mhm.retrieval.ranking import RankedChunk, rank_files
from repo_mhm.retrieval.term_weights import inverse_document_frequency
from repo_mhm.source.search_terms import words
from repo_mhm.store import Store, StoredChunk

MAX_NAMESAKES = 4
"""A name with more definitions than this links nothing."""
USER_WEIGHT = 0.5
"""How near a user of a definition is, compared with a definition that is used (1.0)."""
TERM_FACTOR = 2
"""How much nearer a definition is whose name is a term of the question."""
MOST_USES = 1_000
"""References to a name that are looked at; a name with more tells no chunk apart."""
COMPANION_FILES = 2
"""For how many of the best files a companion is looked for."""


def uses(store: Store, query: Query) -> list[tuple[int, ...]]:
    """Chunks that refer to names in the question, those first that use the rarest names most."""
    names = {name.rpartition(".")[2] for name in (*query.names, *query.likely_names)}
    total = store.chunk_count()
    scores: dict[int, float] = defaultdict(float)

    for name in sorted(names):
        users = store.chunks_using(name, MOST_USES)
        weight = inverse_document_frequency(len(users), total)
        for chunk, times in users:
            scores[chunk] += weight * times / (times + 1)
    return [(chunk,) for chunk in sorted(scores, key=lambda chunk: (-scores[chunk], chunk))]


def neighbours(store: Store, hubs: Sequence[StoredChunk], query: Query) -> list[tuple[int, ...]]:
    """Chunks of other files that define what `hubs` use or use what they define, nearest first.

    `hubs` are the best chunks, best first. The links of a hub count less the lower it ranks, and
    each name is shared out among all the chunks that it links to.
    """
    terms = set(query.terms)
    nearness: dict[int, float] = defaultdict(float)

    for rank, hub in enumerate(hubs, 1):
        definitions = store.defined_elsewhere(hub.chunk, MAX_NAMESAKES)
        namesakes = Counter(name for name, _ in definitions)
        for name, chunk in definitions:
            factor = TERM_FACTOR if name.lower() in terms else 1
            nearness[chunk] += factor / namesakes[name] / rank

        users = store.used_elsewhere(hub.chunk, MAX_NAMESAKES)
        uses = Counter[str]()
        for name, _, times in users:
            uses[name] += times
        for name, chunk, times in users:
            nearness[chunk] += USER_WEIGHT * times / uses[name] / rank

    return [(chunk,) for chunk in sorted(nearness, key=lambda chunk: (-nearness[chunk], chunk))]


def companion_chunks(store: Store, ranked: Sequence[RankedChunk]) -> Iterator[tuple[int, ...]]:
    """For each of the best files, the best chunk of its companion; the first where none ranks."""
    best_chunk = {chunk.path: chunk.chunk for chunk in reversed(ranked)}

    for path in rank_files(ranked)[:COMPANION_FILES]:
        longest_word = max(words(subject(path)), key=len, default="")
        for companion in companions(path, store.paths_with_any([longest_word]))[:1]:
            if companion in best_chunk:
                yield (best_chunk[companion],)
            elif first := store.chunk_at(companion, 1):
                yield (first.id,)
