"""Pieces of the overview: what a head may say, and in which order it is most worth saying. Pure.

The idea. A piece is a name in the list of its file, a name in the list of its directory, or a line
of its own on a symbol: its signature and what it calls. Pieces are put in one order, always the
next with the most newly said value for each token. A name is worth the value of its symbol for each
of its tokens, once; to repeat it is worth little. What a line says about a symbol (its parameters,
whom it calls) is worth a part of that. So the most valuable symbols get lines of their own before
the least valuable ones are named at all.

The first name of a list also pays for its path. So a list is begun only once several of its names
together are worth their tokens and the path's: where files are small and paths long, the names
stand in the list of their directory, which says less about them.

What a piece is worth only falls as more is said. So the best piece is weighed again when its turn
comes, and waits where another is better by now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from repo_mhm.memory.notes import DIRECTORY, FILE, SYMBOL, line_text
from repo_mhm.memory.overview_listing import Entry
from repo_mhm.memory.overview_tokens import estimated_tokens

REPEATED = 0.1
"""What a name is worth where the head has said it already, as a part of its value."""
DETAIL = 0.3
"""What a token of a symbol's line is worth that is no new name, as a part of the symbol's value."""
ONLY_PARAMETERS = 0.5
"""What such a token is worth where the line says nothing but parameters, as a part of `DETAIL`."""
IN_DIRECTORY = 0.6
"""What a name is worth in the list of its directory, which does not tell its file."""
PREPARED = 1.3
"""Pieces are ordered beyond the room, as their tokens are only about right."""
NAMES_PER_PATH = 12
"""Names of a list that are weighed together against the cost of its path."""


class Detail(NamedTuple):
    """What a line of its own says about a symbol."""

    text: str
    names: tuple[str, ...] = ()
    """Simple names of symbols that the text mentions, each once."""


class Piece(NamedTuple):
    """One entry, by its index, in the list of its file or directory, or on a line of its own."""

    entry: int
    level: int
    """FILE, DIRECTORY or SYMBOL."""


def directory_of(path: str) -> str:
    """The directory of a file as notes name it: `.` for the root."""
    return path.rpartition("/")[0] or "."


def ordered_pieces(
    entries: Sequence[Entry],
    name_values: Mapping[str, float],
    details: Mapping[int, Detail],
    most_tokens: int,
) -> tuple[list[Piece], list[float]]:
    """Pieces in the order in which they are said, until they take `most_tokens`; their gains.

    The gain of a piece is what it says newly, in tokens of names times their value.
    `name_values` is what mentioning a name is worth, `details` holds lines by the index of the
    entry.
    """
    pieces = [Piece(index, FILE) for index in range(len(entries))]
    pieces += [Piece(index, DIRECTORY) for index in range(len(entries))]
    pieces += [Piece(index, SYMBOL) for index in details]
    scale = _Scale(entries, name_values, details)
    heap = [(-scale.rate(piece), number) for number, piece in enumerate(pieces)]
    heapify(heap)

    order: list[Piece] = []
    gains: list[float] = []
    tokens = 0.0
    while heap and tokens < PREPARED * most_tokens:
        waiting_rate, number = heappop(heap)
        rate = scale.rate(pieces[number])
        if rate <= 0:
            continue
        if -rate > waiting_rate and heap and -rate > heap[0][0]:
            heappush(heap, (-rate, number))
            continue
        gains.append(scale.gain(pieces[number]))
        tokens += scale.say(pieces[number])
        order.append(pieces[number])
    return order, gains


class _Scale:
    """Weighs pieces by what the head has said so far."""

    def __init__(
        self,
        entries: Sequence[Entry],
        name_values: Mapping[str, float],
        details: Mapping[int, Detail],
    ) -> None:
        self._entries = entries
        self._name_values = name_values
        self._details = details
        self._said: set[str] = set()
        """Simple names."""
        self._listed: set[int] = set()
        self._with_line: set[int] = set()
        self._classes: set[tuple[str, tuple[str, ...]]] = set()
        """Path and names of the classes whose brackets are open already."""
        self._begun: set[str] = set()
        """Paths of the lists that have a name."""
        self._version = 0
        """How many pieces are said."""
        self._list_rates: dict[tuple[str, int], tuple[int, float]] = {}
        """By path and level of a list, its last rate, and the version that was of."""
        self._by_list: dict[str, list[int]] = defaultdict(list)
        for index in sorted(range(len(entries)), key=lambda index: -entries[index].value):
            path = entries[index].path
            self._by_list[path].append(index)
            self._by_list[directory_of(path)].append(index)

    def rate(self, piece: Piece) -> float:
        """Newly said value for each token; 0 for what is said already."""
        gain = self.gain(piece)
        if not gain:
            return 0.0
        rate = gain / self._cost(piece)
        path = self._list_path(piece)
        # A line of its own needs the list of its file, which says the path.
        return rate if path in self._begun else min(rate, self._rate_of_list(path, piece.level))

    def _list_path(self, piece: Piece) -> str:
        path = self._entries[piece.entry].path
        return directory_of(path) if piece.level == DIRECTORY else path

    def _rate_of_list(self, path: str, level: int) -> float:
        """The best rate of the first names of a list that has not begun, with its path."""
        level = DIRECTORY if level == DIRECTORY else FILE
        version, rate = self._list_rates.get((path, level), (-1, 0.0))
        if version != self._version:
            rate = self._new_rate_of_list(path, level)
            self._list_rates[path, level] = self._version, rate
        return rate

    def _new_rate_of_list(self, path: str, level: int) -> float:
        gain, tokens, best = 0.0, float(estimated_tokens(line_text(level, path, ""))), 0.0
        for index in self._by_list[path][:NAMES_PER_PATH]:
            piece = Piece(index, level)
            gain += self.gain(piece)
            tokens += self._cost(piece)
            best = max(best, gain / tokens)
        return best

    def gain(self, piece: Piece) -> float:
        """What a piece says newly, in tokens of names times their value."""
        index, entry = piece.entry, self._entries[piece.entry]
        if index in self._with_line or (piece.level != SYMBOL and index in self._listed):
            return 0.0
        name_gain = 0.0 if index in self._listed else self._name_gain(entry.name, entry.value)
        if entry.spelled and index not in self._listed:
            name_gain += entry.spelled_value * estimated_tokens(entry.spelled)
        if piece.level == SYMBOL:
            return name_gain + self._detail_gain(entry, self._details[index])
        return name_gain * IN_DIRECTORY if piece.level == DIRECTORY else name_gain

    def _detail_gain(self, entry: Entry, detail: Detail) -> float:
        worth = DETAIL * entry.value * (1.0 if detail.names else ONLY_PARAMETERS)
        gain = named_tokens = 0.0
        for name in detail.names:
            tokens = _name_tokens(name)
            named_tokens += tokens
            value = self._name_values.get(name, 0.0)
            gain += max(self._name_gain(name, value), worth * tokens)
        return gain + worth * max(0.0, estimated_tokens(detail.text) - named_tokens)

    def _name_gain(self, name: str, value: float) -> float:
        return value * _name_tokens(name) * (REPEATED if name in self._said else 1.0)

    def _cost(self, piece: Piece) -> float:
        """About how many tokens a piece adds, but for the path of its list."""
        entry = self._entries[piece.entry]
        in_list = _name_tokens(entry.name) + 1.0
        if piece.level == SYMBOL:
            text = self._details[piece.entry].text
            tokens = estimated_tokens(line_text(SYMBOL, entry.qualified, text))
            return max(1.0, tokens - in_list) if piece.entry in self._listed else tokens
        if entry.spelled:
            in_list += estimated_tokens(entry.spelled)
        if entry.parents and (self._list_path(piece), entry.parents) not in self._classes:
            in_list += 1.0 + sum(map(_name_tokens, entry.parents))
        return in_list

    def say(self, piece: Piece) -> float:
        """Count a piece as said; about how many tokens it takes."""
        entry, path = self._entries[piece.entry], self._list_path(piece)
        tokens = self._cost(piece)
        if path not in self._begun:
            tokens += estimated_tokens(line_text(FILE, path, ""))
        self._version += 1
        self._begun.add(path)
        self._said.add(entry.name)
        if piece.level == SYMBOL:
            self._with_line.add(piece.entry)
            self._said.update(self._details[piece.entry].names)
        else:
            self._listed.add(piece.entry)
            self._said.update(entry.parents)
            self._classes.add((path, entry.parents))
        return tokens


@lru_cache(maxsize=1 << 14)
def _name_tokens(name: str) -> float:
    return float(estimated_tokens(name))
