"""The overview: exact notes from what the parser found, which fill a head before any model. Pure.

The idea. A head's overview is built of *pieces*. A piece is either a name in the list of its file,
or a line of its own on a symbol: its signature and what it calls. Pieces are put in one order,
always the next with the most newly said value for each token. A name is worth the value of its
symbol for each of its tokens, once; to repeat it is worth little. What a line says about a symbol
(its parameters, whom it calls) is worth a part of that. So the most valuable symbols get lines of
their own before the least valuable ones are named at all.

The overview of a room (in tokens) is the longest beginning of that order that fits. So cutting the
room only removes what is said, the least valuable first, and equal heads with equal rooms have
equal notes.

Within a note the names stand in the order of their file, and not by value: a symbol that gains a
user then changes no more than it must.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush, nlargest
from itertools import accumulate
from typing import NamedTuple

from repo_mhm.memory.notes import FILE, SYMBOL, line_text
from repo_mhm.memory.overview_listing import Entry, listing
from repo_mhm.memory.overview_tokens import estimated_tokens

REPEATED = 0.1
"""What a name is worth where the head has said it already, as a part of its value."""
DETAIL = 0.3
"""What a token of a symbol's line is worth that is no new name, as a part of the symbol's value."""
TOKENS_PER_LINE = 16
"""At most one symbol for so many tokens of room is asked for a line of its own."""
NAMES_PER_PATH = 8
"""The best names of a file bear the cost of its path together."""


class Detail(NamedTuple):
    """What a line of its own says about a symbol."""

    text: str
    names: tuple[str, ...] = ()
    """Simple names of symbols that the text mentions, each once."""


class OverviewNote(NamedTuple):
    """A note to be; see `Note` for its fields."""

    level: int
    anchor: str
    path: str
    text: str
    tokens: int
    chunks: tuple[str, ...]
    value: float


DetailOf = Callable[[Entry], "Detail | None"]
"""What a line on a symbol would say; None where that is not more than its name."""


class _Piece(NamedTuple):
    """One entry, by its index: named in its file's list, or on a line of its own."""

    entry: int
    detail: Detail | None = None


class HeadOverview:
    """All that one head could say, most newly said value for a token first."""

    def __init__(
        self,
        entries: Sequence[Entry],
        name_values: Mapping[str, float],
        detail_of: DetailOf,
        most_tokens: int,
    ) -> None:
        """`entries` are by path and position; `name_values` is what mentioning a name is worth.

        No room will be larger than `most_tokens`: nothing beyond is prepared.
        """
        self._entries = entries
        self._count_by_path = Counter(entry.path for entry in entries)
        self._order = _ordered(
            entries, name_values, _details(entries, detail_of, most_tokens), most_tokens
        )
        self._totals = list(accumulate(self._running_totals(), max))

    def fill(self, room: int) -> list[OverviewNote]:
        """The notes that fit `room` tokens, by path and position; tokens are estimated."""
        pieces = self._order[: bisect_right(self._totals, room)]
        return [note for group in self._groups(pieces).values() for note in self._notes(group)]

    def _running_totals(self) -> Iterator[int]:
        """Tokens of all notes after each piece of the order."""
        pieces_by_path: dict[str, list[_Piece]] = defaultdict(list)
        tokens_by_path: dict[str, int] = defaultdict(int)
        total = 0
        for piece in self._order:
            path = self._entries[piece.entry].path
            pieces_by_path[path].append(piece)
            tokens = estimated_tokens(self._file_line(pieces_by_path[path]))
            total += tokens - tokens_by_path[path]
            tokens_by_path[path] = tokens
            if piece.detail:
                total += estimated_tokens(self._symbol_line(piece))
            yield total

    def _groups(self, pieces: Iterable[_Piece]) -> dict[str, list[_Piece]]:
        """Pieces by path, the paths in order."""
        groups: dict[str, list[_Piece]] = defaultdict(list)
        for piece in sorted(pieces, key=lambda piece: piece.entry):
            groups[self._entries[piece.entry].path].append(piece)
        return groups

    def _notes(self, pieces: Sequence[_Piece]) -> Iterator[OverviewNote]:
        """The notes that pieces of one file make: the file's, then its symbols'."""
        entries = [self._entries[piece.entry] for piece in pieces]
        path = entries[0].path
        contents = tuple(dict.fromkeys(entry.content for entry in entries))
        tokens = estimated_tokens(self._file_line(pieces))
        value = sum({entry.qualified: entry.value for entry in entries}.values())
        yield OverviewNote(FILE, path, path, self._file_text(pieces), tokens, contents, value)

        for piece in pieces:
            if piece.detail:
                entry = self._entries[piece.entry]
                tokens = estimated_tokens(self._symbol_line(piece))
                yield OverviewNote(
                    SYMBOL,
                    entry.qualified,
                    path,
                    piece.detail.text,
                    tokens,
                    (entry.content,),
                    entry.value,
                )

    def _file_text(self, pieces: Sequence[_Piece]) -> str:
        """The names of a file that have no line of their own; all where each has one."""
        with_line = {piece.entry for piece in pieces if piece.detail}
        indexes = sorted({piece.entry for piece in pieces})
        listed = [index for index in indexes if index not in with_line] or indexes
        entries = [self._entries[index] for index in listed]
        is_whole = len(indexes) == self._count_by_path[entries[0].path]
        return listing(entries, is_whole=is_whole)

    def _file_line(self, pieces: Sequence[_Piece]) -> str:
        path = self._entries[pieces[0].entry].path
        return line_text(FILE, path, self._file_text(pieces))

    def _symbol_line(self, piece: _Piece) -> str:
        assert piece.detail
        return line_text(SYMBOL, self._entries[piece.entry].qualified, piece.detail.text)


def _details(entries: Sequence[Entry], detail_of: DetailOf, most_tokens: int) -> dict[int, Detail]:
    """What lines on the most valuable symbols would say, by the index of the entry."""
    most_lines = most_tokens // TOKENS_PER_LINE
    best = nlargest(most_lines, range(len(entries)), key=lambda index: entries[index].value)
    details = {index: detail_of(entries[index]) for index in sorted(best)}
    return {index: detail for index, detail in details.items() if detail}


def _ordered(
    entries: Sequence[Entry],
    name_values: Mapping[str, float],
    details: Mapping[int, Detail],
    most_tokens: int,
) -> list[_Piece]:
    """Pieces, the next always the one with the most newly said value for a token.

    What a piece is worth only falls as more is said. So the best piece is weighed again when its
    turn comes, and waits where another is better by now.
    """
    pieces = [_Piece(index) for index in range(len(entries))]
    pieces += [_Piece(index, detail) for index, detail in details.items()]
    scale = _Scale(entries, name_values)
    heap = [(-scale.rate(piece), number) for number, piece in enumerate(pieces)]
    heapify(heap)

    order: list[_Piece] = []
    tokens = 0.0
    while heap and tokens < most_tokens:
        _, number = heappop(heap)
        piece = pieces[number]
        rate = scale.rate(piece)
        if rate <= 0:
            continue
        if heap and -rate > heap[0][0]:
            heappush(heap, (-rate, number))
            continue
        tokens += scale.cost(piece)
        scale.say(piece)
        order.append(piece)
    return order


class _Scale:
    """Weighs pieces by what the head has said so far."""

    def __init__(self, entries: Sequence[Entry], name_values: Mapping[str, float]) -> None:
        self._entries = entries
        self._name_values = name_values
        self._said: set[str] = set()
        """Simple names."""
        self._listed: set[int] = set()
        self._with_line: set[int] = set()
        self._classes: set[tuple[str, tuple[str, ...]]] = set()
        """Path and names of the classes whose brackets are open already."""
        self._path_rates = self._rates_of_paths()

    def _rates_of_paths(self) -> dict[str, float]:
        """By path, the tokens of the path that a token's worth of a name's value bears."""
        gains: dict[str, list[float]] = defaultdict(list)
        for entry in self._entries:
            gains[entry.path].append(entry.value * _name_tokens(entry.name))
        return {
            path: estimated_tokens(line_text(FILE, path, ""))
            / (sum(nlargest(NAMES_PER_PATH, values)) or 1.0)
            for path, values in gains.items()
        }

    def rate(self, piece: _Piece) -> float:
        """Newly said value for each token; 0 for what is said already."""
        gain = self.gain(piece)
        if not gain:
            return 0.0
        path = self._entries[piece.entry].path
        return gain / (self.cost(piece) + self._path_rates[path] * gain)

    def gain(self, piece: _Piece) -> float:
        """What a piece says newly, in tokens of names times their value."""
        entry = self._entries[piece.entry]
        if piece.entry in self._with_line or (not piece.detail and piece.entry in self._listed):
            return 0.0
        gain = self._name_gain(entry.name, entry.value)
        if piece.detail is None:
            return gain
        if piece.entry in self._listed:
            gain = 0.0
        named = 0.0
        for name in piece.detail.names:
            tokens = _name_tokens(name)
            named += tokens
            gain += max(
                self._name_gain(name, self._name_values.get(name, 0.0)),
                DETAIL * entry.value * tokens,
            )
        rest = max(0, estimated_tokens(piece.detail.text) - named)
        return gain + DETAIL * entry.value * rest

    def _name_gain(self, name: str, value: float) -> float:
        return value * _name_tokens(name) * (REPEATED if name in self._said else 1.0)

    def cost(self, piece: _Piece) -> float:
        """About how many tokens a piece adds."""
        entry = self._entries[piece.entry]
        in_list = _name_tokens(entry.name) + 1.0
        if piece.detail:
            tokens = estimated_tokens(line_text(SYMBOL, entry.qualified, piece.detail.text))
            return tokens - in_list if piece.entry in self._listed else tokens
        in_list += estimated_tokens(entry.constant) if entry.constant else 0.0
        key = entry.path, entry.parents
        if entry.parents and key not in self._classes:
            in_list += 1.0 + sum(map(_name_tokens, entry.parents))
        return in_list

    def say(self, piece: _Piece) -> None:
        """Count a piece as said."""
        entry = self._entries[piece.entry]
        self._said.add(entry.name)
        if piece.detail:
            self._with_line.add(piece.entry)
            self._said.update(piece.detail.names)
        else:
            self._listed.add(piece.entry)
            self._said.update(entry.parents)
            self._classes.add((entry.path, entry.parents))


def _name_tokens(name: str) -> float:
    return float(estimated_tokens(name))
