"""Files that bear on a question for reasons outside their text: their paths, and the commits.

Needs no chunk that shares a word with the question. Reads the store.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from repo_mhm.retrieval.query import Query
from repo_mhm.retrieval.ranking import RANK_CONSTANT
from repo_mhm.retrieval.term_weights import inverse_document_frequency
from repo_mhm.scope import WHOLE, Scope
from repo_mhm.source.search_terms import words
from repo_mhm.store import Store

RECENT = "recent"
MOST_FILES = 200
"""Files of each list; half of them may be tests, which push no other file down."""
MOST_COMMITS = 100
"""Commits whose messages match."""


def file_lists(
    store: Store, query: Query, terms: Sequence[str], scope: Scope = WHOLE
) -> dict[str, list[str]]:
    """Lists of files by name (see `ranking.LIST_WEIGHTS`), best first; of files in the scope.

    `terms` are searched for in the messages of commits.
    """
    scores_by_list = {
        "path word": _path_scores(store, query),
        "commit": _commit_scores(store, terms),
        RECENT: dict(store.recently_changed(MOST_FILES)),
    }
    return {name: _best(scores, scope) for name, scores in scores_by_list.items()}


def _best(scores: Mapping[str, float], scope: Scope) -> list[str]:
    paths = scores if scope.is_whole else [path for path in scores if path in scope]
    return sorted(paths, key=lambda path: (-scores[path], path))[:MOST_FILES]


def _path_scores(store: Store, query: Query) -> dict[str, float]:
    """The weight of the words that each path shares with the question, long paths counting less."""
    paths_by_word = store.paths_with_words(query.terms)
    total = store.file_count()
    scores: dict[str, float] = defaultdict(float)
    for word, paths in paths_by_word.items():
        weight = inverse_document_frequency(len(paths), total) * query.weight_by_term.get(word, 1)
        for path in paths:
            scores[path] += weight
    return {path: score / _length_factor(path) for path, score in scores.items()}


def _length_factor(path: str) -> float:
    return 1 + math.log(1 + len(set(words(path))))


def _commit_scores(store: Store, terms: Sequence[str]) -> dict[str, float]:
    """How well the messages of the commits match that changed each file.

    A commit counts by its rank, and less for each file the more files it changed.
    """
    hits = [commit for commit, _ in store.search_commits(terms, MOST_COMMITS)]
    files_by_commit = store.files_changed(hits)
    scores: dict[str, float] = defaultdict(float)
    for position, commit in enumerate(hits):
        files = files_by_commit.get(commit, [])
        for path in files:
            scores[path] += 1 / (RANK_CONSTANT + position + 1) / math.sqrt(len(files))
    return dict(scores)


def representatives(store: Store, lists: Mapping[str, Iterable[str]]) -> list[int]:
    """The row ids of the chunks that stand for the files that lists of files found.

    A file that only changed recently is not found: it has nothing to do with the question.
    """
    paths = {path for name, paths in lists.items() if name != RECENT for path in paths}
    return list(store.main_chunks(paths).values())
