"""The few lines of a citation that are shown under an answer. Pure.

The idea: the lines that hold most of the names in the sentences that cite them say most; the words
of the sentences count where the lines hold none of their names. A word weighs more the fewer of the
cited lines hold it. The line that holds most weight is taken first, then the one that adds most of
what is still missing, as long as it adds enough. Where that is fewer lines than may be shown, the
lines around those taken are shown too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from repo_mhm.retrieval.query import STOP_WORDS
from repo_mhm.source.search_terms import words

MOST_EXCERPT_LINES = 6
"""Most lines shown of one citation: several citations must fit on a screen."""
MIN_RELATIVE_GAIN = 0.34
"""A further line is sought out when it adds at least this share of what the first one holds."""

_WRITTEN_AS_CODE = re.compile(r"`[^`\n]+`|\w*(?:\d|_|[a-z][A-Z])\w*")


def excerpt(
    lines: Sequence[str], sentences: Iterable[str], most: int = MOST_EXCERPT_LINES
) -> list[int]:
    """Which of the cited `lines` to show for the sentences that cite them: indices, in order."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    if not filled:
        return []
    if filled[-1] - filled[0] < most:
        return list(range(filled[0], filled[-1] + 1))

    words_by_line = {index: set(words(lines[index])) for index in filled}
    weights = _weights(sentences, Counter(word for line in words_by_line.values() for word in line))
    chosen = _covering_lines(words_by_line, weights, most)
    return sorted(_with_neighbours(chosen or filled[:1], filled, most))


def _weights(sentences: Iterable[str], lines_with: Counter[str]) -> dict[str, float]:
    """The weight of each word of the sentences that the lines hold; of prose only without names."""
    texts = list(sentences)
    names = {name for text in texts for name in _WRITTEN_AS_CODE.findall(text)}
    name_words = {word for name in names for word in words(name)}
    prose_words = {word for text in texts for word in words(text)} - STOP_WORDS
    wanted = name_words & lines_with.keys() or prose_words & lines_with.keys()
    return {word: 1 / lines_with[word] for word in wanted}


def _covering_lines(
    words_by_line: dict[int, set[str]], weights: dict[str, float], most: int
) -> list[int]:
    """The lines that each add most of the weight that those before them lack."""
    chosen: list[int] = []
    missing = dict(weights)
    least_gain = 0.0

    while missing and len(chosen) < most:
        gains = {
            index: sum(missing.get(word, 0.0) for word in line_words)
            for index, line_words in words_by_line.items()
        }
        best = max(gains, key=lambda index: (gains[index], -index))
        if gains[best] <= least_gain:
            break
        chosen.append(best)
        least_gain = least_gain or gains[best] * MIN_RELATIVE_GAIN
        missing = {
            word: weight for word, weight in missing.items() if word not in words_by_line[best]
        }

    return chosen


def _with_neighbours(chosen: Sequence[int], filled: Sequence[int], most: int) -> set[int]:
    """The chosen lines and, as far as there is room, the `filled` ones below and above each."""
    position_of = {index: position for position, index in enumerate(filled)}
    shown = set(chosen)

    for distance in range(1, most):
        for index in chosen:
            below, above = position_of[index] + distance, position_of[index] - distance
            for position in (below, above):
                if 0 <= position < len(filled) and len(shown) < most:
                    shown.add(filled[position])

    return shown
