"""Finds the lines of a file that hold a sentence taken from it. Pure.

A sentence has lost its comment marks, its markup and its line breaks, so only words are compared:
the place where most of its first words follow each other is where it begins.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from repo_mhm.location import Location

_WORD = re.compile(r"\w+")
COMPARED_WORDS = 6
"""So many words of a sentence tell where it begins and ends."""
MOST_CHARACTERS = 40_000
"""How far from the top of a file its authors say what it is for."""


def sentence_location(path: str, text: str, sentence: str) -> Location:
    """The lines of `text`, a file's, with the sentence; the first line where it is not there."""
    text = text[:MOST_CHARACTERS]
    wanted = [match[0].lower() for match in _WORD.finditer(sentence)]
    words = [(match[0].lower(), match.start()) for match in _WORD.finditer(text)]
    if not wanted or not words:
        return Location(path, 1, 1)

    first = _index_of(wanted[:COMPARED_WORDS], [word for word, _ in words])
    if first < 0:
        return Location(path, 1, 1)
    last = min(first + len(wanted), len(words)) - 1

    line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
    start, end = (bisect_right(line_starts, words[index][1]) for index in (first, last))
    return Location(path, start, end)


def _index_of(wanted: list[str], words: list[str]) -> int:
    """Where the longest beginning of `wanted` stands first in `words`; -1 without two words."""
    for length in range(len(wanted), 0, -1):
        if length < min(2, len(wanted)):
            break
        beginning = wanted[:length]
        for index in range(len(words) - length + 1):
            if words[index : index + length] == beginning:
                return index
    return -1
